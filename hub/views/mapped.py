"""A consumer's dataflow: stored observations in the consumer's structure, when somebody asks.

What may be used is said by rules, how it is written by structure maps that the registry holds.
Both are compiled once for a state of the structures; each query then becomes a query on the inputs
for what it may select and no more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any
from weakref import WeakKeyDictionary

from hub.mapping.execute import Narrowed, narrowed
from hub.mapping.inverse import Wanted, wanted
from hub.mapping.pieces import Piece
from hub.mapping.plan import Plan, compile_map
from hub.model.schema import DataSchema, StructureRef
from hub.model.stored import END, START
from hub.query.model import DataQuery
from hub.structures.kinds import Key
from hub.structures.mappings import RepresentationMap, representation_map, structure_map
from hub.structures.repository import StructureSet
from hub.views.api import Relation
from hub.views.families import RANK, Family, columns_of, families, quoted
from hub.views.rules import FlowRules, parse_rules

__all__ = ["Compiled", "MappedView", "cells", "cells_of", "contests", "questions"]


@dataclass(frozen=True, eq=False)
class Compiled:
    """The rules of a dataflow compiled for a state of the structures."""

    schema: DataSchema
    sources: Mapping[StructureRef, DataSchema]
    flow: FlowRules
    families: Sequence[Family]


class MappedView:
    """A computed dataflow that is made by rules and structure maps.

    ``tree`` is its part of the file of rules.
    """

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self._tree = tree
        self._compiled: WeakKeyDictionary[StructureSet, Compiled] = WeakKeyDictionary()

    @cached_property
    def dataflow(self) -> StructureRef:
        """The consumer's dataflow."""
        return StructureRef.parse(self._tree["dataflow"])

    @cached_property
    def inputs(self) -> tuple[StructureRef, ...]:
        """The dataflows that its rules read."""
        return tuple(StructureRef.parse(text) for text in self._tree["inputs"])

    def relation(
        self,
        structures: StructureSet,
        query: DataQuery,
        inputs: Mapping[StructureRef, Relation],
        compiled: Compiled | None = None,
    ) -> Relation:
        """The cells that a query may select.

        ``compiled`` are the rules as far as the rows of the inputs need them, if that is known.
        """
        compiled = compiled or self.compiled(structures)
        found = cells(compiled, inputs, wanted(compiled.schema, query))
        return Relation(f"({found.sql})", found.values)

    def compiled(self, structures: StructureSet) -> Compiled:
        """The rules and maps for a state of the structures.

        Raises ``NotFound``, ``SemanticError``, ``NotImplementedByHub`` or ``ValueError`` when they
        do not fit one another.
        """
        known = self._compiled.get(structures)
        if known is None:
            known = self._compiled[structures] = self._compile(structures)
        return known

    def _compile(self, structures: StructureSet) -> Compiled:
        def schema(ref: StructureRef) -> DataSchema:
            return structures.dataflow(ref.agency, ref.id, ref.version)

        def codes(key: Key) -> RepresentationMap:
            return representation_map(structures.get(key.kind, key.ref))

        target = schema(self.dataflow)
        sources = {ref: schema(ref) for ref in self.inputs}
        flow = parse_rules(self._tree, sources)

        @cache  # many rules share a map
        def plan(map_: Key, ref: StructureRef) -> Plan:
            map_made = structure_map(structures.get(map_.kind, map_.ref))
            return compile_map(map_made, sources[ref], target, codes)

        plans = {
            (rule.id, ref): plan(rule.use.map, ref)
            for rule in flow.rules
            if rule.use is not None
            for ref in rule.inputs
        }
        return Compiled(target, sources, flow, families(flow, plans))


def cells(
    compiled: Compiled,
    inputs: Mapping[StructureRef, Relation],
    asked: Wanted,
) -> Piece:
    """The cells of a consumer's dataflow, each once: by the first rule that has one for it."""
    columns = ", ".join(map(quoted, columns_of(compiled.schema)))
    able = _able(compiled, inputs, asked)
    sides = []
    for group in contests(list(able)):
        alone = len(group) == 1
        found = [f.cells(_rows(inputs, f), able[f], ranked=not alone) for f in group]
        sides += found if alone else [_first(found, columns, compiled.schema)]
    if sides:
        return Piece.joined(" UNION ALL ", sides)
    empty = (
        f"CAST(NULL AS {'TIMESTAMP' if c in (START, END) else 'VARCHAR'}) AS {quoted(c)}"
        for c in columns_of(compiled.schema)
    )
    return Piece(f"SELECT {', '.join(empty)} WHERE false")


def cells_of(
    compiled: Compiled,
    inputs: Mapping[StructureRef, Relation],
    asked: Wanted,
) -> dict[Family, Piece]:
    """The cells that each family has of what is asked; families that have none are left out."""
    able = _able(compiled, inputs, asked)
    return {family: family.cells(_rows(inputs, family), found) for family, found in able.items()}


def _able(
    compiled: Compiled,
    inputs: Mapping[StructureRef, Relation],
    asked: Wanted,
) -> dict[Family, Narrowed]:
    """The families that may have cells of what is asked, and what is asked of each."""
    found = {
        family: narrowed(family.plan, asked)
        for family in compiled.families
        if not inputs[family.input].empty
    }
    return {family: one for family, one in found.items() if one is not None}


def _rows(inputs: Mapping[StructureRef, Relation], family: Family) -> Piece:
    rows = inputs[family.input]
    return Piece(rows.sql, rows.values)


def questions(family: Family, rows: Relation) -> Piece:
    """One row of numbers: the answers that :meth:`hub.views.families.Family.known` wants.

    Each condition stands there once, however many answers need it: they take long to plan.
    """
    own = [Piece.all_of(parts) for parts in family.own]
    named = [one.put(f"({{}}) AS _t{place}") for place, one in enumerate(own)]
    looked_at = (
        Piece.joined(", ", (Piece("r.*"), *named)).put("SELECT {}"),
        Piece(f"FROM {rows.sql} r", rows.values),
        Piece.all_of(family.common).put("WHERE {}"),
    )
    taken = [f"r._t{place}" for place in range(len(own))]
    missed = (one.put(f"({' OR '.join(taken)}) AND {{}}") for one in family.misses())
    asked = (
        one.put(f"max(CASE WHEN {{}} THEN 1 ELSE 0 END) AS q{place}")
        for place, one in enumerate((*map(Piece, taken), *missed))
    )
    picked = Piece.joined(", ", asked).put("SELECT {}")
    return Piece.joined(" ", (picked, Piece.joined(" ", looked_at).put("FROM ({}) r")))


def _first(parts: Sequence[Piece], columns: str, schema: DataSchema) -> Piece:
    """Of the cells of several families each once, by the rule that stands first."""
    key = ", ".join(map(quoted, schema.key))
    place = f"row_number() OVER (PARTITION BY {key} ORDER BY {RANK})"
    rows = Piece.joined(" UNION ALL ", parts)
    ranked = rows.put(f"(SELECT {columns}, {RANK}, {place} AS _place FROM ({{}}) c)")
    return ranked.put(f"SELECT {columns} FROM {{}} c WHERE _place = 1")


def contests(found: Sequence[Family]) -> list[list[Family]]:
    """The families in groups: two of different groups never have a value for the same cell."""
    groups: list[list[Family]] = []
    for family in found:
        meeting = [g for g in groups if any(_meet(family.plan, other.plan) for other in g)]
        groups = [g for g in groups if g not in meeting]
        groups.append([*(f for g in meeting for f in g), family])
    return groups


def _meet(one: Plan, other: Plan) -> bool:
    for dimension in one.target.series_key:
        ours, theirs = one.values(dimension), other.values(dimension)
        if ours is not None and theirs is not None and not ours & theirs:
            return False
    return True
