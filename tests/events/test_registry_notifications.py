"""Subscriptions by registry message are served too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from listeners import Listener, Mailbox
from lxml import etree
from sdmx.model.common import Agency, Code, Codelist
from sqlalchemy import select

from hub.store import tables
from hub.store.home import Hub
from hub.store.subscribers import Kind, State, Wanted
from hub.structures.registry_model import Address, Selector, Subscription
from hub.structures.submission import Change, StructureAction

Sends = Callable[[], int]


def change(hub: Hub) -> None:
    made: Codelist = Codelist(id="CL_X", version="1.0", name={"en": "X"}, maintainer=None)
    made.maintainer = Agency(id="OTHER")
    made.is_final = made.is_external_reference = False
    made.append(Code(id="A", name={"en": "A"}))
    outcome = hub.maintain([Change.of(made, StructureAction.APPEND)], actor="me")
    assert outcome.changed


def test_a_notification_reaches_all_addresses(
    hub: Hub, listener: Listener, mailbox: Mailbox, sends: Sends, clock: Callable[[], object]
) -> None:
    addresses = (Address("http", listener.url), Address("mail", "mailto:ana@example.org"))
    one = Subscription(
        "", "urn:sdmx:org.sdmx.infomodel.base.Agency=SDMX:AGENCIES(1.0).OTHER", None, addresses,
        date(2020, 1, 1), date(2099, 1, 1), (Selector("structure", ("OTHER",)),),
    )  # fmt: skip
    hub.subscriptions.submit(((StructureAction.APPEND, one),), actor="me")
    change(hub)
    assert sends() == 2  # the webhook, and the question to the mailbox
    (got,) = listener.received
    assert got.headers["content-type"] == "application/xml"
    assert b"NotifyRegistryEvent" in got.body
    assert etree.fromstring(got.body) is not None
    assert len(mailbox.mails) == 1
    (mailer,) = [s for s in hub.subscribers.all() if s.kind is Kind.SDMX_MAIL]
    assert mailer.state is State.UNCONFIRMED
    assert _delivered(hub) == [False]
    hub.subscribers.confirm(mailer.id, mailer.token("confirm"), clock())  # type: ignore[arg-type]
    assert sends() == 1  # what was to be told all along
    (attached,) = mailbox.mails[1].iter_attachments()
    assert b"NotifyRegistryEvent" in attached.get_payload(decode=True)
    assert _delivered(hub) == [True]
    (entry,) = hub.subscriptions.of(None)
    hub.subscriptions.submit(((StructureAction.DELETE, entry),), actor="me")
    assert hub.subscribers.all() == []


def _delivered(hub: Hub) -> list[bool]:
    with hub.catalogue.read() as connection:
        found = connection.execute(select(tables.notification.c.delivered_at)).scalars()
        return [at is not None for at in found]


def test_structures_are_told_to_who_wants_them(hub: Hub, listener: Listener, sends: Sends) -> None:

    hub.subscribers.add(Kind.WEBHOOK, listener.url, Wanted(("structure",)), owner="me")
    hub.subscribers.add(
        Kind.WEBHOOK, listener.url, Wanted(("structure",), ("MIGHUB:DF_MIG_BORDER",)), owner="me"
    )
    change(hub)
    assert sends() == 1  # the list is no part of that dataflow
    assert b"codelist.Codelist=OTHER:CL_X(1.0)" in listener.received[0].body
