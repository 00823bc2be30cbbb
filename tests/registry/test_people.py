"""Accounts, sign-in, sessions, forms, throttling, keys and the audit trail, over real requests."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from hub.cli import cli
from hub.errors import Conflict, NotFound
from hub.settings import Settings
from hub.store import audit, passwords, sessions
from hub.store.catalogue import Catalogue
from hub.store.home import Hub
from hub.store.keys import Keys
from hub.store.people import People
from hub.store.rights import Grant, Role
from hub.store.tables_people import one_time, web_session
from registry.app import create_app

ADMIN = "people-admin-key-0123456789"
PASSWORD = "correct horse battery staple"
BEARER = {"Authorization": f"Bearer {ADMIN}"}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with Hub.init(Settings.load({"HUB_HOME": str(tmp_path), "HUB_ADMIN_KEY": ADMIN})) as made:
        yield made


@pytest.fixture
def app(hub: Hub) -> Flask:
    return create_app(hub)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def real_hashes() -> None:
    """Asked for by tests that are about the cost of a hash."""


@pytest.fixture(autouse=True)
def quick_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that take no 64 MiB: most tests are about what is done with them."""
    if "real_hashes" not in request.fixturenames:
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        monkeypatch.setattr(passwords, "_HASHER", quick)
        nobody = quick.hash("nobody")
        monkeypatch.setattr(passwords, "_nobody", lambda: nobody)


def person(hub: Hub, login: str = "ana@example.org", *grants: str) -> int:
    made, token = hub.people.add(login, "Ana Prueba", map(Grant.parse, grants))
    hub.people.choose_password(token, PASSWORD)
    return made.id


def sign_in(client: FlaskClient, login: str = "ana@example.org", password: str = PASSWORD,
            **more: Any) -> Any:  # fmt: skip
    return client.post("/sign-in", data={"login": login, "password": password}, **more)


def csrf(client: FlaskClient, path: str = "/account") -> str:
    doc = html.document_fromstring(client.get(path).text)
    return str(doc.xpath("//input[@name='csrf']/@value")[0])


# Accounts


def test_an_invited_person_chooses_a_password_once_and_signs_in(
    client: FlaskClient, hub: Hub
) -> None:
    body = {"login": "Ana@Example.org", "name": "Ana", "grants": ["provider:MEX_INM"]}
    made = client.post("/api/people", json=body, headers=BEARER)
    assert made.status_code == 201
    assert made.json["login"] == "ana@example.org"
    link = made.json["link"].removeprefix("http://localhost")
    assert sign_in(client).status_code == 401, "there is no password yet"

    page = client.get(link)
    assert page.status_code == 200
    assert (page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == (
        "no-referrer", "no-store",
    )  # fmt: skip
    for wrong in ({"password": PASSWORD, "again": "other"}, {"password": "short", "again": "short"},
                  {"password": "ana@example.org1", "again": "ana@example.org1"},
                  {"password": "aaaaaaaaaaaaaaaa", "again": "aaaaaaaaaaaaaaaa"}):  # fmt: skip
        assert client.post(link, data=wrong).status_code == 422
    assert client.post(link, data={"password": PASSWORD, "again": PASSWORD}).status_code == 303
    assert client.get(link).status_code == 404, "it works once"
    assert client.post(link, data={"password": "x" * 20, "again": "x" * 20}).status_code == 404
    assert sign_in(client).status_code == 303
    me = client.get("/api/me").json
    assert me == {"id": f"person:{made.json['id']}", "name": "Ana", "grants": ["provider:MEX_INM"]}
    assert client.get("/api/people").status_code == 403
    assert hub.people.get(made.json["id"]).has_password


def test_a_link_ends_and_a_new_one_replaces_it(client: FlaskClient, hub: Hub) -> None:
    made, first = hub.people.add("ana@example.org", "Ana")
    second = hub.people.reset(made.id)
    assert client.get(f"/password/{first}").status_code == 404
    with hub.catalogue.write() as connection:
        connection.execute(update(one_time).values(ends_at=datetime.now(UTC)))
    assert client.get(f"/password/{second}").status_code == 404


def test_people_cannot_be_added_twice_or_with_what_is_no_role(client: FlaskClient) -> None:
    body = {"login": "ana", "name": "Ana"}
    assert client.post("/api/people", json=body, headers=BEARER).status_code == 201
    assert (
        client.post("/api/people", json={**body, "login": "ANA "}, headers=BEARER).status_code
        == 409
    )
    for wrong, status in (
        ({"login": "b c", "name": "B"}, 422), ({"login": "bob", "name": " "}, 422),
        ({"login": "bob", "name": "B", "grants": ["boss"]}, 400),
        ({"login": "bob", "name": "B", "grants": ["provider"]}, 400),
        ({"login": "bob", "name": "B", "grants": ["admin:X"]}, 400),
        ({"login": "oidc:1", "name": "B"}, 422), ({"login": "bob"}, 400),
        ({"login": "bob", "name": "B", "role": "admin"}, 400),
    ):  # fmt: skip
        assert client.post("/api/people", json=wrong, headers=BEARER).status_code == status, wrong
    assert client.post("/api/people", data=b" " * 70_000, headers=BEARER).status_code == 413


def test_the_last_administrator_cannot_be_taken_away(client: FlaskClient, hub: Hub) -> None:
    key = hub.keys.find(ADMIN)
    assert key is not None
    assert client.delete(f"/api/keys/{key.id}", headers=BEARER).status_code == 409
    id_ = person(hub, "root@example.org", "admin")
    assert client.delete(f"/api/keys/{key.id}", headers=BEARER).status_code == 204
    assert client.get("/api/keys", headers=BEARER).status_code == 401
    sign_in(client, "root@example.org")
    token = {"X-CSRF-Token": csrf(client)}
    for change in ({"disabled": True}, {"grants": ["reviewer"]}):
        answer = client.patch(f"/api/people/{id_}", json=change, headers=token)
        assert answer.status_code == 409, change


# Signing in


def test_who_is_not_known_is_told_nothing(client: FlaskClient, hub: Hub) -> None:
    id_ = person(hub)
    disabled = person(hub, "gone@example.org")
    hub.people.change(disabled, disabled=True)
    texts = set()
    for login in ("ana@example.org", "nobody@example.org", "gone@example.org"):
        password = PASSWORD if login.startswith("gone") else "wrong password"
        answer = sign_in(client, login, password)
        assert answer.status_code == 401
        assert "Set-Cookie" not in answer.headers
        texts.add(answer.text.replace(login, "LOGIN"))
    assert len(texts) == 1
    assert hub.people.get(id_).login


def test_an_unknown_account_costs_a_hash_too(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, real_hashes: None
) -> None:
    person(hub)
    verified: list[str] = []
    real = passwords._HASHER

    class Counting:
        def verify(self, kept: str, password: str) -> bool:
            verified.append(kept)
            return real.verify(kept, password)

    monkeypatch.setattr(passwords, "_HASHER", Counting())
    assert hub.people.check("ana@example.org", "wrong") is None
    assert hub.people.check("nobody@example.org", "wrong") is None
    assert len(verified) == 2
    parameters = {kept.rpartition("$")[0].rpartition("$")[0] for kept in verified}
    assert len(parameters) == 1, "both hashes take the same work"
    assert "m=65536" in parameters.pop()
    assert all(kept.startswith("$argon2id$") for kept in verified)


def test_sessions_are_new_at_each_sign_in_and_end(client: FlaskClient, hub: Hub) -> None:
    person(hub)
    cookie = sign_in(client).headers["Set-Cookie"]
    assert re.search(r"^mighub=[\w-]{43};", cookie)
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie
    first = client.get_cookie("mighub")
    assert first is not None
    data = {"login": "ana@example.org", "password": PASSWORD, "csrf": csrf(client)}
    client.post("/sign-in", data=data)
    second = client.get_cookie("mighub")
    assert second is not None and first.value != second.value
    assert hub.sessions.find(first.value) is None, "the id of before is worth nothing"
    other = client.application.test_client()
    sign_in(other)
    answer = client.post("/sign-out", data={"csrf": csrf(client)})
    assert answer.status_code == 303
    assert hub.sessions.find(second.value) is None
    assert other.get("/api/me").status_code == 200
    other.post("/sign-out", data={"csrf": csrf(other), "everywhere": "true"})
    third = client.application.test_client()
    sign_in(third)
    sign_in(other)
    other.post("/sign-out", data={"csrf": csrf(other), "everywhere": "true"})
    assert third.get("/api/me").status_code == 401, "everywhere"


def test_a_cookie_over_https_is_for_this_host_alone(hub: Hub, client: FlaskClient) -> None:
    person(hub)
    answer = sign_in(client, base_url="https://hub.example.org")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-mighub=") and "Secure" in cookie and "Path=/" in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert "Strict-Transport-Security" not in client.get("/").headers


def test_a_proxy_is_believed_only_when_it_is_named(tmp_path: Path) -> None:
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "hub.example.org"}
    for proxies, secure in (("0", False), ("1", True)):
        env = {"HUB_HOME": str(tmp_path / proxies), "HUB_PROXIES": proxies}
        with Hub.init(Settings.load(env)) as hub:
            answer = create_app(hub).test_client().get("/", headers=forwarded)
            assert ("Strict-Transport-Security" in answer.headers) is secure


@pytest.mark.parametrize("column", ["seen_at", "ends_at"])
def test_sessions_end_when_idle_and_after_their_time(
    client: FlaskClient, hub: Hub, column: str
) -> None:
    person(hub)
    sign_in(client)
    assert client.get("/api/me").status_code == 200
    past = datetime.now(UTC) - timedelta(minutes=61)
    with hub.catalogue.write() as connection:
        connection.execute(update(web_session).values({column: past}))
    assert client.get("/api/me").status_code == 401


def test_what_changes_about_a_person_ends_their_sessions(client: FlaskClient, hub: Hub) -> None:
    id_ = person(hub)
    for change in ({"disabled": True}, {"disabled": False, "grants": [Grant(Role.READER)]}):
        sign_in(client)
        hub.people.change(id_, **change)  # type: ignore[arg-type]
        assert client.get("/api/me").status_code == 401, change
        hub.people.change(id_, disabled=False)
    sign_in(client)
    other = client.application.test_client()
    sign_in(other)
    data = {"present": PASSWORD, "password": "another long password", "again":
            "another long password", "csrf": csrf(client)}  # fmt: skip
    assert client.post("/account", data={**data, "present": "no"}).status_code == 422
    assert client.post("/account", data={**data, "again": "no"}).status_code == 422
    assert client.post("/account", data={**data, "csrf": "0"}).status_code == 403
    assert client.post("/account", data=data).status_code == 303
    assert client.get("/api/me").status_code == 200, "here it goes on with a new session"
    assert other.get("/api/me").status_code == 401
    assert hub.people.check("ana@example.org", PASSWORD) is None


def test_a_session_of_a_key_ends_with_the_key(client: FlaskClient, hub: Hub) -> None:
    key = hub.keys.add("people-some-key-0123456789", "P", Role.PROVIDER, "MEX_INM")
    assert client.post("/sign-in", data={"key": "people-some-key-0123456789"}).status_code == 303
    assert client.get("/api/me").json["id"] == key.id
    hub.keys.revoke(key.id)
    assert client.get("/api/me").status_code == 401


def test_after_signing_in_one_goes_on_inside_the_hub_only(client: FlaskClient, hub: Hub) -> None:
    person(hub)
    leads = client.get("/admin/audit?before=5").headers["Location"]
    assert leads == "/sign-in?next=/admin/audit?before%3D5"
    for target, goes in (
        ("/admin/audit?before=5", "/admin/audit?before=5"), ("//evil.example", "/account"),
        ("https://evil.example", "/account"), ("/\\evil.example", "/account"), ("", "/account"),
        ("/a\nb", "/account"), ("javascript:alert(1)", "/account"),
    ):  # fmt: skip
        data = {"login": "ana@example.org", "password": PASSWORD, "next": target}
        answer = client.application.test_client().post("/sign-in", data=data)
        assert answer.headers["Location"] == goes, target


# Forms of other sites


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"},
     {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}],
)  # fmt: skip
def test_forms_of_other_sites_do_nothing(
    client: FlaskClient, hub: Hub, headers: dict[str, str]
) -> None:
    person(hub)
    assert sign_in(client, headers=headers).status_code == 403, "a sign-in forced upon somebody"
    assert client.post("/upload", data={"key": ADMIN}, headers=headers).status_code == 403
    assert sign_in(client, headers={"Origin": "http://localhost"}).status_code == 303


def test_a_cookie_alone_changes_nothing(client: FlaskClient, hub: Hub) -> None:
    id_ = person(hub, "root@example.org", "admin")
    sign_in(client, "root@example.org")
    token = csrf(client)
    body = {"name": "Other"}
    for headers in ({}, {"X-CSRF-Token": "wrong"}, {"X-CSRF-Token": token[:-1]}):
        assert client.patch(f"/api/people/{id_}", json=body, headers=headers).status_code == 403
    for data in ({"login": "x@example.org", "name": "X"},
                 {"login": "x@example.org", "name": "X", "csrf": "0" * 64}):  # fmt: skip
        assert client.post("/admin/people", data=data).status_code == 403
    answer = client.patch(f"/api/people/{id_}", json=body, headers={"X-CSRF-Token": token})
    assert answer.json["name"] == "Other"


# Throttling


def test_too_many_attempts_at_an_account_have_to_wait(app: Flask, hub: Hub) -> None:
    person(hub)
    for login in ("ana@example.org", "nobody@example.org"):
        for number in range(sessions.MOST_OF_ACCOUNT):
            client = app.test_client()
            address = {"REMOTE_ADDR": f"10.0.{len(login)}.{number}"}
            assert sign_in(client, login, "wrong", environ_base=address).status_code == 401
        other = create_app(hub).test_client()  # another worker
        late = sign_in(other, login.upper(), environ_base={"REMOTE_ADDR": "10.9.9.9"})
        assert late.status_code == 429, login
        assert 0 < int(late.headers["Retry-After"]) <= 900
    assert sign_in(app.test_client(), "ana@example.org").status_code == 429, "even when right"


def test_an_address_that_tries_many_accounts_has_to_wait(app: Flask) -> None:
    for number in range(sessions.MOST_OF_ADDRESS):
        sign_in(app.test_client(), f"user{number}", "wrong")
    assert sign_in(app.test_client(), "somebody-else", "wrong").status_code == 429
    elsewhere = {"REMOTE_ADDR": "10.1.1.1"}
    assert (
        sign_in(app.test_client(), "somebody-else", "x", environ_base=elsewhere).status_code == 401
    )


def test_who_gets_it_right_in_the_end_starts_anew(client: FlaskClient, hub: Hub) -> None:
    person(hub)
    for _ in range(3):
        for _ in range(sessions.MOST_OF_ACCOUNT - 1):
            sign_in(client, password="wrong")
        client.delete_cookie("mighub")
        assert sign_in(client).status_code == 303
        client.delete_cookie("mighub")


# Keys


def test_keys_are_made_listed_used_and_end(client: FlaskClient, hub: Hub) -> None:
    body = {"label": "INM, nightly", "grants": ["provider:MEX_INM", "reader"],
            "expires_at": "2099-12-31"}  # fmt: skip
    made = client.post("/api/keys", json=body, headers=BEARER).json
    bearer = {"Authorization": f"Bearer {made['key']}"}
    assert client.get("/api/me", headers=bearer).json["grants"] == body["grants"]
    (listed,) = [k for k in client.get("/api/keys", headers=BEARER).json["keys"]
                 if k["id"] == made["id"]]  # fmt: skip
    assert "key" not in listed and listed["valid"] and listed["last_used_at"] is not None
    assert listed["expires_at"] == "2099-12-31T23:59:59Z"
    admin = hub.keys.find(ADMIN)
    assert admin is not None and listed["made_by"] == admin.id
    soon = datetime.now(UTC) + timedelta(milliseconds=1)
    hub.keys.add(made["key"], "x", Role.READER, expires_at=soon)
    while datetime.now(UTC) <= soon:
        pass
    assert client.get("/api/me", headers=bearer).status_code == 401
    for wrong in ({"label": "", "grants": ["admin"]}, {"label": "x", "grants": []},
                  {"label": "x", "grants": ["admin"], "expires_at": "2001-01-01"},
                  {"label": "x", "grants": ["admin"], "expires_at": "soon"},
                  {"label": "x", "grants": [1]}):  # fmt: skip
        assert client.post("/api/keys", json=wrong, headers=BEARER).status_code == 400, wrong


def test_the_pages_of_administrators_do_the_same(client: FlaskClient, hub: Hub) -> None:
    person(hub, "root@example.org", "admin")
    sign_in(client, "root@example.org")
    token = csrf(client)
    data = {"login": "eva", "name": "Eva", "grants": "reviewer\nreader:MEX_INM", "csrf": token}
    page = client.post("/admin/people", data=data)
    link = html.document_fromstring(page.text).xpath("//div[@role='status']//code/text()")[0]
    assert page.headers["Cache-Control"] == "no-store"
    eva = hub.people.named("eva")
    assert [str(g) for g in eva.grants] == ["reviewer", "reader:MEX_INM"]
    assert client.get(link).status_code == 200
    path = f"/admin/people/{eva.id}"
    assert client.post(path, data={"do": "disable", "csrf": token}).status_code == 303
    assert hub.people.get(eva.id).disabled_at is not None
    assert client.post(path, data={"do": "enable", "csrf": token}).status_code == 303
    assert client.post(path, data={"do": "reset", "csrf": token}).status_code == 200
    assert (
        client.post(path, data={"do": "grants", "grants": "boss", "csrf": token}).status_code == 400
    )
    page = client.post("/admin/keys", data={"label": "K", "grants": "reader", "csrf": token})
    key = html.document_fromstring(page.text).xpath("//div[@role='status']//code/text()")[0]
    made = hub.keys.find(key)
    assert made is not None
    assert client.post(f"/admin/keys/{made.id}", data={"csrf": token}).status_code == 303
    assert hub.keys.find(key) is None
    trail = client.get("/admin/audit?action=key.").text
    assert "key.made" in trail and "person.added" not in trail


# Secrets


def test_no_secret_is_logged_or_kept(
    client: FlaskClient, hub: Hub, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    made = client.post("/api/people", json={"login": "ana", "name": "Ana"}, headers=BEARER).json
    token = made["link"].rpartition("/")[2]
    client.post(f"/password/{token}", data={"password": PASSWORD, "again": PASSWORD})
    sign_in(client, "ana")
    cookie = client.get_cookie("mighub")
    assert cookie is not None
    # A password typed where the login goes, and a key that is not right.
    sign_in(client, "my secret password 77", "x", headers={"X-Request-ID": "1"})
    other = client.application.test_client()
    sign_in(other, "my secret password 77", "x")
    other.post("/sign-in", data={"key": "mig_wrong-but-secret"})
    key = client.post("/api/keys", json={"label": "k", "grants": ["reader"]}, headers=BEARER).json
    client.get("/api/me", headers={"X-API-Key": key["key"]})
    secrets = (PASSWORD, token, cookie.value, key["key"], ADMIN, "my secret password 77",
               "mig_wrong-but-secret", csrf(client))  # fmt: skip
    hub.catalogue.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert made["login"].encode() in kept, "the database is among what was read"
    for secret in secrets:
        assert secret not in caplog.text
        assert secret.encode() not in kept


# The audit trail


@pytest.fixture(params=["sqlite", "postgresql"])
def catalogue(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Catalogue]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/trail.db"
    else:
        url = request.getfixturevalue("postgresql").database()
    made = Catalogue(url)
    made.migrate()
    yield made
    made.close()


def test_accounts_and_the_trail_work_on_both_databases(catalogue: Catalogue) -> None:
    people, kept = People(catalogue), Keys(catalogue)
    made, token = people.add("ana", "Ana", [Grant(Role.REVIEWER)], actor="test")
    people.choose_password(token, PASSWORD)
    assert people.check("ANA", PASSWORD) == people.get(made.id)
    with pytest.raises(Conflict):
        people.add("ana", "Ana again")
    with pytest.raises(NotFound):
        people.choose_password(token, PASSWORD)
    key = kept.add("some-key", "K", Role.ADMIN, others=[Grant(Role.READER, "X")])
    assert kept.find("some-key") == key
    kept.used(key)
    kept.revoke(key.id)
    with catalogue.write() as connection:
        audit.append(connection, "ñandú\x00" + "x" * 300, "a" * 90, "s" * 999, {"b": 1.5, "a": "é"})
    verdict = audit.verify(catalogue)
    assert (verdict.fault, verdict.lines) == (None, 5)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET actor = 'x'", "DELETE FROM audit", "DELETE FROM audit WHERE id = 2",
     "TRUNCATE audit",
     "INSERT OR REPLACE INTO audit (id, at, actor, action, subject, previous, hash) "
     "VALUES (1, '2020-01-01', 'x', 'y', 'z', 'p', 'h')",
     "REPLACE INTO audit (id, at, actor, action, subject, previous, hash) "
     "VALUES (2, '2020-01-01', 'x', 'y', 'z', 'p', 'h')"],
)  # fmt: skip
def test_the_database_refuses_to_change_the_trail(catalogue: Catalogue, statement: str) -> None:
    for number in range(3):
        with catalogue.write() as connection:
            audit.append(connection, "somebody", "something", str(number))
    before = audit.entries(catalogue)
    with pytest.raises(DBAPIError), catalogue.write() as connection:
        connection.execute(text(statement))
    assert audit.entries(catalogue) == before


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE audit SET subject = 'other' WHERE id = 2", "Line 2 was changed"),
        ("UPDATE audit SET detail = '{}' WHERE id = 3", "Line 3 was changed"),
        ("UPDATE audit SET at = '2020-01-01 00:00:00.000000' WHERE id = 1", "Line 1 was changed"),
        ("DELETE FROM audit WHERE id = 2", "Line 2 is missing"),
        ("UPDATE audit SET id = id + 10 WHERE id = 4", "Line 4 is missing"),
        ("DELETE FROM audit WHERE id = 4", "more lines"),
        ("UPDATE audit SET hash = previous, previous = hash WHERE id = 3", "does not follow"),
    ],
)
def test_who_gets_round_the_triggers_is_found_out(
    tmp_path: Path, statement: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    with Hub.init(Settings.load()) as hub:
        trail = audit.verify(hub.catalogue).lines
        for number in range(4 - trail):
            hub.audit("somebody", "something", str(number), {"n": number})
    run = CliRunner().invoke
    export = tmp_path / "trail.jsonl"
    lines = [e.to_dict() for e in audit.entries(Catalogue(f"sqlite:///{tmp_path}/catalogue.db"))]
    export.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert run(cli, ["audit", "verify", "--export", str(export)]).exit_code == 0
    database = sqlite3.connect(tmp_path / "catalogue.db")
    for trigger in ("update", "delete", "replace"):
        database.execute(f"DROP TRIGGER audit_{trigger}")
    database.execute(statement)
    database.commit()
    database.close()
    result = run(cli, ["audit", "verify", "--export", str(export)])
    assert result.exit_code == 1
    assert says in result.output


def test_what_is_done_stands_in_the_trail(client: FlaskClient, hub: Hub) -> None:
    person(hub, "ana@example.org", "reviewer")
    sign_in(client, password="wrong")
    sign_in(client)
    client.post("/sign-out", data={"csrf": csrf(client)})
    found = client.get("/api/audit?limit=1000", headers=BEARER).json["entries"]
    assert [e["action"] for e in found] == [
        "key.made", "person.added", "person.password", "session.refused", "session.begun",
        "session.ended",
    ]  # fmt: skip
    newest = client.get("/api/audit?order=newest&limit=1", headers=BEARER).json["entries"]
    assert newest == found[-1:]
    assert client.get("/api/audit?action=session.", headers=BEARER).json["entries"] == found[3:]
    assert (
        client.get(f"/api/audit?after={found[1]['id']}", headers=BEARER).json["entries"]
        == found[2:]
    )
    for wrong in ("limit=1001", "limit=x", "after=-1", "order=up", "what=1"):
        assert client.get(f"/api/audit?{wrong}", headers=BEARER).status_code == 400


# The command line


def test_the_command_line_does_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    Hub.init(Settings.load()).close()

    def run(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(cli, [*words])
        assert result.exit_code == code, (words, result.output)
        return result.stdout_bytes.decode()

    link = run("people", "add", "ana@example.org", "Ana", "-g", "provider:MEX_INM", "-g", "reader")
    token = link.strip().rpartition("/password/")[2]
    with Hub.open(Settings.load()) as hub:
        hub.people.choose_password(token, PASSWORD)
        assert hub.people.check("ana@example.org", PASSWORD) is not None
    (listed,) = json.loads(run("people", "list", "--format", "json"))
    assert listed["grants"] == ["provider:MEX_INM", "reader"]
    assert "ana@example.org" in run("people", "list")
    run("people", "grant", "ana@example.org", "-g", "reviewer")
    run("people", "disable", "ana@example.org")
    run("people", "reset", "ana@example.org", code=1)
    run("people", "enable", "ana@example.org")
    assert "/password/" in run("people", "reset", "ana@example.org")
    run("people", "grant", "nobody", "-g", "reviewer", code=1)
    run("people", "add", "bob", "Bob", "-g", "boss", code=1)
    key = run("keys", "add", "Nightly", "-g", "provider:MEX_INM", "--expires", "2099-01-01").strip()
    run("keys", "add", "None", code=2)
    run("keys", "add", "Old", "-g", "reader", "--expires", "2001-01-01", code=1)
    (made,) = [k for k in json.loads(run("keys", "list", "--format", "json"))
               if k["label"] == "Nightly"]  # fmt: skip
    assert made["valid"]
    run("keys", "revoke", made["id"])
    with Hub.open(Settings.load()) as hub:
        assert hub.keys.find(key) is None
    lines = [json.loads(line) for line in run("audit", "export").splitlines()]
    assert lines[-1]["action"] == "audit.exported"
    assert "unbroken" in run("audit", "verify")
