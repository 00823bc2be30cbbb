"""Files of records: one line a record, columns that say what it is about, columns of figures.

The layout is data. Under ``layout.tables`` of ``source.yaml`` each kind of file a source publishes
is one entry, and a file is of the kind whose headers it has::

    tables:
      decisions:
        keys:                       # header text: how its cells become codes
          year: {period: year}
          coo_iso: {component: COUNTRY_ORIGIN, pattern: "[A-Z]{3}", map: origins}
          dec_pc: {map: units}      # words of a label map, which decides the components
          dec_level: {}             # tells records apart and has no component (see add_up)
        figures: decisions          # label map: header text of a column of figures -> codes
        optional: [dec_other]       # columns of figures that some editions lack
        ignored: {coo_name: name of coo_iso}
        fixed: {SEX: _T}
        sums: [{total: dec_total, parts: [dec_recognized, dec_rejected]}]
        totals: [{key: sex, total: T, parts: [M, F]}]   # records that are the sum of others
        add_up: "yes"               # records that differ only in keys without a component;
                                    # "repeated too": records alike in every key as well
        rule: Sum over the levels.      # said of each figure that is the sum of several records

Options of a key: ``map``, a label map; ``component`` and ``pattern``, whose cells are codes of the
component as they stand, unless the map says otherwise; ``component`` and ``alpha2: "yes"``, whose
cells are two-letter codes of areas (ISO 3166-1), unless the map says otherwise; ``period``, a form
of :data:`PERIODS` (or several: ``month or year``), with ``freq`` where it is not the usual one;
``blank``, the codes of a blank cell; ``apart: "yes"``, for a key without a component over which
nothing is added up: what differs in it alone is the same observation twice. Options of a sum:
``severity: warning`` where the publisher's own figures are known not to add up; ``breakdown:
"yes"`` where parts that are all zero beside a total that is not mean that there is no breakdown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from connectors.framework.crosstab import Head
from connectors.framework.cutting import Source
from connectors.framework.faults import Place
from connectors.framework.labels import LabelMap
from connectors.framework.sheet import Kind, Sheet
from connectors.framework.text import closest, normalise

__all__ = ["PERIODS", "Key", "Listing", "RowSum", "Total", "read_listing"]

#: Forms of a period: what the cell looks like, the usual FREQ, the TIME_PERIOD made of its groups.
PERIODS: Mapping[str, tuple[re.Pattern[str], str, str]] = {
    "year": (re.compile(r"((?:18|19|20)\d\d)"), "A", r"\1"),
    # A year that went through a program which takes numbers for decimal ones.
    "year.0": (re.compile(r"((?:18|19|20)\d\d)\.0"), "A", r"\1"),
    "month": (re.compile(r"((?:19|20)\d\d)[-M](0[1-9]|1[0-2])"), "M", r"\1-\2"),
    "quarter": (re.compile(r"((?:19|20)\d\d)-?[QK]([1-4])"), "Q", r"\1-Q\2"),
    "half-year": (re.compile(r"((?:19|20)\d\d)-?[SH]([12])"), "S", r"\1-S\2"),
    "day": (
        re.compile(r"((?:19|20)\d\d)-(0[1-9]|1[0-2])-([0-2]\d|3[01])(?:T00:00:00)?"),
        "D",
        r"\1-\2-\3",
    ),
    "month of day": (
        re.compile(r"((?:19|20)\d\d)-(0[1-9]|1[0-2])-([0-2]\d|3[01])"),
        "M",
        r"\1-\2",
    ),
}
_OPTIONS = {"map", "component", "pattern", "alpha2", "period", "freq", "blank", "apart"}
_TABLE = {"keys", "figures", "optional", "ignored", "fixed", "sums", "totals", "add_up", "rule"}


@dataclass(frozen=True)
class Key:
    """A column that says what a record is about; see the options in the module's text."""

    header: str
    column: int
    labels: LabelMap | None = None
    component: str | None = None
    pattern: str | None = None
    period: str | None = None
    freq: str | None = None
    blank: Mapping[str, str] = field(default_factory=dict)
    apart: bool = False
    alpha2: bool = False

    @property
    def components(self) -> tuple[str, ...]:
        """The components the column decides."""
        if self.period:
            return ("FREQ", "TIME_PERIOD")
        own = (self.component,) if self.component else ()
        named = self.labels.components if self.labels else ()
        return tuple(dict.fromkeys((*own, *named)))


@dataclass(frozen=True)
class RowSum:
    """Figures of one record that must add up: index of the total, of its parts."""

    total: int
    parts: tuple[int, ...]
    warning: bool = False
    breakdown: bool = False


@dataclass(frozen=True)
class Total:
    """A word of a key whose records are the sum of those of other words of it."""

    key: str
    total: str
    parts: tuple[str, ...]
    warning: bool = False


@dataclass
class Listing:
    """A file of records in the source's own words.

    ``lines`` are the rows of the sheet that hold records, counted from 0. ``computed`` are codes
    (or attribute texts) that ``cut`` found out itself, one for each record, and
    ``computed_from`` the column each comes from.
    """

    name: str
    sheet: Sheet
    lines: NDArray[np.intp]
    keys: list[Key]
    figures: list[Head]
    figure_map: LabelMap
    title: Place = field(default_factory=Place)
    fixed: Mapping[str, str] = field(default_factory=dict)
    computed: dict[str, NDArray[np.object_]] = field(default_factory=dict)
    computed_from: dict[str, int] = field(default_factory=dict)
    sums: Sequence[RowSum] = ()
    totals: Sequence[Total] = ()
    #: Records that differ only in keys without a component are added up; ``repeat`` says that
    #: records may be alike in every key (incidents without a number).
    add_up: bool = False
    repeat: bool = False
    #: What COMMENT_OBS says first of a figure that was added up.
    rule: str = ""

    def text(self, key: str) -> NDArray[np.object_]:
        """The cells of the key column with this header, one for each record."""
        column = next(k.column for k in self.keys if k.header == key)
        cells: NDArray[np.object_] = self.sheet.text[self.lines, column]
        return cells

    def figure(self, header: str) -> int:
        """Index of the column of figures with this header. Raises ``KeyError``."""
        wanted = normalise(header)
        for j, head in enumerate(self.figures):
            if normalise(head.label) == wanted:
                return j
        raise KeyError(header)

    def cell(self, i: int, j: int) -> Place:
        """The figure of record ``i`` in the column of figures ``j``."""
        return self.place(i, self.figures[j].column, self.figures[j].label)

    def place(self, i: int, column: int, header: str) -> Place:
        """A cell of record ``i``."""
        return self.sheet.place(int(self.lines[i]), column, header)


def read_listing(sheet: Sheet, source: Source) -> Listing | None:
    """Find the records of a sheet: the kind of file it is, its header row, its columns.

    A header that is missing, stands twice or that nobody knows is a finding, and so is a sheet
    that is none of the kinds; the listing is then ``None``.
    """
    if not (sheet.kind != Kind.EMPTY).any():
        source.faults.add("SHEET_MISSING", Place(), "The file is blank; send the publisher's file.")
        return None
    tables: Mapping[str, Mapping[str, Any]] = source.record.layout["tables"]
    for name, given in tables.items():
        if given.keys() - _TABLE:
            raise ValueError(f"layout.tables.{name}: unknown {sorted(given.keys() - _TABLE)}")
    known = {name: _headers(given, source) for name, given in tables.items()}
    name, row = _kind_of(sheet, known)
    at = _places(sheet, row, known[name], source)
    if at is None:
        return None
    given = tables[name]
    figure_map = source.maps[given["figures"]]
    figures = [
        Head(str(sheet.text[row, at[header]]).strip(), row, at[header])
        for entry in figure_map.entries
        if (header := normalise(entry.label)) in at
    ]
    keys = [_key(header, at[normalise(header)], options, source)
            for header, options in given["keys"].items()]  # fmt: skip
    order = {normalise(head.label): j for j, head in enumerate(figures)}
    return Listing(
        name=name,
        sheet=sheet,
        lines=row + 1 + np.flatnonzero((sheet.kind[row + 1 :] != Kind.EMPTY).any(axis=1)),
        keys=keys,
        figures=figures,
        figure_map=figure_map,
        title=Place(sheet.name, row + 1),
        fixed=given.get("fixed") or {},
        sums=[_sum(each, order) for each in given.get("sums") or ()],
        totals=[
            Total(t["key"], t["total"], tuple(t["parts"]), t.get("severity") == "warning")
            for t in given.get("totals") or ()
        ],
        add_up="add_up" in given,
        repeat=given.get("add_up") == "repeated too",
        rule=given.get("rule") or "",
    )


def _headers(given: Mapping[str, Any], source: Source) -> dict[str, tuple[str, bool]]:
    """Headers of a kind of file in normal form: as the record writes them, whether required."""
    optional = {normalise(text) for text in given.get("optional") or ()}
    figures = [entry.label for entry in source.maps[given["figures"]].entries]
    texts = (*given["keys"], *figures)
    found = {normalise(text): (text, normalise(text) not in optional) for text in texts}
    return found | {normalise(text): (text, False) for text in given.get("ignored") or ()}


def _kind_of(sheet: Sheet, known: Mapping[str, Mapping[str, tuple[str, bool]]]) -> tuple[str, int]:
    """The kind of file with the most headers in one row, and that row.

    A kind all of whose headers are there goes before one that lacks some.
    """
    best, name, row = (False, -1, 0), next(iter(known)), 0
    for line in range(min(sheet.height, 50)):
        present = {normalise(text) for _, text in sheet.texts(line)}
        for kind, headers in known.items():
            due = {header for header, (_, required) in headers.items() if required}
            score = (due <= present, len(present & headers.keys()), -len(due - present))
            if score > best:
                best, name, row = score, kind, line
    return name, row


def _places(
    sheet: Sheet, row: int, headers: Mapping[str, tuple[str, bool]], source: Source
) -> dict[str, int] | None:
    """Columns by header in normal form; ``None`` when a header is wrong."""
    said = dict(sheet.texts(row)) if sheet.height else {}
    at: dict[str, int] = {}
    sound = True
    for column, text in said.items():
        header = normalise(text)
        if header in at:
            sound = False
            source.faults.add(
                "HEADER_DIFFERS",
                sheet.place(row, column, text),
                f"The header {text!r} stands twice; keep one of the columns.",
                found=text,
            )
        at.setdefault(header, column)
    missing = [text for header, (text, due) in headers.items() if due and header not in at]
    for text in missing:
        source.faults.add(
            "HEADER_MISSING",
            Place(sheet.name, row + 1 if said else None),
            f"No column is headed {text!r}; put the header back, or have the record looked at if"
            " the publisher changed the layout.",
            expected=text,
            suggestion=closest(text, said.values()),
        )
    if missing:
        return None
    for text in said.values():
        if normalise(text) not in headers:
            sound = False
            source.faults.add(
                "LABEL_UNKNOWN",
                Place(sheet.name, row + 1, text),
                f"Nobody has said yet what the column {text!r} is; have the record of the source"
                " say what it means, or that it is ignored and why.",
                found=text,
                suggestion=closest(text, (known for known, _ in headers.values())),
            )
    filled = (sheet.kind[row + 1 :] != Kind.EMPTY).any(axis=0)
    for blank in np.flatnonzero(filled & (sheet.kind[row] == Kind.EMPTY)):
        sound = False
        source.faults.add(
            "VALUE_OUTSIDE_TABLE",
            sheet.place(row, int(blank)),
            "The column has no header and is filled; write the header or clear it.",
        )
    return at if sound else None


def _key(header: str, column: int, options: Mapping[str, Any] | None, source: Source) -> Key:
    given = dict(options or {})
    coded = "pattern" in given or given.get("alpha2") == "yes"
    if given.keys() - _OPTIONS or coded != ("component" in given):
        raise ValueError(f"{source.record.id}: the key {header!r} has wrong options")
    period = given.get("period")
    if period is not None and not set(period.split(" or ")) <= PERIODS.keys():
        raise ValueError(f"{source.record.id}: {header!r} has a period of no known form {period!r}")
    labels = source.maps[given["map"]] if "map" in given else None
    return Key(
        header,
        column,
        labels,
        given.get("component"),
        given.get("pattern"),
        period,
        given.get("freq"),
        given.get("blank") or {},
        given.get("apart") == "yes",
        given.get("alpha2") == "yes",
    )


def _sum(given: Mapping[str, Any], order: Mapping[str, int]) -> RowSum:
    return RowSum(
        order[normalise(given["total"])],
        tuple(order[normalise(part)] for part in given["parts"] if normalise(part) in order),
        given.get("severity") == "warning",
        given.get("breakdown") == "yes",
    )
