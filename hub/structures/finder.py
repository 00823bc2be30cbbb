"""What references of a message mean: artefacts and items in it, or names of others elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sdmx.model import common, v21

from hub.errors import RequestSyntaxError
from hub.structures.artefact_parts import facet_of
from hub.structures.items import ItemTable
from hub.structures.kinds import KINDS, NESTED, Artefact, Key, parse_urn
from hub.structures.model30 import Kept
from hub.structures.shapes import Tree

__all__ = ["Finder", "shell"]


def shell(key: Key, **attributes: Any) -> Artefact:
    """An artefact of a kind with this key and these attributes, and no content."""
    name = KINDS[key.kind].model
    cls = Kept if name == "Kept" else getattr(v21 if hasattr(v21, name) else common, name)
    if cls is Kept:
        attributes.setdefault("kind", key.kind)
    return cls(
        id=key.ref.id,
        version=key.ref.version,
        maintainer=common.Agency(id=key.ref.agency),
        **attributes,
    )


class Finder:
    """Finds what a URN names."""

    def __init__(self, known: Mapping[Key, Artefact]) -> None:
        self._known = known
        self._outside: dict[tuple[Key, str], Any] = {}

    def artefact(self, urn: str) -> Artefact:
        """The maintainable artefact of a URN; ``RequestSyntaxError`` when it is none."""
        return self._at(_parse(urn)[0])

    def _at(self, key: Key) -> Artefact:
        if key in self._known:
            return self._known[key]
        if (key, "") not in self._outside:
            self._outside[key, ""] = shell(key, is_external_reference=True)
        return self._outside[key, ""]

    def item(self, urn: str) -> Any:
        """The item of a URN."""
        key, path = _parse(urn)
        if not path:
            raise RequestSyntaxError(f"{urn!r} names a scheme and no item of it.")
        scheme = self._at(key)
        ids = path.split(".") if key.kind in NESTED else [path]
        found = None if isinstance(scheme, Kept) else _inside(scheme, ids)
        return self._named(key, ids) if found is None else found

    def any(self, urn: str) -> Any:
        """The artefact or item of a URN."""
        return self.item(urn) if _parse(urn)[1] else self.artefact(urn)

    def _named(self, key: Key, ids: list[str]) -> Any:
        """An item that is not in the message: its id, and the scheme (and items) above it."""
        path = ".".join(ids)
        if (key, path) not in self._outside:
            scheme = self._at(key)
            cls = getattr(type(scheme), "_Item", common.Item)
            item: Any = cls(id=ids[-1])
            # Not added to what is above: a name is no item of its scheme.
            item.parent = self._named(key, ids[:-1]) if len(ids) > 1 else scheme
            self._outside[key, path] = item
        return self._outside[key, path]

    def representation(self, tree: Tree | None) -> common.Representation | None:
        """A representation; what sdmx1 has no place for is kept beside the artefact."""
        if not tree:
            return None
        formats = [tree[k] for k in ("format", "enumerationFormat") if k in tree]
        enumerated = tree.get("enumeration")
        return common.Representation(
            enumerated=self.artefact(enumerated) if enumerated else None,
            non_enumerated=[facet_of(one) for one in formats],
        )


def _inside(scheme: Artefact, ids: list[str]) -> Any | None:
    if isinstance(scheme.items, ItemTable):
        return scheme.items.get(ids[0])
    if len(ids) == 1 and not hasattr(getattr(scheme.items.get(ids[0]), "parent", None), "child"):
        return scheme.items.get(ids[0])
    here = [item for item in scheme.items.values() if hasattr(item.parent, "maintainer")]
    found = None
    for id_ in ids:
        found = next((item for item in here if item.id == id_), None)
        if found is None:
            return None
        here = found.child
    return found


def _parse(urn: str) -> tuple[Key, str]:
    try:
        return parse_urn(urn)
    except ValueError as error:
        raise RequestSyntaxError(f"{error}.") from None
