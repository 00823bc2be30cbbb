"""Subscriptions: who is to be told of which events, and the notifications made for them.

A notification is entered in the transaction of what it tells of, and with it an event
(:mod:`hub.store.events`), which is delivered to each address. Subscribers that were made without a
registry message are told of the same changes by events of their own.
Source: SDMX 2.1 Section 5, ``SDMXRegistrySubscription.xsd``.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, insert, select

from hub.errors import Conflict, Forbidden, HubError, NotFound, SemanticError
from hub.model.dataset import Header
from hub.store import audit, tables
from hub.store.catalogue import Catalogue
from hub.store.events import EventKind, note
from hub.store.selectors import wants_registration, wants_structure
from hub.store.subscribers import forget_registered
from hub.structures.kinds import Key, key_of, urn_of
from hub.structures.registry_model import (
    Address,
    ItemStatus,
    Registration,
    Selector,
    Subscription,
)
from hub.structures.registry_write import notification
from hub.structures.repository import StructureSet
from hub.structures.submission import Outcome, Status, StructureAction

__all__ = ["Subscriptions"]

_ROW = tables.subscription.c
_MAIL = re.compile(r"^(?:mailto:)?[^@\s/]+@[^@\s/]+\.[^@\s/]+$")


class Subscriptions:
    """Reads and writes subscriptions; ``sender`` is named in notifications."""

    def __init__(self, catalogue: Catalogue, sender: str) -> None:
        self._catalogue = catalogue
        self._sender = sender

    def of(self, organisation: str | None, *, owner: str | None = None) -> list[Subscription]:
        """Subscriptions of an organisation (URN; ``None``: any), or those that ``owner`` made."""
        query = select(tables.subscription)
        if organisation is not None:
            query = query.where(_ROW.organisation == organisation)
        if owner is not None:
            query = query.where(_ROW.submitted_by == owner)
        with self._catalogue.read() as connection:
            return [_subscription(row) for row in connection.execute(query.order_by(_ROW.id))]

    def submit(
        self,
        entries: tuple[tuple[StructureAction, Subscription], ...],
        *,
        actor: str,
        everyone: bool = False,
    ) -> list[ItemStatus]:
        """Add, replace or delete subscriptions, each for itself; all in one transaction.

        Only who made a subscription may change it, or who may change ``everyone``'s.
        """
        found = []
        with self._catalogue.write() as connection:
            for action, entry in entries:
                try:
                    done = self._one(connection, action, entry, None if everyone else actor, actor)
                except HubError as error:
                    found.append(
                        ItemStatus(entry, Status.FAILURE, error.http_status, error.message)
                    )
                    continue
                audit.append(connection, actor, f"subscription.{action.value.lower()}", done.urn)
                code = 201 if action is StructureAction.APPEND else 200
                found.append(ItemStatus(done, Status.SUCCESS, code, "Done."))
        return found

    def _one(
        self,
        connection: Connection,
        action: StructureAction,
        entry: Subscription,
        owner: str | None,
        actor: str,
    ) -> Subscription:
        if action is StructureAction.INFORMATION:
            raise SemanticError("The action Information asks for nothing.")
        if action is StructureAction.APPEND:
            if entry.urn:
                raise Conflict("A new subscription has no URN: the registry gives it one.")
            done = replace(entry, urn=f"urn:uuid:{uuid.uuid4()}")
            connection.execute(insert(tables.subscription).values(_values(done, actor)))
            return done
        row = connection.execute(
            select(tables.subscription).where(_ROW.id == entry.urn)
        ).one_or_none()
        if row is None:
            raise NotFound(f"There is no subscription {entry.urn or 'without a URN'}.")
        if owner is not None and row.submitted_by != owner:
            raise Forbidden("This subscription was made with another key.")
        connection.execute(delete(tables.subscription).where(_ROW.id == entry.urn))
        if action is StructureAction.DELETE:
            forget_registered(connection, entry.urn)
            return _subscription(row)
        connection.execute(insert(tables.subscription).values(_values(entry, row.submitted_by)))
        return entry

    # Notifications

    def notify_structures(self, connection: Connection, outcome: Outcome) -> None:
        """Enter the event and the notifications of structures that changed."""
        if not outcome.changed:
            return
        live = self._live(connection)
        changed = {key_of(a) for a in outcome.put} | set(outcome.removed)
        told = []
        for result in outcome.results:
            if not result.ok or result.key not in changed:
                continue
            action = (
                StructureAction.DELETE if result.key in outcome.removed
                else StructureAction.APPEND if result.code == 201 else StructureAction.REPLACE
            )  # fmt: skip
            told.append({"action": action.value, "urn": urn_of(result.key)})
            for one in live:
                if any(wants_structure(s, result.key) for s in one.selectors):
                    self._enter(connection, one, action, result.key)
        note(connection, EventKind.STRUCTURE, datetime.now(UTC), subject={"structures": told})

    def notify_registration(
        self,
        connection: Connection,
        structures: StructureSet,
        action: StructureAction,
        registration: Registration,
    ) -> None:
        """Enter the event and the notifications of a registration that changed."""
        told = {
            "action": action.value, "id": registration.id, "agreement": str(registration.agreement),
        }  # fmt: skip
        note(connection, EventKind.REGISTRATION, datetime.now(UTC), subject=told)
        for one in self._live(connection):
            if any(wants_registration(s, registration, structures) for s in one.selectors):
                self._enter(connection, one, action, registration)

    def notified(
        self, connection: Connection, notification_id: int
    ) -> tuple[Subscription | None, str, bytes]:
        """A notification: its subscription (``None``: gone), who made that, and the message."""
        t = tables.notification.c
        query = select(t.subscription, t.payload).where(t.id == notification_id)
        row = connection.execute(query).one()
        found = connection.execute(
            select(tables.subscription).where(_ROW.id == row.subscription)
        ).one_or_none()
        if found is None:
            return None, "", bytes(row.payload)
        return _subscription(found), found.submitted_by or "", bytes(row.payload)

    def _live(self, connection: Connection) -> list[Subscription]:
        today = datetime.now(UTC).date()
        return [s for s in self._all(connection) if s.valid_from <= today <= s.valid_to]

    def _all(self, connection: Connection) -> list[Subscription]:
        rows = connection.execute(select(tables.subscription).order_by(_ROW.id))
        return [_subscription(row) for row in rows]

    def _enter(
        self,
        connection: Connection,
        subscription: Subscription,
        action: StructureAction,
        subject: Key | Registration,
    ) -> None:
        now = datetime.now(UTC)
        header = Header(f"NOTIFY-{uuid.uuid4().hex}", self._sender, now)
        named = subject.id if isinstance(subject, Registration) else urn_of(subject)
        done = connection.execute(
            insert(tables.notification).values(
                subscription=subscription.urn, at=now, action=action.value, subject=named[:400],
                payload=notification(subscription.urn, now, action, subject, header=header),
            )
        )  # fmt: skip
        made = int(done.inserted_primary_key[0])  # type: ignore[index]
        note(connection, EventKind.SDMX, now, notification=made)


def _check(one: Subscription) -> None:
    if not one.addresses:
        raise SemanticError("A subscription names an address to notify.")
    for address in one.addresses:
        if address.kind == "mail" and not _MAIL.match(address.url):
            raise SemanticError(f"{address.url} is no e-mail address.")
        if address.kind == "http" and urlsplit(address.url).scheme not in {"http", "https"}:
            raise SemanticError(f"{address.url} is no http address.")
    if one.valid_to < one.valid_from:
        raise SemanticError("The subscription ends before it begins.")


def _values(one: Subscription, actor: str) -> dict[str, Any]:
    _check(one)
    return {
        "id": one.urn,
        "organisation": one.organisation,
        "assigned_id": one.assigned_id,
        "addresses": [asdict(a) for a in one.addresses],
        "valid_from": one.valid_from,
        "valid_to": one.valid_to,
        "events": [_told(s) for s in one.selectors],
        "created_at": datetime.now(UTC),
        "submitted_by": actor,
    }


def _told(selector: Selector) -> dict[str, Any]:
    return {
        "type": selector.type,
        "agencies": list(selector.agencies),
        "objects": [dict(o) for o in selector.objects],
    }


def _subscription(row: Any) -> Subscription:
    return Subscription(
        row.id,
        row.organisation,
        row.assigned_id,
        tuple(Address(**a) for a in row.addresses),
        row.valid_from,
        row.valid_to,
        tuple(_selectors(row.events)),
    )


def _selectors(events: Iterable[dict[str, Any]]) -> Iterable[Selector]:
    for one in events:
        yield Selector(one["type"], tuple(one["agencies"]), tuple(one["objects"]))
