"""The table of a dataset's page: series in rows, periods in columns, a page of each at a time.

Everything a table leaves out is counted: how many series and periods there are, and which of them
are on this page. Dimensions that have one code in the whole choice are said once, above.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.model.schema import Level
from registry.pages.figures import Figure, figure, period_name
from registry.pages.view import View
from registry.provenance import page_of

__all__ = ["Cell", "Page", "Row", "Table", "build_table"]

#: Series and periods of one page. Browsers stay quick up to some 8 000 cells.
SERIES_PER_PAGE = 50
PERIODS_PER_PAGE = 24


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a whole is shown: ``first`` to ``last`` of ``total``, counted from 1."""

    number: int
    pages: int
    first: int
    last: int
    total: int

    @classmethod
    def of(cls, asked: int, size: int, total: int) -> Page:
        """The page ``asked``, or the last one where there are fewer."""
        pages = max(1, -(-total // size))
        number = min(asked, pages)
        first = min((number - 1) * size + 1, total)
        return cls(number, pages, first, min(number * size, total), total)


@dataclass(frozen=True, slots=True)
class Cell:
    """One observation: its figure, its flags (codes that are not the normal ones), its notes.

    ``origin`` is the address of the page that tells where it comes from.
    """

    figure: Figure | None
    flags: tuple[str, ...] = ()
    notes: tuple[int, ...] = ()
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A series: the names of its codes in the dimensions that vary, and a cell per period."""

    names: tuple[str, ...]
    cells: tuple[Cell | None, ...]


@dataclass
class Table:
    """A page of the table and all that explains it."""

    varying: list[str]
    constant: list[tuple[str, str]]
    columns: list[tuple[str, str]]
    rows: list[Row]
    series: Page
    periods: Page
    rounded: bool = False
    statuses: dict[str, str] = field(default_factory=dict)
    confidentiality: dict[str, str] = field(default_factory=dict)
    multipliers: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    facts: list[tuple[str, list[str]]] = field(default_factory=list)


#: Codes of a status that need no flag: normal value, free for publication, units.
_NORMAL = {"OBS_STATUS": "A", "CONF_STATUS": "F", "UNIT_MULT": "0"}


def build_table(view: View) -> Table:
    """The page of the table that the view's selection asks for."""
    index, holdings, names = view.index, view.holdings, view.names
    schema = index.schema
    places = index.ordered(view.mask, view.varying, names.rank)
    series = Page.of(view.selection.page, SERIES_PER_PAGE, len(places))
    spans = Page.of(view.selection.span, PERIODS_PER_PAGE, len(view.periods))
    shown = view.periods[len(view.periods) - spans.last : len(view.periods) - spans.first + 1]
    keys = [index.key(int(i)) for i in places[max(0, series.first - 1) : series.last]]
    table = Table(
        varying=view.varying or list(schema.series_key[:1]),
        constant=_constant(view, keys),
        columns=[(p.text, period_name(p.text, view.words.locale)) for p in shown],
        rows=[],
        series=series,
        periods=spans,
    )
    times = [p.text for p in shown] if schema.time is not None else None
    rows: list[dict[str, Any]] = holdings.observations(keys, times).to_pylist() if keys else []
    _Filler(view, table).fill(keys, rows)
    table.facts = _facts(view, rows)
    return table


def _constant(view: View, keys: list[tuple[str, ...]]) -> list[tuple[str, str]]:
    if not keys:
        return []
    return [
        (view.names.component(d), view.names.code(d, code))
        for d, code in zip(view.index.schema.series_key, keys[0], strict=True)
        if d not in view.varying
    ]


def _facts(view: View, rows: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    """What the series and dataset attributes of the page say, each value once."""
    facts = []
    for attribute in view.index.schema.attributes:
        if attribute.level is Level.OBSERVATION:
            continue
        said = dict.fromkeys(row[attribute.id] for row in rows if row.get(attribute.id))
        if said:
            texts = [view.names.code(attribute.id, value) for value in said]
            facts.append((view.names.component(attribute.id), texts))
    return facts


class _Filler:
    """Makes cells, and gathers what explains them on the way."""

    def __init__(self, view: View, table: Table) -> None:
        self._schema = view.index.schema
        self._names = view.names
        self._locale = view.words.locale
        self._table = table
        self._notes: dict[str, int] = {}

    def fill(self, keys: list[tuple[str, ...]], rows: list[dict[str, Any]]) -> None:
        """Make a row per key, with a cell (or none) per column."""
        dimensions, time = self._schema.series_key, self._schema.time
        columns = [text for text, _ in self._table.columns] or [""]
        found = {(tuple(r[d] for d in dimensions), r[time.id] if time else ""): r for r in rows}
        for key in keys:
            codes = dict(zip(dimensions, key, strict=True))
            cells = (found.get((key, column)) for column in columns)
            self._table.rows.append(
                Row(
                    tuple(self._names.code(d, codes[d]) for d in self._table.varying),
                    tuple(None if cell is None else self._cell(cell) for cell in cells),
                )
            )

    def _cell(self, row: Mapping[str, Any]) -> Cell:
        value = row.get(self._schema.primary_measure.id)
        shown = None if value is None else figure(value, self._locale)
        if shown is not None and shown.exact is not None:
            self._table.rounded = True
        origin = page_of(self._schema, row)
        return Cell(shown, tuple(self._flags(row)), tuple(self._comments(row)), origin)

    def _flags(self, row: Mapping[str, Any]) -> list[str]:
        flags = []
        legends = {
            "OBS_STATUS": self._table.statuses,
            "CONF_STATUS": self._table.confidentiality,
            "UNIT_MULT": self._table.multipliers,
        }
        for component, legend in legends.items():
            code = row.get(component)
            if code is None or component not in self._schema.by_id:
                continue
            legend[code] = self._names.code(component, code)
            if code != _NORMAL[component]:
                flags.append(f"×10^{code}" if component == "UNIT_MULT" else code)
        return flags

    def _comments(self, row: Mapping[str, Any]) -> list[int]:
        text = row.get("COMMENT_OBS")
        if not text:
            return []
        if text not in self._notes:
            self._notes[text] = len(self._notes) + 1
            self._table.notes.append(text)
        return [self._notes[text]]
