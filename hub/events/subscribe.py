"""Making a subscription, and trying one out."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from hub.errors import Conflict, HubError, NotImplementedByHub, SemanticError
from hub.events.address import check
from hub.events.facts import categories_of
from hub.events.mail import can_mail
from hub.events.outcome import Outcome
from hub.events.sender import attempt
from hub.events.spread import TYPES, ask_to_confirm, body_of
from hub.model.schema import StructureRef
from hub.store.events import Event, EventKind, Task
from hub.store.home import Hub
from hub.store.subscribers import Kind, State, Subscriber, Wanted
from hub.structures.kinds import key_of
from hub.structures.repository import StructureSet

__all__ = ["EVENTS", "LANGUAGES", "MOST", "ping", "subscribe"]

#: Kinds of events that can be asked for, and languages of mails.
EVENTS = (EventKind.RELEASE.value, EventKind.STRUCTURE.value, EventKind.REGISTRATION.value)
LANGUAGES = ("en", "es")

#: Subscriptions of one person or key.
MOST = 100

_LABEL = 200


def subscribe(
    hub: Hub,
    kind: Kind,
    address: str,
    wanted: Wanted,
    *,
    owner: str,
    now: datetime,
    label: str = "",
    language: str = "en",
) -> Subscriber:
    """Make a subscription; the holder of an e-mail address is asked first.

    Raises ``SemanticError`` for an address that cannot be used or a filter that nothing will ever
    fit, ``NotImplementedByHub`` when this hub sends no mail, ``Conflict`` for too many.
    """
    if kind is Kind.WEBHOOK:
        check(address, private=bool(hub.settings.webhook_private))
    elif not can_mail(hub.settings):
        raise NotImplementedByHub(
            "This hub sends no mail: its operator has to set HUB_SMTP_URL, HUB_MAIL_FROM and "
            "HUB_PUBLIC_URL."
        )
    if language not in LANGUAGES:
        raise SemanticError(f"Mails are in {' or '.join(LANGUAGES)}, not in {language!r}.")
    label = " ".join(label.split())
    if len(label) > _LABEL or not label.isprintable():
        raise SemanticError(f"A label has up to {_LABEL} characters.")
    check_wanted(hub.structures, wanted)
    if len(hub.subscribers.all(owner=owner)) >= MOST:
        raise Conflict(f"There are {MOST} subscriptions already. Delete one that is not needed.")
    with hub.catalogue.write() as connection:
        made = hub.subscribers.add(
            kind, address, wanted, owner=owner, label=label, language=language,
            connection=connection, now=now,
        )  # fmt: skip
        if kind.by_mail:
            ask_to_confirm(hub, connection, made, now)
    return made


def check_wanted(structures: StructureSet, wanted: Wanted) -> None:
    """Raise ``SemanticError`` for a name in a filter that the hub does not know."""
    if not wanted.events:
        raise SemanticError(f"Say which events: {', '.join(EVENTS)}.")
    _known("event", wanted.events, EVENTS)
    for text in wanted.dataflows:
        _dataflow(structures, text)
    if wanted.categories:
        flows = (key_of(f).ref for f in structures.dataflows())
        _known(
            "category", wanted.categories, {c for f in flows for c in categories_of(structures, f)}
        )
    if wanted.providers:
        schemes = structures.of_kind("dataproviderscheme")
        _known("data provider", wanted.providers, {i for s in schemes for i in s.items})
    if wanted.areas:
        _known("reporting area", wanted.areas, set(_areas(structures)))


def _dataflow(structures: StructureSet, text: str) -> None:
    agency, _, name = text.partition(":")
    try:
        if "(" in name:
            ref = StructureRef.parse(text)
            structures.dataflow(ref.agency, ref.id, ref.version)
        else:
            structures.dataflow(agency, name, None)
    except (HubError, ValueError):
        raise SemanticError(
            f"The hub has no dataflow {text}. Write AGENCY:ID or AGENCY:ID(VERSION)."
        ) from None


def _areas(structures: StructureSet) -> Iterator[str]:
    lists: dict[StructureRef, None] = {}
    for flow in structures.dataflows():
        ref = key_of(flow).ref
        try:
            schema = structures.dataflow(ref.agency, ref.id, ref.version)
        except HubError:
            continue  # a dataflow without its structure has no areas
        component = schema.by_id.get("REF_AREA")
        if component is not None and component.codelist is not None:
            lists[component.codelist] = None
    for codelist in lists:
        yield from structures.labels(codelist, "en")


def _known(what: str, asked: Sequence[str], known: Sequence[str] | set[str]) -> None:
    for text in asked:
        if text not in known:
            raise SemanticError(f"The hub knows no {what} {text!r}.")


def ping(hub: Hub, subscriber: Subscriber, now: datetime) -> Outcome:
    """Send a test at once, past the queue. Raises ``Conflict`` for who has not confirmed."""
    if subscriber.state is State.UNCONFIRMED:
        raise Conflict("The holder of the address has not confirmed yet.")
    uid = f"evt_{uuid.uuid4().hex}"
    data: Mapping[str, Any] = {"subscription": subscriber.id}
    body = body_of(hub, uid, TYPES[EventKind.PING], now, dict(data))
    event = Event(0, uid, EventKind.PING, now, None, None, None)
    return attempt(hub.settings, Task(0, event, subscriber, body, 0, None), now)
