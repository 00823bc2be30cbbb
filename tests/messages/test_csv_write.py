"""What SDMX-CSV messages look like, byte for byte."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import cubes
import pytest
import sdmx

from hub.errors import NotAcceptable
from hub.messages.api import WriteOptions, write_data
from hub.model.dataset import BATCH_ROWS, Action, Block
from hub.model.schema import DataSchema
from hub.structures.repository import StructureSet

ROWS = [
    {"FREQ": "A", "REF_AREA": "MEX", "CITIZENSHIP": "_T", "SEX": "F", "TIME_PERIOD": "2020",
     "OBS_VALUE": "884.3890", "SOURCE": 'a, "b"', "OBS_STATUS": "A"},
    {"FREQ": "A", "REF_AREA": "MEX", "CITIZENSHIP": "_T", "SEX": "F", "TIME_PERIOD": "2021",
     "SOURCE": 'a, "b"', "COMMENT_OBS": " lead"},
    {"FREQ": "A", "REF_AREA": "NA", "CITIZENSHIP": "_T", "SEX": "M", "TIME_PERIOD": "2020",
     "OBS_VALUE": "5", "OBS_STATUS": "E"},
]  # fmt: skip


@pytest.fixture
def blocks(cube_schema: DataSchema) -> list[Block]:
    return [cubes.block(cube_schema, ROWS)]


def text(blocks: list[Block], format_: str, options: WriteOptions | None = None) -> str:
    return b"".join(write_data(blocks, format_, cubes.HEADER, options or WriteOptions())).decode()


@pytest.mark.conformance("format.csv1.columns", "format.csv1.repeated")
def test_version_1(blocks: list[Block]) -> None:
    assert text(blocks, "sdmx-csv-1.0").splitlines() == [
        "DATAFLOW,FREQ,REF_AREA,CITIZENSHIP,SEX,TIME_PERIOD,OBS_VALUE,"
        "PUBLISHER_NOTE,DEFINITION,SOURCE,OBS_STATUS,DECIMALS,COMMENT_OBS",
        'MIGHUB:DF_CUBE(1.0.0),A,MEX,_T,F,2020,884.3890,,,"a, ""b""",A,,',
        'MIGHUB:DF_CUBE(1.0.0),A,MEX,_T,F,2021,,,,"a, ""b""",,," lead"',
        "MIGHUB:DF_CUBE(1.0.0),A,NA,_T,M,2020,5,,,,E,,",
    ]


@pytest.mark.conformance("format.csv2.columns")
def test_version_2_with_chosen_columns(blocks: list[Block]) -> None:
    options = WriteOptions(attributes=frozenset({"OBS_STATUS"}), action=Action.REPLACE)
    assert text(blocks, "sdmx-csv-2.0", options).splitlines() == [
        "STRUCTURE,STRUCTURE_ID,ACTION,FREQ,REF_AREA,CITIZENSHIP,SEX,TIME_PERIOD,OBS_VALUE,"
        "OBS_STATUS",
        "dataflow,MIGHUB:DF_CUBE(1.0.0),R,A,MEX,_T,F,2020,884.3890,A",
        "dataflow,MIGHUB:DF_CUBE(1.0.0),R,A,MEX,_T,F,2021,,",
        "dataflow,MIGHUB:DF_CUBE(1.0.0),R,A,NA,_T,M,2020,5,E",
    ]


@pytest.mark.conformance("format.csv2.names", "format.csv2.keys")
def test_labels_and_keys(blocks: list[Block]) -> None:
    options = WriteOptions(
        labels="name",
        label_source=cubes.Labels(),
        attributes=frozenset(),
        extra={"keys": "both", "separator": ";"},
    )
    found = list(csv.reader(io.StringIO(text(blocks, "sdmx-csv-2.0", options)), delimiter=";"))
    assert found[0][:8] == ["STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION", "SERIES_KEY",
                            "OBS_KEY", "FREQ", "Name of FREQ"]  # fmt: skip
    assert found[1] == ["dataflow", "MIGHUB:DF_CUBE(1.0.0)", "Flow DF_CUBE, named", "A",
                        "A.MEX._T.F", "A.MEX._T.F.2020", "A", "", "MEX",
                        'México, "Estados" <Unidos> & más', "_T", "", "F", "Female: women",
                        "2020", "", "884.3890", ""]  # fmt: skip
    assert {len(row) for row in found} == {len(found[0])}


@pytest.mark.conformance("format.csv1.labels")
def test_labels_both(blocks: list[Block]) -> None:
    options = WriteOptions(labels="both", label_source=cubes.Labels(), attributes=frozenset())
    found = list(csv.DictReader(io.StringIO(text(blocks, "sdmx-csv-1.0", options))))
    assert found[0] == {
        "DATAFLOW": "MIGHUB:DF_CUBE(1.0.0): Flow DF_CUBE, named",
        "FREQ: Name of FREQ": "A",
        "REF_AREA: Name of REF_AREA": 'MEX: México, "Estados" <Unidos> & más',
        "CITIZENSHIP: Name of CITIZENSHIP": "_T",
        "SEX: Name of SEX": "F: Female: women",
        "TIME_PERIOD: Name of TIME_PERIOD": "2020",
        "OBS_VALUE": "884.3890",
    }


def test_series_keys_only_is_one_line_per_series(cube_schema: DataSchema) -> None:
    cut = [cubes.block(cube_schema, [row]) for row in ROWS]
    options = WriteOptions(series_keys_only=True, attributes=frozenset())
    assert text(cut, "sdmx-csv-2.0", options).splitlines()[1:] == [
        "dataflow,MIGHUB:DF_CUBE(1.0.0),A,A,MEX,_T,F",
        "dataflow,MIGHUB:DF_CUBE(1.0.0),A,A,NA,_T,M",
    ]
    assert text(cut, "sdmx-csv-1.0", options).splitlines() == [
        "DATAFLOW,FREQ,REF_AREA,CITIZENSHIP,SEX,TIME_PERIOD,OBS_VALUE",
        "MIGHUB:DF_CUBE(1.0.0),A,MEX,_T,F,,",
        "MIGHUB:DF_CUBE(1.0.0),A,NA,_T,M,,",
    ]


@pytest.mark.conformance("format.action.delete_bulk")
def test_wildcards_of_a_delete_are_empty_fields(cube_schema: DataSchema) -> None:
    rows = [{"REF_AREA": "MEX", "OBS_VALUE": "-"}, {"REF_AREA": None}]
    found = text([cubes.block(cube_schema, rows, Action.DELETE)], "sdmx-csv-2.0").splitlines()
    assert found[1] == "dataflow,MIGHUB:DF_CUBE(1.0.0),D,,MEX,,,,-,,,,,,"
    assert found[2] == "dataflow,MIGHUB:DF_CUBE(1.0.0),D" + "," * 12


@pytest.mark.conformance("format.csv1.measure")
def test_version_1_refuses_what_it_cannot_say(
    cube_schema: DataSchema, survey_schema: DataSchema, blocks: list[Block]
) -> None:
    with pytest.raises(NotAcceptable, match="delete"):
        text([cubes.block(cube_schema, ROWS, Action.DELETE)], "sdmx-csv-1.0")
    with pytest.raises(NotAcceptable, match="several measures"):
        text([cubes.block(survey_schema, [{"REF_AREA": "MEX"}])], "sdmx-csv-1.0")
    options = WriteOptions(labels="name", label_source=cubes.Labels())
    with pytest.raises(NotAcceptable, match="labels"):
        text(blocks, "sdmx-csv-1.0", options)


def test_a_stream_cannot_bring_a_structure_the_header_does_not_have(
    blocks: list[Block], survey_schema: DataSchema
) -> None:
    mixed = [*blocks, cubes.block(survey_schema, [{"REF_AREA": "MEX", "RESPONDENT": "x"}])]
    with pytest.raises(ValueError, match="list of blocks"):
        b"".join(write_data(iter(mixed), "sdmx-csv-2.0", cubes.HEADER, WriteOptions()))


def test_chunks_are_bounded_however_long_a_block_is(cube_schema: DataSchema) -> None:
    long = cubes.block(cube_schema, [ROWS[0]] * (2 * BATCH_ROWS + 1))
    chunks = list(write_data([long], "sdmx-csv-2.0", cubes.HEADER, WriteOptions()))
    assert [chunk.count(b"\n") for chunk in chunks] == [1, BATCH_ROWS, BATCH_ROWS, 1]


@pytest.mark.conformance("format.csv2.measures")
def test_a_text_measure_is_quoted_where_needed(survey_schema: DataSchema) -> None:
    rows = [{"REF_AREA": "MEX", "RESPONDENT": "a;b", "ANSWER": 'yes, "no"'}]
    found = text([cubes.block(survey_schema, rows)], "sdmx-csv-2.0").splitlines()[1]
    assert found == 'dataflow,MIGHUB.SUB:DF_SURVEY(2.1.0),A,MEX,a;b,,"yes, ""no""",,'


def test_sdmx1_reads_version_2_of_a_shipped_dataflow(tmp_path: Path) -> None:
    shipped = StructureSet.shipped()
    schema = shipped.dataflow(None, "DF_MIG_BORDER", None)
    key = {c.id: c.codes[0] for c in schema.dimensions if c.codes}
    rows: list[dict[str, str | None]] = [
        {**key, "TIME_PERIOD": "2026-01", "OBS_VALUE": "884.389", "COMMENT_OBS": 'a, "b"'},
        {**key, "TIME_PERIOD": "2026-02", "OBS_VALUE": "13169132", "OBS_STATUS": "E"},
    ]
    path = tmp_path / "message.csv"
    path.write_text(text([cubes.block(schema, rows)], "sdmx-csv-2.0"), "utf-8", newline="")
    flow = next(f for f in shipped.dataflows() if f.id == "DF_MIG_BORDER")
    observations = sdmx.read_sdmx(path, structure=flow.structure).data[0].obs
    assert [(str(o.key["TIME_PERIOD"].value), o.value) for o in observations] == [
        ("2026-01", "884.389"),
        ("2026-02", "13169132"),
    ]
    assert observations[0].attached_attribute["COMMENT_OBS"].value == 'a, "b"'
