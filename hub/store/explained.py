"""What became of each figure that a consumer's dataflow may be made from, of one area and year.

The coverage report (:mod:`hub.store.coverage`) counts outcomes for everybody who asks what a
consumer is given. Here they are told by the codes of the figures, so that of one empty cell can be
said why it is empty, and of one that is filled by which rule and from whose data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.mapping.pieces import Piece
from hub.model.schema import DataSchema, StructureRef
from hub.model.stored import END, PROVIDER, START
from hub.store.engines import engine
from hub.store.releases import Pointer
from hub.store.rows import compiled_for, inputs_of
from hub.store.sql import quoted
from hub.store.statement import instants
from hub.structures.repository import StructureSet
from hub.views import Relation, find
from hub.views.coverage import USED, named, outcomes, sentence
from hub.views.families import Family
from hub.views.mapped import MappedView
from hub.views.rules import FlowRules, Rule
from hub.views.years import year_of

if TYPE_CHECKING:
    from hub.store.home import Hub

__all__ = ["Explained", "Outcome", "explained"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Observations of one input with the same codes, provider and outcome.

    ``codes`` are those of the dimensions that the input shares with the consumer's dataflow.
    ``rule``, ``reason`` and ``subject`` are as in :class:`hub.store.coverage.Count`. ``months`` are
    those of the year (1 to 12) that their periods touch.
    """

    input: StructureRef
    codes: Mapping[str, str]
    provider: str | None
    rule: str
    reason: str
    subject: str
    observations: int
    months: tuple[int, ...]

    @property
    def usable(self) -> bool:
        """Whether they stand in their cell, unless others stand there."""
        return self.reason == USED


@dataclass(frozen=True, slots=True)
class Explained:
    """The outcomes, those of the first input and rule first; ``flow`` are the rules.

    ``sources`` are the structures of the inputs.
    """

    flow: FlowRules
    families: Sequence[Family]
    sources: Mapping[StructureRef, DataSchema]
    structures: StructureSet
    outcomes: tuple[Outcome, ...]

    def standing(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Of the outcomes about one cell those that stand in it: by the first rule that has one.

        A year is made from months that several rules may have taken.
        """
        usable = [one for one in outcomes if one.usable]
        order = [rule.id for rule in self.flow.rules]
        first = min(usable, key=lambda one: order.index(one.rule), default=None)
        if first is None:
            return []
        family = next(f for f in self.families if self._made(f, first))
        return [one for one in usable if self._made(family, one)]

    @staticmethod
    def _made(family: Family, one: Outcome) -> bool:
        return family.input == one.input and any(rule.id == one.rule for rule in family.rules)

    def rule(self, outcome: Outcome) -> Rule | None:
        """The rule that took the observations; ``None`` where none did."""
        return next((rule for rule in self.flow.rules if rule.id == outcome.rule), None)

    def why(self, outcome: Outcome, language: str) -> str:
        """The sentence that says why, in English where the language has none."""
        name = named(self.structures, self.sources[outcome.input], language)
        return sentence(self.flow, outcome.rule, outcome.reason, outcome.subject, language, name)


def explained(
    hub: Hub, dataflow: StructureRef, area: str, year: str, pointers: Iterable[Pointer]
) -> Explained | None:
    """The outcomes of what the inputs of a dataflow have of an area in a year.

    ``pointers`` are the releases that readers see, as of an answer about the dataflow. ``None``
    where no rules make the dataflow: its observations were given to this hub as they are.
    """
    view = find(dataflow)
    seen = {pointer.dataflow: pointer for pointer in pointers}
    if not isinstance(view, MappedView) or dataflow in seen:
        return None
    inputs, run = inputs_of(hub, view, seen), engine(hub)
    compiled = compiled_for(hub, view, inputs)
    narrow = {
        ref: _narrowed(compiled.sources[ref], rows, area, year) for ref, rows in inputs.items()
    }
    rules = [rule.id for rule in compiled.flow.rules]
    found: list[Outcome] = []
    for input_ in view.inputs:
        if inputs[input_].empty:
            continue
        shared = _shared(compiled.sources[input_], compiled.schema)
        by = (*shared, PROVIDER)
        for part in outcomes(compiled, input_, narrow, by=(*by, START, END), contested=False):
            asked = _by_months(part, len(by), int(year))
            for rule, reason, subject, *rest in run.rows(asked.sql, asked.values):
                told = dict(zip(shared, rest, strict=False))
                who, many, *touched = rest[len(shared) :]
                months = tuple(month for month, any_ in enumerate(touched, 1) if any_)
                found.append(Outcome(input_, told, who, rule, reason, subject, int(many), months))
    places = {rule: place for place, rule in enumerate(rules)}
    order = {ref: place for place, ref in enumerate(view.inputs)}
    found.sort(key=lambda o: (order[o.input], places.get(o.rule, len(places)), o.provider or ""))
    return Explained(
        compiled.flow, compiled.families, compiled.sources, hub.structures, tuple(found)
    )


def _shared(source: DataSchema, target: DataSchema) -> tuple[str, ...]:
    """The dimensions, but for area and frequency, that both have."""
    return tuple(
        d for d in source.series_key if d in target.series_key and d not in ("FREQ", "REF_AREA")
    )


def _by_months(counts: Piece, by: int, year: int) -> Piece:
    """Counts by periods, added up; with each of the twelve months: whether a period touches it.

    ``by`` is how many columns there are that they are counted by, before those of the period.
    """
    start, end = f"by{by}", f"by{by + 1}"
    number = "EXTRACT(YEAR FROM {0}) * 12 + EXTRACT(MONTH FROM {0})"
    first, after = number.format(start), number.format(end)
    # A period ends before the instant that is its end.
    last = f"{after} - CASE WHEN EXTRACT(DAY FROM {end}) = 1 THEN 1 ELSE 0 END"
    touched = (
        f"max(CASE WHEN {first} <= {month} AND {last} >= {month} THEN 1 ELSE 0 END)"
        for month in range(year * 12 + 1, year * 12 + 13)
    )
    names = ", ".join(("rule", "reason", "subject", *(f"by{place}" for place in range(by))))
    picked = f"SELECT {names}, sum(observations), {', '.join(touched)}"
    return counts.put(f"{picked} FROM ({{}}) c GROUP BY {names}")


def _narrowed(schema: DataSchema, rows: Relation, area: str, year: str) -> Relation:
    """The rows of an area in a year."""
    columns = ", ".join(quoted(c) for c in (*schema.columns, PROVIDER, *instants(schema)))
    where = f"n.{quoted('REF_AREA')} = ? AND {year_of('n')} = ?"
    sql = f"(SELECT {columns} FROM {rows.sql} n WHERE {where})"
    return Relation(sql, (*rows.values, area, year), rows.empty)
