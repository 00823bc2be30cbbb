"""Whether what artefacts refer to is there: the artefacts, and the items within them.

Source: SDMX REST 2.2 ``maintenance.md`` (missing references, broken references).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from hub.model.schema import StructureRef
from hub.structures.graph import references_of
from hub.structures.kinds import NESTED, Artefact, Key, item_path, key_of, kind_of, scheme_of
from hub.structures.merge import has_item
from hub.structures.versioning import Version, is_range, is_stable, resolve

__all__ = ["Link", "Shelf", "alike", "links_of"]

#: Kinds that a URN names as if they were another one.
_ALIKE = {"geographiccodelist": "codelist", "geogridcodelist": "codelist"}


def alike(kind: str) -> str:
    """The kind under which references name artefacts of ``kind``."""
    return _ALIKE.get(kind, kind)


class Link(NamedTuple):
    """A reference: to an artefact, and with ``item`` to an item of it."""

    target: Key
    item: str = ""

    def __str__(self) -> str:
        return f"{self.target.kind} {self.target.ref}{f'.{self.item}' if self.item else ''}"


def links_of(artefact: Artefact) -> list[Link]:
    """All references of an artefact, each once."""
    found = dict.fromkeys(Link(key) for key in references_of(artefact))
    found.update(dict.fromkeys(_item_links(artefact)))
    return list(found)


def _item_links(artefact: Artefact) -> Iterator[Link]:
    for end in _ends(artefact):
        if end is not None and not hasattr(end, "maintainer"):
            yield _link(end)


def _ends(artefact: Artefact) -> Iterable[Any]:
    """What an artefact refers to, as far as it may be an item."""
    match kind_of(artefact).name:
        case "datastructure":
            parts = (*artefact.dimensions, *artefact.attributes, *artefact.measures)
            roles = (getattr(part, "concept_role", None) for part in parts)
            return (*(part.concept_identity for part in parts), *roles)
        case "categorisation":
            return artefact.artefact, artefact.category
        case "provisionagreement":
            return (artefact.data_provider,)
        case "contentconstraint":
            return tuple(artefact.content)
    return ()


def _link(item: Any) -> Link:
    key = key_of(scheme_of(item))
    return Link(key, item_path(item) if key.kind in NESTED else str(item.id))


class Shelf:
    """Artefacts by key, for asking what a reference means.

    ``by_key`` is what is there; it is not copied and must not change.
    """

    def __init__(self, by_key: Mapping[Key, Artefact]) -> None:
        self.by_key = by_key
        self._versions: dict[tuple[str, str, str], list[str]] = {}
        self._others: dict[Key, Key] = {}
        for key in by_key:
            named = Key(alike(key.kind), key.ref)
            if named != key:
                self._others[named] = key
            name = (named.kind, key.ref.agency, key.ref.id)
            self._versions.setdefault(name, []).append(key.ref.version)

    def versions(self, key: Key) -> list[str]:
        """Versions there are of an artefact, whatever version ``key`` has."""
        return self._versions.get((alike(key.kind), key.ref.agency, key.ref.id), [])

    def twice(self, key: Key) -> bool:
        """Whether another artefact has the same URN."""
        return self.versions(key).count(key.ref.version) > 1

    def targets(self, key: Key) -> list[Artefact]:
        """What a reference to ``key`` means; several only for a range without a "latest"."""
        found = self._at(key)
        if found is not None:
            return [found]
        if not is_range(key.ref.version):
            return []
        agency, id_ = key.ref.agency, key.ref.id
        meant = (
            self._at(Key(key.kind, StructureRef(agency, id_, version)))
            for version in resolve(key.ref.version, self.versions(key))
        )
        return [artefact for artefact in meant if artefact is not None]

    def _at(self, key: Key) -> Artefact | None:
        found = self.by_key.get(key)
        return (
            self.by_key.get(self._others[key]) if found is None and key in self._others else found
        )

    def holds(self, link: Link) -> bool:
        """Whether a reference leads somewhere."""
        found = self.targets(link.target)
        return bool(found) and (not link.item or all(_has(a, link.item) for a in found))

    def missing(self, artefact: Artefact) -> list[Link]:
        """References of an artefact that lead nowhere."""
        return [link for link in links_of(artefact) if not self.holds(link)]

    def unstable(self, artefact: Artefact) -> list[Link]:
        """References by which a stable artefact would rest on a draft."""
        version = Version.parse(key_of(artefact).ref.version)
        if not version.semantic or not is_stable(artefact):
            return []
        return [
            link
            for link in links_of(artefact)
            if any(Version.parse(key_of(a).ref.version).draft for a in self.targets(link.target))
        ]


def _has(artefact: Artefact, item: str) -> bool:
    name = kind_of(artefact).name
    found = getattr(artefact, "items", {}).get(item.rpartition(".")[2] if name in NESTED else item)
    if found is not None and (name not in NESTED or item_path(found) == item):
        return True
    # Ids come again in other branches of a nested scheme: the tree has them all.
    return (name in NESTED or not hasattr(artefact, "items")) and has_item(artefact, item)
