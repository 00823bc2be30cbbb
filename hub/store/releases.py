"""The release ledger: what readers see, since when, and what each release changed.

Readers ask for a :class:`Pointer` and read exactly that Delta version. All pointers of a message
move in the same transaction, so a message appears whole. For what changed over time use
:meth:`Releases.items`: the Delta log may also hold versions that were never published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from hub.model.schema import StructureRef
from hub.store import tables
from hub.store.catalogue import Catalogue
from hub.store.events import EventKind, note

__all__ = ["Change", "Pointer", "ReleaseItem", "Releases"]

#: All pointers; made once, as every request asks.
_POINTERS = select(tables.pointer)


@dataclass(frozen=True, slots=True)
class Pointer:
    """The version of a dataflow's observations that readers see.

    ``version`` is the Delta version, ``release`` the id of the release that put it there (use it,
    not ``version``, to tell whether content changed), ``released_at`` its aware UTC instant.
    """

    dataflow: StructureRef
    version: int
    release: int
    released_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What one Delta commit did to one dataflow; versions as in :class:`ReleaseItem`."""

    dataflow: StructureRef
    version_before: int
    version_after: int
    inserted: int
    updated: int
    deleted: int


@dataclass(frozen=True, slots=True)
class ReleaseItem:
    """A dataflow's part of a release.

    The change data feed of the Delta versions ``version_before + 1 .. version_after`` is what the
    release changed; ``version_after`` is what readers saw from ``released_at`` on.
    """

    release: int
    released_at: datetime
    submission: str
    change: Change


class Releases:
    """Reads and writes the ledger."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def current(self, dataflow: StructureRef) -> Pointer | None:
        """What readers see of ``dataflow`` now; ``None`` when nothing was ever released."""
        query = select(tables.pointer).where(tables.pointer.c.dataflow == str(dataflow))
        with self._catalogue.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _pointer(row)

    def pointers(self) -> dict[StructureRef, Pointer]:
        """What readers see of every dataflow, at one instant."""
        with self._catalogue.read() as connection:
            rows = connection.execute(_POINTERS).all()
        return {p.dataflow: p for p in (_pointer(row) for row in rows)}

    def as_of(self, dataflow: StructureRef, instant: datetime) -> Pointer | None:
        """What readers saw at ``instant``; ``None`` when nothing was released by then."""
        item, rel = tables.release_item.c, tables.release.c
        query = (
            select(
                item.dataflow, item.version_after.label("version"), item.release, rel.released_at
            )
            .join(tables.release, rel.id == item.release)
            .where(item.dataflow == str(dataflow), rel.released_at <= instant)
            .order_by(item.release.desc())
            .limit(1)
        )
        with self._catalogue.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _pointer(row)

    def items(
        self,
        dataflow: StructureRef,
        *,
        after: datetime | None = None,
        until: datetime | None = None,
    ) -> list[ReleaseItem]:
        """Releases of ``dataflow``, oldest first, released in ``(after, until]``."""
        query = _items().where(tables.release_item.c.dataflow == str(dataflow))
        if after is not None:
            query = query.where(tables.release.c.released_at > after)
        if until is not None:
            query = query.where(tables.release.c.released_at <= until)
        return self._list(query)

    def of_submission(self, token: str) -> list[ReleaseItem]:
        """What a submission published, one item per dataflow (empty: nothing)."""
        return self._list(_items().where(tables.submission.c.token == token))

    def of_release(self, release: int) -> list[ReleaseItem]:
        """The parts of a release, one item per dataflow."""
        return self._list(_items().where(tables.release_item.c.release == release))

    def latest(self, limit: int = 20) -> list[ReleaseItem]:
        """The newest parts of releases over all dataflows, newest first."""
        query = _items().order_by(None).order_by(tables.release_item.c.release.desc())
        return self._list(query.limit(limit))

    def _list(self, query: Select[Any]) -> list[ReleaseItem]:
        with self._catalogue.read() as connection:
            return [_item(row) for row in connection.execute(query)]

    # -- writing: only the intake, under the writer lock ------------------------------------

    def publish(self, connection: Connection, submission_id: int, changes: Sequence[Change]) -> int:
        """Record a release and move its pointers within the caller's transaction.

        ``released_at`` never goes back, whatever the clock of the machine does, so that "after
        that instant" has one meaning. Returns the release id. Raises ``Unavailable`` when another
        process became the writer meanwhile.
        """
        self._catalogue.check_fence(connection)
        last = connection.execute(select(func.max(tables.release.c.released_at))).scalar()
        now = datetime.now(UTC)
        if last is not None and last >= now:
            now = last + timedelta(microseconds=1)
        done = connection.execute(
            insert(tables.release).values(submission=submission_id, released_at=now)
        )
        release = int(done.inserted_primary_key[0])  # type: ignore[index]
        for change in changes:
            connection.execute(
                insert(tables.release_item).values(
                    release=release,
                    dataflow=str(change.dataflow),
                    version_before=change.version_before,
                    version_after=change.version_after,
                    inserted=change.inserted,
                    updated=change.updated,
                    deleted=change.deleted,
                )
            )
            connection.execute(
                delete(tables.pointer).where(tables.pointer.c.dataflow == str(change.dataflow))
            )
            connection.execute(
                insert(tables.pointer).values(
                    dataflow=str(change.dataflow),
                    version=change.version_after,
                    release=release,
                    released_at=now,
                )
            )
        note(connection, EventKind.RELEASE, now, release=release)
        return release

    def rearranged(self, dataflow: StructureRef, version: int) -> None:
        """Readers of ``dataflow`` move to a version with the same content in better files."""
        with self._catalogue.write() as connection:
            connection.execute(
                update(tables.pointer)
                .where(tables.pointer.c.dataflow == str(dataflow))
                .values(version=version)
            )


def _pointer(row: Any) -> Pointer:
    return Pointer(StructureRef.parse(row.dataflow), row.version, row.release, row.released_at)


def _items() -> Select[Any]:
    return (
        select(
            tables.release_item,
            tables.release.c.released_at,
            tables.submission.c.token,
        )
        .join(tables.release, tables.release.c.id == tables.release_item.c.release)
        .join(tables.submission, tables.submission.c.id == tables.release.c.submission)
        .order_by(tables.release_item.c.release, tables.release_item.c.dataflow)
    )


def _item(row: Any) -> ReleaseItem:
    change = Change(
        StructureRef.parse(row.dataflow),
        row.version_before,
        row.version_after,
        row.inserted,
        row.updated,
        row.deleted,
    )
    return ReleaseItem(row.release, row.released_at, row.token, change)
