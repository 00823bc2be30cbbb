"""REST 1.5, structures: every resource, path part and parameter, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import etree
from v1_structures import every_kind

from hub.settings import Settings
from hub.store.home import Hub
from hub.structures.xsd_official import validate_tree
from registry.app import create_app

BASE = "/sdmx/v1"
COM = "{http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common}"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    home: Path = tmp_path_factory.mktemp("home")
    with Hub.init(Settings.load({"HUB_HOME": str(home)})) as hub:
        hub.artefacts.put(every_kind())
        yield create_app(hub).test_client()


def ask(client: FlaskClient, path: str) -> list[etree._Element]:
    """The maintainable artefacts of the answer, which must be valid SDMX-ML 2.1."""
    response = client.get(f"{BASE}/{path}")
    assert response.status_code == 200, response.text
    assert response.content_type == "application/vnd.sdmx.structure+xml;version=2.1"
    root = etree.fromstring(response.data)
    assert validate_tree(root, "2.1") == []
    (structures,) = root.iterfind("{*}Structures")
    return [one for collection in structures for one in collection]


def ids(client: FlaskClient, path: str) -> set[str]:
    return {one.get("id") for one in ask(client, path)}


def items(one: etree._Element) -> list[str]:
    """Ids of the items of a scheme, at all depths."""
    return [e.get("id") for e in one.iter() if e is not one and e.get("urn") and e.get("id")]


def tag(one: etree._Element) -> str:
    return str(etree.QName(one).localname)


ORGANISATIONS = {
    "AgencyScheme", "DataProviderScheme", "DataConsumerScheme", "OrganisationUnitScheme",
}  # fmt: skip

#: What each resource answers with.
RESOURCES = {
    "datastructure": {"DataStructure"},
    "metadatastructure": {"MetadataStructure"},
    "categoryscheme": {"CategoryScheme"},
    "conceptscheme": {"ConceptScheme"},
    "codelist": {"Codelist"},
    "hierarchicalcodelist": {"HierarchicalCodelist"},
    "organisationscheme": ORGANISATIONS,
    "agencyscheme": {"AgencyScheme"},
    "dataproviderscheme": {"DataProviderScheme"},
    "dataconsumerscheme": {"DataConsumerScheme"},
    "organisationunitscheme": {"OrganisationUnitScheme"},
    "dataflow": {"Dataflow"},
    "metadataflow": {"Metadataflow"},
    "reportingtaxonomy": {"ReportingTaxonomy"},
    "provisionagreement": {"ProvisionAgreement"},
    "structureset": {"StructureSet"},
    "process": {"Process"},
    "categorisation": {"Categorisation"},
    "contentconstraint": {"ContentConstraint"},
    "actualconstraint": {"ContentConstraint"},
    "allowedconstraint": {"ContentConstraint"},
    "attachmentconstraint": {"AttachmentConstraint"},
    "transformationscheme": {"TransformationScheme"},
    "rulesetscheme": {"RulesetScheme"},
    "userdefinedoperatorscheme": {"UserDefinedOperatorScheme"},
    "customtypescheme": {"CustomTypeScheme"},
    "namepersonalisationscheme": {"NamePersonalisationScheme"},
    "vtlmappingscheme": {"VtlMappingScheme"},
}


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        pytest.param(name, tags, marks=pytest.mark.conformance(f"v1.structure.resource.{name}"))
        for name, tags in RESOURCES.items()
    ],
)
def test_a_resource_answers_with_artefacts_of_its_kind(
    client: FlaskClient, resource: str, expected: set[str]
) -> None:
    assert {tag(one) for one in ask(client, f"{resource}/TST")} == expected
    assert ask(client, resource)


@pytest.mark.conformance("v1.structure.resource.structure")
def test_structure_is_any_kind(client: FlaskClient) -> None:
    found = {tag(one) for one in ask(client, "structure/TST")}
    assert found == set().union(*RESOURCES.values())


@pytest.mark.conformance("v1.structure.resource.namealiasscheme", "v1.structure.nothing")
def test_a_kind_without_artefacts_is_no_results(client: FlaskClient) -> None:
    for path in ("namealiasscheme", "codelist/TST/NOPE", "process/SDMX"):
        response = client.get(f"{BASE}/{path}")
        assert response.status_code == 404
        assert b'code="100"' in response.data


@pytest.mark.conformance(
    "v1.structure.resource.actualconstraint", "v1.structure.resource.allowedconstraint"
)
def test_constraints_by_their_role(client: FlaskClient) -> None:
    assert ids(client, "actualconstraint/TST") == {"ACTUAL_MEX"}
    assert ids(client, "allowedconstraint/TST") == {"CON_DSD", "CON_MEX", "CON_PA"}
    assert ids(client, "contentconstraint/TST") == {"ACTUAL_MEX", "CON_DSD", "CON_MEX", "CON_PA"}


@pytest.mark.conformance("v1.structure.path.defaults")
def test_parts_left_out_have_their_defaults(client: FlaskClient) -> None:
    whole = [(one.get("agencyID"), one.get("id"), one.get("version"))
             for one in ask(client, "codelist/all/all/latest/all")]  # fmt: skip
    assert ("TST", "CL_AREA", "1.10.0") in whole
    assert ("TST", "CL_AREA", "1.9.0") not in whole
    for path in ("codelist", "codelist/", "codelist/all", "codelist/all/all",
                 "codelist/all/all/latest", "codelist/ALL/"):  # fmt: skip
        found = [(one.get("agencyID"), one.get("id"), one.get("version"))
                 for one in ask(client, path)]  # fmt: skip
        assert found == whole, path


@pytest.mark.conformance("v1.structure.path.all", "v1.structure.path.latest")
def test_all_and_latest_versions(client: FlaskClient) -> None:
    def versions(path: str) -> list[str]:
        return sorted(str(one.get("version")) for one in ask(client, path))

    assert versions("codelist/TST/CL_AREA/all") == ["1.10.0", "1.9.0"]
    assert versions("codelist/TST/CL_AREA/latest") == ["1.10.0"]
    assert versions("codelist/all/CL_AREA/1.9.0") == ["1.9.0"]
    assert {"CL_FREQ", "CL_AREA", "CL_OBS_STATUS"} <= ids(client, "codelist/TST/all")


@pytest.mark.conformance("v1.structure.path.or")
@pytest.mark.parametrize("plus", ["+", "%2B"])
def test_a_plus_is_or_in_every_part(client: FlaskClient, plus: str) -> None:
    def found(path: str) -> set[tuple[str | None, ...]]:
        made = ask(client, path.replace("+", plus))
        return {(one.get("agencyID"), one.get("id"), one.get("version")) for one in made}

    assert found("codelist/TST+SDMX/CL_AREA+CL_SEX+CL_FREQ") >= {
        ("TST", "CL_AREA", "1.10.0"), ("TST", "CL_FREQ", "1.0.0"),
    }  # fmt: skip
    assert {a for a, _, _ in found("codelist/TST+SDMX")} == {"TST", "SDMX"}
    assert {v for _, _, v in found("codelist/TST/CL_AREA/1.9.0+1.10.0")} == {"1.9.0", "1.10.0"}
    (picked,) = ask(client, f"codelist/TST/CL_FREQ/1.0.0/A{plus}Q")
    assert items(picked) == ["A", "Q"]


@pytest.mark.conformance("v1.structure.path.agency")
def test_an_agency_below_another_has_a_dotted_id(client: FlaskClient) -> None:
    assert ids(client, "codelist/TST.SUB") == {"CL_SUB"}
    assert "CL_SUB" not in ids(client, "codelist/TST")


@pytest.mark.conformance("v1.structure.path.patterns", "v1.status.400")
@pytest.mark.parametrize(
    "path",
    ["codelist/1X", "codelist/TST./CL_AREA", "codelist/TST/B%20C", "codelist/TST/B!",
     "codelist/TST/CL_AREA/one", "codelist/TST/CL_AREA/1.", "codelist/TST/CL_AREA/1.0.0/A/more"],
)  # fmt: skip
def test_a_path_that_is_no_path_is_a_syntax_error(client: FlaskClient, path: str) -> None:
    response = client.get(f"{BASE}/{path}")
    assert response.status_code == 400
    assert b'code="140"' in response.data


@pytest.mark.conformance("v1.structure.item.top")
def test_one_item_of_a_list(client: FlaskClient) -> None:
    (whole,) = ask(client, "codelist/TST/CL_FREQ")
    assert whole.get("isPartial", "false") == "false"
    (partial,) = ask(client, "codelist/TST/CL_FREQ/latest/M")
    assert partial.get("isPartial") == "true"
    assert items(partial) == ["M"]
    assert client.get(f"{BASE}/codelist/TST/CL_FREQ/latest/NOPE").status_code == 404


@pytest.mark.conformance("v1.structure.item.nested")
def test_a_nested_item_with_its_ancestors_and_without_children(client: FlaskClient) -> None:
    (whole,) = ask(client, "categoryscheme/TST/CAT_TST")
    assert items(whole) == ["PEOPLE", "BORDER", "AIR", "ECONOMY"]
    (partial,) = ask(client, "categoryscheme/TST/CAT_TST/latest/PEOPLE.BORDER")
    assert partial.get("isPartial") == "true"
    assert items(partial) == ["PEOPLE", "BORDER"]


@pytest.mark.conformance("v1.structure.item.hierarchy")
def test_an_item_of_a_hierarchical_codelist_is_a_hierarchy(client: FlaskClient) -> None:
    def hierarchies(path: str) -> list[str | None]:
        (one,) = ask(client, path)
        return [e.get("id") for e in one.iterfind("{*}Hierarchy")]

    assert hierarchies("hierarchicalcodelist/TST/HCL") == ["H1", "H2"]
    assert hierarchies("hierarchicalcodelist/TST/HCL/latest/H2") == ["H2"]
    assert client.get(f"{BASE}/hierarchicalcodelist/TST/HCL/latest/H3").status_code == 404


@pytest.mark.conformance("v1.structure.item.schemes_only")
@pytest.mark.parametrize("path", ["dataflow/TST/DF_ALL/latest/X", "structure/TST/CL_AREA/latest/A"])
def test_only_schemes_have_items(client: FlaskClient, path: str) -> None:
    assert client.get(f"{BASE}/{path}").status_code == 400


def shapes(client: FlaskClient, query: str) -> dict[str, str]:
    """How much there is of each artefact: ``whole``, ``stub`` or ``described`` (complete stub)."""
    found = {}
    for one in ask(client, query):
        stub = one.get("isExternalReference") == "true"
        described = one.find(f"{COM}Description") is not None
        found[str(one.get("id"))] = ("described" if described else "stub") if stub else "whole"
        if stub:
            assert one.get("structureURL", "").startswith("http://localhost/sdmx/v1/")
            assert one.find(f"{COM}Name") is not None
            assert not items(one)
    return found


@pytest.mark.conformance(
    "v1.structure.detail.full", "v1.structure.detail.allstubs", "v1.structure.detail.referencestubs"
)
def test_stubs_of_all_or_of_what_is_referred_to(client: FlaskClient) -> None:
    query = "dataflow/TST/DF_MEX?references=children"
    for detail in ("", "&detail=full", "&detail=FULL"):
        assert shapes(client, query + detail) == {"DF_MEX": "whole", "DSD_TST": "whole"}
    assert shapes(client, f"{query}&detail=allstubs") == {"DF_MEX": "stub", "DSD_TST": "stub"}
    assert shapes(client, f"{query}&detail=referencestubs") == {
        "DF_MEX": "whole", "DSD_TST": "stub",
    }  # fmt: skip


@pytest.mark.conformance(
    "v1.structure.detail.allcompletestubs", "v1.structure.detail.referencecompletestubs"
)
def test_complete_stubs_are_described(client: FlaskClient) -> None:
    """The shipped lists have descriptions, annotations and are final."""
    path = "datastructure/MIGHUB/MIG_FLOW"
    (whole,) = ask(client, path)
    (stub,) = ask(client, f"{path}?detail=allstubs")
    (complete,) = ask(client, f"{path}?detail=allcompletestubs")
    for name in ("Description", "Annotations"):
        expected = [e.tag for e in whole.iterfind(f"{COM}{name}")]
        assert [e.tag for e in complete.iterfind(f"{COM}{name}")] == expected
        assert stub.find(f"{COM}{name}") is None
    assert complete.get("isFinal") == whole.get("isFinal")
    assert complete.get("isExternalReference") == "true"
    assert [tag(e) for e in whole if e.tag.startswith(COM)] == [tag(e) for e in complete]
    answered = ask(client, "dataflow/MIGHUB/DF_MIG_FLOW?references=children"
                           "&detail=referencecompletestubs")  # fmt: skip
    assert {(tag(e), e.get("isExternalReference", "false")) for e in answered} == {
        ("Dataflow", "false"), ("DataStructure", "true"),
    }  # fmt: skip


@pytest.mark.conformance("v1.structure.detail.referencepartial")
def test_what_is_referred_to_holds_only_what_is_used(client: FlaskClient) -> None:
    answered = ask(client, "dataflow/TST/DF_MEX?references=descendants&detail=referencepartial")
    by_id = {str(one.get("id")): one for one in answered}
    assert by_id["CL_AREA"].get("isPartial") == "true"
    assert items(by_id["CL_AREA"]) != items(ask(client, "codelist/TST/CL_AREA")[0])
    assert items(by_id["CL_FREQ"]) == ["A", "M"]


#: Kinds found around a dataflow, by direction.
ABOVE = {"Categorisation", "ContentConstraint", "ProvisionAgreement"}
BESIDE = {"CategoryScheme", "DataProviderScheme"}
BELOW = {"ConceptScheme", "Codelist"}


@pytest.mark.parametrize(
    ("references", "expected"),
    [
        pytest.param(word, kinds, marks=pytest.mark.conformance(f"v1.structure.references.{row}"))
        for word, row, kinds in (
            ("none", "none", set()),
            ("", "none", set()),
            ("parents", "parents", ABOVE),
            ("parentsandsiblings", "parentsandsiblings", ABOVE | BESIDE),
            ("children", "children", {"DataStructure"}),
            ("descendants", "descendants", BELOW | {"DataStructure"}),
            ("all", "all", ABOVE | BESIDE | BELOW | {"DataStructure"}),
            ("codelist", "resource", {"Codelist"}),
            ("contentconstraint", "resource", {"ContentConstraint"}),
            ("categoryscheme", "resource", {"CategoryScheme"}),
        )
    ],
)
def test_references_of_a_dataflow(client: FlaskClient, references: str, expected: set[str]) -> None:
    answered = ask(client, f"dataflow/TST/DF_MEX?references={references}")
    assert {tag(one) for one in answered} - {"Dataflow"} == expected
    assert "DF_MEX" in {one.get("id") for one in answered}


@pytest.mark.conformance("v1.structure.references.all")
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("codelist/TST/CL_FREQ", {"Codelist", "ConceptScheme", "DataStructure"}),
        ("provisionagreement/TST",
         {"ProvisionAgreement", "ContentConstraint", "DataProviderScheme", "Dataflow",
          "DataStructure", "ConceptScheme", "Codelist"}),
        ("categorisation/TST/CAT_DF_MEX",
         {"Categorisation", "CategoryScheme", "Dataflow", "DataStructure", "ConceptScheme",
          "Codelist"}),
        ("datastructure/TST/DSD_TST",
         {"DataStructure", "ConceptScheme", "Codelist", "Dataflow", "ContentConstraint",
          "AttachmentConstraint"}),
    ],
)  # fmt: skip
def test_all_references_by_kind(client: FlaskClient, path: str, expected: set[str]) -> None:
    assert {tag(one) for one in ask(client, f"{path}?references=all")} == expected


@pytest.mark.conformance("v1.structure.organisation_schemes")
@pytest.mark.parametrize(
    ("resource", "id_"),
    [("agencyscheme", "AGENCIES"), ("dataproviderscheme", "DATA_PROVIDERS"),
     ("dataconsumerscheme", "DATA_CONSUMERS")],
)  # fmt: skip
def test_organisation_schemes_have_fixed_ids_and_versions(
    client: FlaskClient, resource: str, id_: str
) -> None:
    answered = ask(client, resource)
    assert {(one.get("id"), one.get("version")) for one in answered} == {(id_, "1.0")}
    assert ids(client, f"{resource}/all/{id_}/1.0") == {id_}


@pytest.mark.conformance("v1.structure.parameters")
@pytest.mark.parametrize("query", ["detail=much", "references=some", "detail=raw"])
def test_a_value_nobody_knows_is_a_syntax_error(client: FlaskClient, query: str) -> None:
    response = client.get(f"{BASE}/dataflow?{query}")
    assert response.status_code == 400
    assert b'code="140"' in response.data


@pytest.mark.conformance("v1.structure.path.special")
@pytest.mark.parametrize("id_", ["DSD_X@DF-1$", "DSD_X%40DF-1%24"])
def test_ids_may_hold_what_oecd_puts_there(client: FlaskClient, id_: str) -> None:
    assert ids(client, f"dataflow/TST.SUB/{id_}/1.0.0") == {"DSD_X@DF-1$"}


@pytest.mark.conformance("v1.schema.context.metadata")
@pytest.mark.parametrize("path", ["metadataflow/TST/MDF", "metadatastructure/TST/MSD"])
def test_schemas_of_reference_metadata(client: FlaskClient, path: str) -> None:
    response = client.get(f"{BASE}/schema/{path}")
    assert response.status_code == 200, response.text
    assert response.content_type == "application/vnd.sdmx.schema+xml;version=2.1"
    root = etree.fromstring(response.data)
    assert root.tag == "{http://www.w3.org/2001/XMLSchema}schema"
    assert "CONTACT" in response.text
    accept = {"Accept": "application/vnd.sdmx.structure+xml;version=2.1"}
    structures = etree.fromstring(client.get(f"{BASE}/schema/{path}", headers=accept).data)
    assert validate_tree(structures, "2.1") == []
    assert [e.get("id") for e in structures.iter("{*}MetadataStructure")] == ["MSD"]


@pytest.mark.conformance("v1.schema.context.metadata", "v1.status.501")
def test_a_metadata_structure_of_a_form_that_only_2_1_has(client: FlaskClient) -> None:
    """Several targets and reports have no counterpart in SDMX 3: they are kept and served."""
    response = client.get(f"{BASE}/schema/metadatastructure/TST/MSD_OWN")
    assert response.status_code == 501
    assert b'code="501"' in response.data
    (whole,) = ask(client, "metadatastructure/TST/MSD_OWN")
    assert whole.find("{*}MetadataStructureComponents/{*}ReportStructure").get("id") == "R"
