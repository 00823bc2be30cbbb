"""Representation maps as tables of codes, and what structure maps refuse."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from hub.errors import HubError, NotImplementedByHub, SemanticError
from hub.mapping.plan import compile_map
from hub.mapping.tables import CodeTable, Row, expand
from hub.model.schema import StructureRef
from hub.structures.kinds import Key
from hub.structures.mappings import (
    ComponentMap,
    DateMap,
    FixedValue,
    MappedValue,
    RepresentationMap,
    Side,
    StructureMap,
    ValueMapping,
)
from hub.structures.repository import StructureSet

CODES = {"AREA": ("ANT", "CUW", "MEX", "USA", "002"), "SEX": ("F", "M", "_T")}


def value(text: str, **how: Any) -> MappedValue:
    return MappedValue(text, **how)


def row(source: str, target: str, **how: Any) -> ValueMapping:
    dates = {k: how.pop(k) for k in ("valid_from", "valid_to") if k in how}
    return ValueMapping((value(source, **how),), (target,), **dates)


def table(*rows: ValueMapping) -> CodeTable:
    map_ = RepresentationMap((Side(),), (Side(),), rows)
    return expand(map_, ("AREA",), ("GEO",), CODES)


def pairs(found: CodeTable) -> dict[str, str]:
    return {r.sources[0]: r.targets[0] for r in found.rows}


def test_the_first_row_that_fits_counts() -> None:
    found = table(row("MEX", "MX"), row("([A-Z]{3})", r"x\1", is_regex=True), row("USA", "US"))
    assert pairs(found) == {"MEX": "MX", "ANT": "xANT", "CUW": "xCUW", "USA": "xUSA"}


def test_an_expression_fits_the_whole_code() -> None:
    assert pairs(table(row("US", "no", is_regex=True))) == {}


def test_part_of_a_value() -> None:
    """Positions count from 1, both ends included."""
    assert pairs(table(row("02", "AF", start=2, end=3))) == {"002": "AF"}


def test_validity_divides_time() -> None:
    found = table(row("ANT", "old", valid_to="2010-10-09"), row("ANT", "new"))
    turn = datetime(2010, 10, 10)
    assert found.rows == (
        Row(("ANT",), ("old",), None, turn),
        Row(("ANT",), ("new",), turn, None),
    )
    assert found.dated


def test_codes_that_follow_one_another_may_become_the_same() -> None:
    follow = table(row("ANT", "X", valid_to="2010-10-09"), row("CUW", "X", valid_from="2010-10-10"))
    overlap = table(
        row("ANT", "X", valid_to="2010-10-09"), row("CUW", "X", valid_from="2010-10-09")
    )
    assert follow.injective(follow.targets)
    assert not overlap.injective(overlap.targets)


def test_what_becomes_an_attribute_tells_no_cell_from_another() -> None:
    found = expand(
        RepresentationMap(
            (Side(), Side()),
            (Side(), Side()),
            (
                ValueMapping((value("MEX"), value("F")), ("MX", "female")),
                ValueMapping((value("MEX"), value("M")), ("MX", "male")),
            ),
        ),
        ("AREA", "SEX"),
        ("A", "S"),
        CODES,
    )
    assert found.injective({"A", "S"})
    assert not found.injective({"A"})


def test_several_sources() -> None:
    rows = (
        ValueMapping((value("MEX"), value("F")), ("MX", "female")),
        ValueMapping((value("MEX"), value(".*", is_regex=True)), ("MX", "other")),
    )
    found = expand(
        RepresentationMap((Side(), Side()), (Side(), Side()), rows),
        ("AREA", "SEX"),
        ("A", "S"),
        CODES,
    )
    assert {r.sources: r.targets for r in found.rows} == {
        ("MEX", "F"): ("MX", "female"),
        ("MEX", "M"): ("MX", "other"),
        ("MEX", "_T"): ("MX", "other"),
    }
    assert not found.injective(found.targets)
    assert [r.sources for r in found.only({"S": frozenset({"female"})}).rows] == [("MEX", "F")]


def test_what_cannot_be_worked_out_is_refused() -> None:
    regex = RepresentationMap((Side(),), (Side(),), (row(".*", "x", is_regex=True),))
    with pytest.raises(NotImplementedByHub, match="no codelist"):
        expand(regex, ("TEXT",), ("GEO",), {"TEXT": None})
    with pytest.raises(SemanticError, match="regular expression"):
        table(row("(", "x", is_regex=True))
    with pytest.raises(SemanticError, match="group 2"):
        table(row("(.*)", r"\2", is_regex=True))


STRUCTURES = StructureSet.shipped()
FLOW = STRUCTURES.dataflow("MIGHUB", "DF_MIG_FLOW", "1.0.0")
MIG = STRUCTURES.dataflow("OECD.ELS.IMD", "DSD_MIG@DF_MIG", "1.0")
AREAS = Key("representationmap", StructureRef("T", "AREAS", "1.0"))


def mapping(**changes: Any) -> StructureMap:
    same = [ComponentMap((c,), (c,)) for c in ("SEX", "OBS_VALUE", "OBS_STATUS")]
    areas = [ComponentMap((c,), (c,), AREAS) for c in ("REF_AREA", "CITIZENSHIP")]
    fixed = {"FREQ": "A", "MEASURE": "B11", "BIRTH_PLACE": "_Z", "EDUCATION_LEV": "_Z",
             "UNIT_MEASURE": "PS"}  # fmt: skip
    parts: dict[str, Any] = {
        "source": Key("dataflow", FLOW.dataflow),
        "target": Key("dataflow", MIG.dataflow),
        "components": tuple(same + areas),
        "fixed": tuple(FixedValue(c, (v,), in_target=True) for c, v in fixed.items()),
        "dates": (DateMap((("TIME_PERIOD", "TIME_PERIOD"),), target_frequency="A"),),
    }
    return StructureMap(**{**parts, **changes})


def areas(_: Key) -> RepresentationMap:
    return RepresentationMap((Side(),), (Side(),), (row("([A-Z]{3})", r"\1", is_regex=True),))


def test_only_what_the_target_may_have_is_mapped() -> None:
    """OECD has no men, and no code XXA: neither becomes anything."""
    plan = compile_map(mapping(), FLOW, MIG, areas)
    tables = {t.targets[0]: t for t in plan.tables}
    assert tables["SEX"].codes("SEX") == {"F", "_T"}
    assert "MEX" in tables["CITIZENSHIP"].codes("CITIZENSHIP")
    assert "XXA" not in tables["CITIZENSHIP"].codes("CITIZENSHIP")


def fixed(**values: str) -> tuple[FixedValue, ...]:
    """The fixed values of :func:`mapping` with some others."""
    known = {f.component: f.values for f in mapping().fixed}
    all_ = known | {c: (v,) for c, v in values.items()}
    return tuple(FixedValue(c, v, in_target=True) for c, v in all_.items())


def more(sources: str, target: str) -> tuple[ComponentMap, ...]:
    return (*mapping().components, ComponentMap(tuple(sources.split()), (target,)))


def dates(source: str = "TIME_PERIOD", **how: str) -> tuple[DateMap, ...]:
    return (DateMap(((source, "TIME_PERIOD"),), **{"target_frequency": "A", **how}),)


@pytest.mark.parametrize(
    ("changes", "kind", "says"),
    [
        ({"fixed": ()}, SemanticError, "no value for FREQ, MEASURE"),
        ({"dates": ()}, SemanticError, "no value for TIME_PERIOD"),
        ({"fixed": fixed(SEX="F")}, SemanticError, "SEX more than one"),
        ({"fixed": fixed(MEASURE="B99")}, SemanticError, "does not allow 'B99'"),
        ({"components": more("NOWHERE", "UNIT_MULT")}, SemanticError, "no component NOWHERE"),
        ({"components": more("AGE SEX", "UNIT_MULT")}, SemanticError, "needs a representation map"),
        ({"dates": dates(target_frequency="Q")}, NotImplementedByHub, "frequency"),
        ({"dates": dates(resolve="endOfPeriod")}, NotImplementedByHub, "by its start"),
        ({"dates": dates("SOURCE")}, NotImplementedByHub, "no time dimension"),
    ],
)
def test_a_map_that_does_not_fit_is_refused(
    changes: dict[str, Any], kind: type[HubError], says: str
) -> None:
    with pytest.raises(kind, match=says):
        compile_map(mapping(**changes), FLOW, MIG, areas)
