"""Whom an event concerns, and what each is told.

What a subscriber is told is fixed when the event is spread: every attempt sends the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from hub.errors import NotFound
from hub.events.facts import Changed, categories_of, changed
from hub.events.links import changes_path, dataset_path, instant, link
from hub.model.schema import StructureRef
from hub.store.events import Event, EventKind, enqueue, note
from hub.store.home import Hub
from hub.store.subscribers import Kind, Subscriber, Wanted, everybody
from hub.structures.kinds import Key, key_of, parse_urn
from hub.structures.repository import StructureSet

__all__ = ["TYPES", "ask_to_confirm", "body_of", "spread"]

#: How events are called in what subscribers get.
TYPES = {
    EventKind.RELEASE: "release.published",
    EventKind.STRUCTURE: "structure.changed",
    EventKind.REGISTRATION: "registration.changed",
    EventKind.CONFIRMATION: "subscription.confirmation",
    EventKind.PING: "ping",
}
#: Languages of names in events.
_LANGUAGES = ("en", "es")


def spread(hub: Hub, now: datetime) -> int:
    """Queue all new events for whom they concern; returns how many events there were.

    One that cannot be looked at (no memory, a store that is away) is left for later and raised
    when the others are done.
    """
    done = last = 0
    failed: Exception | None = None
    while events := hub.events.unspread(last):
        for one in events:
            try:
                _spread(hub, one, now)
                done += 1
            except Exception as error:
                failed = failed or error
            last = one.id
    if failed is not None:
        raise failed
    return done


def _spread(hub: Hub, one: Event, now: datetime) -> None:
    facts, structures = _facts(hub, one), hub.structures
    with hub.catalogue.write() as connection:
        if one.kind is EventKind.SDMX:
            _spread_sdmx(hub, connection, one, now)
            return
        told = {
            subscriber.id: body
            for subscriber in everybody(connection)
            if _listens(subscriber, one)
            and (body := _told(hub, structures, one, facts, subscriber.wanted)) is not None
        }
        hub.events.spread(one, told, now, connection)


def _facts(hub: Hub, one: Event) -> list[Changed]:
    """What a release changed; looked at outside of the transaction, and only for somebody."""
    if one.release is None or not any(_listens(s, one) for s in hub.subscribers.all()):
        return []
    return changed(hub, one.release)


def _listens(subscriber: Subscriber, one: Event) -> bool:
    """Whether a subscriber was there when it happened and wants events of this kind at all."""
    return (
        subscriber.registered is None
        and subscriber.active_since is not None
        and subscriber.active_since <= one.at
        and one.kind.value in subscriber.wanted.events
    )


def _told(
    hub: Hub, structures: StructureSet, one: Event, facts: list[Changed], wanted: Wanted
) -> bytes | None:
    """What a subscriber is told; ``None`` when the event does not concern it."""
    data: dict[str, Any]
    if one.kind is EventKind.RELEASE:
        datasets = [c for c in facts if _wants(structures, wanted, c)]
        if not datasets:
            return None
        data = {
            "release": one.release,
            "datasets": [_dataset(hub, structures, c) for c in datasets],
        }
    elif one.kind is EventKind.STRUCTURE:
        listed = [s for s in one.subject["structures"] if _concerns(structures, wanted, s["urn"])]
        if not listed:
            return None
        data = {"structures": listed}
    else:
        if not _wants_registration(structures, wanted, one.subject["agreement"]):
            return None
        data = {"registration": one.subject}
    return body_of(hub, one.uid, TYPES[one.kind], one.at, data)


def body_of(hub: Hub, uid: str, type_: str, at: datetime, data: dict[str, Any]) -> bytes:
    """The JSON of an event."""
    return orjson.dumps(
        {
            "id": uid, "type": type_, "timestamp": instant(at), "hub": hub.settings.sender,
            "data": data,
        }
    )  # fmt: skip


def _dataset(hub: Hub, structures: StructureSet, one: Changed) -> dict[str, Any]:
    flow = structures.get("dataflow", one.dataflow)
    return {
        "dataflow": str(one.dataflow),
        "name": {language: structures.name(flow, language) for language in _LANGUAGES},
        "observations": None if one.counts is None else dict(one.counts),
        "areas": sorted(one.areas),
        "providers": sorted(one.providers),
        "computed_from": [str(ref) for ref in one.computed_from],
        "previous_release": None if one.before is None else instant(one.before),
        "changes": link(hub.settings, changes_path(one.dataflow, one.before)),
        "page": link(hub.settings, dataset_path(one.dataflow)),
    }


def _wants(structures: StructureSet, wanted: Wanted, one: Changed) -> bool:
    """Whether a dataset is told; a computed one only to who asks for it by name or category."""
    if one.computed_from and not (wanted.dataflows or wanted.categories):
        return False
    return (
        _is_flow(wanted, one.dataflow)
        and _is_category(structures, wanted, one.dataflow)
        and (not wanted.providers or not one.providers.isdisjoint(wanted.providers))
        and (not wanted.areas or not one.areas.isdisjoint(wanted.areas))
    )


def _is_flow(wanted: Wanted, ref: StructureRef) -> bool:
    names = {str(ref), f"{ref.agency}:{ref.id}"}
    return not wanted.dataflows or not names.isdisjoint(wanted.dataflows)


def _is_category(structures: StructureSet, wanted: Wanted, ref: StructureRef) -> bool:
    if not wanted.categories:
        return True
    return not categories_of(structures, ref).isdisjoint(wanted.categories)


def _concerns(structures: StructureSet, wanted: Wanted, urn: str) -> bool:
    """Whether a changed artefact is one of the dataflows wanted or part of what they are made of.

    Providers and areas are of data: they leave no structure out.
    """
    if not wanted.dataflows and not wanted.categories:
        return True
    key, _ = parse_urn(urn)
    flows = [
        k for k in _flows(structures, key)
        if _is_flow(wanted, k.ref) and _is_category(structures, wanted, k.ref)
    ]  # fmt: skip
    return bool(flows)


def _flows(structures: StructureSet, key: Key) -> Iterator[Key]:
    """The dataflows that an artefact is, or is part of."""
    if key.kind == "dataflow":
        yield key  # also one that is no longer there
        return
    yield from (k for k in structures.graph.closure([key], ["ancestors"]) if k.kind == "dataflow")


def _wants_registration(structures: StructureSet, wanted: Wanted, agreement: str) -> bool:
    try:
        found = structures.get("provisionagreement", StructureRef.parse(agreement))
    except NotFound:
        return wanted == Wanted(events=wanted.events)  # nobody can tell what it was about
    ref = key_of(found.structure_usage).ref
    return (
        _is_flow(wanted, ref)
        and _is_category(structures, wanted, ref)
        and (not wanted.providers or str(found.data_provider.id) in wanted.providers)
    )


def _spread_sdmx(hub: Hub, connection: Connection, one: Event, now: datetime) -> None:
    """Queue a notification for each address that its subscription has now."""
    assert one.notification is not None
    subscription, owner, payload = hub.subscriptions.notified(connection, one.notification)
    told: dict[str, bytes] = {}
    addresses = () if subscription is None else subscription.addresses
    urn = "" if subscription is None else subscription.urn
    known = {(s.kind, s.address): s for s in everybody(connection, registered=urn)}
    for address in addresses:
        kind = Kind.SDMX_MAIL if address.kind == "mail" else Kind.SDMX_HTTP
        url = address.url.removeprefix("mailto:")
        subscriber = known.get((kind, url))
        if subscriber is None:
            subscriber = hub.subscribers.add(
                kind, url, Wanted(), owner=owner, registered=urn, connection=connection, now=now
            )
            if kind.by_mail:
                ask_to_confirm(hub, connection, subscriber, now)
        told[subscriber.id] = payload
    hub.events.spread(one, told, now, connection)


def ask_to_confirm(hub: Hub, connection: Connection, subscriber: Subscriber, now: datetime) -> None:
    """Queue the question whether the holder of an address wants to be told."""
    uid, id_ = note(connection, EventKind.CONFIRMATION, now, spread_at=now)
    data = {"subscription": subscriber.id}
    body = body_of(hub, uid, TYPES[EventKind.CONFIRMATION], now, data)
    enqueue(connection, id_, subscriber.id, body, now)
