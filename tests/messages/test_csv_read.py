"""SDMX-CSV as others write it: what is tolerated, what is reported and where it stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cubes
import pyarrow as pa
import pytest

from hub.errors import NotFound, RequestSyntaxError
from hub.messages import csv_rows, csv_scan
from hub.messages.api import read_data
from hub.model.dataset import CODED, Action, DataMessage
from hub.model.schema import DataSchema

ReadText = Callable[[str | bytes, str], DataMessage]

FLOW = "MIGHUB:DF_CUBE(1.0.0)"


def rows(message: DataMessage) -> list[dict[str, str | None]]:
    """All rows with what they give."""
    return [
        {k: v for k, v in row.items() if v is not None}
        for block in message.blocks
        for row in block.batch.to_pylist()
    ]


def test_na_is_namibia_and_codes_stay_text(read_text: ReadText) -> None:
    text = f"DATAFLOW,REF_AREA,CITIZENSHIP,OBS_VALUE\n{FLOW},NA,001,884.3890\n"
    assert rows(read_text(text, "sdmx-csv-1.0")) == [
        {"REF_AREA": "NA", "CITIZENSHIP": "001", "OBS_VALUE": "884.3890"}
    ]


def test_column_types(read_text: ReadText) -> None:
    text = f"DATAFLOW,OBS_VALUE,REF_AREA,TIME_PERIOD\n{FLOW},1,MEX,2020\n"
    (block,) = read_text(text, "sdmx-csv-1.0").blocks
    assert block.batch.schema.names == ["REF_AREA", "TIME_PERIOD", "OBS_VALUE"]
    assert block.batch.schema.types == [CODED, CODED, pa.string()]


@pytest.mark.conformance("format.csv1.separator")
def test_separator_is_the_ninth_character_bom_crlf_and_quoted_header(read_text: ReadText) -> None:
    text = f'\ufeff"DATAFLOW";"REF_AREA";SEX\r\n{FLOW};MEX;"F"\r\n'
    assert rows(read_text(text, "sdmx-csv-1.0")) == [{"REF_AREA": "MEX", "SEX": "F"}]


@pytest.mark.conformance("format.csv1.decimal_comma")
def test_decimal_comma_is_read_where_the_separator_allows_it(read_text: ReadText) -> None:
    message = read_text(f"DATAFLOW;REF_AREA;OBS_VALUE\n{FLOW};MEX;12,50\n", "sdmx-csv-1.0")
    assert rows(message) == [{"REF_AREA": "MEX", "OBS_VALUE": "12.50"}]
    assert [(f.rule, f.severity, f.column) for f in message.findings] == [
        ("DECIMAL_COMMA", "note", "OBS_VALUE")
    ]


@pytest.mark.conformance("format.csv1.decimal_comma")
def test_decimal_comma_stays_text_where_the_comma_separates(read_text: ReadText) -> None:
    message = read_text(f'DATAFLOW,REF_AREA,OBS_VALUE\n{FLOW},MEX,"12,5"\n', "sdmx-csv-1.0")
    assert rows(message) == [{"REF_AREA": "MEX", "OBS_VALUE": "12,5"}]


@pytest.mark.conformance("format.csv1.labels")
def test_labels_of_codes_and_time_are_taken_off_but_not_of_text(read_text: ReadText) -> None:
    text = (
        "DATAFLOW,REF_AREA: Area,TIME_PERIOD: Period,OBS_VALUE,SOURCE: Source\n"
        f'"{FLOW}: Flow: of people","MEX: Mexico: the country",2020: 2020,5,"INM: yearbook"\n'
    )
    assert rows(read_text(text, "sdmx-csv-1.0")) == [
        {"REF_AREA": "MEX", "TIME_PERIOD": "2020", "OBS_VALUE": "5", "SOURCE": "INM: yearbook"}
    ]


def test_unknown_columns_are_kept_and_frame_columns_are_not(read_text: ReadText) -> None:
    text = (
        "STRUCTURE,STRUCTURE_ID,ACTION,SERIES_KEY,OBS_KEY,REF_AREA,SEKS,EMPTY\n"
        f"dataflow,{FLOW},I,A.MEX,A.MEX.2020,MEX,F,\n"
    )
    assert rows(read_text(text, "sdmx-csv-2.0")) == [{"REF_AREA": "MEX", "SEKS": "F"}]


def test_an_action_column_of_version_1_is_not_obeyed_in_silence(read_text: ReadText) -> None:
    text = f"DATAFLOW,ACTION,REF_AREA\n{FLOW},D,MEX\n"
    (block,) = read_text(text, "sdmx-csv-1.0").blocks
    assert block.action is Action.MERGE


@pytest.mark.conformance("format.csv2.subfields")
def test_multivalued_brackets_belong_to_the_header_not_to_the_id(read_text: ReadText) -> None:
    text = f"STRUCTURE[;],STRUCTURE_ID,SOURCE[en;es],REF_AREA\ndataflow,{FLOW},en:a;es:b,MEX\n"
    assert rows(read_text(text, "sdmx-csv-2.0")) == [{"REF_AREA": "MEX", "SOURCE": "en:a;es:b"}]


@pytest.mark.conformance("format.csv2.names")
def test_name_columns_are_left_out(read_text: ReadText) -> None:
    text = (
        "STRUCTURE,STRUCTURE_ID,STRUCTURE_NAME,ACTION,REF_AREA,Area,OBS_VALUE,Value\n"
        f"dataflow,{FLOW},Flow,I,MEX,Mexico,5,\n"
    )
    assert rows(read_text(text, "sdmx-csv-2.0")) == [{"REF_AREA": "MEX", "OBS_VALUE": "5"}]


@pytest.mark.conformance("format.csv2.mixed", "format.csv2.actions")
def test_structures_and_actions_become_blocks_in_order(read_text: ReadText) -> None:
    text = (
        "STRUCTURE,STRUCTURE_ID,ACTION,REF_AREA,OBS_VALUE,RESPONDENT,PERSONS\n"
        f"dataflow,{FLOW},D,,,,\n"
        f"dataflow,{FLOW},A,MEX,1,,\n"
        f"dataflow,{FLOW},I,DOM,2,,\n"
        f"datastructure,MIGHUB.SUB:DSD_SURVEY(2.1.0),R,NA,,x,7\n"
        f"dataflow,{FLOW},,NA,3,,\n"
        f"dataflow,MIGHUB:DF_CUBE,M,MEX,4,,\n"
    )
    blocks = list(read_text(text, "sdmx-csv-2.0").blocks)
    assert [(b.schema.dataflow.id, b.action, b.ordinal, b.batch.num_rows) for b in blocks] == [
        ("DF_CUBE", Action.DELETE, 0, 1),
        ("DF_CUBE", Action.MERGE, 1, 1),
        ("DF_CUBE", Action.MERGE, 2, 1),
        ("DF_SURVEY", Action.REPLACE, 3, 1),
        ("DF_CUBE", Action.MERGE, 4, 1),
        ("DF_CUBE", Action.MERGE, 5, 1),
    ]
    survey = blocks[3].batch
    assert survey.to_pylist() == [{"REF_AREA": "NA", "RESPONDENT": "x", "PERSONS": "7"}]
    assert survey.schema.field("PERSONS").type == pa.string()
    assert survey.column("REF_AREA").dictionary.to_pylist() == ["NA"], "only what its rows hold"


def test_a_delete_of_everything_is_one_row(read_text: ReadText) -> None:
    text = f"STRUCTURE,STRUCTURE_ID,ACTION\ndataflow,{FLOW},D\n"
    (block,) = read_text(text, "sdmx-csv-2.0").blocks
    assert (block.action, block.batch.num_rows) == (Action.DELETE, 1)


@pytest.mark.conformance("format.csv2.structures")
def test_provision_agreements_if_the_resolver_knows_them(
    tmp_path: Path, cube_schema: DataSchema
) -> None:
    class Knowing(cubes.Resolver):
        def agreement(self, agency: str | None, id: str, version: str | None) -> DataSchema:
            assert (agency, id, version) == ("MIGHUB", "PA_CUBE", "1.0.0")
            return cube_schema

    path = tmp_path / "m.csv"
    path.write_text(
        "STRUCTURE,STRUCTURE_ID,REF_AREA\ndataprovision,MIGHUB:PA_CUBE(1.0.0),MEX\n", "utf-8"
    )
    (block,) = read_data(path, "sdmx-csv-2.0", Knowing()).blocks
    assert block.schema is cube_schema
    with pytest.raises(NotFound, match="provision agreement"):
        read_data(path, "sdmx-csv-2.0", cubes.Resolver())


# -- faults and places -----------------------------------------------------------------------------

FAULTY = (
    "STRUCTURE,STRUCTURE_ID,ACTION,REF_AREA,OBS_VALUE\n"  # row 1
    f"dataflow,{FLOW},I,MEX,1\n"  # 2
    "\n"  # 3: no row
    f"dataflow,{FLOW},I,MEX,2,too,many\n"  # 4
    ",,,,\n"  # 5: no row
    f"dataflow,{FLOW},X,MEX,3\n"  # 6: no such action
    f'dataflow,{FLOW},I,"M\nEX",4\n'  # 7: on two lines
    f"dataflow,{FLOW},I\n"  # 8: too few
    f"dataflow,,I,MEX,5\n"  # 9: no structure
    f"flow,{FLOW},I,MEX,6\n"  # 10: no such kind
    f"dataflow,{FLOW},I,MEX,7\n"  # 11
)


def test_faulty_rows_are_reported_with_their_spreadsheet_row(read_text: ReadText) -> None:
    message = read_text(FAULTY, "sdmx-csv-2.0")
    assert [r["OBS_VALUE"] for r in rows(message)] == ["1", "4", "7"]
    assert sorted((f.row or 0, f.rule) for f in message.findings) == [
        (4, "ROW_FIELDS"),
        (6, "ACTION_UNKNOWN"),
        (8, "ROW_FIELDS"),
        (9, "STRUCTURE_MISSING"),
        (10, "STRUCTURE_FORM"),
    ]
    places = message.locate([0, 1, 2], "REF_AREA")
    assert [(p.row, p.column, p.line) for p in places] == [
        (2, "REF_AREA", None),
        (7, "REF_AREA", None),
        (11, "REF_AREA", None),
    ]


def test_places_do_not_depend_on_how_the_file_is_read(
    read_text: ReadText, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_rows, "_BLOCK_BYTES", 130)
    monkeypatch.setattr(csv_scan, "_CHUNK", 7)
    message = read_text(FAULTY, "sdmx-csv-2.0")
    assert len(list(message.blocks)) == 3
    assert [p.row for p in message.locate([2, 0, 1], None)] == [11, 2, 7]
    assert sorted(f.row or 0 for f in message.findings) == [4, 6, 8, 9, 10]


def test_line_is_told_where_no_field_spans_lines(read_text: ReadText) -> None:
    message = read_text(f"DATAFLOW,REF_AREA\n\n{FLOW},MEX\n", "sdmx-csv-1.0")
    list(message.blocks)
    assert [(p.row, p.line) for p in message.locate([0], None)] == [(3, 3)]


def test_the_place_of_the_measure_is_its_header(read_text: ReadText) -> None:
    message = read_text(f"DATAFLOW,OBS_VALUE,SEX: Sex\n{FLOW},1,F\n", "sdmx-csv-1.0")
    list(message.blocks)
    assert message.locate([0], "SEX")[0].column == "SEX: Sex"


def test_values_without_header_are_reported_once(read_text: ReadText) -> None:
    text = f"DATAFLOW,REF_AREA,,\n{FLOW},MEX,,x\n{FLOW},DOM,,y\n"
    message = read_text(text, "sdmx-csv-1.0")
    assert rows(message) == [{"REF_AREA": "MEX"}, {"REF_AREA": "DOM"}]
    assert [(f.rule, f.column) for f in message.findings] == [("COLUMN_UNNAMED", "D")]


def test_many_faulty_rows_are_counted_not_kept(
    read_text: ReadText, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_rows, "MAX_FINDINGS", 3)
    message = read_text("DATAFLOW,REF_AREA\n" + "x,y,z\n" * 10, "sdmx-csv-1.0")
    assert rows(message) == []
    assert len(message.findings) == 4
    assert "7 more rows" in message.findings[-1].message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"country;year\nMEX;2020\n", "DATAFLOW"),
        (b"DATAFLOWS,SEX\n", "must begin with"),
        ("DATAFLOW,SEX\n".encode("utf-16"), "CSV UTF-8"),
        (b"DATAFLOW,SEX\nx,M\xe9xico\n", "Line 2 is not UTF-8"),
        (b"DATAFLOW,SEX,AGE,SEX\n", "SEX twice, in columns B and D"),
        (b'DATAFLOW,SEX\nx,y\nx,"F\nx,F\n', "opens a field on line 3 is never closed"),
        (b'DATAFLOW,SEX\nx,5" pipe\n', "Line 2 has a quotation mark inside"),
        (b'DATAFLOW,SEX\nx,"F"x\n', "Line 2 has a quotation mark inside"),
        (b"STRUCTURE,STRUCTURE_ID\n", "it is SDMX-CSV 2.0, not SDMX-CSV 1.0"),
    ],
)
def test_a_broken_file_is_refused_in_words(read_text: ReadText, content: bytes, said: str) -> None:
    with pytest.raises(RequestSyntaxError) as caught:
        read_text(content, "sdmx-csv-1.0")
    assert said in caught.value.message


def test_version_2_needs_the_structure_id(read_text: ReadText) -> None:
    with pytest.raises(RequestSyntaxError, match="no column STRUCTURE_ID"):
        read_text("STRUCTURE,ACTION,SEX\ndataflow,I,F\n", "sdmx-csv-2.0")


def test_an_unknown_structure_is_told_before_reading(read_text: ReadText) -> None:
    with pytest.raises(NotFound):
        read_text("DATAFLOW,SEX\nMIGHUB:DF_NO(1.0.0),F\n", "sdmx-csv-1.0")
    text = f"DATAFLOW,SEX\n{FLOW},F\nMIGHUB:DF_NO(1.0.0),F\n"
    with pytest.raises(NotFound, match="Row 3"):
        list(read_text(text, "sdmx-csv-1.0").blocks)


def test_a_header_alone_is_a_message_without_rows(read_text: ReadText) -> None:
    for text in ("DATAFLOW,REF_AREA", "DATAFLOW,REF_AREA\n", "DATAFLOW\n\n"):
        assert rows(read_text(text, "sdmx-csv-1.0")) == []


def test_quotes_and_encoding_are_followed_across_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.csv"
    for size in range(1, 12):
        monkeypatch.setattr(csv_scan, "_CHUNK", size)
        path.write_text('A,"b ""c"" é","","d\n"",e"\nf,"g",h,🙂\n', "utf-8", newline="")
        assert csv_scan.scan(path, ",") == csv_scan.Scan(quoted=True, multiline=True)
        path.write_text('A,"b"\nc,"d""e,f\n', "utf-8", newline="")
        with pytest.raises(RequestSyntaxError, match="line 2 is never closed"):
            csv_scan.scan(path, ",")
        path.write_bytes("A,é\nb,ñ\nc,".encode() + b"\xc3")
        with pytest.raises(RequestSyntaxError, match="Line 3 is not UTF-8"):
            csv_scan.scan(path, ",")
