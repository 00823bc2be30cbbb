"""Subscribers: who is told of events, where, and of which.

A webhook is told from the moment it is entered. An e-mail address is told once its holder agreed
(double opt-in): until then only the question goes there. What a subscription by registry message
names becomes a subscriber for each address, when it is first to be notified.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import uuid
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import Connection, delete, insert, select, update

from hub.errors import Conflict, NotFound, SemanticError
from hub.store import audit
from hub.store.catalogue import Catalogue
from hub.store.tables_events import event_delivery, subscriber

__all__ = [
    "CONFIRMED_WITHIN",
    "Kind",
    "State",
    "Subscriber",
    "Subscribers",
    "Wanted",
    "everybody",
    "forget_registered",
    "subscriber_of",
]

#: How long the question of an unconfirmed address is open.
CONFIRMED_WITHIN = timedelta(days=7)

#: How long signatures are made with the former secret too, so that receivers can change over.
OVERLAP = timedelta(hours=24)

_MAIL = re.compile(r"[^@\s<>()\[\],;:\"\\]{1,64}@[A-Za-z0-9.-]{1,250}\.[A-Za-z0-9-]{2,63}", re.A)

_S = subscriber.c


class Kind(StrEnum):
    """How a subscriber is told; the last two are addresses of subscriptions by message."""

    WEBHOOK = "webhook"
    EMAIL = "email"
    SDMX_HTTP = "sdmx-http"
    SDMX_MAIL = "sdmx-mail"

    @property
    def by_mail(self) -> bool:
        """Whether by e-mail."""
        return self in (Kind.EMAIL, Kind.SDMX_MAIL)


class State(StrEnum):
    """Whether a subscriber is told. What happens while it is paused waits for it."""

    UNCONFIRMED = "unconfirmed"
    ACTIVE = "active"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events. Empty is any; of several, an event must fit each that is not empty.

    ``events`` are kinds of events; ``dataflows`` ``AGENCY:ID`` or ``AGENCY:ID(VERSION)``;
    ``categories`` ``AGENCY:SCHEME(VERSION).PATH``; ``providers`` ids of data providers; ``areas``
    codes of REF_AREA.
    """

    events: tuple[str, ...] = ("release",)
    dataflows: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()

    @classmethod
    def of(cls, given: dict[str, Any]) -> Self:
        """From JSON, as :meth:`to_dict` makes it; what is not given is its default."""
        names = {f.name for f in fields(cls)}
        return cls(**{name: tuple(values) for name, values in given.items() if name in names})

    def to_dict(self) -> dict[str, list[str]]:
        """As JSON states it."""
        return {f.name: list(getattr(self, f.name)) for f in fields(self)}


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who is told. ``address`` is a URL or an e-mail address, ``language`` that of mails.

    ``owner`` is the id of who made it. ``active_since`` is when it began to be told: earlier
    events are not for it. ``reason`` says why it is paused.
    """

    id: str
    kind: Kind
    address: str
    label: str
    language: str
    wanted: Wanted
    owner: str
    state: State
    created_at: datetime
    active_since: datetime | None = None
    paused_at: datetime | None = None
    reason: str | None = None
    registered: str | None = None
    secret: str = field(default="", repr=False)
    old_secret: str | None = field(default=None, repr=False)
    old_secret_until: datetime | None = None

    def secrets(self, now: datetime) -> list[str]:
        """What to sign with: the secret, and the former one while receivers change over."""
        if self.old_secret and self.old_secret_until and now < self.old_secret_until:
            return [self.secret, self.old_secret]
        return [self.secret]

    def token(self, purpose: str) -> str:
        """What proves that a reader of its mail asks: nobody else can know it."""
        made = hmac.new(self.secret.encode(), f"{purpose}.{self.id}".encode(), hashlib.sha256)
        return made.hexdigest()[:40]

    def is_token(self, purpose: str, token: str) -> bool:
        """Whether a text is the token."""
        return hmac.compare_digest(self.token(purpose).encode(), token.encode())


def new_secret() -> str:
    """A secret nobody can guess, spelled as Standard Webhooks has it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


class Subscribers:
    """Reads and writes subscribers."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def all(self, *, owner: str | None = None) -> list[Subscriber]:
        """Everybody, or those of one owner, oldest first."""
        with self._catalogue.read() as connection:
            return everybody(connection, owner=owner)

    def get(self, id_: str) -> Subscriber:
        """One of them; ``NotFound`` when there is none with this id."""
        with self._catalogue.read() as connection:
            return _get(connection, id_)

    def add(
        self,
        kind: Kind,
        address: str,
        wanted: Wanted,
        *,
        owner: str,
        label: str = "",
        language: str = "en",
        registered: str | None = None,
        connection: Connection | None = None,
        now: datetime | None = None,
    ) -> Subscriber:
        """Enter a subscriber; one that is told by e-mail is to confirm first.

        Raises ``SemanticError`` for what is no e-mail address. Whether a URL may be called is for
        the caller to know.
        """
        if kind.by_mail and _MAIL.fullmatch(address) is None:
            raise SemanticError(f"{address} is no e-mail address.")
        when = now or datetime.now(UTC)
        state = State.UNCONFIRMED if kind.by_mail else State.ACTIVE
        made = Subscriber(
            str(uuid.uuid4()), kind, address, label, language, wanted, owner, state, when,
            when if state is State.ACTIVE else None, registered=registered, secret=new_secret(),
        )  # fmt: skip
        if connection is not None:
            return _insert(connection, made)
        with self._catalogue.write() as own:
            return _insert(own, made)

    def confirm(self, id_: str, token: str, now: datetime) -> Subscriber:
        """The holder of an address agreed.

        Raises ``NotFound`` when this was never asked, or too long ago, in the same words.
        """
        with self._catalogue.write() as connection:
            one = _get(connection, id_)
            late = one.state is State.UNCONFIRMED and now - one.created_at > CONFIRMED_WITHIN
            if late or not one.is_token("confirm", token):
                raise NotFound("There is nothing to confirm here, or it was too long ago.")
            if one.state is State.UNCONFIRMED:
                _change(connection, id_, state=State.ACTIVE.value, active_since=now)
                audit.append(connection, one.owner, "subscriber.confirmed", id_)
            return _get(connection, id_)

    def rotate(self, id_: str, *, actor: str, now: datetime) -> str:
        """A new secret, which is returned; the former one signs too for a day."""
        made = new_secret()
        with self._catalogue.write() as connection:
            one = _get(connection, id_)
            _change(
                connection, id_, secret=made, old_secret=one.secret, old_secret_until=now + OVERLAP
            )
            audit.append(connection, actor, "subscriber.secret", id_)
        return made

    def resume(self, id_: str, *, actor: str) -> Subscriber:
        """Tell a paused subscriber again; what waited goes out in order."""
        with self._catalogue.write() as connection:
            one = _get(connection, id_)
            if one.state is State.UNCONFIRMED:
                raise Conflict("The holder of the address has not confirmed yet.")
            _change(connection, id_, state=State.ACTIVE.value, paused_at=None, reason=None)
            audit.append(connection, actor, "subscriber.resumed", id_)
            return _get(connection, id_)

    def pause(self, id_: str, reason: str, *, actor: str, now: datetime) -> Subscriber:
        """Tell a subscriber nothing until it is resumed; what happens meanwhile waits."""
        with self._catalogue.write() as connection:
            one = _get(connection, id_)
            if one.state is State.UNCONFIRMED:
                raise Conflict("The holder of the address has not confirmed yet.")
            _change(connection, id_, state=State.PAUSED.value, paused_at=now, reason=reason)
            audit.append(connection, actor, "subscriber.paused", id_)
            return _get(connection, id_)

    def remove(self, id_: str, *, actor: str) -> None:
        """Forget a subscriber and what was queued for it."""
        with self._catalogue.write() as connection:
            one = _get(connection, id_)
            _remove(connection, id_)
            audit.append(connection, actor, "subscriber.removed", id_, {"kind": one.kind.value})


def everybody(
    connection: Connection, *, owner: str | None = None, registered: str | None = None
) -> list[Subscriber]:
    """Subscribers, oldest first: of one owner, or of one subscription by message."""
    query = select(subscriber).order_by(_S.created_at, _S.id)
    if owner is not None:
        query = query.where(_S.owner == owner)
    if registered is not None:
        query = query.where(_S.registered == registered)
    return [subscriber_of(row) for row in connection.execute(query)]


def forget_registered(connection: Connection, urn: str) -> None:
    """Forget the addresses of a subscription by message that was deleted or replaced."""
    for one in everybody(connection, registered=urn):
        _remove(connection, one.id)


def subscriber_of(row: Any) -> Subscriber:
    """The subscriber of a row of its table."""
    values = dict(row._mapping)
    return Subscriber(
        **{
            **values,
            "kind": Kind(row.kind),
            "state": State(row.state),
            "wanted": Wanted.of(row.wanted),
        }
    )


def _get(connection: Connection, id_: str) -> Subscriber:
    row = connection.execute(select(subscriber).where(_S.id == id_)).one_or_none()
    if row is None:
        raise NotFound("There is no such subscription.")
    return subscriber_of(row)


def _insert(connection: Connection, one: Subscriber) -> Subscriber:
    values = {f.name: getattr(one, f.name) for f in fields(one)}
    values |= {
        "kind": one.kind.value, "state": one.state.value, "wanted": one.wanted.to_dict(),
    }  # fmt: skip
    connection.execute(insert(subscriber).values(values))
    detail = {"kind": one.kind.value, "wanted": one.wanted.to_dict()}
    audit.append(connection, one.owner, "subscriber.added", one.id, detail)
    return one


def _change(connection: Connection, id_: str, **values: Any) -> None:
    connection.execute(update(subscriber).where(_S.id == id_).values(**values))


def _remove(connection: Connection, id_: str) -> None:
    connection.execute(delete(event_delivery).where(event_delivery.c.subscriber == id_))
    connection.execute(delete(subscriber).where(_S.id == id_))
