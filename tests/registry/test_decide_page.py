"""The page of a submission that waits, was published in part, or can be undone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from page_site import ADMIN, message, new_hub

from hub import intake
from hub.intake.policies import Policy, set_policy
from hub.model.schema import StructureRef
from hub.store.home import Hub
from hub.store.keys import Role
from registry.app import create_app

BORDER = StructureRef("MIGHUB", "DF_MIG_BORDER", "1.0.0")
OFFICE, REVIEWER = "test-office-key-0123456789", "test-review-key-0123456789"
BODY = message(("USA", "_T", "2026-06", "100"), ("CAN", "_T", "2026-06", "7"))


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with new_hub(tmp_path) as made:
        made.keys.add(OFFICE, "INM", Role.PROVIDER, "MEX_INM")
        made.keys.add(REVIEWER, "Reviewer", Role.REVIEWER)
        yield made


@pytest.fixture
def app(hub: Hub) -> Flask:
    return create_app(hub)


def signed_in(app: Flask, hub: Hub, key: str) -> FlaskClient:
    """A browser with a session for a key."""
    client = app.test_client()
    found = hub.keys.find(key)
    assert found is not None
    client.set_cookie("mighub", hub.sessions.begin(found))
    return client


def send(client: FlaskClient, body: bytes = BODY, key: str = OFFICE, query: str = "") -> str:
    answer = client.post(f"/api/submissions?filename=a.csv{query}", data=body,
                         headers={"X-API-Key": key})  # fmt: skip
    return str(answer.json["token"])


def shown(client: FlaskClient, token: str, language: str = "en") -> html.HtmlElement:
    answer = client.get(f"/submissions/{token}?lang={language}")
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def buttons(page: html.HtmlElement) -> set[str]:
    return {b.get("value") for b in page.xpath("//main//button[@name='what']")}


def press(client: FlaskClient, page: html.HtmlElement, what: str, comment: str = "") -> Any:
    (button,) = page.xpath(f"//button[@value='{what}']")
    form = next(button.iterancestors("form"))
    values = {i.get("name"): i.get("value") for i in form.xpath(".//input[@type='hidden']")}
    return client.post(form.get("action"), data={**values, "what": what, "comment": comment})


def test_a_reviewer_sees_what_would_change_and_decides(hub: Hub, app: Flask) -> None:
    set_policy(hub, Policy("dataflow", BORDER, review=True), actor="admin")
    token = send(app.test_client())
    intake.run_pending(hub)
    office, reviewer = (signed_in(app, hub, key) for key in (OFFICE, REVIEWER))
    assert buttons(shown(office, token)) == {"withdraw"}
    page = shown(reviewer, token)
    assert buttons(page) == {"approve", "reject", "withdraw"}
    assert "M.MEX.ENTRIES.CAN" in page.text_content()
    assert "OBS_VALUE: none → 7" in page.text_content()
    assert press(reviewer, page, "reject").status_code == 400  # says why it needs a comment
    bare = reviewer.post(f"/submissions/{token}", data={"what": "approve"})
    assert bare.status_code == 403  # without the token of the form
    assert intake.status(hub, token).state == "awaiting_review"
    done = press(reviewer, page, "approve", "seen")
    assert done.status_code == 303
    intake.run_pending(hub)
    page = shown(office, token, "es")
    assert "Aprobado" in page.text_content() and "seen" in page.text_content()
    assert buttons(page) == set()


def test_who_may_not_decide_cannot_by_posting(hub: Hub, app: Flask) -> None:
    set_policy(hub, Policy("dataflow", BORDER, review=True), actor="admin")
    token = send(app.test_client())
    intake.run_pending(hub)
    office = signed_in(app, hub, OFFICE)
    page = shown(office, token)
    (field,) = page.xpath("//main//input[@type='hidden']")
    for what, status in (("approve", 403), ("undo", 403), ("nonsense", 400)):
        data = {field.get("name"): field.get("value"), "what": what, "comment": "x"}
        assert office.post(f"/submissions/{token}", data=data).status_code == status
    assert app.test_client().post(f"/submissions/{token}", data={}).status_code in (303, 401)


def test_undo_from_the_page_and_its_conflict(hub: Hub, app: Flask) -> None:
    admin = signed_in(app, hub, ADMIN)
    first = send(admin)
    intake.run_pending(hub)
    second = send(admin, message(("USA", "_T", "2026-06", "101")))
    intake.run_pending(hub)
    answer = press(admin, shown(admin, first), "undo")
    assert answer.status_code == 409
    assert "1 observations were changed again" in answer.text
    done = press(admin, shown(admin, second), "undo")
    assert done.status_code == 303
    page = shown(admin, done.headers["Location"].rpartition("/")[2])
    assert "This release undid another one" in page.text_content()
    assert "taken back" in shown(admin, second).text_content()


def test_the_parts_of_a_message_are_offered(hub: Hub, app: Flask) -> None:
    client = signed_in(app, hub, OFFICE)
    token = send(client, message(("USA", "_T", "2026-06", "1"), ("CAN", "_T", "2026-06", "x")),
                 query="&mode=valid")  # fmt: skip
    intake.run_pending(hub)
    page = shown(client, token)
    links = {a.get("href").rpartition("/")[2] for a in page.xpath("//main//a")}
    assert {"accepted", "rejected", "rules"} <= links


def test_the_form_takes_mode_and_embargo(hub: Hub, app: Flask) -> None:
    client = signed_in(app, hub, OFFICE)
    page = html.fromstring(client.get("/upload").text)
    (field,) = page.xpath("//main//input[@type='hidden']")

    def post(embargo: str) -> Any:
        return client.post("/upload", data={
            field.get("name"): field.get("value"), "kind": "sdmx", "mode": "valid",
            "embargo": embargo, "file": (io.BytesIO(BODY), "a.csv"),
        })  # fmt: skip

    assert post("tomorrow").status_code == 400
    done = post("2999-01-01T09:00")
    assert done.status_code == 303
    intake.run_pending(hub)
    found = hub.submissions.latest(1)[0]
    assert (found.state, found.mode) == ("embargoed", "valid")
    assert "2999" in shown(client, found.token).text_content()
