"""The service by its API: review, embargo, undo, parts, repeated requests."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from intake_hub import BORDER, message, row, settings_at, stored

from hub import intake
from hub.store.home import Hub
from hub.store.keys import Role
from registry.app import create_app

URL = "/api/submissions"
ADMIN, OFFICE, OTHER, REVIEWER = (f"test-{n}-key-0123456789" for n in ("a", "o", "t", "r"))
BODY = message([row("MEX", "2020-01", 1), row("MEX", "2020-02", 2)])
POLICY = f"/api/policies/dataflow/{BORDER}"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("rest") / "home"
    with Hub.init(settings_at(home)) as made:
        made.keys.add(ADMIN, "Admin", Role.ADMIN)
        made.keys.add(OFFICE, "INM", Role.PROVIDER, "MEX_INM")
        made.keys.add(OTHER, "Other", Role.PROVIDER, "HND_INM")
        made.keys.add(REVIEWER, "Reviewer", Role.REVIEWER)
    return home


@pytest.fixture
def hub(empty: Path, tmp_path: Path) -> Iterator[Hub]:
    import shutil

    shutil.copytree(empty, tmp_path / "home")
    with Hub.open(settings_at(tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def client(hub: Hub) -> FlaskClient:
    return create_app(hub).test_client()


Ask = Callable[..., Any]


@pytest.fixture
def ask(client: FlaskClient) -> Ask:
    def asking(method: str, path: str, key: str = ADMIN, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
        return client.open(path, method=method, headers=headers, **more)

    return asking


def post(ask: Ask, body: bytes = BODY, key: str = OFFICE, **more: Any) -> str:
    answer = ask("POST", f"{URL}?filename=a.csv", key, data=body, **more)
    assert answer.status_code == 202, answer.text
    return str(answer.json["token"])


def waiting(hub: Hub, ask: Ask) -> str:
    assert ask("PUT", POLICY, json={"review": True}).status_code == 200
    token = post(ask)
    intake.run_pending(hub)
    return token


def test_review_from_sending_to_the_release(hub: Hub, ask: Ask) -> None:
    token = waiting(hub, ask)
    state = ask("GET", f"{URL}/{token}", OFFICE).json
    assert (state["state"], state["finished"]) == ("awaiting_review", False)
    listed = ask("GET", f"{URL}?state=awaiting_review", REVIEWER).json
    assert [s["token"] for s in listed["submissions"]] == [token]
    assert ask("GET", f"{URL}?state=published", REVIEWER).json["total"] == 0
    preview = ask("GET", f"{state['links']['preview']}?limit=1", REVIEWER).json
    assert preview["counts"] == {"new": 2, "changed": 0, "withdrawn": 0}
    assert len(preview["changes"]) == 1
    done = ask("POST", f"{URL}/{token}/approve", REVIEWER, json={"comment": "seen"})
    assert (done.status_code, done.json["state"]) == (200, "approved")
    intake.run_pending(hub)
    state = ask("GET", f"{URL}/{token}", OFFICE).json
    assert state["state"] == "published"
    assert state["decisions"][0]["comment"] == "seen"
    assert len(stored(hub)) == 2


def test_only_another_reviewer_decides(hub: Hub, ask: Ask) -> None:
    token = waiting(hub, ask)
    for key, status in ((OFFICE, 403), (OTHER, 404)):
        for what in ("approve", "reject"):
            answer = ask("POST", f"{URL}/{token}/{what}", key, json={"comment": "x"})
            assert answer.status_code == status
    assert ask("GET", f"{URL}/{token}/preview", OTHER).status_code == 404
    assert ask("POST", f"{URL}/{token}/reject", REVIEWER).status_code == 400  # no comment
    assert ask("POST", f"{URL}/{token}/approve", REVIEWER, data=b"{").status_code == 400
    assert ask("POST", f"{URL}/{token}/approve", REVIEWER, json={"a": 1}).status_code == 400
    assert ask("POST", f"{URL}/{token}/reject", REVIEWER, json={"comment": "no"}).json["state"] == (
        "rejected"
    )
    assert ask("POST", f"{URL}/{token}/approve", REVIEWER).status_code == 409
    # An administrator does not decide on what it sent itself.
    mine = post(ask, key=ADMIN)
    intake.run_pending(hub)
    assert ask("POST", f"{URL}/{mine}/approve", ADMIN).status_code == 403


def test_undo_and_its_conflict(hub: Hub, ask: Ask) -> None:
    first = post(ask)
    intake.run_pending(hub)
    second = post(ask, message([row("MEX", "2020-01", 5)]))
    intake.run_pending(hub)
    answer = ask("DELETE", f"{URL}/{first}")
    assert answer.status_code == 409
    (conflict,) = answer.json["conflicts"]
    assert (conflict["count"], conflict["examples"][0]["TIME_PERIOD"]) == (1, "2020-01")
    assert ask("DELETE", f"{URL}/{second}", OFFICE).status_code == 403
    assert ask("DELETE", f"{URL}/{second}", OTHER).status_code == 404
    done = ask("DELETE", f"{URL}/{second}", REVIEWER)
    assert (done.status_code, done.json["undoes"]) == (201, second)
    assert stored(hub) == {("MEX", "2020-01"): "1", ("MEX", "2020-02"): "2"}
    assert ask("GET", f"{URL}/{second}").json["state"] == "undone"
    assert ask("DELETE", f"{URL}/{second}").status_code == 409
    assert ask("DELETE", f"{URL}/no-such-token").status_code == 404


def test_a_sender_ends_what_still_waits(hub: Hub, ask: Ask) -> None:
    token = waiting(hub, ask)
    assert ask("DELETE", f"{URL}/{token}", OFFICE).json["state"] == "rejected"
    assert stored(hub) == {}


def test_embargo_and_mode_are_parameters(hub: Hub, ask: Ask) -> None:
    embargo = "2999-01-01T09:00:00Z"
    sent = ask("POST", f"{URL}?embargo={embargo}", OFFICE, data=BODY).json
    intake.run_pending(hub)
    state = ask("GET", f"{URL}/{sent['token']}", OFFICE).json
    assert (state["state"], state["due"]) == ("embargoed", embargo)
    for wrong in ("embargo=tomorrow", "embargo=2999-01-01", "embargo=2999-01-01T09:00:00",
                  "mode=some"):  # fmt: skip
        assert ask("POST", f"{URL}?{wrong}", OFFICE, data=BODY).status_code == 400, wrong


def test_parts_are_given_to_whom_the_submission_is(hub: Hub, ask: Ask) -> None:
    body = message([row("MEX", "2020-01", 1), row("MEX", "2020-02", "many")])
    token = ask("POST", f"{URL}?mode=valid", OFFICE, data=body).json["token"]
    intake.run_pending(hub)
    state = ask("GET", f"{URL}/{token}", OFFICE).json
    assert state["state"] == "published"
    assert state["returned"]["rejected"] == {"rows": 1, "format": "sdmx-csv-1.0"}
    rejected = ask("GET", f"{URL}/{token}/rejected", OFFICE)
    assert rejected.headers["Content-Type"] == "application/vnd.sdmx.data+csv;version=1.0.0"
    assert b"many" in rejected.data and rejected.data.count(b"\n") == 2
    assert b"many" not in ask("GET", f"{URL}/{token}/accepted", OFFICE).data
    assert "VALUE_TYPE" in ask("GET", f"{URL}/{token}/rules", OFFICE).text
    for name in ("accepted", "rejected", "rules"):
        assert ask("GET", f"{URL}/{token}/{name}", OTHER).status_code == 404
    whole = post(ask)
    assert ask("GET", f"{URL}/{whole}/rejected", OFFICE).status_code == 404


def test_a_request_with_a_key_comes_to_one_submission(hub: Hub, ask: Ask) -> None:
    once = {"Idempotency-Key": "2026-06"}
    first = post(ask, headers=once)
    intake.run_pending(hub)
    assert post(ask, headers=once) == first  # though it is finished by now
    assert post(ask) != first  # without the key it is a new one
    other = ask("POST", f"{URL}?filename=a.csv", OFFICE, data=BODY + b" ", headers=once)
    assert other.status_code == 422
    assert ask("POST", f"{URL}?filename=b.csv", OFFICE, data=BODY, headers=once).status_code == 422
    assert ask("POST", f"{URL}?filename=a.csv", ADMIN, data=BODY, headers=once).json["token"] != (
        first
    )  # keys belong to who uses them
    assert ask("POST", URL, OFFICE, data=BODY, headers={"Idempotency-Key": ""}).status_code == 400


def test_the_place_in_the_queue_and_the_progress_are_told(hub: Hub, ask: Ask) -> None:
    tokens = [post(ask, message([row("MEX", "2020-01", n)])) for n in range(3)]
    assert [ask("GET", f"{URL}/{t}").json["ahead"] for t in tokens] == [0, 1, 2]
    intake.run_pending(hub)
    state = ask("GET", f"{URL}/{tokens[2]}").json
    assert state["ahead"] is None
    assert state["progress"] == {"stage": "done", "observations": 1, "percent": 100}


def test_policies_are_for_those_who_may(hub: Hub, ask: Ask) -> None:
    policy = {"embargo_until": "2999-01-01T00:00:00Z", "embargo_delay": "P7D"}
    assert ask("PUT", POLICY, OFFICE, json=policy).status_code == 403
    assert ask("GET", "/api/policies", OFFICE).status_code == 403
    assert ask("PUT", POLICY, json=policy).json == {
        "kind": "dataflow", "subject": str(BORDER), "review": False, **policy,
    }  # fmt: skip
    assert len(ask("GET", "/api/policies").json["policies"]) == 1
    for wrong, status in (
        ({"review": "yes"}, 400), ({"embargo_until": "soon"}, 400), ({"x": 1}, 400),
        ({"embargo_delay": "1 week"}, 400),
    ):  # fmt: skip
        assert ask("PUT", POLICY, json=wrong).status_code == status
    assert ask("PUT", "/api/policies/dataflow/X:Y(1.0.0)", json={}).status_code == 404
    assert ask("PUT", "/api/policies/cube/X:Y(1.0.0)", json={}).status_code == 400
    assert ask("PUT", "/api/policies/dataflow/nonsense", json={}).status_code == 400
    assert ask("DELETE", POLICY).json == {"policies": []}
    assert ask("DELETE", POLICY).status_code == 404


def test_every_decision_is_in_the_audit_trail(hub: Hub, ask: Ask) -> None:
    token = waiting(hub, ask)
    ask("POST", f"{URL}/{token}/approve", REVIEWER, json={})
    intake.run_pending(hub)
    ask("DELETE", f"{URL}/{token}")
    told = io.StringIO(ask("GET", "/api/audit").text).read()
    for action in ('"policy"', '"approved"', '"undo"'):
        assert action in told
