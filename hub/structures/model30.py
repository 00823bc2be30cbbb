"""Artefacts of SDMX 3.x that sdmx1 lacks or holds only in part.

There is one rule. An artefact of a kind the hub computes with (codelists, concepts, data
structures, dataflows, agreements, constraints, categories, organisations) is an object of sdmx1,
with SDMX 2.1's classes; what the standard says of it beyond those classes is kept beside it as
:mod:`hub.structures.beyond`. Every other kind is :class:`Kept`: identification and names as
sdmx1 has them, and the content as a tree of the grammar (:mod:`hub.structures.grammar`). That
holds for value lists, hierarchies, maps, metadata structures, processes and VTL: the hub stores
and serves them as they are; typed views on maps are in :mod:`hub.structures.mappings`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Self

from sdmx.model import common
from sdmx.model.internationalstring import InternationalString

from hub.model.periods import parse
from hub.structures.kinds import KINDS

__all__ = ["Kept", "KeptItem", "WrittenTime"]


@dataclass(repr=False)
class Kept(common.MaintainableArtefact):
    """An artefact whose content is a tree of the grammar, without what identifies it.

    ``kind`` is a key of :data:`hub.structures.kinds.KINDS`. Objects are not changed once made: a
    view (a stub, a partial scheme) is a new one.
    """

    kind: str = ""
    content: dict[str, Any] = field(default_factory=dict)

    __hash__ = common.MaintainableArtefact.__hash__

    def __eq__(self, other: object) -> bool:
        """Equal are artefacts with the same content and identity."""
        if not isinstance(other, Kept):
            return NotImplemented
        mine = (self.kind, self.id, self.version, self.maintainer, self.content)
        return mine == (other.kind, other.id, other.version, other.maintainer, other.content)

    @property
    def is_partial(self) -> bool:
        """Whether it is an item scheme with some of its items only."""
        return bool(self.content.get("isPartial"))

    @cached_property
    def items(self) -> dict[str, KeptItem]:
        """Items of a scheme or value list, by id (by path where they are nested)."""
        name = KINDS[self.kind].items
        if not name:
            return {}
        found = dict(_items(self.content.get(name, ()), name, "", self))
        for item in found.values():
            above = found.get(item.tree.get("parent", ""))
            if above is not None and above is not item:
                item.parent = above
                above.child.append(item)
        return found

    @property
    def tree(self) -> dict[str, Any]:
        """The whole tree, identification and names included; a new dictionary."""
        from hub.structures.trees import tree_of  # noqa: PLC0415 (which knows this class)

        return tree_of(self)


@dataclass(eq=False)
class KeptItem:
    """An item of an artefact that is kept as a tree; ``parent`` is an item or the artefact."""

    id: str
    name: InternationalString
    description: InternationalString
    tree: Mapping[str, Any]
    parent: Kept | KeptItem
    child: list[KeptItem] = field(default_factory=list)


def _items(
    trees: Iterable[Mapping[str, Any]], name: str, path: str, parent: Kept | KeptItem
) -> Iterator[tuple[str, KeptItem]]:
    for tree in trees:
        item = KeptItem(
            tree["id"],
            InternationalString(tree.get("names", {})),
            InternationalString(tree.get("descriptions", {})),
            tree,
            parent,
        )
        if isinstance(parent, KeptItem):
            parent.child.append(item)
        yield f"{path}{item.id}", item
        yield from _items(tree.get(name, ()), name, f"{path}{item.id}.", item)


class WrittenTime(datetime):
    """An instant that is written again as it was: ``2010-Q2`` stays ``2010-Q2``."""

    text: str

    @classmethod
    def of(cls, text: str) -> Self:
        """The first instant of a period; ``ValueError`` when ``text`` is none."""
        start = parse(text.strip()).start
        made = cls(*start.timetuple()[:6], start.microsecond, start.tzinfo)
        made.text = text.strip()
        return made

    def isoformat(self, sep: str = "T", timespec: str = "auto") -> str:
        """The text it was read from."""
        return getattr(self, "text", None) or super().isoformat(sep, timespec)
