"""REST 1.5, what goes around an answer: types, languages, encodings, conditions, statuses."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable

import pyarrow as pa
import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from released import border, release

from hub.store.home import Hub
from hub.structures.xsd_official import validate_tree
from registry.app import create_app

DATA = "/sdmx/v1/data/DF_MIG_BORDER"
STRUCTURE = "/sdmx/v1/codelist/SDMX/CL_SEX"
AVAILABLE = "/sdmx/v1/availableconstraint/DF_MIG_BORDER"
SCHEMA = "/sdmx/v1/schema/dataflow/MIGHUB/DF_MIG_BORDER"
SDMX = "application/vnd.sdmx."
STRUCTURE21 = f"{SDMX}structure+xml;version=2.1"
GENERIC = f"{SDMX}genericdata+xml;version=2.1"
CSV = f"{SDMX}data+csv;version=1.0.0"


def type_of(client: FlaskClient, url: str, accept: str | None) -> str:
    response = client.get(url, headers={"Accept": accept} if accept else {})
    assert response.status_code == 200, response.text
    return str(response.headers["Content-Type"])


@pytest.mark.parametrize(
    ("url", "default"),
    [
        pytest.param(url, default, marks=pytest.mark.conformance(row, "v1.type.generic"))
        for row, url, default in (
            ("v1.type.structure.default", STRUCTURE, STRUCTURE21),
            ("v1.type.structure.default", AVAILABLE, STRUCTURE21),
            ("v1.type.data.default", DATA, GENERIC),
            ("v1.type.schema.default", SCHEMA, f"{SDMX}schema+xml;version=2.1"),
        )
    ],
)
def test_the_default_is_xml_of_2_1(client: FlaskClient, url: str, default: str) -> None:
    for accept in (None, "*/*", "application/xml", "application/*", "text/html, */*;q=0.1"):
        assert type_of(client, url, accept) == default


@pytest.mark.parametrize(
    ("url", "accept"),
    [
        pytest.param(url, SDMX + accept, marks=pytest.mark.conformance(row, "v1.type.exact"))
        for row, url, accept in (
            ("v1.type.structure.json", STRUCTURE, "structure+json;version=1.0.0"),
            ("v1.type.structure.json", AVAILABLE, "structure+json;version=1.0.0"),
            ("v1.type.data.specific", DATA, "structurespecificdata+xml;version=2.1"),
            ("v1.type.data.generic_time", DATA, "generictimeseriesdata+xml;version=2.1"),
            ("v1.type.data.specific_time", DATA, "structurespecifictimeseriesdata+xml;version=2.1"),
            ("v1.type.data.json", DATA, "data+json;version=1.0.0"),
            ("v1.type.data.csv", DATA, "data+csv;version=1.0.0"),
            ("v1.type.data.csv.labels", DATA, "data+csv;version=1.0.0;labels=id"),
            ("v1.type.data.csv.labels", DATA, "data+csv;version=1.0.0;labels=both"),
            ("v1.type.data.csv.timeformat", DATA, "data+csv;version=1.0.0;timeFormat=original"),
            ("v1.type.data.csv.timeformat", DATA, "data+csv;version=1.0.0;timeFormat=normalized"),
            ("v1.type.schema.structure", SCHEMA, "structure+xml;version=2.1"),
            ("v1.type.schema.structure", SCHEMA, "structure+json;version=1.0.0"),
        )
    ],
)
def test_each_type_is_given_as_it_was_asked_for(client: FlaskClient, url: str, accept: str) -> None:
    assert type_of(client, url, accept) == accept


@pytest.mark.conformance("v1.type.data.csv.labels", "v1.type.data.csv.timeformat")
def test_what_the_parameters_of_csv_do(client: FlaskClient) -> None:
    def first(parameters: str) -> dict[str, str]:
        text = client.get(f"{DATA}?startPeriod=2025-12", headers={"Accept": CSV + parameters}).text
        return next(csv.DictReader(io.StringIO(text)))

    assert first(";labels=id")["REF_AREA"] == "DOM"
    both = first(";labels=both")
    assert next(v for k, v in both.items() if k.startswith("REF_AREA")).startswith("DOM: ")
    assert first(";timeFormat=original")["TIME_PERIOD"] == "2025-12"
    assert first(";timeFormat=normalized")["TIME_PERIOD"].startswith("2025-12-01")


@pytest.mark.conformance("v1.type.unversioned")
@pytest.mark.parametrize(
    ("url", "accept", "given"),
    [
        (DATA, "data+json", "data+json;version=2.1.0"),
        (DATA, "data+csv", "data+csv;version=2.1.0"),
        (DATA, "genericdata+xml", "genericdata+xml;version=2.1"),
        (DATA, "structurespecificdata+xml", "structurespecificdata+xml;version=2.1"),
        (STRUCTURE, "structure+xml", "structure+xml;version=3.1.0"),
        (STRUCTURE, "structure+json", "structure+json;version=2.1.0"),
        (SCHEMA, "schema+xml", "schema+xml;version=3.1.0"),
    ],
)
def test_a_type_without_a_version(client: FlaskClient, url: str, accept: str, given: str) -> None:
    assert type_of(client, url, SDMX + accept) == SDMX + given


@pytest.mark.conformance("v1.type.weights")
def test_weights_decide(client: FlaskClient) -> None:
    json10 = f"{SDMX}data+json;version=1.0.0"
    assert type_of(client, DATA, f"{json10};q=0.4, {CSV};q=0.9") == CSV
    assert type_of(client, DATA, f"{CSV}, {GENERIC}") == CSV
    assert type_of(client, DATA, f"*/*, {json10}") == GENERIC
    assert type_of(client, DATA, f"*/*;q=0.9, {json10}") == json10


@pytest.mark.conformance("v1.type.not_acceptable", "v1.status.406")
@pytest.mark.parametrize("url", [DATA, STRUCTURE, AVAILABLE, SCHEMA])
@pytest.mark.parametrize(
    "accept", ["image/png", f"{SDMX}structure+xml;version=9.0", "text/csv;q=0"]
)
def test_what_is_not_offered_is_not_acceptable(client: FlaskClient, url: str, accept: str) -> None:
    response = client.get(url, headers={"Accept": accept})
    assert response.status_code == 406
    root = etree.fromstring(response.data)
    assert validate_tree(root, "2.1") == []


@pytest.mark.conformance("v1.language", "v1.format.lang")
def test_names_in_the_language_asked_for(client: FlaskClient) -> None:
    accept = f"{SDMX}structure+json;version=1.0.0"

    def name(url: str, **headers: str) -> tuple[str, str]:
        response = client.get(url, headers={"Accept": accept, **headers})
        return response.headers["Content-Language"], response.json["data"]["codelists"][0]["name"]  # type: ignore[index]

    english, spanish = name(STRUCTURE), name(STRUCTURE, **{"Accept-Language": "de, es;q=0.5"})
    assert (english[0], spanish[0]) == ("en", "es")
    assert english[1] != spanish[1]
    assert name(f"{STRUCTURE}?lang=es", **{"Accept-Language": "en"}) == spanish
    xml = etree.fromstring(client.get(STRUCTURE).data)
    languages = {e.get("{http://www.w3.org/XML/1998/namespace}lang") for e in xml.iter("{*}Name")}
    assert {"en", "es"} <= languages  # XML always has all


def unpacked(data: bytes, coding: str | None) -> bytes:
    match coding:
        case "gzip":
            return gzip.decompress(data)
        case "zstd":
            return bytes(pa.CompressedInputStream(pa.BufferReader(data), "zstd").read())
        case _:
            return data


@pytest.mark.conformance("v1.encoding", "v1.format.compression")
@pytest.mark.parametrize(
    ("header", "query", "coding"),
    [
        (None, "", None),
        ("identity", "", None),
        ("br", "", None),
        ("gzip", "", "gzip"),
        ("gzip, deflate", "", "gzip"),
        ("zstd", "", "zstd"),
        ("gzip, deflate, br, zstd", "", "zstd"),
        ("gzip;q=0.8, zstd;q=0.5", "", "gzip"),
        ("*", "", "zstd"),
        ("*, zstd;q=0", "", "gzip"),
        ("gzip;q=0", "", None),
        (None, "compression=gzip", "gzip"),
        ("gzip", "compression=zstd", "zstd"),
        ("gzip", "compression=identity", None),
    ],
)
def test_answers_are_packed_for_who_takes_it(
    client: FlaskClient, header: str | None, query: str, coding: str | None
) -> None:
    plain = client.get(DATA, headers={"Accept": CSV})
    headers = {"Accept": CSV, **({"Accept-Encoding": header} if header else {})}
    response = client.get(f"{DATA}?{query}", headers=headers)
    assert response.headers.get("Content-Encoding") == coding
    assert unpacked(response.data, coding) == plain.data
    assert client.get(f"{DATA}?compression=zip").status_code == 400


@pytest.mark.conformance("v1.encoding")
@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_long_answer_is_packed_while_it_is_made(new_hub: Callable[[], Hub], coding: str) -> None:
    hub = new_hub()
    days = [f"{y}-{m:02}-{d:02}" for y in range(2000, 2005) for m in range(1, 13)
            for d in range(1, 29)]  # fmt: skip
    release(hub, [border(t, str(i), FREQ="D") for i, t in enumerate(days)])
    client = create_app(hub).test_client()
    response = client.get(DATA, headers={"Accept": CSV, "Accept-Encoding": coding})
    assert response.content_length is None
    found = csv.DictReader(io.StringIO(unpacked(response.data, coding).decode()))
    assert [r["TIME_PERIOD"] for r in found] == days


@pytest.mark.conformance("v1.vary")
@pytest.mark.parametrize("url", [DATA, STRUCTURE, AVAILABLE, SCHEMA])
def test_caches_are_told_what_an_answer_depends_on(client: FlaskClient, url: str) -> None:
    named = {v.strip() for v in client.get(url).headers["Vary"].split(",")}
    assert {"Accept", "Accept-Language", "Accept-Encoding"} <= named


@pytest.mark.conformance("v1.conditional.tag", "v1.status.304")
@pytest.mark.parametrize("url", [DATA, STRUCTURE, AVAILABLE, SCHEMA])
def test_an_unchanged_answer_is_not_sent_again(client: FlaskClient, url: str) -> None:
    tag = client.get(url).headers["ETag"]
    again = client.get(url, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(url, headers={"If-None-Match": 'W/"other"'}).status_code == 200


@pytest.mark.conformance("v1.format")
@pytest.mark.parametrize(
    ("url", "query", "given"),
    [
        (DATA, "format=genericdata", "genericdata+xml;version=2.1"),
        (DATA, "format=structurespecificdata", "structurespecificdata+xml;version=2.1"),
        (DATA, "format=jsondata&formatVersion=1.0.0", "data+json;version=1.0.0"),
        (DATA, "format=csvdata&formatVersion=1.0", "data+csv;version=1.0.0"),
        (STRUCTURE, "format=structure&formatVersion=2.1", "structure+xml;version=2.1"),
        (STRUCTURE, "format=jsonstructure&formatVersion=1.0.0", "structure+json;version=1.0.0"),
        (SCHEMA, "format=schema&formatVersion=2.1", "schema+xml;version=2.1"),
        (SCHEMA, "format=jsonstructure&formatVersion=1.0.0", "structure+json;version=1.0.0"),
    ],
)
def test_the_format_of_the_url_wins(client: FlaskClient, url: str, query: str, given: str) -> None:
    assert type_of(client, f"{url}?{query}", "image/png") == SDMX + given
    assert client.get(f"{url}?format=nothing").status_code == 406


@pytest.mark.conformance("v1.status.200", "v1.status.405")
@pytest.mark.parametrize("url", [DATA, STRUCTURE, AVAILABLE, SCHEMA])
def test_the_interface_is_read_only(client: FlaskClient, url: str) -> None:
    assert client.get(url).status_code == client.head(url).status_code == 200
    for method in ("PUT", "DELETE", "PATCH"):
        response = client.open(url, method=method)
        assert response.status_code == 405
        assert "GET" in response.headers["Allow"]


@pytest.mark.conformance("v1.status.401", "v1.status.413", "v1.status.body")
def test_messages_without_a_key_or_too_large(app: Flask, client: FlaskClient) -> None:
    """The one place where REST 1.5's answers are given to a message: the registry interface."""
    body = b"<x/>" * 100

    def refused(code: int, **headers: str) -> None:
        response = client.post("/sdmx/v1/registry", data=body, headers=headers)
        root = etree.fromstring(response.data)
        assert validate_tree(root, "2.1") == []
        (message,) = root
        assert (response.status_code, message.get("code")) == (code, {401: "110", 413: "510"}[code])

    refused(401)
    whole = app.config["MAX_CONTENT_LENGTH"]
    app.config["MAX_CONTENT_LENGTH"] = 100
    try:
        refused(413, Authorization="Bearer test-admin-key-0123456789")
    finally:
        app.config["MAX_CONTENT_LENGTH"] = whole
