"""Attributes of groups: one value for all series that share the group's dimensions."""

from __future__ import annotations

from dataclasses import replace

from corpus import CL, Columns, message, ref

from hub.model.findings import Report
from hub.model.schema import Component, DataSchema, Level, Role, StructureRef
from hub.validation import validate

UNIT = Component(
    "UNIT", Role.ATTRIBUTE, "UNIT", level=Level.SERIES, attached=("SEX",), mandatory=False
)


def schema(unit: Component = UNIT) -> DataSchema:
    """Frequency and sex; the unit depends on sex alone."""
    return DataSchema(
        StructureRef("TEST", "DF", "1.0"),
        StructureRef("TEST", "DSD", "1.0"),
        tuple(
            Component(i, Role.DIMENSION, i, ref(f"CL_{i}"), CL[i][1], mandatory=True)
            for i in ("FREQ", "SEX")
        ),
        Component("TIME_PERIOD", Role.TIME, "T", text_type="ObservationalTimePeriod"),
        (Component("OBS_VALUE", Role.MEASURE, "V", text_type="Integer"),),
        (unit,),
    )


def rows(*units: str | None) -> Columns:
    """One observation of each of four series: A and M, for men and for women."""
    return {
        "FREQ": ["A", "M", "A", "M"],
        "SEX": ["M", "M", "F", "F"],
        "TIME_PERIOD": ["2020", "2020-01", "2020", "2020-01"],
        "OBS_VALUE": ["1", "2", "3", "4"],
        "UNIT": list(units),
    }


def told(report: Report) -> list[tuple[str, int | None, str | None]]:
    return [(f.rule, f.row, f.key) for f in report]


def test_a_group_has_one_value_across_its_series() -> None:
    assert told(validate(message(rows("PS", "PS", "KM", "KM"), schema=schema()))) == []
    assert told(validate(message(rows("PS", "KM", "KM", "KM"), schema=schema()))) == [
        ("SERIES_ATTRIBUTE_INCONSISTENT", 3, ".M")
    ]


def test_the_same_values_are_free_where_the_attribute_is_of_series() -> None:
    of_series = schema(replace(UNIT, attached=()))
    assert told(validate(message(rows("PS", "KM", "KM", "PS"), schema=of_series))) == []


def test_a_mandatory_value_stands_once_in_each_group() -> None:
    mandatory = schema(replace(UNIT, mandatory=True))
    assert told(validate(message(rows("PS", None, None, "KM"), schema=mandatory))) == []
    assert told(validate(message(rows("PS", None, None, None), schema=mandatory))) == [
        ("ATTRIBUTE_MISSING", 4, ".F")
    ]
