from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from hub.errors import RequestSyntaxError
from hub.messages.api import WriteOptions, write_data
from hub.model.dataset import CODED, Action, Block, Header
from hub.model.schema import DataSchema
from hub.structures.repository import StructureSet
from hub.structures.xsd_validation import validate_specific

ROWS = 300


@pytest.fixture(scope="module")
def schema() -> DataSchema:
    return StructureSet.shipped().dataflow("MIGHUB", "DF_MIG_BORDER", None)


def block(schema: DataSchema, action: Action = Action.MERGE, rows: int = ROWS) -> Block:
    values = {c.id: [c.codes[0] if c.codes else "text"] * rows for c in schema.components}
    ages = schema.by_id["AGE"].codes or ()
    values["AGE"] = [ages[n // 10 % len(ages)] for n in range(rows)]
    values["TIME_PERIOD"] = [f"20{n % 10 + 10}" for n in range(rows)]
    values["OBS_VALUE"] = [f"{n}.50" for n in range(rows)]
    columns = [
        pa.array(values[c.id], pa.string())
        if c in schema.measures
        else pa.array(values[c.id]).dictionary_encode().cast(CODED)
        for c in schema.components
    ]
    return Block(schema, action, pa.RecordBatch.from_arrays(columns, list(schema.columns)))


@pytest.fixture
def write(tmp_path: Path, schema: DataSchema):
    def make(format_: str = "sdmx-ml-2.1", at: str | None = None, action: Action = Action.MERGE,
             rows: int = ROWS) -> Path:  # fmt: skip
        header = Header("X1", "TST", datetime(2026, 6, 1, tzinfo=UTC))
        options = WriteOptions(dimension_at_observation=at)
        path = tmp_path / "message.xml"
        chunks = write_data([block(schema, action, rows)], format_, header, options)
        path.write_bytes(b"".join(chunks))
        return path

    return make


@pytest.mark.parametrize("format_", ["sdmx-ml-2.1", "sdmx-ml-3.0"])
@pytest.mark.parametrize("at", [None, "AllDimensions", "SEX"])
def test_what_the_hub_writes_is_valid(write, schema: DataSchema, format_: str, at: str) -> None:
    assert list(validate_specific(write(format_, at), schema)) == []


def test_each_fault_has_its_own_line(write, schema: DataSchema) -> None:
    path = write()
    text = path.read_text("utf-8")
    spoiled = (
        text.replace('OBS_VALUE="5.50"', 'OBS_VALUE="five"')
        .replace('OBS_VALUE="77.50"', 'OBS_VALUE="77.50" COLOUR="red"')
        .replace('OBS_VALUE="201.50"', 'OBS_VALUE="201,5"')
    )
    path.write_text(spoiled, "utf-8")
    lines = spoiled.splitlines()
    found = list(validate_specific(path, schema))
    assert [(f.rule, f.component, f.found) for f in found] == [
        ("XSD_VALUE", "OBS_VALUE", "five"),
        ("XSD_ATTRIBUTE_UNKNOWN", "COLOUR", None),
        ("XSD_VALUE", "OBS_VALUE", "201,5"),
    ]
    for fault, text in zip(found, ("five", "red", "201,5"), strict=True):
        assert text in lines[(fault.line or 0) - 1]


def test_lines_do_not_depend_on_chunks(
    write, schema: DataSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write()
    path.write_text(path.read_text("utf-8").replace('="7.50"', '="x"').replace('="250.50"', '="y"'))
    whole = [f.line for f in validate_specific(path, schema)]
    for size in (64, 257, 5000):
        monkeypatch.setattr("hub.structures.xsd_validation.CHUNK", size)
        assert [f.line for f in validate_specific(path, schema)] == whole
    assert len(whole) == 2


def test_a_message_on_one_line(write, schema: DataSchema) -> None:
    path = write()
    path.write_text(path.read_text("utf-8").replace("\n", " ").replace('="7.50"', '="x"'))
    assert [(f.line, f.found) for f in validate_specific(path, schema)] == [(1, "x")]


def test_a_code_that_no_list_has(write, schema: DataSchema) -> None:
    path = write()
    sex = (schema.by_id["SEX"].codes or ("",))[0]
    path.write_text(path.read_text("utf-8").replace(f'SEX="{sex}"', 'SEX="?"', 1))
    (fault,) = validate_specific(path, schema)
    assert (fault.component, fault.found) == ("SEX", "?")
    assert "'_T'" in (fault.expected or "")


def test_many_faults_are_capped_and_it_is_said(write, schema: DataSchema) -> None:
    path = write()
    path.write_text(path.read_text("utf-8").replace(' OBS_VALUE="', ' OBS_VALUE="x'))
    found = list(validate_specific(path, schema, limit=20))
    assert len(found) == 21
    assert all(f.line for f in found[:20])
    assert found[-1].rule == "XSD_LIMIT"


def test_deletions_may_leave_dimensions_out(write, schema: DataSchema) -> None:
    for action, expected in ((Action.DELETE, 0), (Action.MERGE, 1)):
        path = write(action=action, rows=1)
        sex = (schema.by_id["SEX"].codes or ("",))[0]
        path.write_text(path.read_text("utf-8").replace(f' SEX="{sex}"', ""))
        assert len(list(validate_specific(path, schema))) == expected


def test_not_well_formed_and_not_a_data_message(tmp_path: Path, write, schema: DataSchema) -> None:
    path = write()
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(RequestSyntaxError, match="line"):
        list(validate_specific(path, schema))
    other = tmp_path / "other.xml"
    other.write_text("<a/>")
    with pytest.raises(RequestSyntaxError, match="structure-specific"):
        list(validate_specific(other, schema))
    other.write_text("<!DOCTYPE a><a/>")
    with pytest.raises(RequestSyntaxError, match="DOCTYPE"):
        list(validate_specific(other, schema))


def test_memory_does_not_grow_with_the_message(write, schema: DataSchema) -> None:
    path = write(rows=20_000)
    assert path.stat().st_size > 3_000_000
    list(validate_specific(path, schema))
    tracemalloc.start()
    list(validate_specific(path, schema))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000
