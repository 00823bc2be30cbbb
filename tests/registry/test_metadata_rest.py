"""Reference metadata over HTTP: queries of both interfaces, schemas, and sets handed in."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import etree

from hub.metadata.csv_read import read21 as read_csv
from hub.metadata.json2 import read21 as read_json
from hub.metadata.ml3 import read31
from hub.metadata.ml21_read import read_generic, read_specific
from hub.store.home import Hub
from hub.store.keys import Role
from hub.structures.xsd_official import compile_with, message_path
from registry.app import create_app

SETS = "/sdmx/v2/metadata/metadataset"
ADMIN = {"X-API-Key": "test-admin-key-0123456789"}
TYPE = "application/vnd.sdmx."
FLOW = "urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=MIGHUB:DF_MIG_BORDER(1.0.0)"


def names(client: FlaskClient, url: str) -> list[str]:
    """Sets of an answer in JSON as ``PROVIDER:ID(VERSION)``."""
    answer = client.get(url)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return [str(one.ref) for one in read_json(answer.data)]


@pytest.mark.conformance("v2.metadata.metadataset")
@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/MEX_UPM", ["BORDER", "IRREGULAR", "RETURNS"]),
        ("/MIGHUB.MEX_UPM", ["BORDER", "IRREGULAR", "RETURNS"]),
        ("/MEX_UPM/QUALITY_MIG_BORDER,QUALITY_MIG_RETURNS/1.0.0", ["BORDER", "RETURNS"]),
        ("/MEX_UPM/QUALITY_MIG_BORDER/+", ["BORDER"]),
        ("/MEX_UPM/QUALITY_MIG_BORDER/1.+.0", ["BORDER"]),
    ],
)
def test_sets_by_provider_and_id(client: FlaskClient, path: str, found: list[str]) -> None:
    wanted = [f"MEX_UPM:QUALITY_MIG_{name}(1.0.0)" for name in found]
    assert names(client, SETS + path) == wanted


@pytest.mark.conformance("v2.metadata.metadataflow")
def test_sets_by_metadataflow(client: FlaskClient) -> None:
    flow = "/sdmx/v2/metadata/metadataflow/MIGHUB/MDF_QUALITY"
    everything = names(client, flow)
    assert everything == names(client, SETS) and len(everything) > 10
    of_two = names(client, f"{flow}/1.0.0/INT_IOM,MIGHUB.CRI_DGME")
    assert of_two == [n for n in everything if n.startswith(("CRI_DGME:", "INT_IOM:"))]
    assert {"CRI_DGME:QUALITY_MIG_BORDER(1.0.0)", "INT_IOM:QUALITY_MIG_INDICATOR(1.0.0)"} < set(
        of_two
    )
    assert client.get(f"{flow}/1.0.0/OTHER.CRI_DGME").status_code == 204


@pytest.mark.conformance("v2.metadata.structure")
def test_sets_by_what_they_are_about(client: FlaskClient) -> None:
    wanted = [n for n in names(client, SETS) if n.endswith(":QUALITY_MIG_BORDER(1.0.0)")]
    assert {f"{p}:QUALITY_MIG_BORDER(1.0.0)" for p in ("CRI_DGME", "DOM_BCRD")} < set(wanted)
    for path in ("structure/dataflow", "dataflow"):
        assert names(client, f"/sdmx/v2/metadata/{path}/MIGHUB/DF_MIG_BORDER") == wanted
    assert client.get("/sdmx/v2/metadata/structure/codelist").status_code == 204


@pytest.mark.conformance("v2.metadata.detail")
def test_stubs(client: FlaskClient) -> None:
    whole, short = (
        client.get(f"{SETS}/MEX_UPM/QUALITY_MIG_BORDER{q}") for q in ("", "?detail=allstubs")
    )
    (one,) = read_json(short.data)
    assert one.tree["isExternalReference"] is True
    assert all(set(a) == {"id"} for a in one.attributes)
    assert b"points of entry" in whole.data and b"points of entry" not in short.data


@pytest.mark.conformance("v2.metadata.empty")
def test_nothing_and_nonsense(client: FlaskClient) -> None:
    assert client.get(f"{SETS}/NOBODY").status_code == 204
    assert client.get(f"{SETS}/MEX_UPM/QUALITY_MIG_BORDER/9.0.0").status_code == 204
    for wrong in (f"{SETS}/a/b/c/d", f"{SETS}?detail=some", f"{SETS}/X/Y/+.2.3",
                  f"{SETS}?asOf=once", "/sdmx/v2/metadata/nothing"):  # fmt: skip
        assert client.get(wrong).status_code == 400


@pytest.mark.conformance("v2.media.metadata")
@pytest.mark.parametrize(
    ("accept", "given"),
    [
        (None, "metadata+json;version=2.1.0"),
        ("*/*", "metadata+json;version=2.1.0"),
        ("application/xml", "metadata+xml;version=3.1.0"),
        ("text/csv", "metadata+csv;version=2.1.0"),
        (f"{TYPE}metadata+json;version=2.0.0", "metadata+json;version=2.0.0"),
        (f"{TYPE}metadata+xml;version=3.0.0", "metadata+xml;version=3.0.0"),
        (f"{TYPE}metadata+csv;version=2.0.0", "metadata+csv;version=2.0.0"),
        (f"{TYPE}genericmetadata+xml;version=2.1", "genericmetadata+xml;version=2.1"),
    ],
)
def test_media_types_of_v2(client: FlaskClient, accept: str | None, given: str) -> None:
    answer = client.get(SETS, headers={"Accept": accept} if accept else {})
    assert answer.headers["Content-Type"] == TYPE + given
    refused = client.get(SETS, headers={"Accept": f"{TYPE}data+json;version=2.0.0"})
    assert refused.status_code == 406


@pytest.mark.conformance("v1.media.metadata", "v1.metadata.flow", "v1.metadata.provider")
def test_sets_of_v1(client: FlaskClient) -> None:
    answer = client.get("/sdmx/v1/metadata/MIGHUB,MDF_QUALITY,1.0.0")
    assert answer.headers["Content-Type"] == f"{TYPE}genericmetadata+xml;version=2.1"
    everything = read_generic(answer.data)
    assert len(everything) > 10
    for provider in ("MEX_UPM", "MIGHUB,MEX_UPM"):
        one = client.get(
            f"/sdmx/v1/metadata/MDF_QUALITY/all/{provider}",
            headers={"Accept": f"{TYPE}structurespecificmetadata+xml;version=2.1"},
        )
        assert one.headers["Content-Type"] == f"{TYPE}structurespecificmetadata+xml;version=2.1"
        mine = [s.tree for s in everything if s.provider == "MEX_UPM"]
        assert [s.tree for s in read_specific(one.data)] == mine
    assert client.get("/sdmx/v1/metadata/NOPE").status_code == 404


@pytest.mark.conformance("v1.metadata.key")
def test_no_metadata_about_keys(client: FlaskClient) -> None:
    assert client.get("/sdmx/v1/metadata/MDF_QUALITY/A.B/all").status_code == 404
    assert client.get("/sdmx/v1/metadata/MDF_QUALITY/all/all").status_code == 200


def test_every_format_says_the_same(client: FlaskClient) -> None:
    url = f"{SETS}/MEX_UPM?format="
    (json, xml, table) = (
        client.get(url + name).data for name in ("jsonmetadata", "xmlmetadata", "csvmetadata")
    )
    wanted = [s.tree for s in read_json(json)]
    assert [s.tree for s in read31(xml)] == wanted
    assert [s.tree for s in read_csv(table)] == [
        {k: v for k, v in t.items() if k != "names"} for t in wanted
    ]


def test_the_client_that_has_it_gets_304(client: FlaskClient) -> None:
    tag = client.get(SETS).headers["ETag"]
    assert client.get(SETS, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.conformance("v2.metadata.structures")
@pytest.mark.parametrize(
    ("kind", "number"),
    [("metadatastructure", 1), ("metadataflow", 1), ("metadataproviderscheme", 1),
     ("metadataprovisionagreement", 10)],
)  # fmt: skip
def test_the_structures_of_metadata(client: FlaskClient, kind: str, number: int) -> None:
    for format_ in ("sdmx-json-2.0", "sdmx-json-2.1", "sdmx-ml-3.0", "sdmx-ml-3.1"):
        answer = client.get(f"/sdmx/v2/structure/{kind}/MIGHUB?format={format_}-structure")
        assert answer.status_code == 200
        assert len(answer.data) > 300 * number
    legacy = client.get(f"/sdmx/v1/{kind}/MIGHUB")
    assert legacy.status_code == (200 if kind in ("metadatastructure", "metadataflow") else 404)


@pytest.mark.conformance("v1.schema.metadata", "v2.schema.metadata")
@pytest.mark.parametrize(
    "path",
    ["v1/schema/metadatastructure/MIGHUB/MSD_QUALITY", "v1/schema/metadataflow/MIGHUB/MDF_QUALITY",
     "v2/schema/metadataprovisionagreement/MIGHUB/MPA_MEX_UPM"],
)  # fmt: skip
def test_the_schema_accepts_the_messages(client: FlaskClient, path: str) -> None:
    schema = client.get(f"/sdmx/{path}")
    assert schema.headers["Content-Type"] == f"{TYPE}schema+xml;version=2.1"
    folder = message_path("2.1").parent.as_uri()
    local = schema.data.replace(b"http://localhost/schemas/2.1", folder.encode())
    namespace = etree.fromstring(schema.data).get("targetNamespace")
    assert namespace is not None
    compiled = compile_with("2.1", {namespace: local})
    message = client.get("/sdmx/v1/metadata/MDF_QUALITY?format=structurespecificmetadata").data
    assert compiled.validate(etree.fromstring(message)), compiled.error_log
    wrong = message.replace(b'value="M"', b'value="often"', 1)
    assert not compiled.validate(etree.fromstring(wrong))


@pytest.mark.conformance("v2.schema.metadata", "v1.schema.metadata")
def test_the_schema_as_structures(client: FlaskClient) -> None:
    url = "/sdmx/v2/schema/metadataflow/MIGHUB/MDF_QUALITY"
    answer = client.get(url, headers={"Accept": f"{TYPE}structure+json;version=2.0.0"})
    data = answer.get_json(force=True)["data"]
    assert {k: [a["id"] for a in v] for k, v in data.items()} == {
        "metadataStructures": ["MSD_QUALITY"],
        "codelists": ["CL_FREQ", "CL_COLLECTION"],
        "conceptSchemes": ["CS_QUALITY"],
        "agencySchemes": ["AGENCIES"],
    }
    refused = client.get(url, headers={"Accept": f"{TYPE}schema+xml;version=3.1.0"})
    assert refused.status_code == 406


def _message(client: FlaskClient, **more: Any) -> dict[str, Any]:
    message: dict[str, Any] = client.get(f"{SETS}/MEX_UPM/QUALITY_MIG_BORDER/1.0.0").get_json(
        force=True
    )
    message["data"]["metadataSets"][0].update(more)
    return message


@pytest.mark.conformance("v2.metadata.submission", "v2.metadata.as_of")
def test_a_draft_is_entered_replaced_deleted_and_remembered(new_hub: Callable[[], Hub]) -> None:
    client = create_app(new_hub()).test_client()
    url = f"{SETS}/MEX_UPM/QUALITY_MIG_BORDER/1.1.0-draft"
    message = _message(client, version="1.1.0-draft")

    def post(**query: str) -> tuple[int, Any]:
        answer = client.post("/sdmx/v2/metadata", json=message, headers=ADMIN, query_string=query)
        return answer.status_code, answer.get_json(force=True)["results"][0]["code"]

    assert post(dryRun="true") == (201, 201)
    assert client.get(url).status_code == 204
    assert post() == (201, 201)
    time.sleep(0.01)
    between = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    time.sleep(0.01)
    message["data"]["metadataSets"][0]["name"] = "Changed"
    message["data"]["metadataSets"][0]["names"] = {"en": "Changed"}
    assert post() == (200, 200)
    assert read_json(client.get(url).data)[0].tree["names"] == {"en": "Changed"}
    then = read_json(client.get(f"{url}?asOf={between}").data)[0].tree["names"]
    assert then["en"].startswith("Border entries")
    assert client.delete(url, headers=ADMIN).status_code == 200
    assert client.get(url).status_code == 204
    assert client.get(f"{url}?asOf={between}").status_code == 200
    assert client.get(f"{SETS}?asOf=2001-01-01T00:00:00Z").status_code == 204
    assert client.delete(url, headers=ADMIN).status_code == 404


@pytest.mark.conformance("v2.metadata.submission")
def test_final_sets_stay_and_faults_are_told_in_spanish(new_hub: Callable[[], Hub]) -> None:
    client = create_app(new_hub()).test_client()
    final = f"{SETS}/MEX_UPM/QUALITY_MIG_BORDER/1.0.0"
    assert client.delete(final, headers=ADMIN).status_code == 409
    changed = _message(client, name="X", names={"en": "X"})
    assert client.put(final, json=changed, headers=ADMIN).status_code == 409
    assert client.put(f"{SETS}/MEX_UPM/OTHER/1.0.0", json=changed, headers=ADMIN).status_code == 422
    wrong = _message(client, version="1.1.0", targets=[FLOW.replace("BORDER", "STOCK")])
    answer = client.post(
        "/sdmx/v2/metadata", json=wrong, headers={**ADMIN, "Accept-Language": "es"}
    )
    (result,) = answer.get_json(force=True)["results"]
    assert (answer.status_code, result["findings"][0]["rule"]) == (422, "METADATA_TARGET")
    assert result["findings"][0]["message"].startswith("El conjunto de metadatos")
    two = _message(client, version="1.1.0")
    two["data"]["metadataSets"] += wrong["data"]["metadataSets"]
    two["data"]["metadataSets"][1]["version"] = "1.2.0"
    mixed = client.post("/sdmx/v2/metadata", json=two, headers=ADMIN)
    assert mixed.status_code == 207
    assert [r["code"] for r in mixed.get_json(force=True)["results"]] == [201, 422]
    assert names(client, f"{SETS}/MEX_UPM/QUALITY_MIG_BORDER/*") == [
        f"MEX_UPM:QUALITY_MIG_BORDER({v})" for v in ("1.0.0", "1.1.0")
    ]


@pytest.mark.conformance("v2.metadata.submission")
def test_a_provider_reports_for_itself(new_hub: Callable[[], Hub]) -> None:
    hub = new_hub()
    hub.keys.add("a-key-of-the-migration-policy-unit", "UPM", Role.PROVIDER, "MEX_UPM")
    hub.keys.add("a-key-of-the-guatemalan-institute", "IGM", Role.PROVIDER, "GTM_IGM")
    client = create_app(hub).test_client()
    message = _message(client, version="1.0.1")

    def post(key: str | None) -> int:
        headers = {"X-API-Key": key} if key else {}
        return client.post("/sdmx/v2/metadata", json=message, headers=headers).status_code

    assert post(None) == 401
    assert post("a-key-of-the-guatemalan-institute") == 403
    assert post("a-key-of-the-migration-policy-unit") == 201
    assert post("a-key-of-the-migration-policy-unit") == 200


@pytest.mark.conformance("v2.metadata.submission")
@pytest.mark.parametrize(
    "format_",
    ["sdmx-ml-2.1-metadata-generic", "sdmx-ml-2.1-metadata", "sdmx-ml-3.0-metadata",
     "sdmx-ml-3.1-metadata", "sdmx-json-2.0-metadata", "sdmx-csv-2.0-metadata",
     "sdmx-csv-2.1-metadata"],
)  # fmt: skip
def test_what_the_hub_writes_it_takes_in_every_format(client: FlaskClient, format_: str) -> None:
    given = client.get(f"{SETS}/GTM_IGM?format={format_}")
    answer = client.post("/sdmx/v2/metadata?dryRun=true", data=given.data, headers=ADMIN)
    (result,) = answer.get_json(force=True)["results"]
    # A table has no names: it would be a change of a final set.
    assert result["code"] == (409 if "csv" in format_ else 200), result


@pytest.mark.conformance("v2.metadata.structures")
@pytest.mark.parametrize("name", ["sdmx-ml-2.1-structure", "sdmx-json-1.0-structure"])
def test_a_format_of_2_1_leaves_out_what_2_1_has_not(client: FlaskClient, name: str) -> None:
    everything = client.get(f"/sdmx/v2/structure/*/MIGHUB?format={name}")
    assert everything.status_code == 200
    assert b"MSD_QUALITY" in everything.data and b"METADATA_PROVIDERS" not in everything.data
    asked = client.get(f"/sdmx/v2/structure/metadataproviderscheme/MIGHUB?format={name}")
    assert asked.status_code == 501
