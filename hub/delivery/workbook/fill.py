"""Filling the tables of a workbook: a figure and its notes, or why there is none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hub.delivery.workbook.layout import Layout, Table
from hub.delivery.workbook.published import Parts, Published
from hub.delivery.workbook.texts import Texts
from hub.model.schema import DataSchema, StructureRef
from hub.store.explained import Outcome
from hub.structures.repository import StructureSet
from hub.views.rules import NOT_ASKED

__all__ = ["Cell", "Filled", "Source", "fill"]

#: Attributes that a note tells, with its text and the codes that need none.
_TOLD = (
    ("UNIT_MEASURE", "unit", ("PS",)),
    ("TIME_PER_COLLECT", "time", ()),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its value as text, ``None`` where it is empty, and the numbers of its notes."""

    value: str | None
    notes: tuple[int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """Whose figures of which stored dataflow stand in a table; ``None``: it is not known whose."""

    dataflow: StructureRef
    provider: str | None


@dataclass(frozen=True, slots=True)
class Filled:
    """A table that was filled: a row of cells for each of its rows, and its notes from 1 on."""

    table: Table
    cells: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...]
    sources: tuple[Source, ...]

    @property
    def count(self) -> int:
        """How many of its cells have a figure."""
        return sum(cell.value is not None for row in self.cells for cell in row)


def fill(
    structures: StructureSet, layout: Layout, table: Table, published: Published | None, say: Texts
) -> Filled:
    """Fill a table; ``published`` is ``None`` for one that cannot be filled by definition."""
    work = _Filling(structures, layout, table, published, say)
    cells = tuple(
        tuple(work.cell(row.code, place) for place in range(len(table.columns)))
        for row in table.rows
    )
    sources = sorted(work.sources, key=lambda s: (s.dataflow, s.provider or ""))
    return Filled(table, cells, tuple(work.notes), tuple(sources))


class _Filling:
    """A table that is being filled."""

    def __init__(
        self,
        structures: StructureSet,
        layout: Layout,
        table: Table,
        published: Published | None,
        say: Texts,
    ) -> None:
        self.notes: dict[str, int] = {}
        self.sources: set[Source] = set()
        self._structures = structures
        self._layout = layout
        self._table = table
        self._published = published
        self._say = say
        ref = table.dataflow
        self._schema = None if ref is None else structures.dataflow(ref.agency, ref.id, ref.version)

    def cell(self, code: str | None, column: int) -> Cell:
        """The cell of a row and a column."""
        if self._published is None or self._schema is None or code is None:
            return Cell(None, self._numbers([self._table.never]))
        codes = self._table.cell(self._table.columns[column], code)
        row = self._published.row(codes)
        outcomes = self._published.outcomes(self._layout, codes)
        if row is None:
            parts = self._published.parts(self._layout, codes)
            return Cell(None, self._numbers(self._why_empty(outcomes, parts)))
        value = row[self._schema.primary_measure.id]
        if value is None or not _is_number(value):
            return Cell(None, self._numbers([self._say("no_number")]))
        told = self._published.told
        used = told.standing(outcomes) if told is not None else []
        self.sources.update(Source(outcome.input, outcome.provider) for outcome in used)
        if told is None:
            self.sources.update(
                Source(self._schema.dataflow, one) for one in self._published.given or (None,)
            )
        return Cell(value, self._numbers(self._about(self._schema, row, used)))

    def _numbers(self, texts: Sequence[str]) -> tuple[int, ...]:
        """The numbers of notes, new ones at the end."""
        return tuple(
            self.notes.setdefault(text, len(self.notes) + 1) for text in dict.fromkeys(texts)
        )

    def _why_empty(self, outcomes: Sequence[Outcome], parts: Sequence[Parts]) -> list[str]:
        """For each reason by which figures were left out its sentence, rule and dataset.

        And for each dataset that has figures of parts of the cell only, of what parts.
        """
        told = None if self._published is None else self._published.told
        if told is None or not (outcomes or parts):
            return [self._say("not_published")]
        return [
            *(
                self._say(
                    "by_rule",
                    why=told.why(outcome, self._say.language) + self._months(outcome),
                    rule=outcome.reason,
                    dataset=self._name(outcome.input),
                )
                for outcome in outcomes
            ),
            *(self._of_parts(one) for one in parts),
        ]

    def _of_parts(self, parts: Parts) -> str:
        assert self._schema is not None
        names = (
            self._structures.concept_name(self._schema, d, self._say.language)
            for d in self._schema.series_key
            if d in parts.dimensions
        )
        return self._say(
            "parts",
            dimensions=", ".join(names),
            months=self._say.months(parts.months),
            dataset=self._name(parts.dataflow),
        )

    def _months(self, outcome: Outcome) -> str:
        """Which months there are, where what was published is not the whole year."""
        partial = outcome.reason in ("YEAR_INCOMPLETE", NOT_ASKED)
        return self._say.months(outcome.months) if partial else ""

    def _about(
        self, schema: DataSchema, row: Mapping[str, str | None], used: Sequence[Outcome]
    ) -> list[str]:
        """What has to be known of a figure."""
        say, told = self._say, None if self._published is None else self._published.told
        rules = [(told.rule(one), one) for one in used] if told is not None else []
        found = [
            say("differs", why=told.why(outcome, say.language))
            for rule, outcome in rules
            if told is not None and rule is not None and rule.use and rule.use.status == "D"
        ]
        status = row.get("OBS_STATUS")
        if status not in (None, "A") and not found:
            found.append(say("status", code=status, name=self._code(schema, "OBS_STATUS", status)))
        if status == "D" and (definition := row.get("DEFINITION")) is not None:
            name = self._code(schema, "DEFINITION", definition)
            found.append(
                say("no_definition") if definition == "_U" else say("definition", name=name)
            )
        if any(rule is not None and rule.use and rule.use.yearly for rule, _ in rules):
            found.append(say("months"))
        found.extend(self._told(schema, row))
        return found

    def _told(self, schema: DataSchema, row: Mapping[str, str | None]) -> Iterator[str]:
        for id_, key, plain in _TOLD:
            code = row.get(id_)
            if code is not None and code not in plain:
                yield self._say(key, name=self._code(schema, id_, code))
        if row.get("COMMENT_OBS"):
            yield self._say("comment", text=row["COMMENT_OBS"])

    def _code(self, schema: DataSchema, component: str, code: str | None) -> str:
        codelist = schema.by_id[component].codelist
        known = {} if codelist is None else self._structures.labels(codelist, self._say.language)
        return known.get(code or "", code or "")

    def _name(self, dataflow: StructureRef) -> str:
        found = self._structures.get("dataflow", dataflow)
        return self._structures.name(found, self._say.language)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
