"""Constraints by keys, by time, with validity and cascades: what they make of a schema."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from messages import FORMATS, faults, functions
from structure_samples import artefacts

from hub.errors import NotImplementedByHub
from hub.model.schema import DataSchema, Level
from hub.structures.artefacts import artefacts_of
from hub.structures.kinds import key_of
from hub.structures.repository import StructureSet
from hub.structures.schema import allowed_codes
from hub.structures.trees import tree_of

FLOW = "urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=TST:DF_ALL(1.0.0)"


def schema(**content: Any) -> DataSchema:
    """The schema of DF_ALL with one more constraint."""
    tree = {
        "id": "CC", "agencyID": "TST", "version": "1.0.0", "role": "Allowed",
        "constraintAttachment": {"dataflows": [FLOW]}, **content,
    }  # fmt: skip
    limit = artefacts_of([("contentconstraint", tree)])
    return StructureSet([*artefacts(), *limit]).dataflow("TST", "DF_ALL", None)


def region(**member: Any) -> dict[str, Any]:
    return {"cubeRegions": [{"keyValues": [member]}]}


def values(*given: Any) -> list[dict[str, Any]]:
    return [one if isinstance(one, dict) else {"value": one} for one in given]


def keys(*given: dict[str, str], included: bool = True) -> dict[str, Any]:
    listed = [{"keyValues": [{"id": i, "value": v} for i, v in key.items()]} for key in given]
    return {"dataKeySets": [{"isIncluded": included, "keys": listed}]}


def test_keys_become_combinations_of_codes() -> None:
    found = schema(**keys({"FREQ": "A", "REF_AREA": "MEX"}, {"REF_AREA": "DOM", "FREQ": "M"}))
    (listed,) = found.key_sets
    assert listed.included
    assert listed.groups == ((("FREQ", "REF_AREA"), frozenset({("A", "MEX"), ("M", "DOM")})),)
    assert allowed_codes(found, "REF_AREA") == {"MEX", "DOM"}


def test_a_key_that_leaves_a_dimension_open_leaves_its_codes() -> None:
    found = schema(**keys({"FREQ": "A", "REF_AREA": "MEX"}, {"FREQ": "M"}))
    assert len(found.key_sets[0].groups) == 2
    assert allowed_codes(found, "FREQ") == {"A", "M"}
    assert allowed_codes(found, "REF_AREA") == {"013", "MEX", "DOM", "_T", "NA"}


def test_excluded_keys_take_only_what_they_name_alone() -> None:
    found = schema(**keys({"REF_AREA": "MEX"}, {"REF_AREA": "DOM", "FREQ": "A"}, included=False))
    assert not found.key_sets[0].included
    assert allowed_codes(found, "REF_AREA") == {"013", "DOM", "_T", "NA"}


@pytest.mark.parametrize(
    ("bounds", "start", "end"),
    [
        ({"startPeriod": {"period": "2010"}, "endPeriod": {"period": "2012-06"}},
         datetime(2010, 1, 1), datetime(2012, 7, 1)),
        ({"startPeriod": {"period": "2010", "isInclusive": False},
          "endPeriod": {"period": "2012", "isInclusive": False}},
         datetime(2011, 1, 1), datetime(2012, 1, 1)),
        ({"beforePeriod": {"period": "2012", "isInclusive": False}}, None, datetime(2012, 1, 1)),
        ({"afterPeriod": {"period": "2012-Q2"}}, datetime(2012, 4, 1), None),
    ],
)  # fmt: skip
def test_a_time_range(bounds: dict[str, Any], start: Any, end: Any) -> None:
    found = schema(**region(id="TIME_PERIOD", timeRange=bounds))
    limits = [r.times for r in found.constraints if r.source.id == "CC"]
    ((component, limit),) = limits[0]
    assert (component, limit.start, limit.end) == ("TIME_PERIOD", start, end)


def test_values_that_are_valid_for_a_time() -> None:
    value = {"value": "MEX", "validFrom": "2010", "validTo": "2012"}
    found = schema(**region(id="REF_AREA", values=values(value, "DOM")))
    (cube,) = [r for r in found.constraints if r.source.id == "CC"]
    assert cube.values == (("REF_AREA", frozenset({"MEX", "DOM"})),)
    ((component, code, limit),) = cube.valid
    assert (component, code) == ("REF_AREA", "MEX")
    assert (limit.start, limit.end) == (datetime(2010, 1, 1), datetime(2013, 1, 1))


def test_cascades_with_and_without_their_root() -> None:
    for cascade, left in ((True, {"013", "MEX"}), ("excluderoot", {"MEX"}), (False, {"013"})):
        value = {"value": "013", "cascadeValues": cascade}
        found = schema(**region(id="REF_AREA", values=values(value)))
        assert allowed_codes(found, "REF_AREA") == left


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (region(id="NO", values=values("X")), "lacks"),
        (region(id="TIME_PERIOD", include=False, timeRange={"afterPeriod": {"period": "2012"}}),
         "excluded"),
        ({"dataKeySets": [{"isIncluded": True, "keys": [
            {"keyValues": [{"id": "FREQ", "value": "A", "include": False}]}]}]}, "not included"),
        ({"cubeRegions": [{"keyValues": [{"id": "FREQ", "values": values("A")}]}],
          "dataKeySets": [{"isIncluded": True, "keys": [
              {"validTo": "2012", "keyValues": [{"id": "FREQ", "value": "A"}]}]}]},
         "a constraint of their own"),
    ],
)  # fmt: skip
def test_what_the_hub_does_not_apply_is_refused_not_ignored(
    content: dict[str, Any], said: str
) -> None:
    with pytest.raises(NotImplementedByHub, match=said):
        schema(**content)


def several(*sets: dict[str, Any]) -> dict[str, Any]:
    return {"dataKeySets": [one for listed in sets for one in listed["dataKeySets"]]}


@pytest.mark.conformance("format.constraint.keys")
def test_key_sets_of_one_constraint_add_their_keys() -> None:
    found = schema(**several(
        keys({"FREQ": "A", "REF_AREA": "MEX"}), keys({"FREQ": "M", "REF_AREA": "DOM"}),
        keys({"REF_AREA": "013"}, included=False),
    ))  # fmt: skip
    listed, excluded = found.key_sets
    assert listed.groups[0][1] == {("A", "MEX"), ("M", "DOM")}
    assert (listed.included, excluded.included) == (True, False)
    assert allowed_codes(found, "REF_AREA") == {"MEX", "DOM"}


@pytest.mark.conformance("format.constraint.keys")
def test_keys_with_attributes_and_a_validity_are_alternative_regions() -> None:
    first = {"keyValues": [{"id": "REF_AREA", "value": "MEX"}], "validTo": "2012",
             "components": [{"id": "OBS_STATUS", "values": values("A", "E")}]}  # fmt: skip
    second = {"keyValues": [{"id": "REF_AREA", "value": "DOM"}]}
    found = schema(dataKeySets=[{"isIncluded": True, "keys": [first, second]}])
    assert not found.key_sets
    mexico, dominican = [r for r in found.constraints if r.source.id == "CC"]
    assert dict(mexico.values) == {"REF_AREA": {"MEX"}, "OBS_STATUS": {"A", "E"}}
    ((time, limit),) = mexico.times
    assert (time, limit.start, limit.end) == ("TIME_PERIOD", None, datetime(2013, 1, 1))
    assert (dominican.values, dominican.times) == ((("REF_AREA", frozenset({"DOM"})),), ())
    assert allowed_codes(found, "REF_AREA") == {"MEX", "DOM"}  # alternatives, not both at once


def test_a_region_that_holds_for_a_time() -> None:
    member = {"id": "REF_AREA", "values": values("MEX")}
    found = schema(cubeRegions=[{"keyValues": [member], "validFrom": "2010", "include": True}])
    (cube,) = [r for r in found.constraints if r.source.id == "CC"]
    ((_, limit),) = cube.times
    assert (limit.start, limit.end) == (datetime(2010, 1, 1), None)


@pytest.mark.conformance("format.constraint.prefix")
def test_codes_are_named_without_the_prefix_they_were_inherited_with() -> None:
    codelist = "urn:sdmx:org.sdmx.infomodel.codelist.Codelist=TST:{}(1.0.0)"
    base = {"id": "CL_BASE", "agencyID": "TST", "version": "1.0.0",
            "codes": [{"id": "MX"}, {"id": "MX1", "parent": "MX"}]}  # fmt: skip
    known = [*artefacts()]
    dsd = next(a for a in known if a.id == "DSD_TST")
    area = tree_of(dsd)["dataStructureComponents"]["dimensionList"]["dimensions"][1]
    urn = area["localRepresentation"]["enumeration"]
    assert "CL_AREA" in urn
    own = next(a for a in known if key_of(a).kind == "codelist" and str(key_of(a).ref) in urn)
    tree = tree_of(own) | {"codelistExtensions": [{"codelist": codelist.format("CL_BASE"),
                                                   "prefix": "P_"}]}  # fmt: skip
    made = artefacts_of([
        ("codelist", base), ("codelist", tree),
        ("contentconstraint", {
            "id": "CC", "agencyID": "TST", "version": "1.0.0", "role": "Allowed",
            "constraintAttachment": {"dataflows": [FLOW]},
            **region(id="REF_AREA", removePrefix=True,
                     values=values({"value": "MX", "cascadeValues": True}, "DOM")),
        }),
    ])  # fmt: skip
    found = StructureSet([a for a in known if a is not own] + made).dataflow("TST", "DF_ALL", None)
    assert allowed_codes(found, "REF_AREA") == {"P_MX", "P_MX1", "DOM"}


@pytest.mark.parametrize("version", ["2.1", "3.0", "3.1"])
def test_several_key_sets_go_through_every_version(header: Any, version: str) -> None:
    attribute = {"id": "OBS_STATUS", "values": values("A")}
    first = {"keyValues": [{"id": "REF_AREA", "value": "MEX"}]}
    if version != "2.1":  # whose keys have codes only
        first["components"] = [attribute]
    tree = {
        "id": "CC", "agencyID": "TST", "version": "1.0.0", "role": "Allowed",
        "constraintAttachment": {"dataflows": [FLOW]},
        **several({"dataKeySets": [{"isIncluded": True, "keys": [first]}]},
                  keys({"FREQ": "A", "REF_AREA": "DOM"}, included=False)),
    }  # fmt: skip
    made = artefacts_of([("contentconstraint", tree)])
    chosen = FORMATS[f"sdmx-ml-{version}-structure"]
    write, read = functions(chosen)
    written = write(made, header)
    assert not faults(chosen, written)
    (again,) = read(written)
    assert tree_of(again)["dataKeySets"] == tree_of(made[0])["dataKeySets"]
    if version == "3.0":
        with pytest.raises(NotImplementedByHub, match="components"):
            functions(FORMATS["sdmx-ml-2.1-structure"])[0](made, header)


def test_attributes_of_a_group_know_its_dimensions() -> None:
    tree = tree_of(next(a for a in artefacts() if a.id == "DSD_TST"))
    parts = tree["dataStructureComponents"]
    ids = [d["id"] for d in parts["dimensionList"]["dimensions"]]
    parts["groups"] = [{"id": "Sibling", "groupDimensions": ids[1:]}]
    listed = parts["attributeList"]["attributes"]
    listed[0]["attributeRelationship"] = {"group": "Sibling"}
    listed[1]["attributeRelationship"] = {"dimensions": ids[:1]}
    tree["id"] = "DSD_GROUP"
    (dsd,) = artefacts_of([("datastructure", tree)])
    found = StructureSet([*artefacts(), dsd]).structure("TST", "DSD_GROUP", None)
    group, part = found.attributes[:2]
    assert (group.level, group.attached) == (Level.SERIES, tuple(ids[1:]))
    assert (part.level, part.attached) == (Level.SERIES, (ids[0],))
    whole = StructureSet(artefacts()).structure("TST", "DSD_TST", None)
    assert all(a.attached == () for a in whole.attributes)
