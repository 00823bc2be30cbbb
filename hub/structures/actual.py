"""What data there are, as structures: an actual content constraint and what goes with it.

The answer to an availability query is a constraint of type Actual with one cube region, and, where
asked for, the artefacts it refers to with the items in use. Source: SDMX REST 2.2
``availability.md``; SDMX 2.1 Section 2, Constraints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sdmx.model import common, v21

from hub.model.schema import StructureRef
from hub.structures.kinds import Artefact, Key, key_of, scheme_of
from hub.structures.repository import StructureSet
from hub.structures.views import ancestors_of, partial

__all__ = ["Region", "actual_constraint", "concepts_of", "covered", "with_references"]

#: Type of the annotations that carry counts.
_METRICS = "sdmx_metrics"

#: Time ranges are stated in whole seconds: the last instant of a period is one before its end.
_LAST = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Region:
    """What is available of the data of ``subject``: the artefact and its structure.

    ``values`` by component; ``start`` and ``end`` are the instants covered, ``end`` exclusive.
    ``flows`` are the dataflows whose data were looked at; ``providers`` give to them.
    """

    subject: Key
    structure: StructureRef
    values: Mapping[str, tuple[str, ...]]
    start: datetime | None
    end: datetime | None
    series: int
    observations: int
    time: str | None = None
    flows: tuple[StructureRef, ...] = field(default=())


def covered(region: Region) -> tuple[datetime, datetime] | None:
    """First and last instant of the time covered, to the second; ``None`` when not asked for."""
    if region.start is None or region.end is None:
        return None
    return region.start, region.end - _LAST


def actual_constraint(structures: StructureSet, region: Region) -> Artefact:
    """The constraint that states a region. It is made for this answer; the hub does not keep it."""
    subject = structures.get(*region.subject)
    dsd = structures.get("datastructure", region.structure)
    by_id = {c.id: c for c in (*dsd.dimensions, *dsd.attributes)}
    cube = v21.CubeRegion(included=True)
    for id_, values in region.values.items():
        listed: list[Any] = [v21.MemberValue(value=value) for value in values]
        cube.member[by_id[id_]] = v21.MemberSelection(values_for=by_id[id_], values=listed)
    span = covered(region)
    if span is not None and region.time is not None:
        range_ = v21.RangePeriod(
            start=common.StartPeriod(is_inclusive=True, period=span[0]),
            end=common.EndPeriod(is_inclusive=True, period=span[1]),
        )
        time = by_id[region.time]
        cube.member[time] = v21.MemberSelection(values_for=time, values=[range_])
    return v21.ContentConstraint(
        id=f"CR_A_{subject.id}",
        version=region.subject.ref.version,
        maintainer=subject.maintainer,
        name={"en": f"Availability of {subject.id}"},
        role=common.ConstraintRole(role=common.ConstraintRoleType.actual),
        content={subject},
        data_content_region=[cube],
        is_final=False,
        is_external_reference=False,
        annotations=[
            v21.Annotation(id=id_, title=str(count), type=_METRICS)
            for id_, count in (
                ("series_count", region.series), ("obs_count", region.observations),
            )
        ],
    )  # fmt: skip


def with_references(
    structures: StructureSet, regions: Iterable[Region], kinds: frozenset[str]
) -> list[Artefact]:
    """The artefacts of some ``kinds`` that regions refer to, each once.

    Item schemes hold only what is in use: codes that occur and the codes above them, concepts of
    the components of the region (of the whole structure when that is in the answer too, or a
    client could not resolve it), providers that may give data.
    """
    makers: dict[str, Callable[[StructureSet, Region], Iterable[tuple[Key, set[str] | None]]]] = {
        "dataflow": _flows,
        "datastructure": _structure,
        "conceptscheme": _all_concepts if "datastructure" in kinds else _concepts,
        "codelist": _codes,
        "dataproviderscheme": _providers,
    }
    whole: dict[Key, None] = {}
    used: dict[Key, set[str]] = {}
    for region in regions:
        for kind, make in makers.items():
            if kind not in kinds:
                continue
            for key, items in make(structures, region):
                if items is None:
                    whole[key] = None
                else:
                    used.setdefault(key, set()).update(items)
    return [
        *(structures.get(*key) for key in whole),
        *(_some(structures.get(*key), items) for key, items in used.items()),
    ]


def _some(scheme: Artefact, items: set[str]) -> Artefact:
    kept = ancestors_of(scheme, items)
    return scheme if len(kept) == len(scheme.items) else partial(scheme, kept)


def _flows(structures: StructureSet, region: Region) -> Iterable[tuple[Key, None]]:
    return [(Key("dataflow", ref), None) for ref in region.flows]


def _structure(structures: StructureSet, region: Region) -> Iterable[tuple[Key, None]]:
    return [(Key("datastructure", region.structure), None)]


def _concepts(structures: StructureSet, region: Region) -> Iterable[tuple[Key, set[str]]]:
    named = {*region.values, *((region.time,) if region.start is not None else ())}
    dsd = structures.get("datastructure", region.structure)
    return concepts_of(c for c in (*dsd.dimensions, *dsd.attributes) if c.id in named)


def _all_concepts(structures: StructureSet, region: Region) -> Iterable[tuple[Key, set[str]]]:
    dsd = structures.get("datastructure", region.structure)
    return concepts_of((*dsd.dimensions, *dsd.measures, *dsd.attributes))


def concepts_of(components: Iterable[Any]) -> Iterator[tuple[Key, set[str]]]:
    """Concepts that components of a structure name: scheme and id."""
    for component in components:
        for concept in (component.concept_identity, getattr(component, "concept_role", None)):
            if concept is not None:
                yield key_of(scheme_of(concept)), {concept.id}


def _codes(structures: StructureSet, region: Region) -> Iterable[tuple[Key, set[str]]]:
    schema = structures.structure(
        region.structure.agency, region.structure.id, region.structure.version
    )
    for id_, values in region.values.items():
        codelist = schema.by_id[id_].codelist
        if codelist is not None:
            yield Key("codelist", codelist), set(values)


def _providers(structures: StructureSet, region: Region) -> Iterable[tuple[Key, set[str]]]:
    for ref in region.flows:
        for agreement in structures.agreements(dataflow=ref):
            provider = agreement.data_provider
            yield key_of(scheme_of(provider)), {provider.id}
