"""Policies over the network and on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from test_disclosure_intake import AGREEMENT, TABLE, body

from hub import intake
from hub.cli import cli
from hub.store.home import Hub
from registry.app import create_app

PATH = f"/api/disclosure/agreement/{AGREEMENT}"


@pytest.fixture
def client(hub: Hub) -> Iterator[FlaskClient]:
    with create_app(hub).test_client() as opened:
        yield opened


def key(hub: Hub) -> dict[str, str]:
    return {"Authorization": f"Bearer {hub.admin_key}"}


def test_a_policy_is_set_used_and_removed(hub: Hub, client: FlaskClient) -> None:
    head = key(hub)
    put = client.put(PATH, json={"method": "suppress", "number": 5}, headers=head)
    assert put.status_code == 200
    expected = {
        "kind": "agreement", "subject": str(AGREEMENT), "method": "suppress", "number": 5,
        "declared": False,
    }  # fmt: skip
    assert put.get_json() == expected
    assert client.get("/api/disclosure", headers=head).get_json() == {"policies": [expected]}
    sent = client.post("/api/submissions?filename=lca.csv", data=body(TABLE), headers=head)
    token = sent.get_json()["token"]

    assert intake.process(hub, token).state == "published"
    done = client.get(f"/api/submissions/{token}/disclosure", headers=head).get_json()
    (entry,) = done["done"]
    assert entry["counts"] == {"primary": 1, "secondary": 1, "rounded": 0}
    assert client.delete(PATH, headers=head).get_json() == {"policies": []}
    assert client.delete(PATH, headers=head).status_code == 404


@pytest.mark.parametrize(
    "given",
    [{"method": "guess", "number": 5}, {"method": "suppress"}, {"method": "suppress", "number": 1},
     {"method": "round", "number": "5"}, {"method": "round", "number": 5, "more": 1}],
)  # fmt: skip
def test_a_rule_that_is_none_is_refused(hub: Hub, client: FlaskClient, given: object) -> None:
    assert client.put(PATH, json=given, headers=key(hub)).status_code == 400


def test_nobody_else_reads_or_sets_policies(hub: Hub, client: FlaskClient) -> None:
    assert client.get("/api/disclosure").status_code == 401
    assert client.put(PATH, json={"method": "suppress", "number": 5}).status_code == 401


def test_the_command_line_does_the_same(hub: Hub) -> None:
    where = {"HUB_HOME": str(hub.settings.home)}
    run = CliRunner(env=where).invoke
    assert run(cli, ["disclosure", str(AGREEMENT), "--agreement", "--suppress", "5"]).exit_code == 0
    shown = run(cli, ["disclosure", "--format", "json"])
    assert [(p["method"], p["number"]) for p in json.loads(shown.output)] == [("suppress", 5)]
    both = run(cli, ["disclosure", str(AGREEMENT), "--suppress", "5", "--round", "5"])
    assert both.exit_code == 2
    assert run(cli, ["disclosure", str(AGREEMENT), "--agreement", "--remove"]).output == ""
