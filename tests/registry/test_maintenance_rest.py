"""POST, PUT and DELETE of structures, as ``maintenance.md`` has them."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import sdmx
from flask.testing import FlaskClient
from lxml import etree
from sdmx.model import common
from werkzeug.serving import make_server

from hub.messages.formats import FORMATS, Kind
from hub.model.dataset import Header
from hub.store.home import Hub
from hub.store.keys import Role
from hub.structures.registry_xml import Xml
from hub.structures.xml_source import check_valid
from registry.app import create_app

ADMIN = {"X-API-Key": "test-admin-key-0123456789"}
BASE = "/sdmx/v2/structure"
READABLE = [f for f in FORMATS if f.kind is Kind.STRUCTURE and f.reader and f.writer]
HEADER = Header("TEST", "TST", datetime(2026, 6, 1, tzinfo=UTC))


def codelist(codes: str, version: str = "1.0", *, id_: str = "CL_TEST", **more: Any) -> Any:
    return common.Codelist(
        id=id_, version=version, maintainer=common.Agency(id="TST"), name={"en": "Test"},
        items={c: common.Code(id=c, name={"en": c}) for c in codes},
        is_external_reference=False, **more,
    )  # fmt: skip


def message(*artefacts: Any, format_: str = "sdmx-ml-2.1-structure") -> bytes:
    chosen = next(f for f in FORMATS if f.name == format_)
    module, _, function = str(chosen.writer).partition(":")
    written: bytes = getattr(import_module(f"hub.structures.{module}"), function)(
        list(artefacts), HEADER
    )
    return written


@pytest.fixture
def hub(new_hub: Callable[[], Hub]) -> Hub:
    return new_hub()


@pytest.fixture
def client(hub: Hub) -> FlaskClient:
    return create_app(hub).test_client()


def results(response: Any, version: str = "3.0") -> list[tuple[str, str, int, str]]:
    """Artefact, status, code and text of each result of a valid answer."""
    assert response.content_type.startswith("application/vnd.sdmx.registry+xml;version=")
    root = etree.fromstring(response.data)
    check_valid(root, version)
    xml = Xml(version)
    found = []
    for one in root.iter(f"{xml.reg}SubmissionResult"):
        reference = one.find(f".//{xml.reg}MaintainableObject")
        key, _ = xml.referred(reference, "")
        status = one.find(f"{xml.reg}StatusMessage")
        text = status.find(f"{xml.reg}MessageText")
        told = text.findtext(f"{xml.com}Text")
        found.append((str(key.ref), status.get("status"), int(text.get("code")), told))
    return found


def put_there(client: FlaskClient, *artefacts: Any) -> None:
    response = client.post(BASE, data=message(*artefacts), headers=ADMIN)
    assert response.status_code == 201, response.data


# Who may


@pytest.mark.conformance("v2.status.401", "v2.status.403")
def test_who_may_change_structures(hub: Hub, client: FlaskClient) -> None:
    body = message(codelist("AB"))
    for role in Role:
        hub.keys.add(f"key-of-a-{role.value}-0123456789", role.value, role)
    path = f"{BASE}/codelist/TST/CL_TEST/1.0"
    for send in (
        lambda h: client.post(BASE, data=body, headers=h),
        lambda h: client.put(path, data=body, headers=h),
        lambda h: client.delete(path, headers=h),
    ):
        assert send({}).status_code == 401
        assert send({"X-API-Key": "nobody"}).status_code == 401
        for role in (Role.PROVIDER, Role.REVIEWER, Role.READER):
            assert send({"X-API-Key": f"key-of-a-{role.value}-0123456789"}).status_code == 403
    agency = {"Authorization": "Bearer key-of-a-agency-0123456789"}
    assert client.post(BASE, data=body, headers=agency).status_code == 201


def test_an_agency_maintains_its_own_structures(hub: Hub, client: FlaskClient) -> None:
    hub.keys.add("key-of-tst-0123456789", "TST", Role.AGENCY, agency="TST")
    own = {"X-API-Key": "key-of-tst-0123456789"}
    below, other = codelist("A"), codelist("A")
    below.maintainer = common.Agency(id="TST.SUB")
    other.maintainer = common.Agency(id="TSTX")
    assert client.post(BASE, data=message(codelist("A"), below), headers=own).status_code == 201
    assert client.post(BASE, data=message(codelist("B"), other), headers=own).status_code == 403
    assert set(hub.structures.find("codelist", "TST", "CL_TEST").items) == {"A"}


def test_a_password_may_be_the_key(client: FlaskClient) -> None:
    body = message(codelist("A"))
    good = client.post(BASE, data=body, auth=("anyone", ADMIN["X-API-Key"]))
    assert good.status_code == 201
    assert client.post(BASE, data=body, auth=("anyone", "wrong")).status_code == 401


# POST


@pytest.mark.conformance("v2.maintenance.post")
@pytest.mark.parametrize("format_", [f.name for f in READABLE])
def test_every_format_the_hub_reads_is_taken(client: FlaskClient, format_: str) -> None:
    chosen = next(f for f in FORMATS if f.name == format_)
    response = client.post(
        BASE,
        data=message(codelist("AB"), format_=format_),
        headers={**ADMIN, "Content-Type": chosen.media_type},
    )
    assert response.status_code == 201, response.data
    served = client.get(f"{BASE}/codelist/TST/CL_TEST/1.0", headers={"Accept": chosen.media_type})
    assert served.content_type == chosen.media_type
    module, _, function = str(chosen.reader).partition(":")
    (back,) = getattr(import_module(f"hub.structures.{module}"), function)(served.data)
    assert {i: c.name.localizations for i, c in back.items.items()} == {
        "A": {"en": "A"}, "B": {"en": "B"},
    }  # fmt: skip


@pytest.mark.conformance("v2.maintenance.201", "v2.maintenance.answer", "v2.status.writes")
def test_created_then_updated_then_the_same(client: FlaskClient) -> None:
    created = client.post(BASE, data=message(codelist("AB")), headers=ADMIN)
    assert created.status_code == 201
    assert created.headers["Location"].endswith(f"{BASE}/codelist/TST/CL_TEST/1.0")
    assert results(created) == [
        ("TST:CL_TEST(1.0)", "Success", 201, "codelist TST:CL_TEST(1.0) was created.")
    ]
    updated = client.post(BASE, data=message(codelist("ABC")), headers=ADMIN)
    assert updated.status_code == 200
    assert "Location" not in updated.headers
    again = client.post(BASE, data=message(codelist("ABC")), headers=ADMIN)
    assert (again.status_code, results(again)[0][3]) == (
        200, "codelist TST:CL_TEST(1.0) is already as submitted.",
    )  # fmt: skip


@pytest.mark.conformance("v2.maintenance.answer")
@pytest.mark.parametrize("version", ["2.1", "3.0", "3.1"])
def test_the_answer_has_the_version_asked_for(client: FlaskClient, version: str) -> None:
    accept = f"application/vnd.sdmx.registry+xml;version={version}"
    response = client.post(
        BASE, data=message(codelist("A")), headers={**ADMIN, "Accept": f"text/html, {accept}"}
    )
    assert response.content_type.startswith(accept)
    assert results(response, version)[0][:3] == ("TST:CL_TEST(1.0)", "Success", 201)


@pytest.mark.conformance("v2.maintenance.207", "v2.status.writes")
def test_partial_success_is_207(client: FlaskClient) -> None:
    put_there(client, codelist("AB", "1.0.0"))
    response = client.post(
        BASE, data=message(codelist("A", "1.0.0"), codelist("A", "1.0")), headers=ADMIN
    )
    assert response.status_code == 207
    codes = {ref: (status, code) for ref, status, code, _ in results(response)}
    assert codes == {
        "TST:CL_TEST(1.0.0)": ("Failure", 409), "TST:CL_TEST(1.0)": ("Success", 201),
    }  # fmt: skip


@pytest.mark.conformance("v2.maintenance.409_stable", "v2.status.writes")
def test_a_stable_artefact_is_409(client: FlaskClient) -> None:
    put_there(client, codelist("AB", "1.0.0"))
    response = client.post(BASE, data=message(codelist("ABC", "1.0.0")), headers=ADMIN)
    assert response.status_code == 409
    assert "Submit the change as version 1.1.0 (minor)" in results(response)[0][3]


@pytest.mark.conformance("v2.maintenance.409_references")
def test_missing_references_are_409(client: FlaskClient) -> None:
    scheme = common.ConceptScheme(
        id="CS", version="1.0", maintainer=common.Agency(id="TST"), name={"en": "C"},
        is_external_reference=False,
    )  # fmt: skip
    concept = common.Concept(id="C", name={"en": "C"})
    concept.core_representation = common.Representation(enumerated=codelist("", id_="CL_NO"))
    scheme.append(concept)
    response = client.post(BASE, data=message(scheme), headers=ADMIN)
    assert response.status_code == 409
    assert "refers to codelist TST:CL_NO(1.0), which is not there" in results(response)[0][3]


@pytest.mark.conformance("v2.maintenance.post_type", "v2.status.writes")
def test_the_type_of_the_url_is_that_of_the_message(hub: Hub, client: FlaskClient) -> None:
    body = message(codelist("A"))
    response = client.post(f"{BASE}/dataflow", data=body, headers=ADMIN)
    assert (response.status_code, results(response)[0][2]) == (422, 422)
    assert client.get(f"{BASE}/codelist/TST/CL_TEST/1.0").status_code == 404
    assert client.post(f"{BASE}/codelist/", data=body, headers=ADMIN).status_code == 201
    assert client.post(f"{BASE}/nothing", data=body, headers=ADMIN).status_code == 400


@pytest.mark.conformance("v2.maintenance.partial", "v2.maintenance.partial_position")
def test_a_partial_scheme_is_merged(hub: Hub, client: FlaskClient) -> None:
    put_there(client, codelist("ABC"))
    part = codelist("BX", is_partial=True)
    part["B"].name = {"en": "New name"}
    assert client.post(BASE, data=message(part), headers=ADMIN).status_code == 200
    found = hub.structures.find("codelist", "TST", "CL_TEST")
    assert list(found.items) == ["A", "B", "C", "X"]
    assert found["B"].name.localizations == {"en": "New name"}
    assert client.put(
        f"{BASE}/codelist/TST/CL_TEST/1.0", data=message(codelist("A")), headers=ADMIN
    ).status_code == 200  # fmt: skip
    assert list(hub.structures.find("codelist", "TST", "CL_TEST").items) == ["A"]


def test_a_dry_run_answers_as_if_and_changes_nothing(client: FlaskClient) -> None:
    for method in (client.post, client.put):
        path = BASE if method == client.post else f"{BASE}/codelist/TST/CL_TEST/1.0"
        answer = method(f"{path}?dryRun=true", data=message(codelist("A")), headers=ADMIN)
        assert answer.status_code == (201 if method == client.post else 404)
    assert client.get(f"{BASE}/codelist/TST/CL_TEST/1.0").status_code == 404
    put_there(client, codelist("A"))
    path = f"{BASE}/codelist/TST/CL_TEST/1.0"
    assert client.delete(f"{path}?dryRun=true", headers=ADMIN).status_code == 200
    assert client.get(path).status_code == 200
    assert client.delete(f"{path}?dryRun=maybe", headers=ADMIN).status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 415),
        (b"hello", 415),
        (b"<a/>", 415),
        (b"{}", 415),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', 415),
        (message(codelist("A"))[:-40], 400),
        (message(codelist("A")).replace(b'id="CL_TEST"', b'id="C L"'), 400),
    ],
)
def test_a_body_that_cannot_be_read(client: FlaskClient, body: bytes, status: int) -> None:
    response = client.post(BASE, data=body, headers=ADMIN)
    assert response.status_code == status, response.data
    assert b"ErrorMessage" in response.data


def test_temporary_files_do_not_stay(hub: Hub, client: FlaskClient) -> None:
    for body in (message(codelist("A")), b"hello"):
        client.post(BASE, data=body, headers=ADMIN)
    assert list(hub.folder("tmp").iterdir()) == []


# PUT and DELETE


@pytest.mark.conformance("v2.maintenance.put")
def test_put_replaces_what_is_there(client: FlaskClient) -> None:
    path = f"{BASE}/codelist/TST/CL_TEST/1.0"
    missing = client.put(path, data=message(codelist("A")), headers=ADMIN)
    assert (missing.status_code, results(missing)[0][2]) == (404, 404)
    put_there(client, codelist("A"))
    assert client.put(path, data=message(codelist("AB")), headers=ADMIN).status_code == 200
    for other in (message(codelist("A", "1.1")), message(codelist("A"), codelist("A", "1.1"))):
        wrong = client.put(path, data=other, headers=ADMIN)
        assert (wrong.status_code, results(wrong)[0][2]) == (422, 422)
    for open_path in (f"{BASE}/codelist/TST/CL_TEST", f"{BASE}/codelist/TST/CL_TEST/*", BASE):
        assert client.put(open_path, data=message(codelist("A")), headers=ADMIN).status_code in {
            400, 405,
        }  # fmt: skip


@pytest.mark.conformance("v2.maintenance.delete", "v2.maintenance.delete_item")
def test_delete(client: FlaskClient) -> None:
    put_there(client, codelist("ABC"))
    path = f"{BASE}/codelist/TST/CL_TEST/1.0"
    item = client.delete(f"{path}/B", headers=ADMIN)
    assert item.status_code == 200
    assert results(item)[0][3] == "B of codelist TST:CL_TEST(1.0) was deleted."
    assert client.delete(f"{path}/B", headers=ADMIN).status_code == 404
    assert client.delete(path, headers=ADMIN).status_code == 200
    assert client.get(path).status_code == 404
    assert client.delete(path, headers=ADMIN).status_code == 404


@pytest.mark.conformance("v2.maintenance.409_in_use")
def test_what_is_in_use_is_not_deleted(client: FlaskClient) -> None:
    shipped = client.delete(f"{BASE}/codelist/MIGHUB/CL_AREA/1.0.0", headers=ADMIN)
    assert (shipped.status_code, results(shipped)[0][2]) == (409, 409)


# Clients that were written elsewhere


@pytest.fixture
def url(hub: Hub) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(hub), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def test_what_sdmx1_wrote_is_read_back_by_sdmx1(url: str) -> None:
    import requests

    scheme = common.ConceptScheme(
        id="CS", version="1.0", maintainer=common.Agency(id="TST"), name={"en": "C", "es": "C es"},
        is_external_reference=False, is_final=False,
    )  # fmt: skip
    scheme.append(common.Concept(id="SEX", name={"en": "Sex"}, description={"en": "Male or not"}))
    sent = sdmx.message.StructureMessage(
        header=sdmx.message.Header(id="X", sender=common.Agency(id="TST"), test=False)
    )
    for artefact in (codelist("AB", is_final=False), scheme):
        sent.add(artefact)
    body = sdmx.to_xml(sent)
    response = requests.post(f"{url}{BASE}", data=body, headers=ADMIN, timeout=30)
    assert response.status_code == 201, response.text
    sdmx.add_source({"id": "TST", "name": "Hub", "url": f"{url}/sdmx/v1"}, override=True)
    client = sdmx.Client("TST")
    back = client.conceptscheme("CS", params={"references": "none"}).concept_scheme["CS"]
    assert back.compare(scheme, strict=False)
    assert set(client.codelist("CL_TEST").codelist["CL_TEST"].items) == {"A", "B"}


_PYSDMX = """
import sys
from pysdmx.api.fmr.maintenance import RegistryMaintenanceClient, StructureAction
from pysdmx.api.fmr import RegistryClient
from pysdmx.io.format import StructureFormat
from pysdmx.model import Agency, Code, Codelist, Concept, ConceptScheme

url, key = sys.argv[1:]
lists = [
    Codelist("CL_PY", agency=Agency("TST"), version="1.0", name="Codes",
             items=[Code("A", name="Alpha"), Code("NA", name="Namibia")]),
    ConceptScheme("CS_PY", agency=Agency("TST"), version="1.0", name="Concepts",
                  items=[Concept("SEX", name="Sex")]),
]
for client in (
    RegistryMaintenanceClient(url, user="someone", password=key),
    RegistryMaintenanceClient(url, access_token=key),
):
    client.put_structures(lists)
more = Codelist("CL_PY", agency=Agency("TST"), version="1.0", name="Codes",
                items=[Code("B", name="B")])
client.put_structures([more], action=StructureAction.Merge)
reader = RegistryClient(f"{url}/sdmx/v2/", format=StructureFormat.SDMX_JSON_2_0_0)
found = reader.get_codes("TST", "CL_PY", "1.0")
print([(c.id, c.name) for c in found])
try:
    client.put_structures([more], action=StructureAction.Append)
    other = Codelist("CL_PY", agency=Agency("TST"), version="1.0", name="Codes",
                     items=[Code("B", name="Beta")])
    client.put_structures([other], action=StructureAction.Append)
except Exception as error:
    print(type(error).__name__)
"""


def test_what_pysdmx_built_and_uploaded_is_read_back_by_pysdmx(url: str) -> None:
    python = os.environ.get("MIGHUB_PYSDMX_PYTHON")
    if not python:
        pytest.skip("MIGHUB_PYSDMX_PYTHON does not name a Python that has pysdmx")
    done = subprocess.run(
        [python, "-c", _PYSDMX, url, ADMIN["X-API-Key"]],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    listed, error = done.stdout.splitlines()
    assert listed == "[('A', 'Alpha'), ('NA', 'Namibia'), ('B', 'B')]"
    assert error == "Invalid"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "C L"}, "is not an id"),
        ({"id": "C\u0000L"}, "is not an id"),
        ({"agencyID": "1TST"}, "not the id of an agency"),
        ({"version": "1.x"}, "not a version"),
        ({"names": {"en": "a\u0001b"}}, "control character"),
        ({"names": {"en": "a\ufffeb"}}, "control character"),
        ({"codes": [{"id": "A B", "name": "x", "names": {"en": "x"}}]}, "is not an id"),
    ],
)
def test_json_cannot_bring_in_what_xml_cannot_carry(
    hub: Hub, client: FlaskClient, change: dict[str, Any], said: str
) -> None:
    one = {"id": "CL", "agencyID": "TST", "version": "1.0", "name": "a", "names": {"en": "a"},
           "codes": [{"id": "A", "name": "a \\b", "names": {"en": "a \\b"}}]}  # fmt: skip
    media = "application/vnd.sdmx.structure+json;version=2.0.0"
    before = len(hub.structures)
    for change_, status in ((change, {400, 422}), ({}, {201})):
        response = client.post(
            BASE,
            json={"data": {"codelists": [one | change_]}},
            headers={**ADMIN, "Content-Type": media},
        )
        assert response.status_code in status, response.data
        if change_:
            assert said in response.text
            assert len(hub.structures) == before
    assert client.get("/sdmx/v1/codelist/TST/CL/1.0").status_code == 200


@pytest.mark.parametrize(
    "path", ["codelist/TST/C%00L/1.0", "codelist/T%20ST/CL/1.0", "codelist/TST/CL/1.0/A%00"]
)
def test_a_path_with_what_no_id_has(client: FlaskClient, path: str) -> None:
    assert client.delete(f"{BASE}/{path}", headers=ADMIN).status_code == 400


def test_the_example_of_the_documentation(client: FlaskClient) -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "maintenance.md").read_text("utf-8")
    media = re.findall(r"`Content-Type: (\S+)`:", text)[0]
    (body,) = re.findall(r"```json\n(.*?)```", text, re.S)
    response = client.post(BASE, data=body, headers={**ADMIN, "Content-Type": media})
    assert response.status_code == 201, response.data
    served = client.get(f"{BASE}/codelist/MIGHUB/CL_EXAMPLE/1.0?format=sdmx-json-2.0-structure")
    assert [c["id"] for c in served.json["data"]["codelists"][0]["codes"]] == ["A", "B"]  # type: ignore[index]
