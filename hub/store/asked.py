"""What a query asks about: its datasets, and the release of each that readers see.

It is all that must be known to say whether an answer has changed, and costs one look into the
catalogue. :func:`hub.store.select.select` and :func:`hub.store.available.available` go on from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from hub.model.schema import StructureRef
from hub.query.model import DataQuery
from hub.store.releases import Pointer
from hub.store.resolve import Part, resolve
from hub.store.rows import pointers_at

if TYPE_CHECKING:
    from hub.store.home import Hub

__all__ = ["Asked", "asked"]


@dataclass(frozen=True, slots=True)
class Asked:
    """The datasets of an answer, and what readers see of their dataflows.

    ``pointers`` are also those of the dataflows that one of them is computed from: the answer to
    a query stays the same as long as they, the structures and the program do.
    """

    parts: tuple[Part, ...]
    pointers: Mapping[StructureRef, Pointer]

    @property
    def releases(self) -> tuple[Pointer, ...]:
        """The pointers in the order of their dataflows."""
        return tuple(self.pointers[ref] for ref in sorted(self.pointers))

    @property
    def released_at(self) -> datetime | None:
        """When the newest of it was released (aware); ``None``: nothing ever was."""
        return max((p.released_at for p in self.pointers.values()), default=None)


def asked(hub: Hub, query: DataQuery) -> Asked:
    """What a query asks about; raises ``NotFound`` when there is no such dataset."""
    parts = tuple(resolve(hub.structures, query))
    flows = (ref for part in parts for ref in part.flows)
    return Asked(parts, pointers_at(hub, flows, query.as_of))
