"""Registrations that messages made: which provision agreement has data at which source.

Source: SDMX 2.1 Section 5, ``SDMXRegistryRegistration.xsd``. What the hub itself has data of is
not here: see :mod:`hub.store.registered`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, insert, select, update

from hub.errors import Conflict, HubError, NotFound, SemanticError
from hub.model.schema import StructureRef
from hub.store import audit, tables
from hub.store.catalogue import Catalogue
from hub.structures.registry_model import ItemStatus, Registration, Source
from hub.structures.submission import Status, StructureAction

__all__ = ["Registrations", "valid_at"]

_ROW = tables.registration.c
#: Called in the transaction for each registration that changed.
Also = Callable[[Connection, StructureAction, Registration], None]


class Registrations:
    """Reads and writes registrations."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def all(self, connection: Connection | None = None) -> list[Registration]:
        """All registrations, by agreement."""
        if connection is None:
            with self._catalogue.read() as own:
                return self.all(own)
        rows = connection.execute(select(tables.registration).order_by(_ROW.agreement, _ROW.id))
        return [_registration(row) for row in rows]

    def submit(
        self,
        entries: tuple[tuple[StructureAction, Registration], ...],
        *,
        actor: str,
        check: Callable[[Registration], None],
        also: Also,
    ) -> list[ItemStatus]:
        """Add, replace or delete registrations, each for itself; all in one transaction.

        ``check`` raises a ``HubError`` when this sender may not make, change or delete one.
        """
        found = []
        with self._catalogue.write() as connection:
            for action, entry in entries:
                try:
                    done = self._one(connection, action, entry, actor, check)
                except HubError as error:
                    found.append(
                        ItemStatus(entry, Status.FAILURE, error.http_status, error.message)
                    )
                    continue
                also(connection, action, done)
                _record(connection, actor, action, done)
                code = 201 if action is StructureAction.APPEND else 200
                found.append(ItemStatus(done, Status.SUCCESS, code, _TOLD[action]))
        return found

    def _one(
        self,
        connection: Connection,
        action: StructureAction,
        entry: Registration,
        actor: str,
        check: Callable[[Registration], None],
    ) -> Registration:
        stored = self._stored(connection, entry.id) if entry.id else None
        for one in (entry, stored):
            if one is not None:
                check(one)
        if action is StructureAction.INFORMATION:
            raise SemanticError("The action Information asks for nothing.")
        if action is StructureAction.APPEND:
            return self._add(connection, entry, stored, actor)
        if stored is None:
            raise NotFound(f"There is no registration {entry.id or 'without an id'}.")
        if action is StructureAction.DELETE:
            connection.execute(delete(tables.registration).where(_ROW.id == entry.id))
            return stored
        done = replace(entry, updated_at=datetime.now(UTC))
        connection.execute(
            update(tables.registration).where(_ROW.id == entry.id).values(_values(done, actor))
        )
        return done

    def _stored(self, connection: Connection, id_: str) -> Registration | None:
        row = connection.execute(select(tables.registration).where(_ROW.id == id_)).one_or_none()
        return None if row is None else _registration(row)

    def _add(
        self, connection: Connection, entry: Registration, stored: Registration | None, actor: str
    ) -> Registration:
        if stored is not None:
            raise Conflict(f"There is a registration {entry.id} already. Use the action Replace.")
        _check(entry)
        done = replace(
            entry, id=entry.id or f"REG_{uuid.uuid4().hex}", updated_at=datetime.now(UTC)
        )
        connection.execute(insert(tables.registration).values(_values(done, actor)))
        return done


_TOLD = {
    StructureAction.APPEND: "The registration was made.",
    StructureAction.REPLACE: "The registration was replaced.",
    StructureAction.MERGE: "The registration was replaced.",
    StructureAction.DELETE: "The registration was deleted.",
}


def _check(entry: Registration) -> None:
    urls = [entry.source.simple, entry.source.data_url]
    if not any(urls):
        raise SemanticError("A registration names a source: a file or a service.")
    for url in urls:
        if url and urlsplit(url).scheme not in {"http", "https", "ftp", "sftp"}:
            raise SemanticError(f"{url} is no address of the web.")
    if entry.valid_from and entry.valid_to and entry.valid_to < entry.valid_from:
        raise SemanticError("validTo is before validFrom.")


def _values(one: Registration, actor: str) -> dict[str, Any]:
    _check(one)
    return {
        "id": one.id,
        "agreement": str(one.agreement),
        "source": asdict(one.source),
        "flags": dict(one.flags),
        "valid_from": one.valid_from,
        "valid_to": one.valid_to,
        "updated_at": one.updated_at,
        "submitted_by": actor,
    }


def _registration(row: Any) -> Registration:
    return Registration(
        row.id,
        StructureRef.parse(row.agreement),
        Source(**row.source),
        row.flags,
        row.valid_from,
        row.valid_to,
        row.updated_at,
    )


def _record(connection: Connection, actor: str, action: StructureAction, one: Registration) -> None:
    what = {"agreement": str(one.agreement)}
    audit.append(connection, actor, f"registration.{action.value.lower()}", one.id, what)


def valid_at(found: list[Registration], instant: datetime) -> Iterator[Registration]:
    """Those registrations that are valid at an instant."""
    for one in found:
        if (one.valid_from is None or one.valid_from <= instant) and (
            one.valid_to is None or instant <= one.valid_to
        ):
            yield one
