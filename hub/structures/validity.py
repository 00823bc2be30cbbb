"""What is valid in a context: a structure as the constraints up to a flow or agreement leave it.

The answer to a schema query in one of the structure formats holds the data structure, its
codelists with just the codes that are allowed, the concepts it uses and the agencies that maintain
all these. Source: SDMX REST 2.2 ``schema.md``, SDMX REST 1.5 section 4.7.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Set
from copy import copy
from dataclasses import replace
from typing import Any

from sdmx.model import common

from hub.model.schema import Component, DataSchema
from hub.structures.actual import concepts_of
from hub.structures.items import ItemTable
from hub.structures.kinds import Artefact, Key, key_of
from hub.structures.repository import StructureSet
from hub.structures.schema import allowed_codes, constrained_by

__all__ = ["constrained_schema", "valid_structures"]


def constrained_schema(structures: StructureSet, key: Key) -> DataSchema:
    """The schema of a data structure, dataflow or provision agreement with allowed codes only.

    Raises ``NotFound``, and ``NotImplementedByHub`` for a constraint the hub cannot apply.
    """
    find = {
        "datastructure": structures.structure,
        "dataflow": structures.dataflow,
        "provisionagreement": structures.agreement,
    }[key.kind]
    schema = find(key.ref.agency, key.ref.id, key.ref.version)

    def left(component: Component) -> Component:
        allowed = allowed_codes(schema, component.id)
        if allowed is None or component.codes is None:
            return component
        return replace(component, codes=tuple(c for c in component.codes if c in allowed))

    return replace(
        schema,
        dimensions=tuple(map(left, schema.dimensions)),
        attributes=tuple(map(left, schema.attributes)),
        measures=tuple(map(left, schema.measures)),
    )


def valid_structures(structures: StructureSet, key: Key) -> list[Artefact]:
    """The artefacts that say what is valid for ``key``, each once.

    Constraints are among them only where components that share a codelist allow different codes of
    it, for then the partial codelist alone would not say which.
    """
    schema = constrained_schema(structures, key)
    dsd = structures.get("datastructure", schema.structure)
    found = [dsd, *_codelists(structures, schema), *_concept_schemes(structures, dsd)]
    if _shares_lists(schema):
        found += _constraints(structures, key)
    return [*found, *_agencies(structures, found)]


def _by_list(schema: DataSchema) -> dict[Key, list[frozenset[str]]]:
    """Allowed codes of each component, by codelist."""
    found: dict[Key, list[frozenset[str]]] = defaultdict(list)
    for component in schema.components:
        if component.codelist is not None and component.codes is not None:
            found[Key("codelist", component.codelist)].append(frozenset(component.codes))
    return found


def _shares_lists(schema: DataSchema) -> bool:
    return any(len(set(allowed)) > 1 for allowed in _by_list(schema).values())


def _codelists(structures: StructureSet, schema: DataSchema) -> Iterator[Artefact]:
    for key, allowed in _by_list(schema).items():
        codelist = structures.get(*key)
        yield _only(codelist, frozenset[str]().union(*allowed))


def _concept_schemes(structures: StructureSet, dsd: Artefact) -> Iterator[Artefact]:
    used: dict[Key, set[str]] = defaultdict(set)
    for key, ids in concepts_of((*dsd.dimensions, *dsd.measures, *dsd.attributes)):
        used[key] |= ids
    for key, ids in used.items():
        yield _only(structures.get(*key), ids)


def _only(scheme: Artefact, ids: Set[str]) -> Artefact:
    """The scheme with just these items, without a reference to a parent that is not there.

    Here parents are no part of the answer unless they are valid themselves.
    """
    if ids >= scheme.items.keys():
        return scheme
    view = copy(scheme)
    view.is_partial = True
    if isinstance(scheme, common.Codelist):
        view.items = ItemTable.of(scheme).taken(ids, view, loose=True)
        return view
    kept = {id_: item for id_, item in scheme.items.items() if id_ in ids}
    view.items = {id_: _loose(item, kept, scheme) for id_, item in kept.items()}
    return view


def _loose(item: Any, kept: Collection[str], scheme: Artefact) -> Any:
    parent = item.parent
    if parent is None or hasattr(parent, "maintainer") or parent.id in kept:
        return item
    alone = copy(item)
    alone.parent = scheme
    return alone


def _constraints(structures: StructureSet, key: Key) -> Iterator[Artefact]:
    """Constraints of the structure, dataflow and agreement that ``key`` is seen through."""
    chain = [key]
    if key.kind == "provisionagreement":
        chain.append(key_of(structures.get(*key).structure_usage))
    if chain[-1].kind == "dataflow":
        chain.append(key_of(structures.get(*chain[-1]).structure))
    known = structures.of_kind("contentconstraint")
    for link in reversed(chain):
        for constraint in constrained_by(known, link):
            role = getattr(getattr(constraint, "role", None), "role", None)
            if getattr(role, "name", None) != "actual":
                yield constraint


def _agencies(structures: StructureSet, artefacts: list[Artefact]) -> Iterator[Artefact]:
    ids = {key_of(artefact).ref.agency for artefact in artefacts}
    for scheme in structures.of_kind("agencyscheme"):
        if ids & set(scheme.items):
            yield _only(scheme, ids)
