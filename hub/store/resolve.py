"""Which datasets a data query means: artefacts and versions of its path, and data providers.

A :class:`Part` is one dataset of the answer, in the context that was asked for (REST 2.2: the
service must respect it): a dataflow, a data structure with the rows of all its dataflows, or a
provision agreement with the rows its constraints allow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hub.errors import NotFound, NotImplementedByHub
from hub.model.schema import CubeRegion, DataSchema, StructureRef
from hub.query.model import Context, DataQuery, Provider
from hub.query.structure import StructureQuery
from hub.store.conditions import Condition, allowed
from hub.store.statement import EVERYTHING
from hub.structures.kinds import Key, key_of
from hub.structures.repository import StructureSet

__all__ = ["Part", "Publishers", "resolve"]

#: Ids of the providers that published to a dataflow; ``None`` among them is "not stated".
Publishers = Callable[[StructureRef], frozenset[str | None]]


@dataclass(frozen=True, slots=True)
class Part:
    """One dataset: its schema, the dataflows whose rows it holds, and which of those rows.

    ``subject`` is the artefact it was asked for by.
    """

    schema: DataSchema
    flows: tuple[StructureRef, ...]
    subject: Key
    within: Condition = EVERYTHING


def resolve(structures: StructureSet, query: DataQuery, publishers: Publishers) -> list[Part]:
    """The datasets a query means, before its filters; raises ``NotFound`` when there is none."""
    if Context.ANY in query.contexts:
        for context in (Context.DATAFLOW, Context.DATASTRUCTURE, Context.PROVISIONAGREEMENT):
            if parts := _in_context(structures, query, context, publishers):
                return parts
    else:
        parts = [p for c in query.contexts for p in _in_context(structures, query, c, publishers)]
        if parts:
            return parts
    raise NotFound(f"The hub has no {_asked(query)}. /sdmx/v1/dataflow lists what there is.")


def _asked(query: DataQuery) -> str:
    words = " or ".join("artefact" if c is Context.ANY else c.value for c in query.contexts)
    ids = ",".join(query.ids) or "*"
    agencies = ",".join(query.agencies)
    versions = ",".join(v.exact for v in query.versions if v.exact)
    return f"{words} {agencies}{':' if agencies else ''}{ids}{f'({versions})' if versions else ''}"


def _in_context(
    structures: StructureSet, query: DataQuery, context: Context, publishers: Publishers
) -> list[Part]:
    found = structures.select(
        StructureQuery(
            kinds=frozenset({context.value}),
            agencies=frozenset(query.agencies) or None,
            ids=frozenset(query.ids) or None,
            versions=query.versions,
        )
    )
    refs = sorted(key_of(a).ref for a in found)
    match context:
        case Context.DATAFLOW:
            parts = (_flow(structures, ref, query.providers, publishers) for ref in refs)
            return [p for p in parts if p is not None]
        case Context.DATASTRUCTURE:
            return [_structure(structures, ref) for ref in refs]
        case _:
            return [_agreement(structures, ref, publishers) for ref in refs]


def _flow(
    structures: StructureSet,
    ref: StructureRef,
    providers: Sequence[Provider],
    publishers: Publishers,
) -> Part | None:
    """A dataflow, or what some providers give to it; ``None`` when none of them gives any."""
    schema = structures.dataflow(ref.agency, ref.id, ref.version)
    if not providers:
        return Part(schema, (ref,), Key("dataflow", ref))
    agreements = [
        a
        for a in structures.agreements(dataflow=ref)
        if any(_is_provider(a.data_provider, p) for p in providers)
    ]
    if not agreements:
        return None
    regions = [_agreed(structures, key_of(a).ref, publishers) for a in agreements]
    return Part(schema, (ref,), Key("dataflow", ref), Condition.join("OR", regions))


def _is_provider(provider: Any, asked: Provider) -> bool:
    if provider is None or provider.id != asked.id:
        return False
    if asked.agency is None:
        return True
    scheme = getattr(provider, "parent", None)
    agency = getattr(getattr(scheme, "maintainer", None), "id", None)
    return agency == asked.agency


def _structure(structures: StructureSet, ref: StructureRef) -> Part:
    schema = structures.structure(ref.agency, ref.id, ref.version)
    flows = (key_of(a) for a in structures.dataflows())
    return Part(
        schema,
        tuple(
            k.ref
            for k in flows
            if structures.dataflow(k.ref.agency, k.ref.id, k.ref.version).structure == ref
        ),
        Key("datastructure", ref),
    )


def _agreement(structures: StructureSet, ref: StructureRef, publishers: Publishers) -> Part:
    schema = structures.agreement(*_parts(ref))
    subject = Key("provisionagreement", ref)
    return Part(schema, (schema.dataflow,), subject, _agreed(structures, ref, publishers))


def _agreed(structures: StructureSet, ref: StructureRef, publishers: Publishers) -> Condition:
    """The rows of a dataflow that belong to an agreement: those its constraints allow.

    An observation does not say who provided it. So this is only answered when no other provider
    that published to the dataflow may report the same cells.
    """
    agreement = structures.get("provisionagreement", ref)
    own = _region(structures, ref)
    flow = key_of(agreement.structure_usage).ref
    known = publishers(flow)
    rivals = {
        other.data_provider.id
        for other in structures.agreements(dataflow=flow)
        if other.data_provider.id != agreement.data_provider.id
        and _overlap(own, _region(structures, key_of(other).ref))
    }
    if rivals and (None in known or rivals & known):
        raise NotImplementedByHub(
            f"Several providers report the same cells of {flow}, and observations do not say which "
            f"of them are of {agreement.data_provider.id}. Ask for the dataflow."
        )
    return Condition.join("AND", (EVERYTHING, *(allowed(region) for region in own)))


def _region(structures: StructureSet, ref: StructureRef) -> list[CubeRegion]:
    """What an agreement restricts beyond its dataflow."""
    schema = structures.agreement(*_parts(ref))
    of_flow = structures.dataflow(*_parts(schema.dataflow)).constraints
    return [region for region in schema.constraints if region not in of_flow]


def _overlap(one: Sequence[CubeRegion], other: Sequence[CubeRegion]) -> bool:
    """Whether two agreements may report the same cell."""
    for a in one:
        for b in other:
            if a.included and b.included:
                theirs = dict(b.values)
                for component, codes in a.values:
                    if component in theirs and not codes & theirs[component]:
                        return False
    return True


def _parts(ref: StructureRef) -> tuple[str, str, str]:
    return ref.agency, ref.id, ref.version
