"""Which metadata sets a query asks for.

A query by metadata set names versions of sets; the others answer with the latest version of each
set that fits. Source: SDMX REST 2.2 ``metadata.md``, SDMX REST 1.5 section 4.4.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from hub.metadata.model import MetadataSet
from hub.metadata.targets import matches
from hub.query.metadata import MetadataQuery
from hub.query.structure import StructureQuery
from hub.query.versions import LATEST, VersionQuery
from hub.structures.kinds import key_of, parse_urn
from hub.structures.repository import StructureSet

__all__ = ["select_sets"]


def select_sets(
    sets: Iterable[MetadataSet], query: MetadataQuery, structures: StructureSet
) -> list[MetadataSet]:
    """The sets a query asks for, which may be none; ``sets`` are placed in ``structures``."""
    known = list(sets)
    if query.keyed:  # the hub's sets are about structures; none is about a key of data
        return []
    if query.by == "metadataset":
        found = [
            one
            for one in known
            if (not query.agencies or _is_provider(one, query.agencies, structures))
            and (not query.ids or one.ref.id in query.ids)
        ]
        return list(_versions(found, query.versions))
    named = StructureQuery(
        kinds=frozenset({"metadataflow"}) if query.by == "metadataflow" else query.kinds or None,
        agencies=query.agencies or None,
        ids=query.ids or None,
        versions=query.versions,
    )
    keys = [key_of(artefact) for artefact in structures.select(named)]
    if query.by == "metadataflow":
        flows = {key.ref for key in keys}
        found = [
            one
            for one in known
            if one.flow in flows
            and (not query.providers or _is_provider(one, query.providers, structures))
        ]
    else:
        found = [one for one in known if any(matches(t, k) for t in one.targets for k in keys)]
    return list(_versions(found, (LATEST,)))


def _is_provider(one: MetadataSet, wanted: Iterable[str], structures: StructureSet) -> bool:
    """Whether the provider of a set is among ``PROVIDER`` or ``AGENCY.PROVIDER``."""
    names = {one.provider} | {f"{agency}.{one.provider}" for agency in _agencies(one, structures)}
    return not names.isdisjoint(wanted)


def _agencies(one: MetadataSet, structures: StructureSet) -> Iterator[str]:
    """Agencies of the schemes in which the provider of a set stands."""
    if one.agreement is not None:
        yield parse_urn(structures.get(*one.agreement).content["metadataProvider"])[0].ref.agency
        return
    for scheme in structures.of_kind("metadataproviderscheme"):
        if one.provider in scheme.items:
            yield key_of(scheme).ref.agency


def _versions(sets: list[MetadataSet], queries: Iterable[VersionQuery]) -> Iterator[MetadataSet]:
    by_name: dict[tuple[str, str], dict[str, MetadataSet]] = defaultdict(dict)
    for one in sets:
        by_name[one.ref.agency, one.ref.id][one.ref.version] = one
    wanted = list(queries)
    for versions in by_name.values():
        meant = dict.fromkeys(v for query in wanted for v in query.select(versions))
        for version in meant:
            yield versions[version]
