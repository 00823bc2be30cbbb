"""Structure queries over HTTP, through the application, on the shipped structures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import etree

from hub.query.structure import V1_RESOURCES, V2_TYPES
from hub.settings import Settings
from hub.store.home import Hub
from hub.structures.ml21_read import findings, read
from hub.structures.xsd_official import validate_tree
from registry.app import create_app

ML21 = "application/vnd.sdmx.structure+xml;version=2.1"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    home: Path = tmp_path_factory.mktemp("home")
    with Hub.init(Settings.load({"HUB_HOME": str(home)})) as hub:
        yield create_app(hub).test_client()


def found(client: FlaskClient, url: str) -> list[str]:
    response = client.get(url, headers={"Accept": ML21})
    assert (response.status_code, response.content_type) == (200, ML21), response.text
    assert findings(response.data) == []
    return sorted(a.id for a in read(response.data))


@pytest.mark.conformance("v2.operators.any", "v2.operators.latest_stable", "v2.operators.latest")
@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/sdmx/v1/dataflow/MIGHUB/DF_MIG_BORDER", ["DF_MIG_BORDER"]),
        ("/sdmx/v1/dataflow/ALL/DF_MIG_BORDER/latest/", ["DF_MIG_BORDER"]),
        ("/sdmx/v1/datastructure/all/MIG_FLOW/1.0.0", ["MIG_FLOW"]),
        ("/sdmx/v1/codelist/MIGHUB%2BSDMX/CL_SEX%2BCL_AGE", ["CL_AGE", "CL_SEX"]),
        ("/sdmx/v1/codelist/SDMX/CL_SEX+CL_AGE/latest/M+F?x=1", ["CL_SEX"]),
        ("/sdmx/v1/dataflow/MIGHUB/DF_MIG_FLOW/latest/?references=children",
         ["DF_MIG_FLOW", "MIG_FLOW"]),
        ("/sdmx/v1/agencyscheme/SDMX", ["AGENCIES"]),
        ("/sdmx/v1/organisationscheme/SDMX+MIGHUB", ["AGENCIES", "DATA_PROVIDERS"]),
        ("/sdmx/v2/structure/dataflow/MIGHUB/DF_MIG_BORDER/%2B", ["DF_MIG_BORDER"]),
        ("/sdmx/v2/structure/dataflow/%2A/DF_MIG_BORDER%2CDF_MIG_FLOW/~",
         ["DF_MIG_BORDER", "DF_MIG_FLOW"]),
        ("/sdmx/v2/structure/datastructure/MIGHUB/MIG_STOCK/1.0.0", ["MIG_STOCK"]),
    ],
)  # fmt: skip
def test_queries(client: FlaskClient, url: str, expected: list[str]) -> None:
    assert found(client, url) == expected


def test_xml_of_2_1_is_the_default_of_v1(client: FlaskClient) -> None:
    for accept in (None, "*/*", "application/xml", ML21, f"{ML21};q=0.5, text/html"):
        headers = {"Accept": accept} if accept else {}
        response = client.get("/sdmx/v1/dataflow", headers=headers)
        assert response.content_type == ML21
        assert "Accept" in response.headers["Vary"]


@pytest.mark.conformance(
    "v2.structure.unknown_type", "v2.status.404", "v2.status.406", "v2.status.400"
)
@pytest.mark.conformance("v1.status.body", "v1.status.404", "v1.status.406")
@pytest.mark.parametrize(
    ("url", "accept", "status", "code"),
    [
        ("/sdmx/v1/codelist/MIGHUB/NOPE", None, 404, "100"),
        ("/sdmx/v2/structure/codelist/MIGHUB/NOPE", None, 404, "100"),
        ("/sdmx/v2/structure/codelist/MIGHUB/NOPE/1.x", None, 400, "140"),
        ("/sdmx/v1/hierarchicalcodelist", None, 404, "100"),
        ("/sdmx/v1/codelist/MIGHUB/CL_SEX/one", None, 400, "140"),
        ("/sdmx/v1/dataflow?detail=everything", None, 400, "140"),
        ("/sdmx/v2/structure/nothing", None, 400, "140"),
        ("/sdmx/v1/dataflow", "text/html", 406, "140"),
        ("/sdmx/v2/structure/dataflow", f"{ML21[:-3]}9.0", 406, "140"),
    ],
)  # fmt: skip
def test_errors_are_sdmx_messages(
    client: FlaskClient, url: str, accept: str | None, status: int, code: str
) -> None:
    response = client.get(url, headers={"Accept": accept} if accept else {})
    assert response.status_code == status
    root = etree.fromstring(response.data)
    assert validate_tree(root, "2.1") == []
    assert root[0].get("code") == code


@pytest.mark.conformance("v1.structure.detail.allstubs")
def test_stubs_say_where_the_whole_is(client: FlaskClient) -> None:
    response = client.get("/sdmx/v1/dataflow/MIGHUB/DF_MIG_BORDER?detail=allstubs")
    (stub,) = read(response.data)
    assert stub.is_external_reference
    whole = client.get(stub.structure_url.removeprefix("http://localhost"))
    assert [a.id for a in read(whole.data)] == ["DF_MIG_BORDER"]


def test_a_stub_of_one_answer_does_not_change_the_next(client: FlaskClient) -> None:
    client.get("/sdmx/v1/codelist/SDMX/CL_SEX?detail=allstubs")
    (whole,) = read(client.get("/sdmx/v1/codelist/SDMX/CL_SEX").data)
    assert len(whole.items) > 2
    assert whole.structure_url is None


def test_an_unchanged_answer_is_not_sent_again(client: FlaskClient) -> None:
    first = client.get("/sdmx/v1/dataflow")
    again = client.get("/sdmx/v1/dataflow", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = client.get(
        "/sdmx/v1/codelist/SDMX/CL_SEX", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert other.status_code == 200


@pytest.mark.conformance("v1.structure.detail.referencepartial")
def test_constraints_make_lists_partial(client: FlaskClient) -> None:
    response = client.get(
        "/sdmx/v1/dataflow/MIGHUB/DF_MIG_BORDER?references=all&detail=referencepartial"
    )
    measures = next(a for a in read(response.data) if a.id == "CL_MIG_MEASURE")
    assert measures.is_partial is True
    assert sorted(measures.items) == ["ENTRIES", "EXITS", "MOVEMENTS"]


JSON21 = "application/vnd.sdmx.structure+json;version=2.1.0"


@pytest.mark.conformance("v2.media.default_structure")
def test_json_is_the_default_of_v2_and_speaks_the_language_asked_for(client: FlaskClient) -> None:
    url = "/sdmx/v2/structure/codelist/SDMX/CL_SEX"
    for accept in (None, "*/*", "application/json", JSON21, f"{JSON21}, */*;q=0.1"):
        response = client.get(url, headers={"Accept": accept} if accept else {})
        assert response.content_type == JSON21
    spanish = client.get(url, headers={"Accept-Language": "es"})
    assert spanish.headers["Content-Language"] == "es"
    names = {
        r.headers["Content-Language"]: r.json["data"]["codelists"][0]["codes"][0]["name"]
        for r in (response, spanish)
    }
    assert names["en"] != names["es"]


STRUCTURE = "application/vnd.sdmx.structure"


@pytest.mark.conformance("v2.media.structure", "v2.media.ranges", "v2.media.short_versions")
@pytest.mark.parametrize("version", ["v1/", "v2/structure/"])
@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (f"{STRUCTURE}+xml;version=2.1", "xml;version=2.1"),
        (f"{STRUCTURE}+xml;version=3.0.0", "xml;version=3.0.0"),
        (f"{STRUCTURE}+xml;version=3.1.0", "xml;version=3.1.0"),
        (f"{STRUCTURE}+xml;version=3.1.0+", "xml;version=3.1.0"),
        (f"{STRUCTURE}+json;version=1.0.0", "json;version=1.0.0"),
        (f"{STRUCTURE}+json;version=1.0", "json;version=1.0.0"),
        (f"{STRUCTURE}+json; version=2.0.0", "json;version=2.0.0"),
        (f"{STRUCTURE}+json;version=2.1.0", "json;version=2.1.0"),
    ],
)
def test_every_version_to_who_asks(
    client: FlaskClient, version: str, asked: str, given: str
) -> None:
    response = client.get(f"/sdmx/{version}codelist/SDMX/CL_SEX", headers={"Accept": asked})
    assert (response.status_code, response.content_type) == (200, f"{STRUCTURE}+{given}")


def test_versions_that_are_not_said(client: FlaskClient) -> None:
    def types(url: str, accept: str) -> str:
        return client.get(url, headers={"Accept": accept}).content_type

    assert (
        types("/sdmx/v2/structure/dataflow", "application/xml") == f"{STRUCTURE}+xml;version=3.1.0"
    )
    for api in ("v1", "v2/structure"):  # an SDMX type without a version is the newest there is
        assert types(f"/sdmx/{api}/dataflow", f"{STRUCTURE}+json") == (
            f"{STRUCTURE}+json;version=2.1.0"
        )
        assert types(f"/sdmx/{api}/dataflow", f"{STRUCTURE}+xml") == (
            f"{STRUCTURE}+xml;version=3.1.0"
        )
    assert types("/sdmx/v1/dataflow", "application/json") == f"{STRUCTURE}+json;version=1.0.0"
    assert types("/sdmx/v1/dataflow?format=sdmx-json-2.1-structure", "*/*") == (
        f"{STRUCTURE}+json;version=2.1.0"
    )


@pytest.mark.conformance("v2.structure.types")
@pytest.mark.conformance("v1.status.every_interface")
def test_every_resource_of_the_standard_answers(client: FlaskClient) -> None:
    urls = [f"/sdmx/v1/{name}" for name in V1_RESOURCES]
    urls += [f"/sdmx/v2/structure/{name}?detail=raw" for name in V2_TYPES]
    answered = {url: client.get(url) for url in urls}
    assert {
        url: r.status_code for url, r in answered.items() if r.status_code not in {200, 404}
    } == {}
    missing = [r for r in answered.values() if r.status_code == 404]
    assert missing
    assert all(b'code="100"' in r.data for r in missing)
