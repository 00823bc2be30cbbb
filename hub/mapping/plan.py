"""A structure map compiled: where each component of the target comes from.

What a map lets through fits the target: a code that the target's codelist and constraints do not
have is as unmapped as one that no map names. Source: SDMX 3.0 Section 2, chapter 10.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from hub.errors import NotImplementedByHub, SemanticError
from hub.mapping.tables import CodeTable, Row, expand
from hub.model.schema import DataSchema, Role
from hub.structures.kinds import Key
from hub.structures.mappings import DateMap, RepresentationMap, StructureMap
from hub.structures.schema import allowed_codes

__all__ = ["FREQUENCIES", "Plan", "compile_map"]

#: Frequencies that a time map can give periods of.
FREQUENCIES = ("A",)

#: Finds a representation map; raises ``NotFound``.
Find = Callable[[Key], RepresentationMap]


@dataclass(frozen=True)
class Plan:
    """A compiled structure map.

    ``tables`` map codes; ``copies`` are uncoded target components with the source they are of;
    ``fixed`` target components have one value; rows of which a source component in ``given`` has
    another value are not mapped. ``frequency`` is that of the target's periods, which then hold
    the period of the source; ``None``: the period stays as it is written.
    """

    source: DataSchema
    target: DataSchema
    tables: tuple[CodeTable, ...]
    copies: Mapping[str, str]
    fixed: Mapping[str, str]
    given: Mapping[str, str]
    frequency: str | None = None

    @cached_property
    def carried(self) -> frozenset[str]:
        """Source dimensions whose code can be told from the target's cell.

        What becomes an attribute tells no cell from another.
        """
        cell = set(self.target.key)
        found = {*self.given, *(from_ for to, from_ in self.copies.items() if to in cell)}
        for table in self.tables:
            if table.injective(cell):
                found.update(table.sources)
        return frozenset(found)

    def values(self, target: str) -> frozenset[str] | None:
        """Codes that the map can give a component; ``None`` when it copies what there is."""
        if target in self.fixed:
            return frozenset({self.fixed[target]})
        for table in self.tables:
            if target in table.targets:
                place = table.targets.index(target)
                return frozenset(row.targets[place] for row in table.rows)
        return None

    def only(self, wanted: Mapping[str, frozenset[str]]) -> Plan | None:
        """The plan for target codes that are wanted; ``None`` when it can give none of them."""
        if any(value not in wanted.get(target, {value}) for target, value in self.fixed.items()):
            return None
        tables = tuple(table.only(wanted) for table in self.tables)
        dimensions = {d.id for d in self.target.dimensions}
        if any(not t.rows and dimensions & set(t.targets) for t in tables):
            return None
        return replace(self, tables=tables)


def compile_map(map_: StructureMap, source: DataSchema, target: DataSchema, find: Find) -> Plan:
    """Compile a map between two dataflows.

    Raises ``SemanticError`` when the map names a component that its side does not have, gives one
    twice, or leaves a dimension of the target without a value; ``NotImplementedByHub`` for a map of
    dates that are no time dimension, and what :func:`hub.mapping.tables.expand` refuses.
    """
    tables: list[CodeTable] = []
    copies: dict[str, str] = {}
    for one in map_.components:
        _known(one.sources, source)
        _known(one.targets, target)
        if one.representation_map is not None:
            codes = {s: source.by_id[s].codes for s in one.sources}
            table = expand(find(one.representation_map), one.sources, one.targets, codes)
            tables.append(_fitting(table, target))
            continue
        if len(one.sources) != 1 or len(one.targets) != 1:
            raise SemanticError(f"The map of {', '.join(one.sources)} needs a representation map.")
        (from_,), (to,) = one.sources, one.targets
        theirs, ours = allowed_codes(target, to), source.by_id[from_].codes
        if theirs is None or ours is None:
            copies[to] = from_
        else:
            rows = (Row((code,), (code,)) for code in sorted(theirs.intersection(ours)))
            tables.append(CodeTable((from_,), (to,), tuple(rows)))
    fixed: dict[str, str] = {}
    given: dict[str, str] = {}
    for value in map_.fixed:
        if len(value.values) != 1:
            raise NotImplementedByHub(f"{value.component} has {len(value.values)} fixed values.")
        _known((value.component,), target if value.in_target else source)
        (fixed if value.in_target else given)[value.component] = value.values[0]
    frequency = None
    for date in map_.dates:
        frequency = _frequency(date, source, target)
        copies.update({to: from_ for from_, to in date.components})
    plan = Plan(source, target, tuple(tables), copies, fixed, given, frequency)
    _check(plan)
    return plan


def _known(components: tuple[str, ...], schema: DataSchema) -> None:
    for id_ in components:
        if id_ not in schema.by_id:
            raise SemanticError(f"{schema.dataflow} has no component {id_}.")


def _fitting(table: CodeTable, target: DataSchema) -> CodeTable:
    """The rows of a table whose targets the target may have."""
    allowed = {t: codes for t in table.targets if (codes := allowed_codes(target, t)) is not None}
    return table.only(allowed)


def _frequency(date: DateMap, source: DataSchema, target: DataSchema) -> str:
    for from_, to in date.components:
        _known((from_,), source)
        _known((to,), target)
        if source.by_id[from_].role is not Role.TIME or target.by_id[to].role is not Role.TIME:
            raise NotImplementedByHub(f"{from_} is no time dimension: its dates are not mapped.")
    if date.target_frequency not in FREQUENCIES:
        raise NotImplementedByHub(
            f"The hub makes periods of the frequency {', '.join(FREQUENCIES)}, "
            f"not {date.target_frequency or 'of one that another component says'}."
        )
    if date.resolve not in (None, "startOfPeriod"):
        raise NotImplementedByHub(f"A period is resolved by its start, not by {date.resolve}.")
    return date.target_frequency


def _check(plan: Plan) -> None:
    targets = [t for table in plan.tables for t in table.targets]
    targets += [*plan.copies, *plan.fixed]
    twice = sorted({t for t in targets if targets.count(t) > 1})
    if twice:
        raise SemanticError(f"The map gives {', '.join(twice)} more than one value.")
    absent = [id_ for id_ in plan.target.key if id_ not in targets]
    if absent:
        raise SemanticError(f"The map gives no value for {', '.join(absent)}.")
    time = plan.target.time
    if time is not None and plan.source.by_id[plan.copies[time.id]].role is not Role.TIME:
        raise SemanticError(f"{time.id} must come from the time dimension.")
    for id_, value in plan.fixed.items():
        codes = allowed_codes(plan.target, id_)
        if codes is not None and value not in codes:
            raise SemanticError(f"{plan.target.dataflow} does not allow {value!r} in {id_}.")
