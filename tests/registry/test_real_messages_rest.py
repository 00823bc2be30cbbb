"""Messages of agencies through the live registry: handed in, kept or refused, and served again.

What is served, in 2.1, 3.0 and JSON, must say what the agency's own message says; both are read
straight from the text.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import etree
from structure_facts import Facts, Name, of_json, of_xml

from hub.store.home import Hub
from registry.app import create_app

_TYPE = "application/vnd.sdmx.structure"
_KEY = {"X-API-Key": "test-admin-key-0123456789"}

#: File, and how many of its artefacts the registry keeps.
KEPT = {
    "ESTAT_CL_FREQ.xml": 1,
    "ESTAT_demography-structure.xml": 5,
    "SGR_common-structure.xml": 5,
    "UNICEF_GLOBAL_DATAFLOW-structure.xml": 26,
    "UNICEF_codelist_CL_AGE.xml": 1,
    "UNICEF_codelist_CL_COUNTRY.xml": 1,
    "UNICEF_codelist_CL_OBS_STATUS.xml": 1,
    "UNICEF_codelist_CL_UNICEF_INDICATOR.xml": 1,
    "UNICEF_codelist_CL_UNIT_MEASURE.xml": 1,
}

#: File that is refused as a whole: status, and words that name the fault.
REFUSED = {
    "IAEG-SDGs_metadatastructure-0.xml": (409, "SDG_META_CONCEPTS(1.0), which is not there"),
    "OECD_actualconstraint-0.xml": (409, "DF_MICRO(1.0), which is not there"),
    "SPC_actualconstraint-0.xml": (409, "DF_ADBKI(1.0), which is not there"),
    "UNICEF_dataflows.xml": (409, "which is not there"),
    "UNSD_codelist_partial.xml": (400, "line 92: DimensionList: Missing child element"),
    "IAEG-SDGs_SDG_1_8_generic_data_sample.xml": (400, "a structure message of SDMX-ML 2.1"),
    "IAEG-SDGs_SDG_structure_specific_sample.xml": (400, "a structure message of SDMX-ML 2.1"),
}

#: Words with which the registry says why it does not keep an artefact.
_FAULTS = ("which is not there", "is stable and never changes", "an external reference")


def hand_in(client: FlaskClient, message: bytes) -> tuple[int, dict[Name, str]]:
    """The status, and for each artefact (by its URN) what the registry says of it."""
    version = "3.0.0" if b"schemas/v3_0/message" in message else "2.1"
    answer = client.post(
        "/sdmx/v2/structure", data=message, content_type=f"{_TYPE}+xml;version={version}",
        headers=_KEY,
    )  # fmt: skip
    said: dict[Name, str] = {}
    for result in etree.fromstring(answer.data).iter("{*}SubmissionResult"):
        texts = [t.strip() for t in result.itertext() if t.strip()]
        urn = next(t for t in texts if t.startswith("urn:"))
        kind = urn.rpartition("=")[0].rpartition(".")[2].lower()
        agency, _, rest = urn.rpartition("=")[2].partition(":")
        id_, _, number = rest.rstrip(")").partition("(")
        said[kind, agency, id_, number] = " ".join(t for t in texts if not t.startswith("urn:"))
    return answer.status_code, said


@pytest.mark.parametrize("file", sorted(KEPT))
def test_kept_artefacts_are_served_as_the_agency_wrote_them(
    new_hub: Callable[[], Hub], shared_data: Callable[[str], Path], file: str
) -> None:
    client = create_app(new_hub()).test_client()
    message = shared_data(f"sdmx-structures/{file}").read_bytes()
    status, said = hand_in(client, message)
    assert status in (201, 207)
    wanted = of_xml(message)
    kept = {name for name, words in said.items() if "created" in words}
    assert len(kept) == KEPT[file]
    for name in said.keys() - kept:
        changed = "was updated" in said[name] and name[0] == "agencyscheme"
        assert changed or any(fault in said[name] for fault in _FAULTS), (name, said[name])
    assert kept <= wanted.keys()
    for name in sorted(kept):
        kind, agency, id_, version = name
        path = f"/sdmx/v2/structure/{kind}/{agency}/{id_}/{version}"
        for form in ("xml;version=2.1", "xml;version=3.0.0", "json;version=2.0.0"):
            answer = client.get(path, headers={"Accept": f"{_TYPE}+{form}"})
            assert answer.status_code == 200, (path, form, answer.text)
            assert answer.content_type == f"{_TYPE}+{form}"
            found = of_json(answer.json) if "json" in form else of_xml(answer.data)
            compare(found[name], wanted[name], form)


def compare(found: Facts, wanted: Facts, form: str) -> None:
    """One fact after the other, so that a difference is told by what it is."""
    assert found.names == wanted.names, form
    assert [i[0] for i in found.items] == [i[0] for i in wanted.items], form
    assert found.items == wanted.items, form
    assert found.components == wanted.components, form
    assert found.references == wanted.references, form
    assert found.regions == wanted.regions, form
    assert found.annotations == wanted.annotations, form


@pytest.mark.parametrize("file", sorted(REFUSED))
def test_what_is_refused_is_refused_by_its_fault(
    new_hub: Callable[[], Hub], shared_data: Callable[[str], Path], file: str
) -> None:
    client = create_app(new_hub()).test_client()
    message = shared_data(f"sdmx-structures/{file}").read_bytes()
    status, words = REFUSED[file]
    before = client.get("/sdmx/v2/structure/*?detail=allstubs").headers["ETag"]
    answer = client.post(
        "/sdmx/v2/structure", data=message, content_type=f"{_TYPE}+xml;version=2.1", headers=_KEY
    )
    assert answer.status_code == status, answer.text
    assert words in answer.text
    if status == 409:
        assert all("which is not there" in one for one in hand_in(client, message)[1].values())
    assert client.get("/sdmx/v2/structure/*?detail=allstubs").headers["ETag"] == before


def test_every_message_is_here(shared_data: Callable[[str], Path]) -> None:
    there = {p.name for p in shared_data("sdmx-structures").glob("*.xml")}
    assert there == {*KEPT, *REFUSED}
