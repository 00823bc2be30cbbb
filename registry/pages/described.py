"""What portals want to know of a dataset, from the structures and the present release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from hub.errors import HubError
from hub.messages.formats import Format
from hub.model.schema import DataSchema, StructureRef
from hub.store.home import Hub
from hub.store.select import publishers
from hub.structures.kinds import key_of
from hub.structures.repository import StructureSet
from hub.views import find
from registry.pages.names import categories, is_member
from registry.pages.names import providers as agreed_providers
from registry.pages.releases import released
from registry.pages.selection import Selection, downloads, page_path
from registry.rest.data import LANGUAGES

__all__ = ["Area", "Described", "Distribution", "describe", "described", "root_of"]

_AREA, _FREQ = "REF_AREA", "FREQ"


@dataclass(frozen=True, slots=True)
class Area:
    """A reporting area: its code and name; ``alpha3`` when the code is that of ISO 3166-1."""

    code: str
    name: str
    alpha3: bool


@dataclass(frozen=True, slots=True)
class Distribution:
    """The whole dataset in a format; ``path`` is under the hub's root."""

    format: Format
    path: str


@dataclass(frozen=True, slots=True)
class Described:
    """A dataset. Names and descriptions are by language; ``start`` and ``end`` (inclusive) are what
    its observations lie between; ``issued`` is its first release, unknown of a computed dataset.
    """

    ref: StructureRef
    page: str
    names: Mapping[str, str]
    descriptions: Mapping[str, str]
    category: Mapping[str, str]
    providers: tuple[tuple[str, str], ...]
    areas: tuple[Area, ...]
    frequencies: frozenset[str]
    start: datetime
    end: datetime
    issued: datetime | None
    modified: datetime
    observations: int
    structure: StructureRef
    distributions: tuple[Distribution, ...]


def root_of(public_url: str) -> str:
    """The address of the hub: that of the settings, else the one it was asked by."""
    return (public_url or request.host_url).rstrip("/")


def described(hub: Hub) -> Iterator[Described]:
    """All datasets with observations, by name of the dataflow."""
    listed = _categories(hub.structures)
    for flow in sorted(key_of(f).ref for f in hub.structures.dataflows()):
        found = describe(hub, flow, listed)
        if found is not None:
            yield found


def describe(
    hub: Hub, ref: StructureRef, listed: Mapping[StructureRef, Mapping[str, str]] | None = None
) -> Described | None:
    """A dataset; ``None`` while it has no observation or no structure to read them by.

    ``listed`` are the categories of dataflows, where the caller knows them.
    """
    structures = hub.structures
    listed = _categories(structures) if listed is None else listed
    try:
        schema = structures.dataflow(ref.agency, ref.id, ref.version)
    except HubError:
        return None
    data = released(hub, schema)
    index = data.index()
    if data.pointer is None or index.start is None or index.end is None:
        return None
    flow = structures.get("dataflow", ref)
    items = [] if find(ref) is not None else hub.releases.items(ref)
    return Described(
        ref,
        page_path(ref),
        _texts(flow.name),
        _texts(flow.description),
        listed.get(ref, {}),
        tuple(_providers(hub, structures, ref)),
        tuple(_areas(structures, schema, index.codes.get(_AREA, ()))),
        frozenset(index.codes.get(_FREQ, ())),
        index.start,
        index.end - timedelta(microseconds=1),
        items[0].released_at if items else None,
        data.pointer.released_at,
        index.observations,
        schema.structure,
        tuple(
            Distribution(d.format, d.path.replace("&file=true", ""))
            for d in downloads(Selection.read(MultiDict(), schema), schema)
        ),
    )


def _texts(text: Any) -> dict[str, str]:
    """Texts by language."""
    return {k: str(v) for k, v in sorted(text.localizations.items()) if v}


def _providers(hub: Hub, structures: StructureSet, ref: StructureRef) -> Iterator[tuple[str, str]]:
    """Institutions whose observations it holds; where rows do not say, those that agreed."""
    held = publishers(hub, ref)
    for one in agreed_providers(structures, ref, "en"):
        if not held or one.id in held:
            yield one.id, one.name


def _categories(structures: StructureSet) -> dict[StructureRef, dict[str, str]]:
    """Names of the category that lists each dataflow, by language."""
    found: dict[StructureRef, dict[str, str]] = {}
    for language in LANGUAGES:
        for category in categories(structures, language):
            for ref in category.dataflows if category.name else ():
                found.setdefault(ref, {})[language] = category.name
    return found


def _areas(structures: StructureSet, schema: DataSchema, codes: tuple[str, ...]) -> Iterator[Area]:
    component = schema.by_id.get(_AREA)
    if component is None:
        return
    labels = {} if component.codelist is None else structures.labels(component.codelist, "en")
    for code in sorted(codes):
        known = len(code) == 3 and code.isalpha() and is_member(component, code)
        # ISO 3166-1 leaves XAA to XZZ to its users: such codes mean what our list says.
        yield Area(code, labels.get(code, code), known and not code.startswith("X"))
