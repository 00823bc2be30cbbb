"""The coverage report of a consumer's dataflow: what went in, what was left out and why.

Each observation that readers see of an input is counted once, under what became of it, by country
and year. What the consumer asks to see is listed with the years there are, so that what is lacking
shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any

from hub.errors import NotFound
from hub.mapping.inverse import Wanted
from hub.model.schema import StructureRef
from hub.store.engines import engine
from hub.store.releases import Pointer
from hub.store.rows import compiled_for, inputs_of, pointers_at
from hub.structures.repository import StructureSet
from hub.views import find, views
from hub.views.coverage import USED, named, outcomes, sentence
from hub.views.mapped import Compiled, MappedView, cells

if TYPE_CHECKING:
    from hub.store.home import Hub

__all__ = ["COLUMNS", "Count", "Coverage", "Wish", "coverage", "covered"]

#: Columns of the table of a report.
COLUMNS = (
    "input", "area", "year", "rule", "used", "reason", "subject", "observations", "why",
)  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Count:
    """Observations of one input, country and year with one outcome.

    ``rule`` took them. ``reason`` is empty where they are used, else the id of a reason, and
    ``subject`` the component or rule that the reason is about.
    """

    input: StructureRef
    area: str
    year: str
    rule: str
    reason: str
    subject: str
    observations: int

    @property
    def used(self) -> bool:
        """Whether they stand in the consumer's dataflow."""
        return self.reason == USED


@dataclass(frozen=True, slots=True)
class Wish:
    """Codes that the consumer asks for, and the years it gets; no years: it is lacking."""

    codes: Mapping[str, str]
    years: tuple[str, ...]


#: What is said of a dataflow that the hub answers with what was handed in.
_GIVEN = {
    "en": "The hub answers this dataset with observations that were handed in for it ({when}), and "
    "does not compute it. This report tells what the hub's own observations would give.",
    "es": "El centro responde este conjunto de datos con observaciones que se entregaron para él "
    "({when}) y no lo calcula. Este informe dice qué darían las observaciones del propio centro.",
}


@dataclass(frozen=True)
class Coverage:
    """A coverage report. ``releases`` are those it was made from, by input.

    ``given`` is the newest release of observations of the dataflow itself: queries are answered
    with these, whatever the report says of the inputs. ``None``: it is computed.
    """

    dataflow: StructureRef
    inputs: tuple[StructureRef, ...]
    releases: Mapping[StructureRef, int]
    counts: tuple[Count, ...]
    cells: int
    wishes: tuple[Wish, ...]
    notes: tuple[Mapping[str, str], ...]
    given: Pointer | None
    _compiled: Compiled
    _structures: StructureSet

    @property
    def observations(self) -> int:
        """Stored observations of all inputs."""
        return sum(c.observations for c in self.counts)

    @property
    def used(self) -> int:
        """Stored observations that stand in a cell or are a part of one."""
        return sum(c.observations for c in self.counts if c.used)

    def to_dict(self, lang: str) -> dict[str, Any]:
        """The report as JSON, its sentences in English or Spanish."""
        reasons: dict[tuple[str, str, str], int] = {}
        sentences: dict[tuple[str, str, str], str] = {}
        for one in self.counts:
            key = (one.rule, one.reason, one.subject)
            reasons[key] = reasons.get(key, 0) + one.observations
            sentences[key] = self.why(one, lang)
        return {
            "dataflow": str(self.dataflow),
            "observations": self.observations,
            "used": self.used,
            "left_out": self.observations - self.used,
            "cells": self.cells,
            "inputs": [
                {
                    "dataflow": str(ref),
                    "release": self.releases.get(ref),
                    "observations": sum(c.observations for c in self.counts if c.input == ref),
                    "used": sum(c.observations for c in self.counts if c.input == ref and c.used),
                }
                for ref in self.inputs
            ],
            "outcomes": [
                {
                    "rule": rule, "used": reason == USED, "reason": reason or None,
                    "subject": subject or None, "observations": many,
                    "why": sentences[rule, reason, subject],
                }
                for (rule, reason, subject), many in sorted(reasons.items())
            ],
            "wanted": [
                {"codes": dict(wish.codes), "years": list(wish.years)} for wish in self.wishes
            ],
            "given": self.given_say(lang),
            "notes": [note[lang] for note in self.notes],
            "counts": [dict(zip(COLUMNS, row, strict=True)) for row in self.table(lang)],
        }  # fmt: skip

    def given_say(self, lang: str) -> str | None:
        """That the dataflow is answered with what was handed in; in English or Spanish."""
        if self.given is None:
            return None
        return _GIVEN[lang].format(when=f"{self.given.released_at:%Y-%m-%d}")

    def table(self, lang: str) -> list[tuple[str | int | bool, ...]]:
        """The counts with their sentences, in the order of :data:`COLUMNS`."""
        return [
            (str(c.input), c.area, c.year, c.rule, c.used, c.reason, c.subject, c.observations,
             self.why(c, lang))
            for c in self.counts
        ]  # fmt: skip

    def why(self, count: Count, lang: str) -> str:
        """The sentence that says what became of the observations, in English or Spanish."""
        name = named(self._structures, self._compiled.sources[count.input], lang)
        return sentence(self._compiled.flow, count.rule, count.reason, count.subject, lang, name)


def covered() -> list[StructureRef]:
    """The dataflows that have a coverage report."""
    return [view.dataflow for view in views() if isinstance(view, MappedView)]


def coverage(hub: Hub, dataflow: StructureRef) -> Coverage:
    """The report on what readers see now.

    Raises ``NotFound`` when the dataflow is no consumer's.
    """
    view = find(dataflow)
    if not isinstance(view, MappedView):
        raise NotFound(f"{dataflow} is no consumer's dataflow: it has no coverage report.")
    pointers = pointers_at(hub, [dataflow], None)
    state = (hub.artefacts.version(), *sorted((ref, p.release) for ref, p in pointers.items()))
    return _made(hub, view, state)


@lru_cache(maxsize=16)
def _made(hub: Hub, view: MappedView, state: tuple[object, ...]) -> Coverage:
    """The report for a state of the structures and releases, which tell what it says."""
    pointers = pointers_at(hub, [view.dataflow], None)
    inputs = inputs_of(hub, view, pointers)
    compiled = compiled_for(hub, view, inputs)
    run = engine(hub)
    rules = [rule.id for rule in compiled.flow.rules]
    counts = []
    for input_ in view.inputs:
        for part in outcomes(compiled, input_, inputs):
            for area, year, rule, reason, subject, many in run.rows(part.sql, part.values):
                about = rules[int(subject)] if reason == "OTHER_FIRST" else subject
                counts.append(Count(input_, area or "", year or "", rule, reason, about, many))
    wishes, many = _wishes(compiled, run, inputs)
    return Coverage(
        view.dataflow,
        view.inputs,
        {ref: pointers[ref].release for ref in view.inputs if ref in pointers},
        tuple(sorted(counts)),
        many,
        wishes,
        compiled.flow.lacks,
        pointers.get(view.dataflow),
        compiled,
        hub.structures,
    )


def _wishes(
    compiled: Compiled, run: Any, inputs: Mapping[StructureRef, Any]
) -> tuple[tuple[Wish, ...], int]:
    """What is asked for, with its years, and the number of all cells."""
    found = cells(compiled, inputs, Wanted({}))
    many = run.scalar(f"SELECT count(*) FROM ({found.sql}) c", found.values) or 0
    wants = compiled.flow.wants
    if not wants:
        return (), int(many)
    time = compiled.schema.time
    names = ", ".join(f'"{c}"' for c in wants)
    year = f', "{time.id}" AS t' if time is not None else ", '' AS t"
    rows = run.rows(f"SELECT DISTINCT {names}{year} FROM ({found.sql}) c", found.values)
    years: dict[Sequence[str], list[str]] = {}
    for *codes, when in rows:
        years.setdefault(tuple(codes), []).append(when)
    return tuple(
        Wish(dict(zip(wants, codes, strict=True)), tuple(sorted(years.get(codes, ()))))
        for codes in product(*wants.values())
    ), int(many)
