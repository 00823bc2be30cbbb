from __future__ import annotations

import pytest
from sdmx.model import common
from structure_samples import AGENCY, artefacts, codelist, constraint, made

from hub.errors import NotFound, SemanticError
from hub.model.schema import Level, Role, StructureRef
from hub.query.structure import parse_structure_v1, parse_structure_v2
from hub.structures.kinds import key_of
from hub.structures.repository import StructureSet
from hub.structures.schema import allowed_codes


def ids(found: list) -> list[str]:
    return sorted(f"{key_of(a).kind}:{a.id}({a.version})" for a in found)


def ask(structures: StructureSet, path: str, query: str = "") -> list:
    return structures.answer(parse_structure_v1(path, query))


def test_components_in_dsd_order_with_codes_levels_and_facets(structures: StructureSet) -> None:
    schema = structures.dataflow("TST", "DF_ALL", None)
    assert schema.key == ("FREQ", "REF_AREA", "CITIZENSHIP", "TIME_PERIOD")
    assert schema.by_id["REF_AREA"].codes == ("013", "MEX", "DOM", "_T", "NA")
    assert schema.by_id["REF_AREA"].codelist == StructureRef("TST", "CL_AREA", "1.10.0")
    assert schema.time is not None
    assert (schema.time.role, schema.time.text_type) == (Role.TIME, "ObservationalTimePeriod")
    assert schema.primary_measure.text_type == "Double"
    assert schema.primary_measure.facets.min_value == 0
    assert {a.id: (a.level, a.mandatory) for a in schema.attributes} == {
        "OBS_STATUS": (Level.OBSERVATION, True),
        "COMMENT": (Level.OBSERVATION, False),
        "SOURCE": (Level.SERIES, False),
        "TITLE": (Level.DATASET, False),
    }
    assert schema.by_id["COMMENT"].facets.max_length == 100


def test_representation_comes_from_the_concept_when_the_component_has_none(
    structures: StructureSet,
) -> None:
    assert structures.dataflow(None, "DF_ALL", None).by_id["OBS_STATUS"].codes == ("A", "E")


def test_constraints_are_cumulative_from_structure_to_agreement(structures: StructureSet) -> None:
    assert [c.source.id for c in structures.structure("TST", "DSD_TST", None).constraints] == [
        "CON_DSD"
    ]
    flow = structures.dataflow("TST", "DF_MEX", None)
    assert [c.source.id for c in flow.constraints] == ["CON_DSD", "CON_MEX"]
    assert allowed_codes(flow, "FREQ") == {"A", "M"}
    assert allowed_codes(flow, "REF_AREA") == {"MEX"}
    agreement = structures.agreement("TST", "PA_UPM_MEX", None)
    assert agreement.dataflow.id == "DF_MEX"
    assert allowed_codes(agreement, "FREQ") == {"M"}


def test_an_excluded_region_takes_codes_away() -> None:
    parts = artefacts()
    flow = next(a for a in parts if a.id == "DF_ALL")
    area = flow.structure.dimensions.get("REF_AREA")
    status = flow.structure.dimensions.get("CITIZENSHIP")
    alone = StructureSet([*parts, constraint("X", flow, {area: ["_T"]}, included=False)])
    left = allowed_codes(alone.dataflow("TST", "DF_ALL", None), "REF_AREA")
    assert left == {"013", "MEX", "DOM", "NA"}
    both = constraint("X", flow, {area: ["_T"], status: ["_T"]}, included=False)
    together = StructureSet([*parts, both]).dataflow("TST", "DF_ALL", None)
    assert allowed_codes(together, "REF_AREA") == {"013", "MEX", "DOM", "_T", "NA"}


def test_a_cascading_value_stands_for_the_codes_below_it() -> None:
    parts = artefacts()
    flow = next(a for a in parts if a.id == "DF_ALL")
    area = flow.structure.dimensions.get("REF_AREA")
    limit = constraint("X", flow, {area: ["013"]})
    limit.data_content_region[0].member[area].values[0].cascade_values = True
    schema = StructureSet([*parts, limit]).dataflow("TST", "DF_ALL", None)
    assert allowed_codes(schema, "REF_AREA") == {"013", "MEX"}


@pytest.mark.conformance("v1.structure.path.latest")
def test_latest_is_by_number_and_not_by_letter(structures: StructureSet) -> None:
    assert structures.find("codelist", None, "CL_AREA").version == "1.10.0"
    assert structures.find("codelist", "TST", "CL_AREA", "1.9.0").version == "1.9.0"


@pytest.mark.parametrize(
    ("agency", "id_", "version"),
    [("XX", "DF_ALL", None), ("TST", "NO", None), ("TST", "DF_ALL", "9.0.0")],
)  # fmt: skip
def test_what_is_not_there_is_not_found(
    structures: StructureSet, agency: str, id_: str, version: str | None
) -> None:
    with pytest.raises(NotFound, match=id_):
        structures.dataflow(agency, id_, version)


def test_an_id_of_two_agencies_needs_the_agency() -> None:
    other = made(common.Codelist, "CL_FREQ")
    other.maintainer = common.Agency(id="OTHER")
    both = StructureSet([*artefacts(), other])
    with pytest.raises(SemanticError, match="OTHER, TST"):
        both.find("codelist", None, "CL_FREQ")
    assert len(both.find("codelist", "TST", "CL_FREQ").items) == 3


def test_two_artefacts_with_one_key_are_refused() -> None:
    with pytest.raises(SemanticError, match="CL_FREQ"):
        StructureSet([*artefacts(), made(common.Codelist, "CL_FREQ")])


def test_labels_fall_back_to_english_then_any_then_the_code() -> None:
    names = made(common.Codelist, "CL_X")
    for id_, name in (
        ("A", {"en": "a", "es": "á"}),
        ("B", {"en": "b"}),
        ("C", {"nl": "c"}),
        ("D", {}),
    ):
        names.append(common.Code(id=id_, name=name))
    labels = StructureSet([names]).labels(StructureRef("TST", "CL_X", "1.0.0"), "es")
    assert labels == {"A": "á", "B": "b", "C": "c", "D": "D"}


def test_concept_names(structures: StructureSet) -> None:
    schema = structures.dataflow("TST", "DF_ALL", None)
    assert structures.concept_name(schema, "REF_AREA", "es") == "Concept REF_AREA"


def test_agreements_by_provider(structures: StructureSet) -> None:
    assert [a.id for a in structures.agreements(provider="UPM")] == ["PA_UPM_MEX"]
    assert structures.agreements(provider="BCRD") == []
    assert structures.agreements(dataflow=StructureRef("TST", "DF_ALL", "1.0.0")) == []


CODELISTS = {"codelist:CL_FREQ(1.0.0)", "codelist:CL_AREA(1.10.0)"}
CHILDREN = CODELISTS | {"conceptscheme:CS_TST(1.0.0)"}
DESCENDANTS = CHILDREN | {"datastructure:DSD_TST(1.0.0)", "codelist:CL_OBS_STATUS(1.0.0)"}
PARENTS = {
    "contentconstraint:CON_MEX(1.0.0)",
    "categorisation:CAT_DF_MEX(1.0.0)",
    "provisionagreement:PA_UPM_MEX(1.0.0)",
}
SIBLINGS = {"categoryscheme:CAT_TST(1.0.0)", "dataproviderscheme:DATA_PROVIDERS(1.0)"}


@pytest.mark.conformance("v2.structure.references.words")
@pytest.mark.conformance("v1.structure.references.all")
@pytest.mark.parametrize(
    ("path", "references", "expected"),
    [
        ("dataflow/TST/DF_MEX", "none", set()),
        ("dataflow/TST/DF_MEX", "children", {"datastructure:DSD_TST(1.0.0)"}),
        ("dataflow/TST/DF_MEX", "descendants", DESCENDANTS),
        ("dataflow/TST/DF_MEX", "parents", PARENTS),
        ("dataflow/TST/DF_MEX", "parentsandsiblings", PARENTS | SIBLINGS),
        ("dataflow/TST/DF_MEX", "all", PARENTS | SIBLINGS | DESCENDANTS),
        ("dataflow/TST/DF_MEX", "codelist", CODELISTS | {"codelist:CL_OBS_STATUS(1.0.0)"}),
        ("datastructure/TST/DSD_TST", "children", CHILDREN),
        ("datastructure/TST/DSD_TST", "dataflow",
         {"dataflow:DF_ALL(1.0.0)", "dataflow:DF_MEX(1.0.0)"}),
        ("codelist/TST/CL_OBS_STATUS", "parents", {"conceptscheme:CS_TST(1.0.0)"}),
    ],
)  # fmt: skip
def test_references(
    structures: StructureSet, path: str, references: str, expected: set[str]
) -> None:
    found = ask(structures, path, f"references={references}")
    assert len(found) == 1 + len(expected)
    assert set(ids(found[1:])) == expected


@pytest.mark.conformance("v2.structure.references.ancestors")
def test_ancestors_go_all_the_way_up(structures: StructureSet) -> None:
    query = parse_structure_v2("codelist/TST/CL_OBS_STATUS", "references=ancestors")
    assert {"dataflow:DF_MEX(1.0.0)", "provisionagreement:PA_UPM_MEX(1.0.0)"} <= set(
        ids(structures.answer(query))
    )


def test_versions_agencies_and_ids_select(structures: StructureSet) -> None:
    assert ids(ask(structures, "codelist/TST/CL_AREA/all")) == [
        "codelist:CL_AREA(1.10.0)",
        "codelist:CL_AREA(1.9.0)",
    ]
    assert ids(ask(structures, "codelist/TST/CL_FREQ+CL_OBS_STATUS")) == [
        "codelist:CL_FREQ(1.0.0)",
        "codelist:CL_OBS_STATUS(1.0.0)",
    ]
    assert ids(ask(structures, "organisationscheme")) == [
        "agencyscheme:AGENCIES(1.0)",
        "dataproviderscheme:DATA_PROVIDERS(1.0)",
    ]
    assert len(ask(structures, "structure")) == len(structures) - 1  # one old codelist
    assert ids(ask(structures, "allowedconstraint"))[0] == "contentconstraint:CON_DSD(1.0.0)"
    for nothing in ("actualconstraint", "codelist/OTHER", "codelist/TST/CL_AREA/3.0.0"):
        with pytest.raises(NotFound):
            ask(structures, nothing)


@pytest.mark.conformance("v2.operators.latest_stable", "v2.version.plus")
def test_stable_versions_of_v2(structures: StructureSet) -> None:
    found = structures.answer(parse_structure_v2("codelist/TST/CL_AREA/1.+.0"))
    assert ids(found) == ["codelist:CL_AREA(1.10.0)"]
    with pytest.raises(NotFound):  # 1.0 is no semantic version, so never "stable"
        structures.answer(parse_structure_v2("agencyscheme/TST/AGENCIES/+"))


@pytest.mark.conformance("v2.structure.items")
def test_one_item_makes_a_partial_list(structures: StructureSet) -> None:
    (found,) = ask(structures, "codelist/TST/CL_AREA/latest/MEX+NA+NOPE")
    assert (list(found.items), found.is_partial) == (["MEX", "NA"], True)
    whole = structures.find("codelist", "TST", "CL_AREA")
    assert (len(whole.items), whole.is_partial) == (5, None)
    with pytest.raises(NotFound):
        ask(structures, "codelist/TST/CL_AREA/latest/NOPE")


@pytest.mark.conformance("v1.structure.item.nested")
def test_a_nested_item_comes_with_its_ancestors_and_without_children(
    structures: StructureSet,
) -> None:
    (found,) = ask(structures, "categoryscheme/TST/CAT_TST/latest/PEOPLE.BORDER")
    assert found.is_partial is True
    assert sorted(found.items) == ["BORDER", "PEOPLE"]
    assert [c.id for c in found.items["PEOPLE"].child] == ["BORDER"]
    assert found.items["BORDER"].child == []
    original = structures.find("categoryscheme", "TST", "CAT_TST")
    assert [c.id for c in original.items["BORDER"].child] == ["AIR"]
    with pytest.raises(NotFound):
        ask(structures, "categoryscheme/TST/CAT_TST/latest/BORDER")


def test_references_of_an_item_are_those_of_that_item(structures: StructureSet) -> None:
    found = ask(
        structures, "categoryscheme/TST/CAT_TST/latest/ECONOMY", "references=parentsandsiblings"
    )
    assert ids(found[1:]) == ["categorisation:CAT_DF_ALL(1.0.0)", "dataflow:DF_ALL(1.0.0)"]


@pytest.mark.conformance("v2.structure.detail.stubs")
@pytest.mark.conformance("v1.structure.detail.allstubs")
def test_stubs_hold_identification_and_name(structures: StructureSet) -> None:
    found = ask(structures, "dataflow/TST/DF_MEX", "references=descendants&detail=allstubs")
    assert all(a.is_external_reference for a in found)
    area = next(a for a in found if a.id == "CL_AREA")
    assert (len(area.items), str(area.name["es"]), area.is_final) == (0, "CL_AREA nombre", None)
    complete = ask(structures, "codelist/TST/CL_AREA", "detail=allcompletestubs")[0]
    assert complete.is_final is True


@pytest.mark.conformance("v2.structure.detail.reference_stubs")
@pytest.mark.conformance("v1.structure.detail.referencestubs")
def test_reference_stubs_leave_the_match_whole(structures: StructureSet) -> None:
    found = ask(
        structures, "datastructure/TST/DSD_TST", "references=children&detail=referencestubs"
    )
    assert (found[0].id, found[0].is_external_reference) == ("DSD_TST", False)
    assert len(found[0].dimensions) == 4
    assert all(a.is_external_reference for a in found[1:])


@pytest.mark.conformance("v2.structure.detail.referencepartial")
@pytest.mark.conformance("v1.structure.detail.referencepartial")
def test_referencepartial_keeps_what_constraints_leave_with_parents(
    structures: StructureSet,
) -> None:
    found = {
        a.id: a
        for a in ask(structures, "dataflow/TST/DF_MEX", "references=all&detail=referencepartial")
    }
    # DSD and dataflow constraints together; MEX and DOM, and MEX's parent.
    assert list(found["CL_FREQ"].items) == ["A", "M"]
    assert list(found["CL_AREA"].items) == ["013", "MEX", "DOM"]
    assert found["CL_AREA"].is_partial is True
    assert found["CL_OBS_STATUS"].is_partial is not True
    assert "UNUSED" not in found["CS_TST"].items
    assert len(found["CS_TST"].items) == 9
    assert sorted(found["CAT_TST"].items) == ["BORDER", "PEOPLE"]
    assert list(found["DATA_PROVIDERS"].items) == ["UPM"]


def test_a_list_that_one_flow_uses_whole_stays_whole(structures: StructureSet) -> None:
    found = {
        a.id: a
        for a in ask(
            structures,
            "dataflow/TST/DF_MEX+DF_ALL",
            "references=descendants&detail=referencepartial",
        )
    }  # fmt: skip
    assert len(found["CL_AREA"].items) == 5
    assert list(found["CL_FREQ"].items) == ["A", "M"]  # the DSD's own constraint


def test_what_is_referred_to_but_absent_is_told() -> None:
    alone = [a for a in artefacts() if a.id != "CL_FREQ"]
    missing = [(a.ref.id, b.ref.id) for a, b in StructureSet(alone).graph.missing()]
    assert missing == [("DSD_TST", "CL_FREQ")]
    with pytest.raises(NotFound, match="CL_FREQ"):
        StructureSet(alone).dataflow("TST", "DF_ALL", None)


def test_a_set_is_not_changed_by_adding(structures: StructureSet) -> None:
    before = len(structures)
    more = structures.with_artefacts(
        [codelist("CL_NEW", {"A": None}), codelist("CL_FREQ", {"Z": None})]
    )
    assert (len(structures), len(more)) == (before, before + 1)
    assert list(more.find("codelist", "TST", "CL_FREQ").items) == ["Z"]
    assert list(structures.find("codelist", "TST", "CL_FREQ").items) == ["A", "M", "Q"]


def test_external_references_are_no_artefacts() -> None:
    name_only = common.Codelist(
        id="CL_X", version="1.0", maintainer=AGENCY, is_external_reference=True
    )
    assert len(StructureSet([name_only])) == 0


def test_the_shipped_structures_hold_together() -> None:
    shipped = StructureSet.shipped()
    assert list(shipped.graph.missing()) == []
    for flow in shipped.dataflows():
        schema = shipped.dataflow(flow.maintainer.id, flow.id, None)
        for component in schema.dimensions:
            if component.codelist is not None:
                assert allowed_codes(schema, component.id), f"{flow.id} {component.id}"
