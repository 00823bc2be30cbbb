"""The past of data: what each release changed in what readers saw.

The ledger of releases is asked, not the log of the tables: the log also holds versions that were
never published, or that only rearrange files. What a release changed is the difference between
what readers saw after it and before it; files that both have hold the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from hub.model.schema import StructureRef

if TYPE_CHECKING:
    from hub.store.home import Hub

__all__ = ["FilesOf", "Revision", "revisions"]

#: The files of a version of a dataflow's table.
FilesOf = Callable[[StructureRef, int], list[str]]


@dataclass(frozen=True, slots=True)
class Revision:
    """One release of one dataflow.

    The rows of ``new_only`` that are not in ``old_only`` came or were revised; the keys of
    ``old_only`` that ``new_only`` does not have went.
    """

    dataflow: StructureRef
    release: int
    released_at: datetime
    new_only: tuple[str, ...]
    old_only: tuple[str, ...]


def revisions(
    hub: Hub,
    dataflows: Iterable[StructureRef],
    after: datetime | None = None,
    until: datetime | None = None,
    files: FilesOf | None = None,
) -> list[Revision]:
    """Releases of some dataflows in ``(after, until]``, in the order they were made.

    What was disseminated at ``after`` is what the first of them is compared with; without it the
    first release is compared with nothing. ``files`` tells the files of a version, without it
    local ones.
    """
    of = files or hub.observations.files
    found = [r for ref in dataflows for r in _of(hub, ref, after, until, of)]
    return sorted(found, key=lambda r: (r.release, r.dataflow))


def _of(
    hub: Hub, dataflow: StructureRef, after: datetime | None, until: datetime | None, files: FilesOf
) -> Iterator[Revision]:
    before = hub.releases.as_of(dataflow, after) if after is not None else None
    old = set(files(dataflow, before.version)) if before is not None else set()
    for item in hub.releases.items(dataflow, after=after, until=until):
        new = set(files(dataflow, item.change.version_after))
        yield Revision(
            dataflow,
            item.release,
            item.released_at,
            tuple(sorted(new - old)),
            tuple(sorted(old - new)),
        )
        old = new
