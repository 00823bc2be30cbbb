"""Structures in the catalogue: those the distribution ships and those that were submitted.

Each maintainable artefact is a row whose payload is the artefact as
:mod:`hub.structures.stored` writes it. A counter in the catalogue changes with every change of a
row, so that a process knows when its set in memory is out of date.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version as distribution_version
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

import codelists
import dsd
from hub.model.schema import StructureRef
from hub.store import audit, past, tables
from hub.store.catalogue import Catalogue
from hub.structures.kinds import Artefact, Key, key_of
from hub.structures.maintain import apply
from hub.structures.repository import StructureSet
from hub.structures.stored import Stored, dump
from hub.structures.submission import Change, Outcome

__all__ = ["SHIPPED", "SUBMITTED", "Artefacts", "Guards"]

#: Where an artefact comes from.
SHIPPED, SUBMITTED = "shipped", "submitted"

_COUNTER = "structures.version"
_FINGERPRINT = "structures.shipped"
_ROW = tables.artefact.c


@dataclass(frozen=True, slots=True)
class Guards:
    """What the rest of the hub rests on: see :func:`hub.structures.maintain.apply`."""

    protected: Mapping[Key, str]
    in_use: frozenset[StructureRef]


class Artefacts:
    """Reads and writes the structures of the catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        #: What was read last, by digest: what has not changed since is not made again.
        self._read: dict[str, Stored] = {}

    def version(self, connection: Connection | None = None) -> int:
        """A number that changes with every change of the structures."""
        return int(self._catalogue.get(_COUNTER, connection) or 0)

    def load_shipped(self) -> bool:
        """Bring the rows of shipped artefacts to the state of the distribution.

        Submitted artefacts with the same key stay as they are. Returns whether anything changed.
        """
        fingerprint = _fingerprint()
        if self._catalogue.get(_FINGERPRINT) == fingerprint:
            return False
        payloads = {key_of(a): dump(a) for a in StructureSet.shipped()}
        with self._catalogue.write() as connection:
            for key, payload in payloads.items():
                self._put(connection, key, payload, SHIPPED)
            self._drop_others(connection, payloads)
            self._catalogue.set(_FINGERPRINT, fingerprint, connection)
            self._count(connection)
        return True

    def put(self, artefacts: Iterable[Artefact]) -> None:
        """Enter or replace artefacts that were submitted; all or none."""
        payloads = {key_of(a): dump(a) for a in artefacts}
        with self._catalogue.write() as connection:
            for key, payload in payloads.items():
                self._put(connection, key, payload, SUBMITTED)
            self._count(connection)

    def remove(self, keys: Iterable[Key]) -> None:
        """Remove artefacts; one that is not there is no error."""
        with self._catalogue.write() as connection:
            for key in keys:
                self._remove(connection, _is(key))
            self._count(connection)

    def apply(
        self,
        changes: Sequence[Change],
        *,
        actor: str,
        known: Callable[[], tuple[int, StructureSet]],
        guards: Callable[[Connection], Guards],
        also: Callable[[Connection, Outcome], None] = lambda connection, outcome: None,
        dry_run: bool = False,
    ) -> Outcome:
        """Apply changes as far as the rules allow (:func:`hub.structures.maintain.apply`).

        All that is allowed is stored in one transaction, with a line of the audit trail for each
        artefact, and ``also`` runs in it. ``known`` gives the structures and their version: the
        rules are tried on them before the transaction, and again in it only when another one
        came between. A dry run stores nothing.
        """
        version, structures = known()
        with self._catalogue.read() as connection:
            first = guards(connection)
        outcome = apply(structures, changes, protected=first.protected, in_use=first.in_use)
        payloads = {key_of(a): dump(a) for a in outcome.put}
        if dry_run or not outcome.changed:
            return outcome
        with self._catalogue.write() as connection:
            self._count(connection)  # from here on other writers wait, on every database
            now = guards(connection)
            if self.version(connection) != version + 1 or now != first:
                outcome = apply(
                    self.read(connection), changes, protected=now.protected, in_use=now.in_use
                )
                payloads = {key_of(a): dump(a) for a in outcome.put}
            for key, payload in payloads.items():
                self._put(connection, key, payload, SUBMITTED)
            for key in outcome.removed:
                self._remove(connection, _is(key))
            _record(connection, actor, outcome)
            also(connection, outcome)
        return outcome

    def shipped(self, connection: Connection) -> set[Key]:
        """Keys of the artefacts that come with the distribution and were not replaced."""
        rows = connection.execute(
            select(_ROW["class"], _ROW.agency, _ROW.ident, _ROW.version).where(
                _ROW.origin == SHIPPED
            )
        )
        return {Key(kind, StructureRef(*ref)) for kind, *ref in rows}

    def read(self, connection: Connection | None = None) -> StructureSet:
        """All structures; each is made from its row when it is asked for."""
        if connection is None:
            with self._catalogue.read() as own:
                return self.read(own)
        same = self._catalogue.get(_FINGERPRINT, connection) == _fingerprint()
        query = select(
            _ROW["class"], _ROW.agency, _ROW.ident, _ROW.version, _ROW.sha256, _ROW.payload
        )
        if same:  # the distribution's own files are quicker to read, and are the same
            query = query.where(_ROW.origin != SHIPPED)
        known, read = self._read, {}
        for kind, agency, id_, version, digest, payload in connection.execute(
            query.order_by(_ROW.id)
        ):
            key = Key(kind, StructureRef(agency, id_, version))
            read[digest] = known.get(digest) or Stored(key, payload)
        self._read = read
        found = read.values()
        return StructureSet.shipped().with_artefacts(found) if same else StructureSet(found)

    def as_of(self, instant: datetime) -> StructureSet | None:
        """All structures as they were at an instant (aware); ``None``: as they are now."""
        with self._catalogue.read() as connection:
            if not past.changed_since(connection, instant):
                return None
            return past.as_of(connection, instant)

    def _put(self, connection: Connection, key: Key, payload: bytes, origin: str) -> None:
        digest = hashlib.sha256(payload).hexdigest()
        known = connection.execute(select(_ROW.sha256, _ROW.origin).where(_is(key))).one_or_none()
        if known is not None and (
            (known.sha256, known.origin) == (digest, origin)
            or (known.origin == SUBMITTED and origin == SHIPPED)
        ):
            return
        now = datetime.now(UTC)
        values = {"payload": payload, "sha256": digest, "origin": origin, "changed_at": now}
        if known is not None:
            past.keep(connection, _is(key), now)
            connection.execute(update(tables.artefact).where(_is(key)).values(**values))
            return
        connection.execute(
            insert(tables.artefact).values(
                {"class": key.kind, "agency": key.ref.agency, "ident": key.ref.id,
                 "version": key.ref.version, **values}
            )
        )  # fmt: skip

    def _drop_others(self, connection: Connection, kept: Iterable[Key]) -> None:
        """Remove shipped artefacts that the distribution no longer ships."""
        known = {(k.kind, k.ref.agency, k.ref.id, k.ref.version) for k in kept}
        rows = connection.execute(
            select(_ROW.id, _ROW["class"], _ROW.agency, _ROW.ident, _ROW.version).where(
                _ROW.origin == SHIPPED
            )
        )
        gone = [id_ for id_, *key in rows if tuple(key) not in known]
        if gone:
            self._remove(connection, _ROW.id.in_(gone))

    def _remove(self, connection: Connection, which: ColumnElement[bool]) -> None:
        past.keep(connection, which, datetime.now(UTC))
        connection.execute(delete(tables.artefact).where(which))

    def _count(self, connection: Connection) -> None:
        now = int(self._catalogue.get(_COUNTER, connection) or 0)
        self._catalogue.set(_COUNTER, str(now + 1), connection)


def _record(connection: Connection, actor: str, outcome: Outcome) -> None:
    for result in outcome.results:
        if result.ok and (result.key in outcome.removed or _among(result.key, outcome.put)):
            action = f"structure.{result.action.value.lower()}"
            audit.append(connection, actor, action, result.urn, {"texts": list(result.texts)})


def _among(key: Key, artefacts: Iterable[Artefact]) -> bool:
    return any(key_of(a) == key for a in artefacts)


def _is(key: Key):  # type: ignore[no-untyped-def]
    return and_(
        _ROW["class"] == key.kind,
        _ROW.agency == key.ref.agency,
        _ROW.ident == key.ref.id,
        _ROW.version == key.ref.version,
    )


def _fingerprint() -> str:
    """Digest of all that the shipped structures are made from."""
    digest = hashlib.sha256(distribution_version("mighub").encode())
    for package in (codelists, dsd):
        root = Path(package.__file__).parent  # type: ignore[arg-type]
        for path in sorted(root.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(root)).encode() + b"\0")
                digest.update(path.read_bytes())
    return digest.hexdigest()
