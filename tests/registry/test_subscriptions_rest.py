"""Subscriptions over HTTP: the API, the pages, the feed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import feedparser
import pytest
from flask.testing import FlaskClient
from released import border, release

from hub.events.sender import Sender
from hub.store.home import Hub
from hub.store.keys import Role
from hub.store.subscribers import State
from registry.app import create_app

ADMIN = {"X-API-Key": "test-admin-key-0123456789"}
READER = {"X-API-Key": "reader-key-0123456789"}
OTHER = {"X-API-Key": "other-key-0123456789"}
HOOK = {"kind": "webhook", "address": "https://example.org/hook"}


@pytest.fixture
def hub(new_hub: Callable[[], Hub]) -> Hub:
    made = new_hub()
    made.settings = replace(
        made.settings, public_url="https://stats.example.org", mail_from="hub@example.org",
        smtp_url="smtp://127.0.0.1:9",
    )  # fmt: skip
    for key in (READER, OTHER):
        made.keys.add(key["X-API-Key"], key["X-API-Key"], Role.READER)
    return made


@pytest.fixture
def client(hub: Hub) -> FlaskClient:
    return create_app(hub).test_client()


def post(client: FlaskClient, path: str, key: dict[str, str], **json: Any) -> Any:
    return client.post(f"/api/{path}", json=json or None, headers=key)


def test_a_secret_is_shown_once(client: FlaskClient, hub: Hub) -> None:
    made = post(client, "subscriptions", READER, **HOOK, areas=["MEX"], label="mine")
    assert made.status_code == 201
    secret = made.json["secret"]
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    again = client.get(made.headers["Location"], headers=READER)
    assert again.json == {k: v for k, v in made.json.items() if k != "secret"}
    assert again.json["areas"] == ["MEX"]
    listed = client.get("/api/subscriptions", headers=READER)
    assert secret not in listed.text
    new = post(client, f"subscriptions/{made.json['id']}/secret", READER).json["secret"]
    assert new != secret
    assert secret not in repr(hub.subscribers.get(made.json["id"]))
    trail = client.get("/api/audit?limit=1000", headers=ADMIN)
    assert secret not in trail.text
    assert {"subscriber.added", "subscriber.secret"} <= {e["action"] for e in trail.json["entries"]}


def test_others_subscriptions_are_not_there(client: FlaskClient) -> None:
    id_ = post(client, "subscriptions", READER, **HOOK).json["id"]
    nobody = client.get("/api/subscriptions/none", headers=OTHER)
    for ask in (client.get, client.delete):
        assert ask(f"/api/subscriptions/{id_}", headers=OTHER).json == nobody.json
    for what in ("secret", "ping", "pause", "resume"):
        assert post(client, f"subscriptions/{id_}/{what}", OTHER).status_code == 404
    assert client.get("/api/subscriptions", headers=OTHER).json == {"subscriptions": []}
    assert client.get("/api/subscriptions").status_code == 401
    (seen,) = client.get("/api/subscriptions", headers=ADMIN).json["subscriptions"]
    assert seen["id"] == id_
    assert client.delete(f"/api/subscriptions/{id_}", headers=ADMIN).status_code == 204
    assert client.get(f"/api/subscriptions/{id_}", headers=READER).status_code == 404


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"address": "http://example.org/"}, 422),
        ({"address": "https://127.0.0.1/"}, 422),
        ({"dataflows": ["MIGHUB:DF_NONE"]}, 422),
        ({"dataflows": ["nonsense"]}, 422),
        ({"areas": ["MEXICO"]}, 422),
        ({"providers": ["NOBODY"]}, 422),
        ({"categories": ["NOTHING"]}, 422),
        ({"events": ["birthdays"]}, 422),
        ({"events": []}, 422),
        ({"events": [1]}, 400),
        ({"language": "xx"}, 422),
        ({"kind": "sdmx-http"}, 400),
        ({"kind": "email", "address": "nobody"}, 422),
        ({"kind": "email", "address": "a@example.org\r\nBcc: b@example.org"}, 422),
        ({"more": "x"}, 400),
        ({"label": "x" * 201}, 422),
    ],
)
def test_what_would_never_work_is_refused(
    client: FlaskClient, given: dict[str, Any], status: int
) -> None:
    assert post(client, "subscriptions", READER, **{**HOOK, **given}).status_code == status
    assert client.get("/api/subscriptions", headers=READER).json == {"subscriptions": []}


def test_names_the_hub_knows_are_taken(client: FlaskClient) -> None:
    given = {
        "dataflows": ["MIGHUB:DF_MIG_BORDER", "MIGHUB:DF_MIG_STOCK(1.0.0)"],
        "areas": ["MEX", "DOM"], "providers": ["MEX_UPM"],
        "events": ["release", "structure", "registration"], "language": "es",
    }  # fmt: skip
    assert post(client, "subscriptions", READER, **HOOK, **given).status_code == 201


def test_a_hub_without_mail_says_so(new_hub: Callable[[], Hub]) -> None:
    hub = new_hub()
    client = create_app(hub).test_client()
    given = {"kind": "email", "address": "ana@example.org"}
    assert post(client, "subscriptions", ADMIN, **given).status_code == 501


def test_a_reader_of_the_mail_confirms_and_leaves(client: FlaskClient, hub: Hub) -> None:
    given = {"kind": "email", "address": "ana@example.org"}
    made = post(client, "subscriptions", READER, **given).json
    assert (made["state"], "secret" in made) == ("unconfirmed", False)
    assert post(client, f"subscriptions/{made['id']}/ping", READER).status_code == 409
    one = hub.subscribers.get(made["id"])
    path = f"/subscriptions/{one.id}/confirm/{one.token('confirm')}"
    assert client.get(path).status_code == 200  # programs that look at mails follow links
    assert hub.subscribers.get(one.id).state is State.UNCONFIRMED
    wrong = f"/subscriptions/{one.id}/confirm/{one.token('leave')}"
    assert client.post(wrong).status_code == 404
    assert client.post(path).status_code == 200
    assert hub.subscribers.get(one.id).state is State.ACTIVE
    assert client.post(f"/subscriptions/{one.id}/leave/{'0' * 40}").status_code == 404
    leave = f"/subscriptions/{one.id}/leave/{one.token('leave')}"
    assert client.get(leave).status_code == 200
    done = client.post(leave, data={"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    assert hub.subscribers.all() == []
    assert client.post(leave).status_code == 200  # again: it is so


def test_what_was_given_up_is_visible_and_can_be_sent_again(client: FlaskClient, hub: Hub) -> None:
    made = post(client, "subscriptions", READER, **HOOK).json
    release(hub, [border("2025-01", "1")])
    hub.settings = replace(hub.settings, event_days=0)
    # Nobody's address: no name service knows it.
    with hub.catalogue.write() as connection:
        connection.exec_driver_sql("UPDATE subscriber SET address = 'https://nobody.invalid/'")
    assert Sender(hub).run_due() == 1
    dead = client.get("/api/notifications?state=dead", headers=READER).json["notifications"]
    assert [(d["subscription"], d["attempts"]) for d in dead] == [(made["id"], 1)]
    assert "not known" in dead[0]["error"]
    assert client.get("/api/notifications", headers=OTHER).json == {"notifications": []}
    shown = client.get(f"/api/subscriptions/{made['id']}", headers=READER).json
    assert shown["state"] == "paused"
    id_ = dead[0]["id"]
    assert post(client, f"notifications/{id_}/retry", OTHER).status_code == 404
    assert post(client, f"notifications/{id_}/retry", READER).json["state"] == "waiting"
    resumed = post(client, f"subscriptions/{made['id']}/resume", READER).json
    assert resumed["state"] == "active"
    assert client.get("/api/notifications?state=lost", headers=READER).status_code == 400


def test_a_test_tells_what_became_of_it(client: FlaskClient, hub: Hub) -> None:
    id_ = post(client, "subscriptions", READER, kind="webhook", address="https://x.invalid/").json
    done = post(client, f"subscriptions/{id_['id']}/ping", READER).json
    assert done["delivered"] is False
    assert done["error"]
    assert client.get("/api/notifications", headers=READER).json == {"notifications": []}


# -- pages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_makes_and_changes_subscriptions(
    client: FlaskClient, hub: Hub, language: str
) -> None:
    assert client.get("/subscriptions").status_code == 303  # to sign in
    assert client.post("/sign-in", data={"key": READER["X-API-Key"]}).status_code == 303
    page = client.get(f"/subscriptions?lang={language}")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf is not None
    form = {"csrf": csrf[1], "kind": "webhook", "address": "https://example.org/hook",
            "events": ["release"], "areas": "MEX, DOM"}  # fmt: skip
    assert client.post("/subscriptions", data={**form, "csrf": "no"}).status_code == 403
    refused = client.post("/subscriptions", data={**form, "address": "https://127.0.0.1/"})
    assert (refused.status_code, hub.subscribers.all()) == (422, [])
    made = client.post("/subscriptions", data=form)
    (one,) = hub.subscribers.all()
    assert one.secret in made.text.replace("<wbr>", "").replace("&#43;", "+").replace("&#x2F;", "/")
    assert one.wanted.areas == ("MEX", "DOM")
    for todo in ("pause", "resume"):
        change = client.post(f"/subscriptions/{one.id}", data={"csrf": csrf[1], "do": todo})
        assert change.status_code == 303
    client.post(f"/subscriptions/{one.id}", data={"csrf": csrf[1], "do": "remove"})
    assert hub.subscribers.all() == []


# -- the feed ----------------------------------------------------------------------------------


def test_a_feed_reader_reads_the_feed(client: FlaskClient, hub: Hub) -> None:
    release(hub, [border("2025-01", "1")])
    release(hub, [border("2025-02", "2")], updates=[border("2025-01", "3")])
    found = feedparser.parse(client.get("/feeds/releases.atom?lang=es").data)
    assert not found.bozo
    assert found.version == "atom10"
    new, old = found.entries
    assert len({found.feed.id, new.id, old.id}) == 3
    assert new.updated_parsed >= old.updated_parsed
    assert new.summary == "1 observaciones nuevas, 1 revisadas, 0 retiradas."
    assert new.link == "https://stats.example.org/data/MIGHUB/DF_MIG_BORDER/1.0.0"
    # What changed since just before it, from the hub itself.
    (changes,) = [link.href for link in new.links if link.rel == "related"]
    path = changes.removeprefix("https://stats.example.org")
    data = client.get(path, headers={"Accept": "application/vnd.sdmx.data+csv;version=2.0.0"})
    assert sorted(re.findall(r"2025-0\d", data.text)) == ["2025-01", "2025-02"]


def test_a_feed_is_asked_for_again_only_for_news(client: FlaskClient, hub: Hub) -> None:
    release(hub, [border("2025-01", "1")])
    url = "/feeds/releases.atom?dataflow=MIGHUB:DF_MIG_BORDER(1.0.0)"
    first = client.get(url)
    again = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    release(hub, [border("2025-02", "1")])
    assert client.get(url, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    other = feedparser.parse(
        client.get("/feeds/releases.atom?dataflow=MIGHUB:DF_MIG_STOCK(1.0.0)").data
    )
    assert (other.bozo, other.entries) == (False, [])
    assert client.get("/feeds/releases.atom?dataflow=x").status_code == 400
    assert client.get("/feeds/releases.atom?dataflow=X:Y(1.0)").status_code == 404
