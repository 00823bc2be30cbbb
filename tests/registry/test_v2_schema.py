"""JSON Schemas of the hub: they accept its own data messages, and no others."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from flask.testing import FlaskClient
from released import ROWS

FLOW = "dataflow/MIGHUB/DF_MIG_BORDER"
DATA = f"/sdmx/v2/data/{FLOW}/1.0.0?c[REF_AREA]=DOM&c[TIME_PERIOD]=2024-01"
JSON = "application/vnd.sdmx.{}+json;version={}"
VERSIONS = ["2.0.0", "2.1.0"]


@pytest.fixture
def validator(client: FlaskClient) -> Callable[..., Any]:
    """The schema of a context, with the official one it refers to."""

    def fetch(uri: str) -> Any:
        return json.loads(client.get(uri.removeprefix("http://localhost")).data)

    def make(version: str, query: str = "", context: str = FLOW) -> Any:
        accept = JSON.format("schema", version)
        answer = client.get(f"/sdmx/v2/schema/{context}{query}", headers={"Accept": accept})
        assert (answer.status_code, answer.content_type) == (200, accept)
        schema = answer.json
        jsonschema_rs.meta.validate(schema)
        return jsonschema_rs.validator_for(schema, retriever=fetch, validate_formats=True)

    return make


def message(client: FlaskClient, version: str, more: str = "") -> Any:
    return client.get(DATA + more, headers={"Accept": JSON.format("data", version)}).json


def entry(message: Any, kind: str, id_: str) -> Any:
    """The description of a component in a message."""
    (structure,) = message["data"]["structures"]
    (found,) = [one for level in structure[kind].values() for one in level if one["id"] == id_]
    return found


@pytest.mark.conformance("v2.media.schema_json")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("at", ["", "AllDimensions", "SEX"])
def test_it_accepts_what_the_hub_sends(
    client: FlaskClient, validator: Callable[..., Any], version: str, at: str
) -> None:
    schema = validator(version, f"?dimensionAtObservation={at}" if at else "")
    given = message(client, version, f"&dimensionAtObservation={at}" if at else "")
    assert given["data"]["dataSets"]
    assert [str(e) for e in schema.iter_errors(given)] == []


@pytest.mark.conformance("v2.media.schema_json")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("kind", "component", "fault"),
    [
        ("dimensions", "MEASURE", {"values": [{"id": "RETURNS_MADE", "name": "of another flow"}]}),
        ("dimensions", "REF_AREA", {"values": [{"id": "QQQ", "name": "Nowhere"}]}),
        ("dimensions", "SEX", {"id": "GENDER"}),
        ("attributes", "OBS_STATUS", {"values": [{"id": "QQ", "name": "unheard of"}]}),
        ("attributes", "OBS_STATUS", {"id": "STATUS"}),
        ("measures", "OBS_VALUE", {"id": "VALUE"}),
    ],
)
def test_it_refuses_what_the_structure_does_not_allow(
    client: FlaskClient, validator: Callable[..., Any], version: str, kind: str, component: str,
    fault: dict[str, Any],
) -> None:  # fmt: skip
    schema, given = validator(version), message(client, version)
    entry(given, kind, component).update(fault)
    assert not schema.is_valid(given)


@pytest.mark.conformance("v2.media.schema_json")
@pytest.mark.parametrize("version", VERSIONS)
def test_it_asks_for_the_official_schema_too(
    client: FlaskClient, validator: Callable[..., Any], version: str
) -> None:
    given = message(client, version)
    given["data"]["dataSets"][0]["action"] = "Improve"
    assert not validator(version).is_valid(given)


@pytest.mark.conformance("v2.schema.at_observation")
@pytest.mark.parametrize("version", VERSIONS)
def test_the_layout_is_part_of_it(
    client: FlaskClient, validator: Callable[..., Any], version: str
) -> None:
    flat = message(client, version, "&dimensionAtObservation=AllDimensions")
    assert not validator(version).is_valid(flat)


@pytest.mark.conformance("v2.schema.deletion")
@pytest.mark.parametrize("version", VERSIONS)
def test_only_messages_that_delete_may_leave_dimensions_out(
    client: FlaskClient, validator: Callable[..., Any], version: str
) -> None:
    given = message(client, version)
    (structure,) = given["data"]["structures"]
    for level in structure["dimensions"].values():
        level[:] = [one for one in level if one["id"] != "SEX"]
    assert not validator(version).is_valid(given)
    assert validator(version, "?deletion=true").is_valid(given)


@pytest.mark.conformance("v2.schema.contexts")
def test_constraints_count_up_to_the_context(
    client: FlaskClient, validator: Callable[..., Any]
) -> None:
    given = message(client, "2.1.0")
    entry(given, "dimensions", "MEASURE")["values"][0]["id"] = "RETURNS_MADE"
    assert not validator("2.1.0").is_valid(given)
    assert validator("2.1.0", context="datastructure/MIGHUB/MIG_ADMIN").is_valid(given)
    agreed = "provisionagreement/MIGHUB/PA_MEX_UPM_MIG_BORDER"
    assert {str(r["REF_AREA"]) for r in ROWS} == {"DOM", "MEX"}
    assert not validator("2.1.0", context=agreed).is_valid(message(client, "2.1.0"))
