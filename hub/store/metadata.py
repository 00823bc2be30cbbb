"""Metadata sets in the catalogue: those the distribution ships and those that were submitted.

Each state of a set is a row: one that is replaced or deleted is closed, never changed, so that
queries can be answered as of an instant. A counter in the catalogue changes with every change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import orjson
from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select, update

from dsd import quality
from hub.errors import Conflict
from hub.metadata.model import MetadataSet, placed
from hub.model.schema import StructureRef
from hub.store import audit
from hub.store.catalogue import Catalogue
from hub.store.tables_metadata import metadata_set
from hub.structures.repository import StructureSet
from hub.validation.metadata_submission import is_final

__all__ = ["Deed", "Done", "MetadataSets"]

_COUNTER, _FINGERPRINT = "metadata.version", "metadata.shipped"
_SHIPPED, _SUBMITTED = "shipped", "submitted"
_ROW = metadata_set.c


class Deed(StrEnum):
    """What was done with a set."""

    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Done:
    """A set and what was done with it."""

    ref: StructureRef
    deed: Deed


class MetadataSets:
    """Reads and writes the metadata sets."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def version(self) -> int:
        """A number that changes with every change of the sets."""
        return int(self._catalogue.get(_COUNTER) or 0)

    def load_shipped(self) -> bool:
        """Bring the shipped sets to the state of the distribution; whether anything changed.

        Sets that somebody submitted in their place stay as they are.
        """
        sets = [MetadataSet.of(tree) for tree in quality.sets()]
        payloads = {one.ref: _dump(one) for one in sets}
        digest = hashlib.sha256(b"".join(payloads.values())).hexdigest()
        if self._catalogue.get(_FINGERPRINT) == digest:
            return False
        with self._catalogue.write() as connection:
            gone = _shipped_before(connection) - payloads.keys()
            for one in sets:
                self._put(connection, one, _SHIPPED)
            for ref in gone:
                _close(connection, ref)
            self._catalogue.set(_FINGERPRINT, digest, connection)
            self._count(connection)
        return True

    def read(self, structures: StructureSet, instant: datetime | None = None) -> list[MetadataSet]:
        """All sets as they are, or were at an instant (aware), by provider, id and version.

        Each is placed in ``structures``; one whose metadataflow is not there any more raises
        ``NotFound``.
        """
        with self._catalogue.read() as connection:
            query = select(_ROW.payload).where(_at(instant)).order_by(_ROW.id)
            payloads = connection.execute(query).scalars().all()
        found = [MetadataSet(orjson.loads(payload)) for payload in payloads]
        found.sort(key=lambda one: (one.ref.agency, one.ref.id, one.ref.version))
        return [placed(one, structures) for one in found]

    def find(self, ref: StructureRef) -> MetadataSet | None:
        """The set as it is; ``None`` when there is none."""
        with self._catalogue.read() as connection:
            row = connection.execute(
                select(_ROW.payload).where(_is(ref), _ROW.until.is_(None))
            ).scalar_one_or_none()
        return None if row is None else MetadataSet(orjson.loads(row))

    def put(self, sets: Sequence[MetadataSet], *, actor: str) -> list[Done]:
        """Enter or replace sets, all or none, with a line of the audit trail for each change.

        Raises ``Conflict`` when a final set would change: somebody was quicker.
        """
        with self._catalogue.write() as connection:
            done = [Done(one.ref, self._put(connection, one, _SUBMITTED)) for one in sets]
            changed = [d.ref for d in done if d.deed is Deed.REPLACED and is_final(d.ref)]
            if changed:
                raise Conflict(f"The metadata set {changed[0]} is final and was just entered.")
            self._record(connection, done, actor)
        return done

    def remove(self, ref: StructureRef, *, actor: str) -> bool:
        """Delete a set; whether it was there."""
        with self._catalogue.write() as connection:
            there = _close(connection, ref)
            if there:
                self._record(connection, [Done(ref, Deed.DELETED)], actor)
        return there

    def changed_at(self, instant: datetime | None = None) -> datetime | None:
        """When the sets changed last, up to an instant."""
        with self._catalogue.read() as connection:
            times = [
                moment
                for since, until in connection.execute(select(_ROW.since, _ROW.until))
                for moment in (since, until)
                if moment is not None and (instant is None or moment <= instant)
            ]
        return max(times, default=None)

    def _put(self, connection: Connection, one: MetadataSet, origin: str) -> Deed:
        payload = _dump(one)
        digest = hashlib.sha256(payload).hexdigest()
        known = connection.execute(
            select(_ROW.sha256, _ROW.origin).where(_is(one.ref), _ROW.until.is_(None))
        ).one_or_none()
        if known is not None and (
            known.sha256 == digest or (known.origin == _SUBMITTED and origin == _SHIPPED)
        ):
            return Deed.UNCHANGED
        now = datetime.now(UTC)
        if known is not None:
            _close(connection, one.ref, now)
        connection.execute(
            insert(metadata_set).values(
                provider=one.ref.agency, ident=one.ref.id, version=one.ref.version,
                payload=payload, sha256=digest, origin=origin, since=now,
            )
        )  # fmt: skip
        return Deed.CREATED if known is None else Deed.REPLACED

    def _record(self, connection: Connection, done: Iterable[Done], actor: str) -> None:
        changed = [one for one in done if one.deed is not Deed.UNCHANGED]
        for one in changed:
            audit.append(connection, actor, f"metadata.{one.deed.value}", str(one.ref))
        if changed:
            self._count(connection)

    def _count(self, connection: Connection) -> None:
        now = int(self._catalogue.get(_COUNTER, connection) or 0)
        self._catalogue.set(_COUNTER, str(now + 1), connection)


def _dump(one: MetadataSet) -> bytes:
    return orjson.dumps(one.tree, option=orjson.OPT_SORT_KEYS)


def _shipped_before(connection: Connection) -> set[StructureRef]:
    query = select(_ROW.provider, _ROW.ident, _ROW.version)
    rows = connection.execute(query.where(_ROW.until.is_(None), _ROW.origin == _SHIPPED))
    return {StructureRef(*row) for row in rows}


def _close(connection: Connection, ref: StructureRef, now: datetime | None = None) -> bool:
    changed = connection.execute(
        update(metadata_set)
        .where(_is(ref), _ROW.until.is_(None))
        .values(until=now or datetime.now(UTC))
    )
    return bool(changed.rowcount)


def _at(instant: datetime | None) -> ColumnElement[bool]:
    if instant is None:
        return _ROW.until.is_(None)
    return and_(_ROW.since <= instant, or_(_ROW.until.is_(None), _ROW.until > instant))


def _is(ref: StructureRef) -> ColumnElement[bool]:
    return and_(_ROW.provider == ref.agency, _ROW.ident == ref.id, _ROW.version == ref.version)
