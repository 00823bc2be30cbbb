"""Rules that look at columns, actions and whole messages rather than at one cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from corpus import CL, SCHEMA, Columns, clean, message, ref
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import RequestSyntaxError, SemanticError
from hub.model.dataset import Action, Block, DataMessage
from hub.model.findings import Finding, Report
from hub.model.schema import Component, CubeRegion, DataSchema, Facets, Role, StructureRef
from hub.validation import validate
from hub.validation.types import value_type
from hub.validation.values import misfits


def rules(report: Report) -> list[tuple[str, str | None, int | None]]:
    return [(f.rule, f.component, f.row) for f in report]


def without(name: str) -> Columns:
    columns = clean()
    del columns[name]
    return columns


def test_an_unknown_column_is_one_fault_of_the_header() -> None:
    columns = clean()
    columns["SEXO"] = ["M"] * 480
    del columns["SEX"]
    report = validate(message(columns))
    assert rules(report) == [("COMPONENT_UNKNOWN", "SEXO", 1), ("DIMENSION_MISSING", "SEX", 1)]
    assert report.findings[0].suggestion == "SEX"
    assert report.findings[0].expected == "a component of TEST:BORDER(1.0.0)"
    assert report.counts["error"] == 2


def test_a_column_the_reader_reported_is_not_reported_again() -> None:
    columns = clean()
    columns["FOO"] = ["1"] * 480
    read = message(columns)
    read.findings.append(Finding("COMPONENT_UNKNOWN", "no such column", component="FOO"))
    assert len(validate(read).findings) == 1


@pytest.mark.parametrize(
    ("absent", "rule"),
    [
        ("REF_AREA", "DIMENSION_MISSING"),
        ("TIME_PERIOD", "DIMENSION_MISSING"),
        ("OBS_STATUS", "ATTRIBUTE_MISSING"),
        ("DEFINITION", "ATTRIBUTE_MISSING"),
        ("OBS_VALUE", "PARTIAL_UPDATE"),
    ],
)
def test_a_column_that_is_not_there_is_one_fault_of_the_header(absent: str, rule: str) -> None:
    columns = without(absent)
    if absent == "OBS_STATUS":  # without it nothing may be missing
        columns["OBS_VALUE"] = [v or "1" for v in columns["OBS_VALUE"]]
    report = validate(message(columns))
    assert rules(report) == [(rule, absent, 1)]
    assert report.findings[0].expected is not None
    assert absent in report.findings[0].expected


def test_attributes_alone_may_be_merged_but_not_replace() -> None:
    assert validate(message(without("OBS_VALUE"))).valid
    report = validate(message(without("OBS_VALUE"), action=Action.REPLACE))
    assert rules(report) == [("VALUE_MISSING", "OBS_VALUE", 1)]


def test_a_delete_needs_neither_values_nor_all_dimensions() -> None:
    columns: Columns = {"FREQ": ["M", None], "REF_AREA": [None, "MEX"], "OBS_VALUE": [None, "-"]}
    report = validate(message(columns, action=Action.DELETE))
    assert report.findings == []


def test_a_delete_still_needs_codes_and_periods() -> None:
    columns: Columns = {"FREQ": ["M", "ZZ"], "TIME_PERIOD": ["2020-13", None]}
    report = validate(message(columns, action=Action.DELETE))
    assert rules(report) == [("TIME_FORMAT", "TIME_PERIOD", 2), ("CODE_UNKNOWN", "FREQ", 3)]


def test_a_delete_of_everything_is_warned_about() -> None:
    columns: Columns = {"FREQ": [None], "OBS_STATUS": [None]}
    report = validate(message(columns, action=Action.DELETE))
    assert [f.rule for f in report] == ["DELETE_EVERYTHING"]
    assert report.valid


def test_a_row_may_stand_for_its_series() -> None:
    columns = clean()
    for name in ("TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "COMMENT_OBS", "DECIMALS"):
        columns[name][0] = None
    report = validate(message(columns))
    assert report.findings == []
    assert report.observations == 479


def test_a_row_that_says_nothing_is_a_fault() -> None:
    columns = clean()
    for name in (*(a.id for a in SCHEMA.attributes), "TIME_PERIOD", "OBS_VALUE"):
        columns[name][5] = None
    found = rules(validate(message(columns)))
    assert ("DIMENSION_MISSING", "TIME_PERIOD", 7) in found


def test_an_empty_message_is_warned_about() -> None:
    report = validate(DataMessage(None, iter(()), lambda ordinals, component: []))
    assert [f.rule for f in report] == ["MESSAGE_EMPTY"]
    assert report.dataflow is None


def test_a_message_that_breaks_off_keeps_what_was_found_before() -> None:
    columns = clean()
    columns["SEX"][3] = "X"
    whole = message(columns)

    def broken() -> Iterator[Block]:
        yield next(whole.blocks)
        raise RequestSyntaxError("The message is not well-formed XML: cut off (line 31, column 7).")

    report = validate(DataMessage(None, broken(), whole.locate))
    assert [(f.rule, f.row, f.line) for f in report] == [
        ("CODE_UNKNOWN", 5, None),
        ("MESSAGE_SYNTAX", None, 31),
    ]
    assert not report.valid


def test_the_sink_gets_every_block_in_order() -> None:
    seen: list[int] = []
    columns = clean()
    columns["SEX"][3] = "X"
    validate(message(columns), lambda block: seen.append(block.ordinal))
    assert seen == list(range(0, 480, 64))


def test_nothing_is_left_in_the_workspace(tmp_path: Path) -> None:
    validate(message(clean()), workspace=tmp_path)
    assert list(tmp_path.iterdir()) == []

    def fail(block: Block) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        validate(message(clean()), fail, workspace=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_one_key_in_two_dataflows_is_no_duplicate_and_each_is_checked() -> None:
    other = replace(SCHEMA, dataflow=StructureRef("TEST", "DF_OTHER", "1.0.0"))
    one, two = message(clean()), message(clean(), schema=other)
    blocks = [*one.blocks, *(replace(b, ordinal=b.ordinal + 480) for b in two.blocks)]
    report = validate(DataMessage(None, iter(blocks), one.locate))
    assert report.findings == []
    assert report.observations == 960
    assert report.dataflow == "TEST:DF_BORDER(1.0.0), TEST:DF_OTHER(1.0.0)"


def test_a_key_deleted_and_merged_again_is_no_duplicate() -> None:
    merge = message(clean())
    keys = {name: clean()[name] for name in SCHEMA.key}
    delete = [*message(keys, action=Action.DELETE).blocks]
    blocks = [*delete, *(replace(b, ordinal=b.ordinal + 480) for b in merge.blocks)]
    assert validate(DataMessage(None, iter(blocks), merge.locate)).findings == []


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        ("5", "5.00", "DUPLICATE_SAME"),
        ("0", "-0", "DUPLICATE_SAME"),
        ("5", "5.01", "DUPLICATE_CONFLICT"),
        ("9007199254740992", "9007199254740993", "DUPLICATE_CONFLICT"),  # equal as doubles
    ],
)
def test_duplicates_are_compared_as_numbers(one: str, other: str, rule: str) -> None:
    columns = {name: [cells[0], cells[0]] for name, cells in clean().items()}
    columns["OBS_VALUE"], columns["OBS_STATUS"] = [one, other], ["A", "A"]
    schema = replace(SCHEMA, measures=(replace(SCHEMA.measures[0], facets=Facets()),))
    report = validate(message(columns, schema=schema))
    assert [f.rule for f in report] == [rule]
    assert "row 2" in (report.findings[0].expected or "")


def test_an_attribute_tells_two_equal_values_apart() -> None:
    columns = {name: [cells[0], cells[0]] for name, cells in clean().items()}
    columns["OBS_VALUE"], columns["OBS_STATUS"] = ["5", "5"], ["A", "E"]
    report = validate(message(columns))
    assert rules(report) == [("DUPLICATE_CONFLICT", "OBS_STATUS", 3)]


def test_a_key_given_three_times_is_two_faults_that_name_the_first() -> None:
    columns = {name: [cells[0]] * 3 for name, cells in clean().items()}
    columns["OBS_VALUE"], columns["OBS_STATUS"] = ["1", "2", "1"], ["A"] * 3
    report = validate(message(columns, batch_rows=1))
    assert rules(report) == [("DUPLICATE_CONFLICT", "OBS_VALUE", 3), ("DUPLICATE_SAME", None, 4)]
    assert report.findings[0].expected == "1, as in row 2"


def test_a_key_with_a_fault_is_not_also_a_duplicate() -> None:
    columns = {name: [cells[0]] * 2 for name, cells in clean().items()}
    columns["SEX"] = ["X", "X"]
    assert [f.rule for f in validate(message(columns))] == ["CODE_UNKNOWN", "CODE_UNKNOWN"]


def test_a_hash_shared_by_two_keys_is_no_duplicate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are compared by their texts before they are called duplicates."""
    monkeypatch.setattr(
        "hub.validation.duplicates.text_hash",
        lambda column, number, rows: pa.nulls(rows, pa.uint64()).fill_null(0).to_numpy(),
    )  # time no longer counts: all observations of a series share a hash
    assert validate(message(clean())).findings == []


def small(measure: Component, *attributes: Component, **more: Any) -> DataSchema:
    return DataSchema(
        StructureRef("TEST", "DF", "1.0"),
        StructureRef("TEST", "DSD", "1.0"),
        (Component("FREQ", Role.DIMENSION, "FREQ", ref("CL_FREQ"), CL["FREQ"][1]),),
        Component("TIME_PERIOD", Role.TIME, "T", text_type="ObservationalTimePeriod"),
        (measure,),
        attributes,
        **more,
    )


def measured(text_type: str, value: str | None, facets: Facets | None = None) -> Report:
    measure = Component("V", Role.MEASURE, "V", text_type=text_type, facets=facets or Facets())
    columns: Columns = {"FREQ": ["A"], "TIME_PERIOD": ["2020"], "V": [value]}
    return validate(message(columns, schema=small(measure)))


@pytest.mark.parametrize(
    ("text_type", "good", "bad"),
    [
        ("String", ["", "anything"], []),
        ("Alpha", ["Ab"], ["A1", ""]),
        ("AlphaNumeric", ["A1"], ["A-1"]),
        ("Numeric", ["007"], ["7.0", "-7"]),
        ("Boolean", ["true", "false", "1", "0"], ["TRUE", "yes", ""]),
        ("Integer", ["0", "-12", "+12", "2147483647"], ["1.0", "1e3", "2147483648", "", "1 000"]),
        ("BigInteger", ["9" * 40], ["9.9"]),
        ("Long", ["9223372036854775807"], ["9223372036854775808"]),
        ("Short", ["32767", "-32768", "000032767"], ["32768", "-32769", "99999"]),
        ("Count", ["12"], ["1.5"]),
        (
            "Decimal",
            ["1", "1.", ".5", "-1.5", "+0"],
            [".", "1e5", "NaN", "INF", "1,5", "abc", "1 "],
        ),
        ("Double", ["1e5", "1.5E-7", "INF", "-INF"], ["inf", "nan", "1e", "Infinity", "abc"]),
        ("Float", ["-1.5e3"], ["+INF"]),
        ("DateTime", ["2020-05-17T10:30:00Z"], ["2020-05-17", "2020-05-17T10:30"]),
        ("GregorianYear", ["2020"], ["2020-01", "20"]),
        ("ReportingMonth", ["2020-M05"], ["2020-05"]),
        ("TimeRange", ["2020-01-01/P1M"], ["2020-01"]),
        ("Month", ["--05"], ["--13", "05"]),
        ("MonthDay", ["--05-17"], ["--02-30"]),
        ("Day", ["---31"], ["---32"]),
        ("Time", ["10:30:00", "24:00:00"], ["25:00:00", "10:30"]),
        ("Duration", ["P1Y", "PT5M", "-P1D"], ["P", "PT", "1Y"]),
        ("XHTML", ["<p>text</p>"], []),
    ],
)
def test_values_of_each_type(text_type: str, good: list[str], bad: list[str]) -> None:
    for value in good:
        assert measured(text_type, value).findings == [], value
    for value in bad:
        found = [(f.rule, f.found) for f in measured(text_type, value)]
        assert found == [("VALUE_TYPE", value)], value


@given(
    texts=st.lists(st.none() | st.text("0123456789.-e /:x", max_size=4), min_size=1),
    start=st.integers(0, 3),
)
@pytest.mark.parametrize("text_type", ["Integer", "Decimal", "Double", "Count", "Numeric"])
def test_many_values_are_judged_as_each_alone(
    text_type: str, texts: list[str | None], start: int
) -> None:
    type_ = value_type(text_type)
    column = pa.array(texts, pa.string())[start:]
    bad = misfits(column, type_)
    alone = [text is not None and not type_.accepts(text) for text in texts[start:]]
    assert (alone if any(alone) else None) == (None if bad is None else bad.tolist())


@pytest.mark.conformance("format.action.missing_nan")
def test_nan_is_a_missing_value_in_floating_types() -> None:
    for text_type in ("Double", "Float"):
        assert [f.rule for f in measured(text_type, "NaN")] == ["VALUE_MISSING"]
    assert [f.rule for f in measured("Decimal", None)] == ["VALUE_MISSING"]


@pytest.mark.conformance("format.action.missing_na")
def test_other_types_say_not_available() -> None:
    limits = Facets(min_value=5, min_length=9)
    for text_type in ("Decimal", "Integer", "GregorianYear", "String"):
        assert [f.rule for f in measured(text_type, "#N/A", limits)] == ["VALUE_MISSING"]
    for text_type, value in (("Double", "#N/A"), ("Decimal", "NaN"), ("Decimal", "N/A")):
        assert [f.rule for f in measured(text_type, value)] == ["VALUE_TYPE"]


def test_a_missing_value_is_another_content_than_none_or_a_number() -> None:
    measure = Component("V", Role.MEASURE, "V", text_type="Decimal")
    for one, other, rule in (
        ("#N/A", "#N/A", "DUPLICATE_SAME"),
        ("#N/A", "0", "DUPLICATE_CONFLICT"),
        ("0.0", "0", "DUPLICATE_SAME"),
    ):
        columns: Columns = {"FREQ": ["A"] * 2, "TIME_PERIOD": ["2020"] * 2, "V": [one, other]}
        found = {f.rule for f in validate(message(columns, schema=small(measure)))}
        assert found - {"VALUE_MISSING"} == {rule}, (one, other)


@pytest.mark.parametrize(
    ("text", "rule", "expected"),
    [
        ('["A","B"]', None, ""),
        ("A", "FACET", "at least 2 values"),
        ('["A","B","A","B"]', "FACET", "at most 3 values"),
        ('["A","QQ"]', "CODE_UNKNOWN", "a code of"),
        ('["A","#N/A"]', None, ""),
        ('["A"', "CODE_UNKNOWN", "a code of"),
    ],
)
def test_each_of_several_values_is_judged(text: str, rule: str | None, expected: str) -> None:
    list_, codes = ref("CL_X"), ("A", "B")
    often = Component("X", Role.ATTRIBUTE, "X", list_, codes, min_occurs=2, max_occurs=3)
    measure = Component("V", Role.MEASURE, "V", text_type="Decimal")
    columns: Columns = {"FREQ": ["A"], "TIME_PERIOD": ["2020"], "V": ["1"], "X": [text]}
    found = validate(message(columns, schema=small(measure, often))).findings
    assert [f.rule for f in found] == ([rule] if rule else [])
    assert all(expected in (f.expected or "") for f in found)


def test_types_and_facets_of_several_values() -> None:
    facets = Facets(max_value=9)
    often = Component("X", Role.MEASURE, "X", text_type="Integer", facets=facets, max_occurs=None)
    measure = Component("V", Role.MEASURE, "V", text_type="Decimal")
    schema = replace(small(measure), measures=(measure, often))
    for text, rules in (
        ('["1","9"]', []),
        ('["1","10"]', ["FACET"]),
        ('["1","x"]', ["VALUE_TYPE"]),
        ("10", ["FACET"]),
        ("[1]", ["VALUE_TYPE"]),
    ):
        columns: Columns = {"FREQ": ["A"], "TIME_PERIOD": ["2020"], "V": ["1"], "X": [text]}
        assert [f.rule for f in validate(message(columns, schema=schema))] == rules, text


@pytest.mark.parametrize(
    ("facets", "text_type", "good", "bad", "expected"),
    [
        (Facets(min_value=0), "Decimal", ["0", "-0"], ["-0.1"], "a value of 0 or more"),
        (
            Facets(max_value=2.5),
            "Double",
            ["2.5", "-INF"],
            ["2.6", "INF"],
            "a value of 2.5 or less",
        ),
        (Facets(decimals=1), "Decimal", ["1.5", "1.50", "1"], ["1.05"], "at most 1 decimals"),
        (Facets(min_length=2), "String", ["ab", "ñá"], ["a", ""], "at least 2 characters"),
        (Facets(max_length=2), "String", ["ñá"], ["abc"], "at most 2 characters"),
        (
            Facets(pattern=r"\i\c*"),
            "String",
            ["a-1"],
            ["1a", "a b"],
            "a text of the pattern \\i\\c*",
        ),
        (Facets(pattern="A|B"), "String", ["A", "B"], ["AB", "A\n"], "a text of the pattern A|B"),
    ],
)
def test_facets(
    facets: Facets, text_type: str, good: list[str], bad: list[str], expected: str
) -> None:
    for value in good:
        assert measured(text_type, value, facets).findings == [], value
    for value in bad:
        found = [(f.rule, f.expected) for f in measured(text_type, value, facets)]
        assert found == [("FACET", expected)], value


def test_a_pattern_that_is_none_is_a_fault_of_the_structure() -> None:
    with pytest.raises(SemanticError, match="pattern of V"):
        measured("String", "a", Facets(pattern="(["))


def test_a_coded_measure_needs_a_code() -> None:
    measure = Component("V", Role.MEASURE, "V", ref("CL_SEX"), CL["SEX"][1])
    columns: Columns = {"FREQ": ["A"] * 2, "TIME_PERIOD": ["2020", "2021"], "V": ["M", "X"]}
    report = validate(message(columns, schema=small(measure)))
    assert [(f.rule, f.row) for f in report] == [("CODE_UNKNOWN", 3)]


def test_the_reporting_year_of_a_row_decides_which_periods_it_has() -> None:
    measure = Component("V", Role.MEASURE, "V", text_type="Integer")
    start = Component("REPORTING_YEAR_START_DAY", Role.ATTRIBUTE, "R", text_type="MonthDay")
    columns: Columns = {
        "FREQ": ["D"] * 4,
        "TIME_PERIOD": ["2020-D366", "2020-D366", "2019-D366", "2019-D366"],
        "V": ["1"] * 4,
        "REPORTING_YEAR_START_DAY": [None, "--07-01", None, "--07-01"],
    }
    for row in (2, 3):  # only these two days exist in their reporting years
        columns["V"][row] = "2"
    report = validate(message(columns, schema=small(measure, start)))
    assert [(f.rule, f.row) for f in report if f.rule == "TIME_FORMAT"] == [
        ("TIME_FORMAT", 3),
        ("TIME_FORMAT", 4),
    ]


def test_regions_of_one_constraint_are_alternatives() -> None:
    measure = Component("V", Role.MEASURE, "V", ref("CL_SEX"), CL["SEX"][1])
    source = StructureRef("TEST", "CC", "1.0")
    schema = small(
        measure,
        constraints=(
            CubeRegion(source, (("FREQ", frozenset({"A"})), ("V", frozenset({"M"})))),
            CubeRegion(source, (("FREQ", frozenset({"M"})), ("V", frozenset({"F"})))),
        ),
    )
    columns: Columns = {
        "FREQ": ["A", "M", "A", "M", "Q"],
        "TIME_PERIOD": ["2020", "2020-01", "2021", "2020-02", "2020-Q1"],
        "V": ["M", "F", "F", "M", "M"],
    }
    report = validate(message(columns, schema=schema))
    assert [(f.rule, f.row, f.component) for f in report] == [
        ("CONSTRAINT", 4, "V"),
        ("CONSTRAINT", 5, "FREQ"),
        ("CONSTRAINT", 6, "FREQ"),
    ]
    assert "TEST:CC(1.0)" in (report.findings[0].expected or "")


def test_a_status_of_another_codelist_is_not_read_as_the_standard_one() -> None:
    measure = Component("V", Role.MEASURE, "V", text_type="Integer")
    status = Component("OBS_STATUS", Role.ATTRIBUTE, "S", ref("CL_FLAGS"), ("O", "A"))
    columns: Columns = {"FREQ": ["A"], "TIME_PERIOD": ["2020"], "V": ["1"], "OBS_STATUS": ["O"]}
    assert validate(message(columns, schema=small(measure, status))).findings == []
