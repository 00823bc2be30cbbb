"""What REST 2.2 says of the rest of its resources: what is asked in no other place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from released import ROWS, border, release

from hub.messages.api import WriteOptions, write_data
from hub.model.dataset import CODED, Action, Block, Header
from hub.store.home import Hub
from hub.structures.ml21_read import read
from registry.app import create_app

ML21 = {"Accept": "application/vnd.sdmx.structure+xml;version=2.1"}
KEY = {"X-API-Key": "test-admin-key-0123456789"}


@pytest.mark.conformance("v2.structure.detail.unknown", "v2.structure.references.unknown")
@pytest.mark.parametrize("query", ["detail=most", "references=cousins", "references=children,x"])
def test_words_nobody_knows_are_syntax_errors(client: FlaskClient, query: str) -> None:
    assert client.get(f"/sdmx/v2/structure/codelist/SDMX/CL_SEX?{query}").status_code == 400


@pytest.mark.conformance(
    "v2.structure.references.type", "v2.structure.references.several", "v2.structure.items"
)
def test_types_as_references_and_items(client: FlaskClient) -> None:
    def kinds(query: str) -> set[str]:
        url = f"/sdmx/v2/structure/dataflow/MIGHUB/DF_MIG_BORDER?{query}"
        return {type(a).__name__ for a in read(client.get(url, headers=ML21).data)}

    flow = "DataflowDefinition"
    assert kinds("references=datastructure") == {flow, "DataStructureDefinition"}
    assert kinds("references=datastructure,dataconstraint") == {
        flow, "DataStructureDefinition", "ContentConstraint",
    }  # fmt: skip
    (scheme,) = read(client.get("/sdmx/v2/structure/codelist/SDMX/CL_SEX/~/F,M", headers=ML21).data)
    assert (list(scheme.items), scheme.is_partial) == (["F", "M"], True)


@pytest.mark.conformance("v2.availability.reporting_year_start")
def test_availability_counts_periods_of_the_reporting_year(client: FlaskClient) -> None:
    def observations(query: str) -> int:
        url = f"/sdmx/v2/availability/dataflow/MIGHUB/DF_MIG_BORDER?{query}"
        accept = {"Accept": "application/vnd.sdmx.structure+json;version=2.1.0"}
        (one,) = client.get(url, headers=accept).json["data"]["availabilityConstraints"]
        found: int = one["obsCount"]
        return found

    third = "c[TIME_PERIOD]=ge:2024-Q3+le:2024-Q3"
    summer = {f"2024-{m:02}" for m in (7, 8, 9)}
    winter = {f"2025-{m:02}" for m in (1, 2, 3)}
    assert observations(third) == sum(r["TIME_PERIOD"] in summer for r in ROWS)
    assert observations(f"{third}&reportingYearStartDay=--07-01") == sum(
        r["TIME_PERIOD"] in winter for r in ROWS
    )


@pytest.mark.conformance("v2.availability.answer31_times")
def test_availability_of_3_1_says_from_when_to_when(client: FlaskClient) -> None:
    url = "/sdmx/v2/availability/dataflow/MIGHUB/DF_MIG_BORDER/*/*/TIME_PERIOD"
    accept = {"Accept": "application/vnd.sdmx.structure+xml;version=3.1.0"}
    root = etree.fromstring(client.get(url, headers=accept).data)
    times = [e.text for e in root.iter("{*}StartPeriod", "{*}EndPeriod")]
    assert times == ["2024-01-01T00:00:00", "2025-12-31T23:59:59"]


@pytest.mark.conformance("v2.registration.updated")
def test_the_bounds_of_the_last_update_are_exclusive(new_hub: Callable[[], Hub]) -> None:
    hub = new_hub()
    agreement = next(
        a for a in hub.structures.agreements() if a.structure_usage.id == "DF_MIG_BORDER"
    )
    release(hub, [border("2025-01", "1")], provider=agreement.data_provider.id)
    client = create_app(hub).test_client()
    accept = {"Accept": "application/vnd.sdmx.registry+xml;version=3.1.0"}
    answer = client.get("/sdmx/v2/registration", headers=accept)
    (one,) = etree.fromstring(answer.data).iter("{*}Registration")
    said = datetime.fromisoformat(one.get("lastUpdated"))
    exact = (said if said.tzinfo else said.replace(tzinfo=UTC)).isoformat().replace("+00:00", "Z")
    for bound in ("updatedAfter", "updatedBefore"):
        found = client.get(f"/sdmx/v2/registration?{bound}={exact}", headers=accept)
        assert found.status_code == 204, bound


@pytest.mark.conformance("v2.data.at_observation_no_time")
def test_without_time_data_are_flat(hub: Hub) -> None:
    schema = replace(hub.structures.dataflow("MIGHUB", "DF_MIG_BORDER", None), time=None)
    row = border("2024-01", "1")
    columns = [c for c in schema.columns if row.get(c) is not None]
    arrays = [pa.array([row[c]], pa.string() if c == "OBS_VALUE" else CODED) for c in columns]
    block = Block(schema, Action.REPLACE, pa.record_batch(arrays, names=columns))
    header = Header("T", "MIGHUB", datetime(2026, 1, 1, tzinfo=UTC))
    body = b"".join(write_data([block], "sdmx-ml-3.0", header, WriteOptions()))
    (structure,) = etree.fromstring(body).iter("{*}Structure")
    assert structure.get("dimensionAtObservation") == "AllDimensions"


@pytest.mark.conformance("v2.maintenance.no_data")
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_data_are_not_written_here(client: FlaskClient, method: str) -> None:
    answer = client.open("/sdmx/v2/data/dataflow/MIGHUB/DF_MIG_BORDER", method=method)
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


@pytest.mark.conformance("v2.maintenance.subscriptions")
@pytest.mark.parametrize("version", ["2.1", "3.0.0", "3.1.0"])
def test_own_subscriptions_may_be_asked_for(client: FlaskClient, version: str) -> None:
    media = f"application/vnd.sdmx.registry+xml;version={version}"
    assert client.get("/sdmx/v2/subscription", headers={"Accept": media}).status_code == 401
    answer = client.get("/sdmx/v2/subscription", headers={"Accept": media, **KEY})
    assert (answer.status_code, answer.content_type) == (200, media)
    assert etree.fromstring(answer.data).find("{*}QuerySubscriptionResponse") is not None


@pytest.mark.conformance("v2.status.413")
def test_a_body_beyond_the_limit(app: Flask, client: FlaskClient) -> None:
    whole = app.config["MAX_CONTENT_LENGTH"]
    app.config["MAX_CONTENT_LENGTH"] = 100
    try:
        answer = client.post("/sdmx/v2/structure", data=b"<x/>" * 100, headers=KEY)
    finally:
        app.config["MAX_CONTENT_LENGTH"] = whole
    assert answer.status_code == 413
    assert etree.fromstring(answer.data)[0].get("code") == "510"
