"""A subscriber gets exactly one signed event for a release, also when it was down."""

from __future__ import annotations

import json
import random
import re
import sqlite3
import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import orjson
import pytest
import trustme
from click.testing import CliRunner
from listeners import (
    Clock,
    Listener,
    Mailbox,
    Received,
    free_port,
    listening,
    mail_server,
)
from released import border, release
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from hub.cli import cli
from hub.events import mail
from hub.events.facts import categories_of
from hub.events.sender import Sender, attempt, pause_after
from hub.events.spread import ask_to_confirm, spread
from hub.model.schema import StructureRef
from hub.settings import Settings
from hub.store.events import LEASE, DeliveryState
from hub.store.home import Hub
from hub.store.subscribers import Kind, State, Subscriber, Wanted, new_secret
from hub.views import views

Sends = Callable[[], int]


def subscribe(hub: Hub, url: str, **wanted: tuple[str, ...]) -> Subscriber:
    return hub.subscribers.add(Kind.WEBHOOK, url, Wanted(**wanted), owner="me")


def test_one_release_is_one_event_that_others_can_verify(
    hub: Hub, listener: Listener, sends: Sends
) -> None:
    one = subscribe(hub, listener.url)
    release(hub, [border("2025-01", "10"), border("2025-01", "7", area="DOM")], provider="MEX_UPM")
    assert sends() == 1
    assert sends() == 0
    (got,) = listener.received
    # A library that knows nothing of the hub verifies it.
    told = Webhook(one.secret).verify(got.body, got.headers)
    assert told["id"] == got.headers["webhook-id"]
    assert told["type"] == "release.published"
    (dataset,) = told["data"]["datasets"]
    assert dataset["dataflow"] == "MIGHUB:DF_MIG_BORDER(1.0.0)"
    assert dataset["observations"] == {"inserted": 2, "updated": 0, "deleted": 0}
    assert (dataset["areas"], dataset["providers"]) == (["DOM", "MEX"], ["MEX_UPM"])
    assert dataset["previous_release"] is None
    assert dataset["name"]["es"] != dataset["name"]["en"]
    with pytest.raises(WebhookVerificationError):
        Webhook(one.secret).verify(got.body + b" ", got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(one.secret).verify(got.body, {**got.headers, "webhook-id": "other"})


def test_down_for_an_hour_it_gets_each_event_once_and_in_order(
    hub: Hub, clock: Clock, sends: Sends
) -> None:
    port = free_port()
    subscribe(hub, f"http://127.0.0.1:{port}/hook")
    for month in ("2025-01", "2025-02", "2025-03"):
        release(hub, [border(month, "1")])
    began, attempts = clock.at, 0
    while clock.at - began < timedelta(hours=1):
        attempts += sends()
        clock.pass_(seconds=20)
    # Pauses grow: some eight attempts at the oldest, none at those behind it.
    assert 5 <= attempts <= 12
    with listening(port) as listener:
        clock.pass_(hours=1)
        assert sends() == 3
        clock.pass_(days=2)
        assert sends() == 0
    told = [orjson.loads(one.body) for one in listener.received]
    assert [t["data"]["release"] for t in told] == [1, 2, 3]
    assert len(set(listener.ids)) == 3


def test_a_refused_event_is_tried_again_with_the_same_id_and_bytes(
    hub: Hub, listener: Listener, clock: Clock, sends: Sends
) -> None:
    one = subscribe(hub, listener.url)
    release(hub, [border("2025-01", "1")])
    listener.answer = lambda _: (503, {"Retry-After": "7200"})
    assert sends() == 1
    clock.pass_(minutes=119)
    assert sends() == 0  # it asked for two hours
    listener.answer = lambda _: (200, {})
    clock.pass_(minutes=2)
    assert sends() == 1
    first, second = listener.received
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert int(second.headers["webhook-timestamp"]) > int(first.headers["webhook-timestamp"])
    (delivery,) = hub.events.deliveries(subscriber_id=one.id)
    assert (delivery.state, delivery.attempts) == (DeliveryState.DELIVERED, 2)


def test_given_up_after_days_it_is_paused_and_goes_on_when_resumed(
    hub: Hub, listener: Listener, clock: Clock, sends: Sends
) -> None:
    one = subscribe(hub, listener.url)
    release(hub, [border("2025-01", "1")])
    release(hub, [border("2025-02", "1")])
    listener.answer = lambda _: (500, {})
    for _ in range(3 * 24 + 2):
        sends()
        clock.pass_(hours=1)
    (dead,) = hub.events.deliveries(state=DeliveryState.DEAD)
    paused = hub.subscribers.get(one.id)
    assert (paused.state, dead.status) == (State.PAUSED, 500)
    assert "500" in (paused.reason or "")
    tried = len(listener.received)
    listener.answer = lambda _: (200, {})
    release(hub, [border("2025-03", "1")])
    assert sends() == 0  # nothing goes to who is paused
    hub.events.retry([dead.id], clock())
    hub.subscribers.resume(one.id, actor="me")
    assert sends() == 3
    told = [orjson.loads(r.body)["data"]["release"] for r in listener.received[tried:]]
    assert told == [1, 2, 3]


def test_who_answers_410_wants_no_more(hub: Hub, listener: Listener, sends: Sends) -> None:
    one = subscribe(hub, listener.url)
    release(hub, [border("2025-01", "1")])
    listener.answer = lambda _: (410, {})
    assert sends() == 1
    assert hub.subscribers.get(one.id).state is State.PAUSED


def test_filters_choose_and_narrow(hub: Hub, listener: Listener, sends: Sends) -> None:
    asked = {
        "flow": {"dataflows": ("MIGHUB:DF_MIG_RETURNS",)},
        "same flow": {"dataflows": ("MIGHUB:DF_MIG_BORDER(1.0.0)",)},
        "area": {"areas": ("DOM", "BRA")},
        "other area": {"areas": ("BRA",)},
        "provider": {"providers": ("MEX_UPM",)},
        "other provider": {"providers": ("DOM_BCRD",)},
        "structures": {"events": ("structure",)},
        "all of it": {"areas": ("DOM",), "providers": ("MEX_UPM",)},
        "not all of it": {"areas": ("DOM",), "providers": ("DOM_BCRD",)},
    }
    names = {subscribe(hub, f"{listener.url}/{n}", **w).id: n for n, w in asked.items()}
    rows = [border("2025-01", "1", area=a) for a in ("DOM", "MEX")]
    release(hub, rows, provider="MEX_UPM")
    sends()
    told = {names[d.subscriber] for d in hub.events.deliveries()}
    assert told == {"same flow", "area", "provider", "all of it"}
    # The next release touches Mexico only, though the files hold both.
    release(hub, updates=[{**rows[1], "OBS_VALUE": "2"}], provider="MEX_UPM")
    sends()
    later = hub.events.deliveries(limit=2)
    assert {names[d.subscriber] for d in later} == {"same flow", "provider"}


def test_categories_are_those_of_the_structures(hub: Hub, listener: Listener, sends: Sends) -> None:
    flow = StructureRef("MIGHUB", "DF_MIG_BORDER", "1.0.0")
    other = StructureRef("MIGHUB", "DF_MIG_STOCK", "1.0.0")
    mine = categories_of(hub.structures, flow)
    foreign = categories_of(hub.structures, other) - mine
    assert mine and foreign
    yes = subscribe(hub, listener.url, categories=tuple(mine)[:1])
    subscribe(hub, listener.url, categories=tuple(foreign))
    release(hub, [border("2025-01", "1")])
    sends()
    assert [d.subscriber for d in hub.events.deliveries()] == [yes.id]


def test_a_computed_dataset_is_told_to_who_names_it(
    hub: Hub, listener: Listener, sends: Sends
) -> None:
    flow = StructureRef("MIGHUB", "DF_MIG_BORDER", "1.0.0")
    view = next(view for view in views() if flow in view.inputs)
    subscribe(hub, listener.url, dataflows=(str(view.dataflow),))
    release(hub, [border("2025-01", "1")])
    assert sends() == 1
    (dataset,) = orjson.loads(listener.received[0].body)["data"]["datasets"]
    assert dataset["dataflow"] == str(view.dataflow)
    assert dataset["computed_from"] == [str(flow)]
    assert (dataset["observations"], dataset["areas"]) == (None, ["MEX"])


def test_what_happened_before_is_not_told(hub: Hub, listener: Listener, sends: Sends) -> None:
    release(hub, [border("2025-01", "1")])
    subscribe(hub, listener.url)  # before the sender looked at the release
    assert sends() == 0
    release(hub, [border("2025-02", "1")])
    assert sends() == 1


def test_a_release_that_does_not_come_about_is_no_event(
    hub: Hub, listener: Listener, sends: Sends
) -> None:
    subscribe(hub, listener.url)
    submission = hub.submissions.add(
        filename="a", sha256="0" * 64, size=1, format_=None, connector=None
    )
    with pytest.raises(RuntimeError), hub.catalogue.write() as connection:
        hub.releases.publish(connection, submission.id, [])
        raise RuntimeError
    assert sends() == 0


def test_two_senders_share_a_queue(hub: Hub, listener: Listener, clock: Clock) -> None:
    subscribe(hub, listener.url)
    release(hub, [border("2025-01", "1")])
    clock.at = datetime.now(UTC)
    one, two = Sender(hub, clock, name="one"), Sender(hub, clock, name="two")
    spread(hub, clock())
    spread(hub, clock())  # nothing more
    (task,) = hub.events.claim("one", clock(), 8)
    assert two.run_due() == 0  # the other has it
    one.one(task)
    assert two.run_due() == 0
    assert len(listener.received) == 1


def test_who_dies_after_the_answer_repeats_it_under_the_same_id(
    hub: Hub, listener: Listener, clock: Clock
) -> None:
    subscribe(hub, listener.url)
    release(hub, [border("2025-01", "1")])
    clock.at = datetime.now(UTC)
    spread(hub, clock())
    (task,) = hub.events.claim("dead", clock(), 8)
    assert attempt(hub.settings, task, clock()).ok  # and dies before it notes so
    alive = Sender(hub, clock)
    assert alive.run_due() == 0
    clock.at += LEASE
    assert alive.run_due() == 1
    assert len(set(listener.ids)) == 1
    # Should the first one live after all: what it says comes too late and changes nothing.
    assert not hub.events.settle(task, "dead", error="late", next_at=clock())
    assert alive.run_due() == 0


def test_pauses_double_up_to_an_hour_and_differ() -> None:
    first = timedelta(seconds=30)
    longest = [pause_after(n, first, lambda: 1.0).total_seconds() for n in range(1, 12)]
    assert longest[:4] == [30, 60, 120, 240]
    assert longest[-1] == pause_after(10_000, first, lambda: 1.0).total_seconds() == 3600
    assert pause_after(1, first, lambda: 0.0).total_seconds() == 15


def test_a_new_secret_overlaps_with_the_former(
    hub: Hub, listener: Listener, clock: Clock, sends: Sends
) -> None:
    one = subscribe(hub, listener.url)
    new = hub.subscribers.rotate(one.id, actor="me", now=clock())
    release(hub, [border("2025-01", "1")])
    sends()
    (got,) = listener.received
    for secret in (one.secret, new):
        Webhook(secret).verify(got.body, got.headers)
    clock.pass_(hours=25)
    release(hub, [border("2025-02", "1")])
    sends()
    _, late = listener.received
    assert len(late.headers["webhook-signature"].split()) == 1


def test_https_is_verified(hub: Hub, clock: Clock) -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with listening(tls=server) as listener:
        subscribe(hub, listener.url)
        release(hub, [border("2025-01", "1")])
        clock.at = datetime.now(UTC)
        Sender(hub, clock).run_due()
        (failed,) = hub.events.deliveries()
        assert "certificate" in (failed.error or "")
        assert listener.received == []
        clock.pass_(hours=1)
        Sender(hub, clock, trusting).run_due()
        assert len(listener.received) == 1


# -- e-mail ------------------------------------------------------------------------------------


def by_mail(hub: Hub, clock: Clock, language: str = "es") -> Subscriber:
    with hub.catalogue.write() as connection:
        one = hub.subscribers.add(
            Kind.EMAIL, "ana@example.org", Wanted(), owner="me", language=language,
            connection=connection, now=clock(),
        )  # fmt: skip
        ask_to_confirm(hub, connection, one, clock())
    return one


def test_a_mail_address_is_asked_first_and_told_once(
    hub: Hub, mailbox: Mailbox, clock: Clock, sends: Sends
) -> None:
    one = by_mail(hub, clock)
    release(hub, [border("2025-01", "1")])
    assert sends() == 1
    (question,) = mailbox.mails
    text = question.get_content()
    assert f"/subscriptions/{one.id}/confirm/{one.token('confirm')}" in text
    assert "¿Quiere" in question["Subject"]
    hub.subscribers.confirm(one.id, one.token("confirm"), clock())
    release(hub, [border("2025-02", "1")])
    clock.pass_(seconds=1)
    assert sends() == 1  # the release before it agreed is not told
    news = mailbox.mails[1]
    assert news["Subject"].startswith("Datos nuevos")
    body = news.get_body(("plain",))
    assert body is not None and "1 observaciones nuevas" in body.get_content()
    (attached,) = news.iter_attachments()
    told = orjson.loads(attached.get_content())
    assert told["data"]["release"] == 2
    assert told["id"] in news["Message-ID"]
    assert one.token("leave") in news["List-Unsubscribe"]
    assert sends() == 0


def test_a_mail_server_that_was_down_gets_each_mail_once(
    hub: Hub, mail_port: int, clock: Clock, sends: Sends
) -> None:
    one = by_mail(hub, clock)
    hub.subscribers.confirm(one.id, one.token("confirm"), clock())
    release(hub, [border("2025-01", "1")])
    for _ in range(6):
        sends()
        clock.pass_(minutes=10)
    mailbox = Mailbox()
    with mail_server(mail_port, mailbox):
        mailbox.refuse = "450 try later"
        clock.pass_(hours=1)
        assert sends() == 1
        assert hub.events.deliveries(state=DeliveryState.WAITING)[0].status == 450
        mailbox.refuse = None
        clock.pass_(hours=1)
        assert sends() == 1
        clock.pass_(hours=1)
        assert sends() == 0
    assert len(mailbox.mails) == 1


def test_the_question_is_open_for_seven_days(hub: Hub, clock: Clock) -> None:
    one = by_mail(hub, clock)
    with pytest.raises(Exception, match="nothing to confirm"):
        hub.subscribers.confirm(one.id, "0" * 40, clock())
    clock.pass_(days=8)
    with pytest.raises(Exception, match="nothing to confirm"):
        hub.subscribers.confirm(one.id, one.token("confirm"), clock())
    assert hub.subscribers.get(one.id).state is State.UNCONFIRMED


def test_a_password_needs_tls(settings: Settings, mailbox: Mailbox) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "a@example.org", "b@example.org"
    message.set_content("x")
    url = settings.smtp_url.replace("//", "//ana:secret@")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mail, "_is_here", lambda host: False)
        done = mail.deliver(replace(settings, smtp_url=url), message)
    assert not done.ok
    assert mailbox.mails == []


# -- the documentation -------------------------------------------------------------------------


def test_the_documented_checks_work(hub: Hub, listener: Listener, sends: Sends) -> None:
    """The code of docs/notifications.md, as it stands there."""
    text = (Path(__file__).parents[2] / "docs" / "notifications.md").read_text("utf-8")
    found: dict[str, Any] = {}
    for code in re.findall(r"```python\n(.*?)```", text, re.S):
        exec(code, found)
    one = subscribe(hub, listener.url)
    release(hub, [border("2025-01", "1")])
    sends()
    (got,) = listener.received
    is_from_hub, receive = found["is_from_hub"], found["receive"]
    assert is_from_hub(one.secret, got.headers, got.body)
    assert not is_from_hub(one.secret, got.headers, got.body + b" ")
    assert not is_from_hub(new_secret(), got.headers, got.body)
    assert not is_from_hub(one.secret, got.headers, got.body, tolerance=-1)
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE seen (id TEXT PRIMARY KEY)")
    worked: list[bytes] = []
    for _ in range(3):
        receive(database, got.headers, got.body, worked.append)
    assert worked == [got.body]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_goes_wrong_each_event_is_taken_once_and_in_order(
    hub: Hub, listener: Listener, clock: Clock, seed: int
) -> None:
    """Two senders, a subscriber that fails at random: one success for each event, no more."""
    chance = random.Random(seed)
    taken: dict[str, list[int]] = {}

    def answer(got: Received) -> tuple[int, dict[str, str]]:
        status = chance.choice([200, 204, 400, 404, 429, 500, 503, 302])
        if status < 300:
            release_ = orjson.loads(got.body)["data"]["release"]
            taken.setdefault(got.path, []).append(release_)
        headers = {"Retry-After": chance.choice(["0", "30", "soon"])} if status == 429 else {}
        return status, headers

    listener.answer = answer
    for n in range(2):
        subscribe(hub, f"{listener.url}/{n}")
    senders = [Sender(hub, clock, name=f"sender {n}") for n in range(2)]
    clock.at = datetime.now(UTC)
    for n in range(4):
        release(hub, [border(f"2025-{n + 1:02}", "1")])
    while hub.events.counts()["waiting"] or hub.events.unspread():
        clock.pass_(minutes=chance.choice([0, 1, 30, 61]))
        chance.choice(senders).run_due()
    assert hub.events.counts() == {"waiting": 0, "delivered": 8, "dead": 0}
    assert list(taken.values()) == [[1, 2, 3, 4]] * 2


# -- the command -------------------------------------------------------------------------------


def test_the_command_shows_what_did_not_come_through(
    hub: Hub, listener: Listener, clock: Clock, sends: Sends, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = subscribe(hub, listener.url)
    release(hub, [border("2025-01", "1")])
    listener.answer = lambda _: (410, {})
    sends()
    monkeypatch.setenv("HUB_HOME", str(hub.settings.home))
    runner = CliRunner()

    def told(*command: str) -> Any:
        done = runner.invoke(cli, ["events", *command])
        assert done.exit_code == 0, done.output
        return json.loads(done.output) if "json" in command else done.output

    (dead,) = told("list", "--state", "dead", "--format", "json")
    assert (dead["subscription"], dead["status"]) == (one.id, 410)
    (paused,) = told("subscribers", "--format", "json")
    assert (paused["state"], one.secret in json.dumps(paused)) == ("paused", False)
    assert "410" in told("list")
    assert one.id in told("subscribers")
    assert "1 notifications" in told("resume", one.id)
    listener.answer = lambda _: (200, {})
    clock.pass_(hours=2)
    assert sends() == 1
    assert "0 notifications" in told("retry")
    assert runner.invoke(cli, ["events", "resume", "nobody"]).exit_code == 1
