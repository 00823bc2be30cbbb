"""What a release changed, as far as subscribers can ask for it: dataflows, areas, providers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.model.schema import StructureRef
from hub.store.comparison import compare
from hub.store.home import Hub
from hub.store.releases import ReleaseItem
from hub.structures.kinds import item_path, key_of, scheme_of
from hub.structures.repository import StructureSet
from hub.views import View, views

__all__ = ["Changed", "categories_of", "changed"]


@dataclass(frozen=True, slots=True)
class Changed:
    """What a release did to a dataflow.

    ``before`` is the instant of the release before it. A computed dataflow has no counts, as
    computing it twice may take long: ``computed_from`` are its inputs that changed, and the areas
    and providers are theirs.
    """

    dataflow: StructureRef
    before: datetime | None
    counts: Mapping[str, int] | None
    areas: frozenset[str]
    providers: frozenset[str]
    computed_from: tuple[StructureRef, ...] = ()


def changed(hub: Hub, release: int) -> list[Changed]:
    """What a release did to each dataflow, stored ones first, then those computed from them."""
    stored = [_stored(hub, item) for item in hub.releases.of_release(release)]
    by_ref = {one.dataflow: one for one in stored}
    kept = hub.releases.pointers()
    computed = [
        _computed(hub, view, [by_ref[ref] for ref in view.inputs if ref in by_ref])
        for view in views()
        if view.dataflow not in kept and not by_ref.keys().isdisjoint(view.inputs)
    ]
    return [*stored, *computed]


def _stored(hub: Hub, item: ReleaseItem) -> Changed:
    ref, at = item.change.dataflow, item.released_at
    earlier = hub.releases.as_of(ref, at - timedelta(microseconds=1))
    before = None if earlier is None else earlier.released_at
    what = compare(hub, ref, at, before)
    return Changed(ref, before, what.counts, what.areas, what.providers)


def _computed(hub: Hub, view: View, inputs: list[Changed]) -> Changed:
    # What was answered before is what all inputs were, those included that did not change.
    instants = [one.before for one in inputs if one.before is not None]
    return Changed(
        view.dataflow,
        min(instants) if len(instants) == len(inputs) else None,
        None,
        frozenset().union(*(one.areas for one in inputs)),
        frozenset().union(*(one.providers for one in inputs)),
        tuple(one.dataflow for one in inputs),
    )


def categories_of(structures: StructureSet, dataflow: StructureRef) -> frozenset[str]:
    """The categories that list a dataflow, ``AGENCY:SCHEME(VERSION).PATH``, and those above."""
    found: set[str] = set()
    for categorisation in structures.of_kind("categorisation"):
        target, category = categorisation.artefact, categorisation.category
        if target is None or category is None or key_of(target).ref != dataflow:
            continue
        parts = item_path(category).split(".")
        scheme = key_of(scheme_of(category)).ref
        found |= {f"{scheme}.{'.'.join(parts[: n + 1])}" for n in range(len(parts))}
    return frozenset(found)
