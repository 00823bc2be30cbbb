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

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from sdmx.model import common

from hub.model.periods import parse

__all__ = ["Kept", "WrittenTime"]


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
