"""REST 1.5, availability and schemas: parameters that the other tests leave out."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from lxml import etree

from hub.structures.xsd_official import validate_tree

AVAILABLE = "/sdmx/v1/availableconstraint/DF_MIG_BORDER"
SCHEMA = "/sdmx/v1/schema"
XS = "{http://www.w3.org/2001/XMLSchema}"


def ask(client: FlaskClient, url: str) -> etree._Element:
    response = client.get(url)
    assert response.status_code == 200, response.text
    root = etree.fromstring(response.data)
    assert validate_tree(root, "2.1") == []
    return root


def kinds(root: etree._Element) -> set[str]:
    (structures,) = root.iterfind("{*}Structures")
    return {str(etree.QName(one).localname) for collection in structures for one in collection}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param(query, expected, marks=pytest.mark.conformance(f"v1.availability.{row}"))
        for row, query, expected in (
            ("references.none", "", set()),
            ("references.none", "?references=none", set()),
            ("references.datastructure", "?references=datastructure", {"DataStructure"}),
            ("references.dataflow", "?references=dataflow", {"Dataflow"}),
            ("references.conceptscheme", "?references=conceptscheme", {"ConceptScheme"}),
            ("references.codelist", "?references=codelist", {"Codelist"}),
            ("references.dataproviderscheme", "?references=dataproviderscheme",
             {"DataProviderScheme"}),
            ("references.all", "?references=all",
             {"DataStructure", "Dataflow", "ConceptScheme", "Codelist", "DataProviderScheme"}),
        )
    ],
)  # fmt: skip
def test_what_comes_with_the_constraint(
    client: FlaskClient, query: str, expected: set[str]
) -> None:
    assert kinds(ask(client, AVAILABLE + query)) == {"ContentConstraint", *expected}


@pytest.mark.conformance(
    "v1.availability.references.codelist", "v1.availability.references.parents"
)
def test_partial_lists_hold_available_codes_and_their_parents(client: FlaskClient) -> None:
    root = ask(client, f"{AVAILABLE}/.MEX{'.' * 11}/all/REF_AREA?references=codelist")
    (codelist,) = root.iter("{*}Codelist")
    assert codelist.get("isPartial") == "true"
    parents = {}
    for code in codelist.iterfind("{*}Code"):
        parent = code.find("{*}Parent/Ref")
        parents[code.get("id")] = None if parent is None else parent.get("id")
    above, here = set(), "MEX"
    while here is not None:
        above.add(here)
        here = parents[here]
    assert set(parents) == above
    assert len(above) > 1


@pytest.mark.conformance("v1.availability.constraint", "v1.availability.time")
def test_the_answer_is_one_actual_constraint_with_one_region(client: FlaskClient) -> None:
    root = ask(client, f"{AVAILABLE}?startPeriod=2024-03&endPeriod=2024-06")
    (constraint,) = root.iter("{*}ContentConstraint")
    assert constraint.get("type") == "Actual"
    (region,) = constraint.iterfind("{*}CubeRegion")
    (time,) = [k for k in region if k.get("id") == "TIME_PERIOD"]
    (start,), (end,) = time.iter("{*}StartPeriod"), time.iter("{*}EndPeriod")
    assert (start.text[:10], end.text[:10]) == ("2024-03-01", "2024-06-30")


@pytest.mark.conformance("v1.availability.metrics")
def test_counts_are_annotations(client: FlaskClient) -> None:
    root = ask(client, f"{AVAILABLE}/.MEX{'.' * 11}?endPeriod=2024-02")
    counts = {
        a.get("id"): (a.findtext("{*}AnnotationType"), a.findtext("{*}AnnotationTitle"))
        for a in root.iter("{*}Annotation")
    }
    assert counts == {"series_count": ("sdmx_metrics", "3"), "obs_count": ("sdmx_metrics", "6")}


@pytest.mark.conformance("v1.schema.explicit_measure")
def test_explicit_measures_change_nothing_without_a_measure_dimension(client: FlaskClient) -> None:
    url = f"{SCHEMA}/dataflow/MIGHUB/DF_MIG_BORDER"
    assert client.get(f"{url}?explicitMeasure=true").data == client.get(url).data
    assert client.get(f"{url}?explicitMeasure=some").status_code == 400


@pytest.mark.conformance("v1.schema.version")
def test_the_latest_version_unless_one_is_named(client: FlaskClient) -> None:
    url = f"{SCHEMA}/dataflow/MIGHUB/DF_MIG_BORDER"
    whole = client.get(url).data
    assert client.get(f"{url}/latest").data == client.get(f"{url}/1.0.0").data == whole
    assert client.get(f"{url}/9.0").status_code == 404


@pytest.mark.conformance("v1.schema.one")
@pytest.mark.parametrize(
    "path", ["dataflow/all/DF_MIG_BORDER", "dataflow/MIGHUB/all", "dataflow/MIGHUB/DF_X/all",
             "dataflow/MIGHUB", "codelist/SDMX/CL_SEX"],
)  # fmt: skip
def test_a_schema_is_of_one_artefact(client: FlaskClient, path: str) -> None:
    assert client.get(f"{SCHEMA}/{path}").status_code == 400
