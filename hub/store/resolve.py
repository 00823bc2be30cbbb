"""Which datasets a data query means: artefacts and versions of its path, and data providers.

A :class:`Part` is one dataset of the answer, in the context that was asked for (REST 2.2: the
service must respect it): a dataflow, a data structure with the rows of all its dataflows, or a
provision agreement with the rows of its provider that its constraints allow.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hub.errors import NotFound
from hub.model.schema import CubeRegion, DataSchema, KeySet, StructureRef
from hub.query.model import Context, DataQuery, Provider
from hub.query.structure import StructureQuery
from hub.store.conditions import Condition, allowed, listed
from hub.store.observations import PROVIDER
from hub.store.statement import EVERYTHING
from hub.structures.kinds import Artefact, Key, key_of
from hub.structures.repository import StructureSet

__all__ = ["Part", "agreed_cells", "resolve"]


@dataclass(frozen=True, slots=True)
class Part:
    """One dataset: its schema, the dataflows whose rows it holds, and which of those rows.

    ``subject`` is the artefact it was asked for by. ``unclear`` are rows, if any, that would belong
    to it or not if they stated their provider; with one of them there is no right answer.
    """

    schema: DataSchema
    flows: tuple[StructureRef, ...]
    subject: Key
    within: Condition = EVERYTHING
    unclear: Condition | None = None


def resolve(structures: StructureSet, query: DataQuery) -> list[Part]:
    """The datasets a query means, before its filters; raises ``NotFound`` when there is none."""
    if Context.ANY in query.contexts:
        for context in (Context.DATAFLOW, Context.DATASTRUCTURE, Context.PROVISIONAGREEMENT):
            if parts := _in_context(structures, query, context):
                return parts
    else:
        parts = [p for c in query.contexts for p in _in_context(structures, query, c)]
        if parts:
            return parts
    raise NotFound(f"The hub has no {_asked(query)}. /sdmx/v1/dataflow lists what there is.")


def _asked(query: DataQuery) -> str:
    words = " or ".join("artefact" if c is Context.ANY else c.value for c in query.contexts)
    ids = ",".join(query.ids) or "*"
    agencies = ",".join(query.agencies)
    versions = ",".join(v.exact for v in query.versions if v.exact)
    return f"{words} {agencies}{':' if agencies else ''}{ids}{f'({versions})' if versions else ''}"


def _in_context(structures: StructureSet, query: DataQuery, context: Context) -> list[Part]:
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
            parts = (_flow(structures, ref, query.providers) for ref in refs)
            return [p for p in parts if p is not None]
        case Context.DATASTRUCTURE:
            return [_structure(structures, ref) for ref in refs]
        case _:
            return [_agreement(structures, ref) for ref in refs]


def _flow(
    structures: StructureSet, ref: StructureRef, providers: Sequence[Provider]
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
    within, unclear = _agreed(structures, agreements, ref)
    return Part(schema, (ref,), Key("dataflow", ref), within, unclear)


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


def _agreement(structures: StructureSet, ref: StructureRef) -> Part:
    schema = structures.agreement(*_parts(ref))
    agreement = structures.get("provisionagreement", ref)
    within, unclear = _agreed(structures, [agreement], schema.dataflow)
    return Part(schema, (schema.dataflow,), Key("provisionagreement", ref), within, unclear)


def _agreed(
    structures: StructureSet, agreements: Sequence[Artefact], flow: StructureRef
) -> tuple[Condition, Condition | None]:
    """The rows of a dataflow that belong to agreements, and those of which it is not known.

    A row belongs to an agreement whose constraints allow it and whose provider it is of. One that
    states no provider belongs there too, unless another provider may report the same cells.
    """
    asked = {a.data_provider.id for a in agreements}
    others = [
        _region(structures, key_of(other).ref)
        for other in structures.agreements(dataflow=flow)
        if other.data_provider.id not in asked
    ]
    belonging, unclear = [], []
    unstated = Condition(f"{PROVIDER} IS NULL")
    for agreement in agreements:
        own = _region(structures, key_of(agreement).ref)
        whose = Condition(f"{PROVIDER} = ?", (agreement.data_provider.id,))
        if any(_overlap(own, other) for other in others):
            unclear.append(Condition.join("AND", (unstated, _cells(own))))
        else:
            whose = Condition.join("OR", (whose, unstated))
        belonging.append(Condition.join("AND", (whose, _cells(own))))
    return Condition.join("OR", belonging), Condition.join("OR", unclear) if unclear else None


def agreed_cells(structures: StructureSet, agreement: StructureRef) -> Condition:
    """The cells of its dataflow that an agreement lets its provider report."""
    return _cells(_region(structures, agreement))


def _cells(region: Sequence[CubeRegion | KeySet]) -> Condition:
    parts = [EVERYTHING]
    alternatives: dict[StructureRef, list[Condition]] = defaultdict(list)
    for one in region:
        if isinstance(one, KeySet):
            parts.append(listed(one))
        elif one.included:  # included regions of one constraint are alternatives
            alternatives[one.source].append(allowed(one))
        else:
            parts.append(allowed(one))
    parts += [Condition.join("OR", either) for either in alternatives.values()]
    return Condition.join("AND", parts)


def _region(structures: StructureSet, ref: StructureRef) -> list[CubeRegion | KeySet]:
    """What an agreement restricts beyond its dataflow."""
    schema = structures.agreement(*_parts(ref))
    flow = structures.dataflow(*_parts(schema.dataflow))
    regions = [one for one in schema.constraints if one not in flow.constraints]
    return [*regions, *(one for one in schema.key_sets if one not in flow.key_sets)]


def _overlap(one: Sequence[CubeRegion | KeySet], other: Sequence[CubeRegion | KeySet]) -> bool:
    """Whether two agreements may report the same cell.

    Key sets, and regions that are alternatives, are taken to overlap.
    """
    for a in _must_hold(one):
        for b in _must_hold(other):
            theirs = dict(b.values)
            for component, codes in a.values:
                if component in theirs and not codes & theirs[component]:
                    return False
    return True


def _must_hold(region: Sequence[CubeRegion | KeySet]) -> list[CubeRegion]:
    """The included regions without an alternative."""
    included = [one for one in region if isinstance(one, CubeRegion) and one.included]
    sources = Counter(one.source for one in included)
    return [one for one in included if sources[one.source] == 1]


def _parts(ref: StructureRef) -> tuple[str, str, str]:
    return ref.agency, ref.id, ref.version
