"""What the hub has for the cells of a workbook: figures, and what became of those left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from hub.delivery.workbook.layout import FOREIGN, TOTAL, Layout, Table
from hub.errors import NoResults
from hub.model.schema import StructureRef
from hub.query import data_v1
from hub.store.explained import Explained, Outcome, explained
from hub.store.home import Hub
from hub.store.releases import Pointer
from hub.store.select import publishers, select
from hub.views.rules import NOT_ASKED

__all__ = ["Parts", "Published", "question", "read"]

#: Codes of a cell, by dimension.
Codes = Mapping[str, str]


@dataclass(slots=True)
class Parts:
    """Figures of parts of a cell: by which dimensions, and of which months of the year."""

    dataflow: StructureRef
    dimensions: set[str] = field(default_factory=set)
    months: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class _Near:
    """Outcomes that may be about cells of a measure, by the codes of ``shared`` dimensions.

    ``usable``: a rule uses figures of their dataflow, so that one more of them is one more row.
    ``used`` are the rules that use some.
    """

    dataflow: StructureRef
    area: str
    shared: tuple[str, ...]
    used: frozenset[str]
    by_codes: dict[tuple[str, ...], list[Outcome]] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        return bool(self.used)

    @cached_property
    def parts(self) -> Mapping[tuple[str, ...], Parts]:
        """The figures that no rule leaves out, by the codes of what they are parts of."""
        found: dict[tuple[str, ...], Parts] = {}
        for codes, outcomes in self.by_codes.items():
            kept = [o for o in outcomes if o.rule in self.used or o.rule == NOT_ASKED]
            if not kept:
                continue
            for whole, dimensions in self._wholes(codes):
                parts = found.setdefault(whole, Parts(self.dataflow))
                parts.dimensions.update(dimensions)
                parts.months.update(month for one in kept for month in one.months)
        return found

    def _wholes(self, codes: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        """What has these codes as a part, with the dimensions in which it is more."""
        wider = [
            (place, code)
            for place, own in enumerate(codes)
            for code in self._wider(self.shared[place], own)
        ]
        for many in range(1, len(codes) + 1):
            for some in combinations(wider, many):
                places = [place for place, _ in some]
                if len(set(places)) == many:
                    new = dict(some)
                    whole = tuple(new.get(place, code) for place, code in enumerate(codes))
                    yield whole, tuple(self.shared[place] for place in places)

    def _wider(self, dimension: str, code: str) -> tuple[str, ...]:
        """Codes of a dimension that mean more than a code, and it too."""
        if code == TOTAL:
            return ()
        known = code != self.area and not code.startswith("_")
        return (TOTAL, FOREIGN) if dimension == "CITIZENSHIP" and known else (TOTAL,)


class Published:
    """What is published of a dataflow for one area and year.

    ``given`` are the providers of a dataflow that this hub does not make itself.
    """

    def __init__(
        self,
        area: str,
        dimensions: tuple[str, ...],
        rows: Mapping[tuple[str, ...], Codes],
        pointers: Sequence[Pointer],
        told: Explained | None,
        given: frozenset[str],
    ) -> None:
        self.pointers = {pointer.dataflow: pointer for pointer in pointers}
        self.told = told
        self.given = given
        self._area = area
        self._dimensions = dimensions
        self._rows = rows
        self._near: dict[str, list[_Near]] = {}

    @property
    def anything(self) -> bool:
        """Whether there is a figure, or one that may not be used."""
        return bool(self._rows or (self.told is not None and self.told.outcomes))

    def row(self, codes: Codes) -> Mapping[str, str | None] | None:
        """Measure and attributes of a cell, if it has a figure."""
        return self._rows.get(tuple(codes[d] for d in self._dimensions))

    def outcomes(self, layout: Layout, codes: Codes) -> list[Outcome]:
        """What became of the figures that are about a cell."""
        return [
            outcome
            for near in self._about(layout, codes["MEASURE"])
            if _whole(near, codes)
            for outcome in near.by_codes.get(tuple(codes[d] for d in near.shared), ())
        ]

    def parts(self, layout: Layout, codes: Codes) -> list[Parts]:
        """The figures that are about parts of a cell, by dataflow that has none about all of it."""
        found = []
        for near in self._about(layout, codes["MEASURE"]):
            key = tuple(codes[d] for d in near.shared)
            if near.usable and _whole(near, codes) and key not in near.by_codes:
                found.append(near.parts.get(key))
        return [parts for parts in found if parts is not None]

    def codes(self, layout: Layout, table: Table) -> set[str]:
        """The codes of the rows of a table that somebody has published figures of.

        Of a dataflow that no rule uses, such as border crossings among migrants, there are none.
        """
        found: set[str] = set()
        kept = [d for d in self._dimensions if d != table.component]
        place = self._dimensions.index(table.component)
        columns = [table.cell(column, None) for column in table.columns]
        wanted = {tuple(codes[d] for d in kept) for codes in columns}
        for key in self._rows:
            if (*key[:place], *key[place + 1 :]) in wanted:
                found.add(key[place])
        for codes in columns:
            for near in self._about(layout, codes["MEASURE"]):
                if near.usable:
                    found.update(_codes(near, codes, table.component))
        return found

    def _about(self, layout: Layout, measure: str) -> list[_Near]:
        if measure not in self._near:
            self._near[measure] = list(self._indexed(layout, measure))
        return self._near[measure]

    def _indexed(self, layout: Layout, measure: str) -> Iterator[_Near]:
        if self.told is None:
            return
        same = layout.totals.get(measure, {})
        for input_, measures in layout.near[measure].items():
            some = [
                o
                for o in self.told.outcomes
                if o.input == input_ and o.codes["MEASURE"] in measures
            ]
            if not some:
                continue
            shared = tuple(d for d in some[0].codes if d != "MEASURE")
            used = frozenset(rule.id for rule in self.told.flow.of(input_) if rule.use)
            near = _Near(input_, self._area, shared, used)
            for one in some:
                key = tuple(
                    TOTAL if one.codes[d] == same.get(d) else one.codes[d] for d in near.shared
                )
                near.by_codes.setdefault(key, []).append(one)
            yield near


def _whole(near: _Near, codes: Codes) -> bool:
    """Whether some codes are totals in all dimensions that the dataflow does not have."""
    return all(code == TOTAL for d, code in codes.items() if d not in (*near.shared, "MEASURE"))


def _codes(near: _Near, codes: Codes, component: str) -> Iterator[str]:
    """The codes of a component for which there are outcomes about cells with some codes."""
    if component not in near.shared:
        return
    if not _whole(near, codes):
        return
    place = near.shared.index(component)
    wanted = tuple(codes[d] for d in near.shared if d != component)
    for key in near.by_codes:
        if (*key[:place], *key[place + 1 :]) == wanted:
            yield key[place]


def question(dataflow: StructureRef, parts: Sequence[str], year: str) -> tuple[str, str]:
    """Path after ``/data/`` and parameters of the query of REST 1.5 for a year."""
    path = f"{dataflow.agency},{dataflow.id},{dataflow.version}/{'.'.join(parts)}"
    return path, f"startPeriod={year}&endPeriod={year}"


def read(hub: Hub, dataflow: StructureRef, area: str, year: str) -> Published:
    """What readers see of a consumer's dataflow for an area and year; nothing is an answer too."""
    schema = hub.structures.dataflow(dataflow.agency, dataflow.id, dataflow.version)
    dimensions = tuple(d for d in schema.series_key if d not in ("FREQ", "REF_AREA"))
    common = {"FREQ": "A", "REF_AREA": area}
    parts = [common.get(d, "") for d in schema.series_key]
    try:
        selection = select(hub, data_v1.parse(*question(dataflow, parts, year)))
    except NoResults:
        return Published(area, dimensions, {}, (), None, frozenset())
    rows: dict[tuple[str, ...], Codes] = {}
    for block in selection.blocks():
        for row in block.batch.to_pylist():
            rows[tuple(row[d] for d in dimensions)] = row
    told = explained(hub, dataflow, area, year, selection.pointers)
    given = frozenset() if told is not None else publishers(hub, dataflow)
    return Published(area, dimensions, rows, selection.pointers, told, given)
