"""Parquet and the Arrow stream: tables that mean what SDMX-CSV means."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import cubes
import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hub.errors import NotFound, RequestSyntaxError
from hub.messages.api import NamedDataflow, WriteOptions, read_data, write_data
from hub.messages.detect import detect
from hub.model.dataset import BATCH_ROWS, Action, DataMessage
from hub.model.schema import DataSchema

FORMATS = ("parquet", "arrow")
ROW = {"FREQ": "A", "REF_AREA": "NA", "CITIZENSHIP": "MEX", "SEX": "F", "TIME_PERIOD": "2020",
       "OBS_VALUE": "884.3890", "DECIMALS": "0", "OBS_STATUS": "A"}  # fmt: skip
FLOW = "MIGHUB:DF_CUBE(1.0.0)"


def written(format_: str, *blocks: object, **options: object) -> bytes:
    return b"".join(
        write_data(list(blocks), format_, cubes.HEADER, WriteOptions(**options))  # type: ignore[arg-type]
    )


def stored(format_: str, table: pa.Table) -> bytes:
    sink = io.BytesIO()
    if format_ == "parquet":
        pq.write_table(table, sink)
    else:
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    return sink.getvalue()


@pytest.fixture
def read(read_text: Callable[[bytes, str], DataMessage]) -> Callable[[bytes, str], DataMessage]:
    return read_text


def test_pandas_and_duckdb_see_text_and_the_metadata(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    path.write_bytes(written("parquet", cubes.block(cubes.CUBE, [ROW])))
    frame = pd.read_parquet(path)
    assert frame.loc[0, ["STRUCTURE", "STRUCTURE_ID", "ACTION"]].tolist() == ["dataflow", FLOW, "M"]
    assert frame.loc[0, ["REF_AREA", "OBS_VALUE"]].tolist() == ["NA", "884.3890"]
    (value,) = duckdb.sql(f"SELECT OBS_VALUE FROM '{path}' WHERE REF_AREA = 'NA'").fetchall()
    assert value == ("884.3890",)
    metadata = pq.read_metadata(path).metadata
    assert metadata[b"sdmx.dataflow"] == FLOW.encode()


def test_an_arrow_client_sees_the_stream_batch_by_batch() -> None:
    rows = [ROW | {"TIME_PERIOD": str(y)} for y in (2020, 2021)]
    blocks = [cubes.block(cubes.CUBE, [row], ordinal=n) for n, row in enumerate(rows)]
    chunks = list(write_data(blocks, "arrow", cubes.HEADER, WriteOptions()))
    assert len([c for c in chunks if c]) == 3
    table = pa.ipc.open_stream(b"".join(chunks)).read_all()
    assert table.column("TIME_PERIOD").to_pylist() == ["2020", "2021"]
    assert pa.types.is_dictionary(table.schema.field("REF_AREA").type)
    assert table.schema.field("OBS_VALUE").type == pa.string()


@pytest.mark.parametrize("format_", FORMATS)
def test_the_header_survives(read: Callable[..., DataMessage], format_: str) -> None:
    message = read(written(format_, cubes.block(cubes.CUBE, [ROW])), format_)
    assert message.header == cubes.HEADER


@pytest.mark.parametrize("format_", FORMATS)
def test_structures_and_actions_in_one_table(
    read: Callable[..., DataMessage], format_: str, survey_schema: DataSchema
) -> None:
    survey = {"REF_AREA": "DOM", "RESPONDENT": "x", "PERSONS": "1"}
    blocks = [
        cubes.block(cubes.CUBE, [ROW]),
        cubes.block(survey_schema, [survey], Action.REPLACE),
        cubes.block(cubes.CUBE, [{"REF_AREA": "MEX"}], Action.DELETE),
    ]
    found = list(read(written(format_, *blocks), format_).blocks)
    assert cubes.flat(found) == cubes.flat(blocks)
    assert [b.ordinal for b in found] == [0, 1, 2]


@pytest.mark.parametrize("format_", FORMATS)
def test_a_delete_of_everything_is_a_row(read: Callable[..., DataMessage], format_: str) -> None:
    frame = {"STRUCTURE": ["dataflow"], "STRUCTURE_ID": [FLOW], "ACTION": ["D"]}
    found = cubes.flat(read(stored(format_, pa.table(frame)), format_).blocks)
    assert found == [(FLOW, "delete", (None,) * len(cubes.CUBE.columns))]


@pytest.mark.parametrize("format_", FORMATS)
def test_series_keys_only_and_chosen_columns(
    read: Callable[..., DataMessage], format_: str
) -> None:
    rows = [ROW | {"TIME_PERIOD": str(y), "SEX": s} for s in "FM" for y in (2020, 2021)]
    found = cubes.flat(
        read(written(format_, cubes.block(cubes.CUBE, rows), series_keys_only=True), format_).blocks
    )
    assert [row[3:6] for _, _, row in found] == [("F", None, None), ("M", None, None)]
    table = written(format_, cubes.block(cubes.CUBE, rows), attributes=frozenset({"DECIMALS"}))
    names = {n for b in read(table, format_).blocks for n in b.batch.schema.names}
    assert names & {a.id for a in cubes.CUBE.attributes} == {"DECIMALS"}


@pytest.mark.parametrize("format_", FORMATS)
def test_tables_made_by_others(read: Callable[..., DataMessage], format_: str) -> None:
    """Plain text columns, numbers where the structure has numbers, any order, no ACTION."""
    table = pa.table(
        {
            "OBS_VALUE": pa.array([1.5, 2.0, None]),
            "TIME_PERIOD": pa.array(["2020", "2021", "2022"], pa.large_string()),
            "SEX": ["F", "F", "F"],
            "CITIZENSHIP": ["NA", "NA", "NA"],
            "FREQ": ["A", "A", "A"],
            "REF_AREA": pa.array(["MEX", "MEX", "MEX"]).dictionary_encode(),
            "MINE": ["x", None, None],
            "STRUCTURE": ["DATAFLOW"] * 3,
            "STRUCTURE_ID": [FLOW] * 3,
        }
    )
    (block,) = read(stored(format_, table), format_).blocks
    assert block.action is Action.MERGE
    assert block.batch.column("OBS_VALUE").to_pylist() == ["1.5", "2", None]
    assert block.batch.column("MINE").to_pylist() == ["x", None, None]  # validation reports it
    exact = table.set_column(0, "OBS_VALUE", pa.array([Decimal("1.50")] * 3))
    (block,) = read(stored(format_, exact), format_).blocks
    assert block.batch.column("OBS_VALUE").to_pylist() == ["1.50"] * 3


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"TIME_PERIOD": pa.array([2020])}, "column TIME_PERIOD is of type int64"),
        ({"DECIMALS": pa.array([0])}, "column DECIMALS is of type int64"),
        ({"OBS_VALUE": pa.array([True])}, "column OBS_VALUE is of type bool"),
        ({"ACTION": pa.array(["X"])}, "ACTION is 'X'"),
        ({"STRUCTURE_ID": pa.array(["DF_CUBE"])}, "Row 1"),
        ({"STRUCTURE_ID": pa.nulls(1, pa.string())}, "Row 1"),
    ],
)
def test_what_would_be_a_guess_is_refused(
    read: Callable[..., DataMessage], format_: str, changed: dict[str, pa.Array], says: str
) -> None:
    frame = {"STRUCTURE": ["dataflow"], "STRUCTURE_ID": [FLOW], **{k: [v] for k, v in ROW.items()}}
    table = pa.table(frame | changed)
    with pytest.raises(RequestSyntaxError, match=says):
        list(read(stored(format_, table), format_).blocks)


@pytest.mark.parametrize("format_", FORMATS)
def test_ways_to_name_the_dataflow(tmp_path: Path, format_: str) -> None:
    table = pa.table({k: [v] for k, v in ROW.items()})
    path = tmp_path / "m"
    path.write_bytes(stored(format_, table))
    with pytest.raises(RequestSyntaxError, match="STRUCTURE_ID must name"):
        list(read_data(path, format_, cubes.Resolver()).blocks)
    named = NamedDataflow(cubes.Resolver(), cubes.CUBE)
    assert len(cubes.flat(read_data(path, format_, named).blocks)) == 1
    path.write_bytes(stored(format_, table.replace_schema_metadata({"sdmx.dataflow": FLOW})))
    assert len(cubes.flat(read_data(path, format_, cubes.Resolver()).blocks)) == 1
    other = table.replace_schema_metadata({"sdmx.dataflow": "MIGHUB:DF_NONE(1.0.0)"})
    path.write_bytes(stored(format_, other))
    with pytest.raises(NotFound, match="DF_NONE"):
        list(read_data(path, format_, cubes.Resolver()).blocks)


@pytest.mark.parametrize("format_", FORMATS)
def test_a_file_that_is_cut_off_is_refused(read: Callable[..., DataMessage], format_: str) -> None:
    whole = written(format_, cubes.block(cubes.CUBE, [ROW] * 50))
    for size in (6, len(whole) // 2, len(whole) - 20):
        with pytest.raises(RequestSyntaxError):
            list(read(whole[:size], format_).blocks)


def test_two_streams_in_one_file_are_not_half_read(read: Callable[..., DataMessage]) -> None:
    whole = written("arrow", cubes.block(cubes.CUBE, [ROW]))
    with pytest.raises(RequestSyntaxError, match="behind the end"):
        list(read(whole + whole, "arrow").blocks)


def test_an_arrow_file_is_read_too(tmp_path: Path) -> None:
    block = cubes.block(cubes.CUBE, [ROW])
    table = pa.ipc.open_stream(written("arrow", block)).read_all()
    path = tmp_path / "m.feather"
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)
    found = detect(path)
    assert found is not None and found.name == "arrow"
    assert cubes.flat(read_data(path, found, cubes.Resolver()).blocks) == cubes.flat([block])


@pytest.mark.parametrize("format_", FORMATS)
def test_blocks_are_bounded(read: Callable[..., DataMessage], format_: str) -> None:
    size = 5 * BATCH_ROWS + 7
    batch = pa.record_batch(
        [pa.array(["NA"] * size).dictionary_encode(), pa.array([str(n) for n in range(size)])],
        names=["REF_AREA", "OBS_VALUE"],
    )
    block = cubes.block(cubes.CUBE, [ROW])
    big = type(block)(cubes.CUBE, Action.MERGE, batch, 0)
    chunks = list(write_data([big], format_, cubes.HEADER, WriteOptions()))
    assert len([c for c in chunks if c]) > 1
    found = list(read(b"".join(chunks), format_).blocks)
    assert max(b.batch.num_rows for b in found) <= BATCH_ROWS
    assert sum(b.batch.num_rows for b in found) == size
    assert found[-1].batch.column("OBS_VALUE")[-1].as_py() == str(size - 1)
