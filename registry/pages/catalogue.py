"""The first page: what the hub is and which datasets it has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import render_template, request

from hub.model.schema import StructureRef
from hub.store.home import Hub
from hub.store.releases import Pointer
from hub.structures.repository import StructureSet
from hub.views import find
from registry.context import current_hub
from registry.pages.names import Provider, categories, collation, description, providers
from registry.pages.releases import released
from registry.pages.selection import page_path
from registry.pages.site import blueprint, say

__all__ = ["Entry", "entry"]


@dataclass(frozen=True)
class Entry:
    """A dataset as the catalogue shows it."""

    ref: StructureRef
    path: str
    name: str
    description: str
    providers: list[Provider]
    series: int
    observations: int
    latest: str | None
    pointer: Pointer | None

    def matches(self, words: Iterable[str]) -> bool:
        """Whether each word is somewhere in what is shown."""
        shown = (self.name, self.description, self.ref.id, *(p.name for p in self.providers))
        text = collation(" ".join(shown))
        return all(word in text for word in words)


def entry(hub: Hub, structures: StructureSet, ref: StructureRef, language: str) -> Entry:
    """The catalogue's entry for a dataflow."""
    flow = structures.get("dataflow", ref)
    data = released(hub, structures.dataflow(ref.agency, ref.id, ref.version))
    index = data.index()
    return Entry(
        ref,
        page_path(ref),
        structures.name(flow, language),
        description(flow, language),
        providers(structures, ref, language),
        index.series,
        index.observations,
        index.latest,
        data.pointer,
    )


@blueprint.get("/")
def home() -> str:
    """The catalogue, grouped by category and filtered by the words of ``q``."""
    hub, language = current_hub(), say().language
    structures = hub.structures
    asked = " ".join(request.args.get("q", "").split())[:200]
    words = collation(asked).split()
    groups = []
    entries = []
    for category in categories(structures, language):
        known = [entry(hub, structures, ref, language) for ref in category.dataflows]
        entries += known
        found = [e for e in known if e.matches([*words])]
        # Those with data first, otherwise in the order of the category.
        found.sort(key=lambda e: e.observations == 0)
        if found:
            groups.append((category, found))
    # Computed datasets hold no observations of their own.
    filled = [e for e in entries if e.observations and find(e.ref) is None]
    releases = [e.pointer.released_at for e in entries if e.pointer is not None]
    return render_template(
        "pages/home.html",
        groups=groups,
        asked=asked,
        found=sum(len(g) for _, g in groups),
        datasets=len(filled),
        observations=sum(e.observations for e in filled),
        institutions=len({p.id for e in entries for p in e.providers}),
        updated=max(releases, default=None),
    )
