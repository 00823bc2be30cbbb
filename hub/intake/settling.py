"""Quiet tables: what many small messages left in many files is put together.

While messages come in, files are put together as seldom as will do (:mod:`hub.store.arrange`), for
what is written again is kept for good. Once a table has been left alone for a while it is worth
more: its small files become one, and everything is read as if it had come in one message.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hub.model.schema import StructureRef
from hub.store.home import Hub

__all__ = ["QUIET", "Settling"]

#: How long nothing was released of a dataflow that is quiet.
QUIET = timedelta(minutes=10)


class Settling:
    """Puts together the files of quiet tables, each once."""

    def __init__(self) -> None:
        self._done: dict[StructureRef, int] = {}

    def __call__(self, hub: Hub, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> int:
        """Look at all tables; returns how many have better files now.

        Readers move on when it is done. Nothing is begun while messages wait to be taken through,
        or while another process publishes.
        """
        moved = 0
        for ref, pointer in hub.releases.pointers().items():
            quiet = now() - pointer.released_at >= QUIET
            if not quiet or self._done.get(ref) == pointer.version:
                continue
            with hub.writer_lock(stop=lambda: True) as held:  # no waiting
                if not held or hub.submissions.pending(now()):
                    return moved
                schema = hub.structures.dataflow(ref.agency, ref.id, ref.version)
                version = hub.observations.rearrange(
                    schema, hub.settings.engine_memory_mb, settled=pointer.version
                )
                if version is not None:
                    hub.releases.rearranged(ref, version)
                    moved += 1
                self._done[ref] = pointer.version if version is None else version
        return moved
