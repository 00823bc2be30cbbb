"""Artefacts of SDMX 3.x over HTTP: stored in the catalogue, and served in every version."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import etree

from hub.settings import Settings
from hub.store.home import Hub
from hub.structures.kinds import KINDS, key_of
from hub.structures.ml30_read import read as read30
from hub.structures.trees import tree_of
from hub.structures.xsd_official import validate_tree
from registry.app import create_app

sys.path.append(str(Path(__file__).parents[1] / "structures"))
from samples30 import message

STRUCTURE = "application/vnd.sdmx.structure"
GIVEN = {key_of(a): a for a in read30(message())}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    home: Path = tmp_path_factory.mktemp("home")
    with Hub.init(Settings.load({"HUB_HOME": str(home)})) as hub:
        hub.artefacts.put(GIVEN.values())
        yield create_app(hub).test_client()


@pytest.mark.conformance("v2.structure.detail.raw", "v2.structure.detail.stubs")
@pytest.mark.parametrize("key", list(GIVEN), ids=lambda k: k.ref.id)
@pytest.mark.parametrize("detail", ["raw", "allstubs", "allcompletestubs"])
def test_each_is_served(client: FlaskClient, key: object, detail: str) -> None:
    artefact = GIVEN[key]  # type: ignore[index]
    kind = KINDS[key_of(artefact).kind]
    name = "codelist" if kind.name.startswith("geo") else kind.v2 or kind.name
    url = f"/sdmx/v2/structure/{name}/TST/{artefact.id}/{artefact.version}?detail={detail}"
    for version in ("3.0", "3.1"):
        accept = f"{STRUCTURE}+xml;version={version}.0"
        response = client.get(url, headers={"Accept": accept})
        assert (response.status_code, response.content_type) == (200, accept), response.text
        assert validate_tree(etree.fromstring(response.data), version) == []
    (again,) = read30(client.get(url, headers={"Accept": f"{STRUCTURE}+xml;version=3.0.0"}).data)
    assert again.is_external_reference is (detail != "raw")
    if detail == "raw":
        assert tree_of(again) == tree_of(artefact)


@pytest.mark.conformance("v2.structure.references.words")
def test_a_query_finds_what_refers_to_it(client: FlaskClient) -> None:
    def ids(url: str) -> set[str]:
        response = client.get(url, headers={"Accept": f"{STRUCTURE}+xml;version=3.0.0"})
        return {a.id for a in read30(response.data)}

    base = "/sdmx/v2/structure"
    assert ids(f"{base}/valuelist/TST/VL_CUR?references=parents") == {"VL_CUR", "DSD30", "RM"}
    assert ids(f"{base}/structuremap/TST?references=children") == {"SM", "RM", "DF30"}
    assert ids(f"{base}/hierarchyassociation?references=descendants") == {
        "HA", "H_AREA", "CL_BASE",
    }  # fmt: skip
    assert "MSD" in ids(f"{base}/dataflow/TST/DF30?references=descendants")


@pytest.mark.conformance("v2.structure.items")
def test_items_of_a_scheme_that_is_kept(client: FlaskClient) -> None:
    url = "/sdmx/v2/structure/{}"
    answers = {
        "valuelist/TST/VL_CUR/~/%24": "valueLists valueItems $",
        "transformationscheme/TST/TS/~/T1": "transformationSchemes transformations T1",
        "organisationunitscheme/TST/UNITS/~/LOW": "organisationUnitSchemes organisationUnits LOW",
        "reportingtaxonomy/TST/RT/~/R1": "reportingTaxonomies reportingCategories R1",
    }
    for path, expected in answers.items():
        response = client.get(url.format(path))
        assert response.status_code == 200, response.text
        collection, items, id_ = expected.split()
        (scheme,) = response.json["data"][collection]  # type: ignore[index]
        assert [item["id"] for item in scheme[items]] == [id_]
    assert client.get(url.format("rulesetscheme/TST/RS/~/NOPE")).status_code == 404


@pytest.mark.conformance("v1.structure.newer_kinds")
def test_v1_knows_no_kinds_of_3(client: FlaskClient) -> None:
    response = client.get("/sdmx/v1/codelist/TST/CL_BASE?references=parents")
    assert response.status_code == 200
    assert {e.get("id") for e in etree.fromstring(response.data).iter("{*}Codelist")} == {"CL_BASE"}


@pytest.mark.conformance("v2.status.501")
@pytest.mark.conformance("v1.structure.newer_kinds", "v1.status.501")
def test_what_a_version_cannot_say_is_refused_in_a_sentence(client: FlaskClient) -> None:
    response = client.get("/sdmx/v1/datastructure/TST/DSD30")
    assert response.status_code == 501
    assert b"SDMX-ML 2.1" in response.data


@pytest.mark.conformance("v1.structure.newer_kinds")
def test_what_a_version_cannot_say_does_not_hide_the_rest(client: FlaskClient) -> None:
    response = client.get("/sdmx/v1/codelist")
    assert response.status_code == 200, response.text
    root = etree.fromstring(response.data)
    assert validate_tree(root, "2.1") == []
    lists = {e.get("id"): e for e in root.iter("{*}Codelist") if e.get("version")}
    assert lists["CL_BASE"].get("isExternalReference") == "false"
    assert len(lists["CL_SEX"]) > 1
    more = lists["CL_MORE"]
    assert more.get("isExternalReference") == "true"
    whole = more.get("structureURL").removeprefix("http://localhost")
    assert client.get(whole).json["data"]["codelists"][0]["codes"]
    for resource in ("datastructure", "conceptscheme", "contentconstraint", "structure"):
        assert client.get(f"/sdmx/v1/{resource}").status_code == 200, resource


@pytest.mark.conformance("v1.structure.counterparts", "v2.structure.counterparts")
def test_hierarchies_are_had_in_both_generations(client: FlaskClient) -> None:
    """One store: a hierarchy of 3.0 as a hierarchical codelist, and as itself in any format."""

    def only(url: str, accept: str, tag: str) -> list[str]:
        answer = client.get(url, headers={"Accept": f"{STRUCTURE}+{accept}"})
        assert answer.status_code == 200, answer.text
        root = etree.fromstring(answer.data)
        assert validate_tree(root, accept.partition("=")[2].removesuffix(".0")) == []
        return [e.get("id") for e in root.iter(f"{{*}}{tag}")]

    for url in ("/sdmx/v1/hierarchicalcodelist/TST/H_AREA", "/sdmx/v2/structure/hierarchy/TST"):
        assert only(url, "xml;version=2.1", "HierarchicalCodelist") == ["H_AREA"]
        assert only(url, "xml;version=3.0.0", "Hierarchy") == ["H_AREA"]
    assert client.get("/sdmx/v1/hierarchicalcodelist/TST/H_AREA/1.0.0/H_AREA").status_code == 200
    refused = client.get("/sdmx/v1/structureset/TST/SM")
    assert refused.status_code == 501
    assert b"SDMX 2.1 cannot say what the map TST:SM(1.0.0) says" in refused.data
    assert only("/sdmx/v1/structureset/TST/CM", "xml;version=2.1", "ConceptSchemeMap") == ["CM"]
    stubs = client.get("/sdmx/v1/structureset/TST?detail=allstubs")
    assert validate_tree(etree.fromstring(stubs.data), "2.1") == []
