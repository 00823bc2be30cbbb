"""Codelists that extend others: kept as submitted, answered with the codes they inherit."""

from __future__ import annotations

import pytest
from samples30 import CODES, CONSTRAINTS, DSD, message

from hub.errors import SemanticError
from hub.query.structure import parse_structure_v2
from hub.structures.extension import extensions_of, resolved
from hub.structures.ml30_read import read
from hub.structures.repository import StructureSet
from hub.structures.trees import tree_of


@pytest.fixture
def known() -> StructureSet:
    return StructureSet(read(message(CODES, DSD)))


@pytest.mark.conformance("v2.structure.detail.full_extension")
def test_full_has_the_inherited_codes_and_no_extension(known: StructureSet) -> None:
    (more,) = known.answer(parse_structure_v2("codelist/TST/CL_MORE"))
    # Own codes; A1 with all below and all B by the first, with its prefix; of the second A and B
    # (all but what is below A), where the own B wins.
    assert list(more.items) == ["B", "C", "X_A1", "X_A11", "X_B", "X_B1", "A", "B1"]
    assert str(more["B"].name) == "Own B"
    assert more["X_A11"].parent.id == "X_A1"
    assert more["X_A1"].parent is more
    assert more["B1"].parent is more["B"]
    assert "codelistExtensions" not in tree_of(more)
    assert tree_of(more)["codes"][1]["annotations"][0]["value"] == "v"


@pytest.mark.conformance("v2.structure.detail.raw")
def test_raw_is_as_submitted(known: StructureSet) -> None:
    (more,) = known.answer(parse_structure_v2("codelist/TST/CL_MORE", "detail=raw"))
    assert list(more.items) == ["B", "C"]
    first, second = tree_of(more)["codelistExtensions"]
    assert first["prefix"] == "X_"
    assert first["inclusiveCodeSelection"]["memberValues"] == [
        {"value": "A1", "cascadeValues": True}, {"value": "B%"},
    ]  # fmt: skip
    assert "exclusiveCodeSelection" in second


@pytest.mark.conformance("v2.structure.detail.raw_references", "v2.structure.detail.full_extension")
@pytest.mark.parametrize(("detail", "found"), [("full", set()), ("raw", {"CL_BASE"})])
def test_inherited_lists_come_with_raw_alone(
    known: StructureSet, detail: str, found: set[str]
) -> None:
    query = parse_structure_v2("codelist/TST/CL_MORE", f"detail={detail}&references=children")
    assert {a.id for a in known.answer(query)} - {"CL_MORE"} == found


def test_data_may_use_inherited_codes(known: StructureSet) -> None:
    schema = known.dataflow("TST", "DF30", None)
    assert "X_A11" in (schema.by_id["AREA"].codes or ())
    assert schema.by_id["HIGH"].codes == ("$", "€ (euro)")
    assert known.labels(schema.by_id["HIGH"].codelist, "en")["$"] == "dollar"


def test_a_reference_with_a_wildcard_means_the_latest(known: StructureSet) -> None:
    (dsd,) = known.answer(parse_structure_v2("datastructure/TST/DSD30"))
    query = parse_structure_v2("datastructure/TST/DSD30", "references=codelist")
    assert "CL_MORE" in {a.id for a in known.answer(query)}
    assert "(1.0+.0)" in str(tree_of(dsd))


def test_items_of_what_is_kept_as_a_tree(known: StructureSet) -> None:
    (part,) = known.answer(parse_structure_v2("codelist/TST/CL_MORE/~/X_A1"))
    assert (list(part.items), part.is_partial) == (["X_A1"], True)
    (grid,) = known.answer(parse_structure_v2("codelist/TST/CL_GRID/~/P"))
    assert (list(grid.items), grid.is_partial) == (["P"], True)
    (values,) = known.of_kind("valuelist")
    assert list(values.items) == ["$", "€ (euro)"]


def test_a_circle_is_refused() -> None:
    lists = read(message(CODES))
    base, more = lists[0], lists[1]
    base.__dict__["_beyond"] = {
        ("codelistExtensions",): [
            {"codelist": "urn:sdmx:org.sdmx.infomodel.codelist.Codelist=TST:CL_MORE(1.0.0)"}
        ]
    }
    by_id = {a.id: a for a in (base, more)}
    with pytest.raises(SemanticError, match="extends itself"):
        resolved(more, lambda key: by_id[key.ref.id])
    assert len(extensions_of(more)) == 2


def test_a_constraint_may_take_what_is_below_a_code_alone() -> None:
    said = CONSTRAINTS.replace(' removePrefix="true"', "")
    parts = read(message(CODES, DSD, said))
    schema = StructureSet(a for a in parts if a.id != "DK").dataflow("TST", "DF30", None)
    (cube,) = schema.constraints
    assert dict(cube.values)["AREA"] == {"X_A11", "B"}
