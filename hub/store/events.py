"""Events: what happened that others want to be told of, and the queue of what they are told.

An event is entered in the transaction of what it tells of (:func:`note`), so there is exactly one
for a release, and none for a release that did not come about. A sender then looks up whom it
concerns and queues one delivery for each (:meth:`Events.spread`), takes deliveries on lease
(:meth:`Events.claim`) and notes what became of them (:meth:`Events.settle`). Any number of senders
may share a queue: all of it happens in writing transactions, of which there is one at a time.

A subscriber gets its events in the order they happened: the next one waits for the one before.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from hub.store import tables
from hub.store.catalogue import Catalogue
from hub.store.subscribers import State, Subscriber, subscriber_of
from hub.store.tables_events import event, event_delivery, subscriber

__all__ = [
    "Delivery",
    "DeliveryState",
    "Event",
    "EventKind",
    "Events",
    "Task",
    "enqueue",
    "note",
]

#: How long a sender has for one attempt before another may take over; far longer than it takes.
LEASE = timedelta(minutes=2)

_E, _D, _S = event.c, event_delivery.c, subscriber.c


class EventKind(StrEnum):
    """What an event tells of.

    ``SDMX`` is a notification in the registry's own words; ``CONFIRMATION`` asks the holder of an
    e-mail address whether it wants to be told at all; ``PING`` is a test and never queued.
    """

    RELEASE = "release"
    STRUCTURE = "structure"
    REGISTRATION = "registration"
    SDMX = "sdmx"
    CONFIRMATION = "confirmation"
    PING = "ping"


class DeliveryState(StrEnum):
    """Where a delivery stands; ``DEAD`` was given up."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. ``uid`` is what subscribers know it by."""

    id: int
    uid: str
    kind: EventKind
    at: datetime
    release: int | None
    notification: int | None
    subject: Any


@dataclass(frozen=True, slots=True)
class Task:
    """A delivery that this sender is to make now. ``attempts`` were made before."""

    id: int
    event: Event
    subscriber: Subscriber
    body: bytes
    attempts: int
    first_at: datetime | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as lists show it."""

    id: int
    event: str
    kind: str
    at: datetime
    subscriber: str
    address: str
    state: DeliveryState
    attempts: int
    next_at: datetime
    delivered_at: datetime | None
    status: int | None
    error: str | None


def note(
    connection: Connection,
    kind: EventKind,
    at: datetime,
    *,
    release: int | None = None,
    notification: int | None = None,
    subject: Any = None,
    spread_at: datetime | None = None,
) -> tuple[str, int]:
    """Enter an event within the transaction of what it tells of.

    ``spread_at`` is given where the caller queues it itself. Returns its uid and its id.
    """
    uid = f"evt_{uuid.uuid4().hex}"
    done = connection.execute(
        insert(event).values(
            uid=uid, kind=kind.value, at=at, release=release, notification=notification,
            subject=subject, spread_at=spread_at,
        )
    )  # fmt: skip
    return uid, int(done.inserted_primary_key[0])  # type: ignore[index]


def enqueue(
    connection: Connection, event_id: int, subscriber_id: str, body: bytes, now: datetime
) -> None:
    """Queue an event for a subscriber."""
    connection.execute(
        insert(event_delivery).values(
            event=event_id, subscriber=subscriber_id, body=body, attempts=0, next_at=now,
            state=DeliveryState.WAITING.value,
        )
    )  # fmt: skip


class Events:
    """Reads and writes events and their queue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def unspread(self, after: int = 0, limit: int = 20) -> list[Event]:
        """Events above the id ``after`` whose subscribers were not looked up yet, oldest first."""
        new = (_E.spread_at.is_(None), _E.id > after)
        query = select(event).where(*new).order_by(_E.id).limit(limit)
        with self._catalogue.read() as connection:
            return [_event(row) for row in connection.execute(query)]

    def spread(
        self, one: Event, bodies: Mapping[str, bytes], now: datetime, connection: Connection
    ) -> bool:
        """Queue an event for subscribers (by id, with what each is told), once and for all.

        Within a writing transaction. Returns false, and does nothing, when another sender did it.
        """
        done = connection.execute(
            update(event).where(_E.id == one.id, _E.spread_at.is_(None)).values(spread_at=now)
        )
        if done.rowcount == 0:
            return False
        for id_, body in bodies.items():
            enqueue(connection, one.id, id_, body, now)
        return True

    def claim(self, sender: str, now: datetime, limit: int) -> list[Task]:
        """Take deliveries that are due, at most one for a subscriber, for :data:`LEASE`."""
        due = _due(now).limit(limit)
        with self._catalogue.read() as connection:  # an idle sender disturbs nobody
            if connection.execute(due).first() is None:
                return []
        with self._catalogue.write() as connection:
            rows = connection.execute(due).all()
            if rows:
                connection.execute(
                    update(event_delivery)
                    .where(_D.id.in_([row.id for row in rows]))
                    .values(lease_by=sender, lease_until=now + LEASE)
                )
            return [_task(connection, row.id) for row in rows]

    def settle(
        self,
        task: Task,
        sender: str,
        *,
        delivered_at: datetime | None = None,
        status: int | None = None,
        error: str | None = None,
        next_at: datetime | None = None,
        first_at: datetime | None = None,
        pause: str | None = None,
    ) -> bool:
        """Note what became of an attempt.

        ``delivered_at`` when it came through; ``next_at`` when it is tried again; neither when it
        is given up. ``pause`` stops the subscriber, and says why. Returns false when the lease was
        lost to another sender, who then has the say.
        """
        state = DeliveryState.DELIVERED if delivered_at else DeliveryState.WAITING
        if delivered_at is None and next_at is None:
            state = DeliveryState.DEAD
        values: dict[str, Any] = {"next_at": next_at} if next_at else {}
        with self._catalogue.write() as connection:
            done = connection.execute(
                update(event_delivery)
                .where(_D.id == task.id, _D.lease_by == sender)
                .values(
                    state=state.value, attempts=task.attempts + 1, delivered_at=delivered_at,
                    first_at=task.first_at or first_at, status=status, error=error,
                    lease_by=None, lease_until=None, **values,
                )
            )  # fmt: skip
            if done.rowcount == 0:
                return False
            if pause is not None:
                connection.execute(
                    update(subscriber)
                    .where(_S.id == task.subscriber.id, _S.state == State.ACTIVE.value)
                    .values(state=State.PAUSED.value, paused_at=first_at, reason=pause)
                )
            if state is DeliveryState.DELIVERED and task.event.notification is not None:
                _note_notification(connection, task.event, delivered_at)
        return True

    def retry(
        self,
        ids: Sequence[int] | None,
        now: datetime,
        *,
        owner: str | None = None,
        subscriber_id: str | None = None,
    ) -> int:
        """Queue dead deliveries again: those with these ids (``None``: all), of ``owner``'s
        subscribers (or anybody's) and of one subscriber (or any). Returns how many there were.
        """
        chosen: list[ColumnElement[bool]] = [_D.state == DeliveryState.DEAD.value]
        if ids is not None:
            chosen.append(_D.id.in_(ids))
        if owner is not None:
            chosen.append(_D.subscriber.in_(select(_S.id).where(_S.owner == owner)))
        if subscriber_id is not None:
            chosen.append(_D.subscriber == subscriber_id)
        with self._catalogue.write() as connection:
            done = connection.execute(
                update(event_delivery)
                .where(*chosen)
                .values(state=DeliveryState.WAITING.value, next_at=now, first_at=None)
            )
        return int(done.rowcount)

    def deliveries(
        self,
        *,
        state: DeliveryState | None = None,
        subscriber_id: str | None = None,
        owner: str | None = None,
        limit: int = 100,
    ) -> list[Delivery]:
        """Deliveries, newest first."""
        query = (
            select(
                _D.id, _E.uid.label("event"), _E.kind, _E.at, _D.subscriber, _S.address, _D.state,
                _D.attempts, _D.next_at, _D.delivered_at, _D.status, _D.error,
            )
            .join(event, _E.id == _D.event)
            .join(subscriber, _S.id == _D.subscriber)
            .order_by(_D.id.desc())
            .limit(limit)
        )  # fmt: skip
        if state is not None:
            query = query.where(_D.state == state.value)
        if subscriber_id is not None:
            query = query.where(_D.subscriber == subscriber_id)
        if owner is not None:
            query = query.where(_S.owner == owner)
        with self._catalogue.read() as connection:
            rows = connection.execute(query).all()
        return [Delivery(**{**row._mapping, "state": DeliveryState(row.state)}) for row in rows]

    def counts(self) -> dict[str, int]:
        """Deliveries by state."""
        query = select(_D.state, func.count(_D.id)).group_by(_D.state)
        with self._catalogue.read() as connection:
            found = {state: int(count) for state, count in connection.execute(query)}
        return {state.value: found.get(state.value, 0) for state in DeliveryState}

    def forget(self, before: datetime) -> None:
        """Drop deliveries that came through before an instant; the events stay."""
        old = and_(_D.state == DeliveryState.DELIVERED.value, _D.delivered_at < before)
        with self._catalogue.read() as connection:
            if connection.execute(select(_D.id).where(old).limit(1)).first() is None:
                return
        with self._catalogue.write() as connection:
            connection.execute(delete(event_delivery).where(old))


def _due(now: datetime) -> Any:
    """The next delivery of each subscriber, where it is due and nobody has it."""
    asked = _E.kind == EventKind.CONFIRMATION.value
    open_ = or_(
        and_(_S.state == State.ACTIVE.value, ~asked),
        and_(_S.state == State.UNCONFIRMED.value, asked),
    )
    first = (
        select(func.min(_D.id))
        .join(event, _E.id == _D.event)
        .join(subscriber, _S.id == _D.subscriber)
        .where(_D.state == DeliveryState.WAITING.value, open_)
        .group_by(_D.subscriber)
    )
    return (
        select(_D.id)
        .where(
            _D.id.in_(first),
            _D.next_at <= now,
            or_(_D.lease_until.is_(None), _D.lease_until <= now),
        )
        .order_by(_D.next_at, _D.id)
    )


def _task(connection: Connection, id_: int) -> Task:
    row = connection.execute(select(event_delivery).where(_D.id == id_)).one()
    what = connection.execute(select(event).where(_E.id == row.event)).one()
    whom = connection.execute(select(subscriber).where(_S.id == row.subscriber)).one()
    return Task(row.id, _event(what), subscriber_of(whom), row.body, row.attempts, row.first_at)


def _event(row: Any) -> Event:
    return Event(
        row.id, row.uid, EventKind(row.kind), row.at, row.release, row.notification, row.subject
    )


def _note_notification(connection: Connection, one: Event, now: datetime | None) -> None:
    """A notification came through when it did at all of its addresses."""
    others = select(_D.id).where(_D.event == one.id, _D.state != DeliveryState.DELIVERED.value)
    if connection.execute(others.limit(1)).first() is None:
        t = tables.notification.c
        connection.execute(
            update(tables.notification).where(t.id == one.notification).values(delivered_at=now)
        )
