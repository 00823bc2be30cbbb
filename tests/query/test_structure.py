from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import RequestSyntaxError
from hub.query.structure import (
    V1_RESOURCES,
    V2_TYPES,
    Detail,
    parse_structure_v1,
    parse_structure_v2,
)
from hub.query.versions import latest, parse_v2, version_key


def v1(path: str, query: str = "") -> tuple:
    q = parse_structure_v1(path, query)
    return (
        sorted(q.kinds) if q.kinds is not None else None,
        sorted(q.agencies) if q.agencies is not None else None,
        sorted(q.ids) if q.ids is not None else None,
        [(v.op, v.exact) for v in q.versions],
        list(q.items) if q.items is not None else None,
    )


LATEST = [("~", "")]


@pytest.mark.conformance(
    "v1.structure.path.defaults", "v1.structure.path.or", "v1.structure.path.special"
)
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("codelist", (["codelist"], None, None, LATEST, None)),
        ("codelist/", (["codelist"], None, None, LATEST, None)),
        ("/codelist/all/all/latest/all/", (["codelist"], None, None, LATEST, None)),
        ("codelist/ALL/CL_AREA", (["codelist"], None, ["CL_AREA"], LATEST, None)),
        ("codelist/BIS+ECB/CL_A+CL_B/1.0+2.1/A+Q",
         (["codelist"], ["BIS", "ECB"], ["CL_A", "CL_B"], [("=", "1.0"), ("=", "2.1")],
          ["A", "Q"])),
        ("codelist/BIS%2BECB/CL_A%2BCL_B",
         (["codelist"], ["BIS", "ECB"], ["CL_A", "CL_B"], LATEST, None)),
        ("dataflow/OECD.SDD.TPS/DSD_X%40DF_Y/all",
         (["dataflow"], ["OECD.SDD.TPS"], ["DSD_X@DF_Y"], [("*", "")], None)),
        ("dataflow//DF_X", (["dataflow"], None, ["DF_X"], LATEST, None)),
        ("categoryscheme/X/C/1.0.0/A.A1.A11",
         (["categoryscheme"], ["X"], ["C"], [("=", "1.0.0")], ["A.A1.A11"])),
        ("structure/ECB", (None, ["ECB"], None, LATEST, None)),
        ("allowedconstraint", (["contentconstraint"], None, None, LATEST, None)),
    ],
)  # fmt: skip
def test_paths_of_v1(path: str, expected: tuple) -> None:
    assert v1(path) == expected


def test_organisation_schemes_and_constraint_roles() -> None:
    kinds = parse_structure_v1("organisationscheme").kinds
    assert kinds is not None
    assert len(kinds) == 4
    assert parse_structure_v1("actualconstraint").role == "actual"
    assert parse_structure_v1("contentconstraint").role is None


@pytest.mark.conformance("v1.structure.path.patterns")
@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "codelist/1X",
        "codelist/A/B C",
        "codelist/A/B/one",
        "codelist/A/B/1.0/X/more",
        "codelist/A/B/~",
        "dataflow/A/B/1.0/X",
        "structure/A/B/1.0/X",
        "codelist/A,B",
    ],
)
def test_bad_paths_of_v1(path: str) -> None:
    with pytest.raises(RequestSyntaxError):
        parse_structure_v1(path)


@pytest.mark.conformance("v2.structure.references.several", "v2.structure.references.type")
def test_parameters() -> None:
    query = parse_structure_v1("dataflow", "detail=ReferencePartial&references=all&unknown=1&x")
    assert (query.detail, query.references) == (Detail.REFERENCE_PARTIAL, {"all"})
    assert parse_structure_v1("dataflow", "references=organisationscheme").references == {
        "agencyscheme", "dataproviderscheme", "dataconsumerscheme", "organisationunitscheme",
    }  # fmt: skip
    assert parse_structure_v1("dataflow", "references=none&detail=").references == frozenset()
    assert parse_structure_v2("dataflow", "references=children,parents").references == {
        "children",
        "parents",
    }
    assert parse_structure_v2("dataflow", "references=dataconstraint").references == {
        "contentconstraint"
    }


@pytest.mark.conformance("v1.structure.parameters")
@pytest.mark.parametrize(
    "query", ["detail=much", "detail=raw", "references=x", "references=ancestors"]
)
def test_bad_parameters_of_v1(query: str) -> None:
    with pytest.raises(RequestSyntaxError):
        parse_structure_v1("dataflow", query)


def test_v2_knows_raw_and_ancestors() -> None:
    query = parse_structure_v2("", "detail=raw&references=ancestors")
    assert (query.detail, query.references, query.kinds) == (Detail.RAW, {"ancestors"}, None)


@pytest.mark.conformance(
    "v2.structure.defaults",
    "v2.operators.or",
    "v2.path.encoded",
    "v2.version.or",
    "v2.path.trailing_slash",
)
@pytest.mark.parametrize(
    ("path", "ids", "versions"),
    [
        ("dataflow/MIGHUB/DF", {"DF"}, ["~"]),
        ("dataflow/MIGHUB/DF/", {"DF"}, ["~"]),
        ("dataflow/MIGHUB/*/%2B", None, ["+"]),
        ("dataflow/MIGHUB/%2A/%2A", None, ["*"]),
        ("dataflow/MIGHUB/A%2CB/1.0.0%2C2%2B.3.1", {"A", "B"}, ["=", "+"]),
    ],
)
def test_paths_of_v2(path: str, ids: set[str] | None, versions: list[str]) -> None:
    query = parse_structure_v2(path)
    assert query.kinds == {"dataflow"}
    assert query.ids == ids
    assert [v.op for v in query.versions] == versions


@pytest.mark.conformance("v2.structure.items_only_schemes", "v2.structure.gone_types")
def test_v2_items_and_old_names() -> None:
    assert parse_structure_v2("codelist/X/CL/~/A,Q").items == ("A", "Q")
    assert parse_structure_v2("dataconstraint").kinds == {"contentconstraint"}
    for bad in ("*/X/Y/~/A", "dataflow/X/Y/~/A", "hierarchicalcodelist", "codelist/A+B"):
        with pytest.raises(RequestSyntaxError):
            parse_structure_v2(bad)


RESOURCES = """
datastructure metadatastructure categoryscheme conceptscheme codelist hierarchicalcodelist
organisationscheme agencyscheme dataproviderscheme dataconsumerscheme organisationunitscheme
dataflow metadataflow reportingtaxonomy provisionagreement structureset process
categorisation contentconstraint actualconstraint allowedconstraint attachmentconstraint
transformationscheme rulesetscheme userdefinedoperatorscheme customtypescheme
namepersonalisationscheme namealiasscheme vtlmappingscheme structure
"""
TYPES = """
datastructure metadatastructure categoryscheme conceptscheme codelist hierarchy
hierarchyassociation valuelist agencyscheme dataproviderscheme metadataproviderscheme
dataconsumerscheme organisationunitscheme dataflow metadataflow reportingtaxonomy
provisionagreement metadataprovisionagreement structuremap representationmap
conceptschememap categoryschememap organisationschememap reportingtaxonomymap process
categorisation dataconstraint metadataconstraint transformationscheme rulesetscheme
userdefinedoperatorscheme customtypescheme namepersonalisationscheme vtlmappingscheme
"""


@pytest.mark.conformance("v2.structure.types")
@pytest.mark.conformance("v1.status.every_interface")
def test_every_resource_of_the_standard_is_known() -> None:
    assert set(V1_RESOURCES) == set(RESOURCES.split())
    assert set(V2_TYPES) - {"*"} == set(TYPES.split())


VERSIONS = ["0.9.0", "1", "1.0", "1.1", "1.2.3", "1.2.4-draft", "1.3.0", "1.10.0", "2.0.0-rc.2",
            "2.0.0-rc.10", "2.0.0", "2.3.1", "2.4.0-beta"]  # fmt: skip


@pytest.mark.conformance(
    "v2.version.exact",
    "v2.version.extension",
    "v2.version.plus",
    "v2.version.wild_part",
    "v2.version.from_any",
    "v2.version.from_major",
    "v2.version.from_minor",
    "v2.version.tilde",
    "v2.version.star",
    "v2.operators.latest_stable",
    "v2.operators.latest",
)
@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("+", ["2.3.1"]),
        ("~", ["2.4.0-beta"]),
        ("*", VERSIONS),
        ("1.2.3", ["1.2.3"]),
        ("1.2.4-draft", ["1.2.4-draft"]),
        ("1.0", ["1.0"]),
        ("1.0.0", []),
        ("1+.0.0", ["2.3.1"]),
        ("+.0.0", ["2.3.1"]),
        ("1.+.0", ["1.10.0"]),
        ("1.2.+", ["1.2.3"]),
        ("1.2.~", ["1.2.4-draft"]),
        ("2.0.0+", ["2.0.0"]),
        ("2.4.0~", ["2.4.0-beta"]),
        ("1.2.4+", []),
        ("1.3+.0", ["1.10.0"]),
        ("1.3*.0", ["1.3.0", "1.10.0"]),
        ("2*.0.0", ["2.0.0-rc.2", "2.0.0-rc.10", "2.0.0", "2.3.1", "2.4.0-beta"]),
        ("~.0", ["1.1"]),
        ("1.*", ["1.0", "1.1"]),
        ("1.1~", ["1.1"]),
        ("0.9.*", ["0.9.0"]),
    ],
)
def test_version_queries(pattern: str, expected: list[str]) -> None:
    (query,) = parse_v2(pattern)
    assert query.select(reversed(VERSIONS)) == expected


@pytest.mark.conformance(
    "v2.version.invalid_bare",
    "v2.version.invalid_short",
    "v2.version.invalid_tilde_short",
    "v2.version.invalid_two",
)
@pytest.mark.parametrize(
    "pattern",
    [
        "+.2.3",
        "2.3+",
        "~.2",
        "1.+.+",
        "1.*.~",
        "0+.1.0",
        "1+",
        "x",
        "",
        "1.2.3.4",
        "1..2",
        "1.2.3+-a",
    ],
)
def test_bad_version_queries(pattern: str) -> None:
    with pytest.raises(RequestSyntaxError):
        parse_v2(pattern)


@pytest.mark.conformance("v2.version.numeric", "v2.version.extension")
def test_versions_compare_by_number() -> None:
    assert latest(["1.9", "1.10", "1.2"]) == "1.10"
    assert latest(["2.0.0-draft", "1.9.9"]) == "2.0.0-draft"
    assert latest(["2.0.0-draft", "2.0.0"]) == "2.0.0"
    assert version_key("1.3") == version_key("1.03")


numbers = st.lists(st.integers(0, 30), min_size=3, max_size=3)


@given(numbers, numbers)
def test_order_of_versions_is_that_of_their_numbers(a: list[int], b: list[int]) -> None:
    first, second = (".".join(map(str, n)) for n in (a, b))
    assert (version_key(first) < version_key(second)) == (a < b)
