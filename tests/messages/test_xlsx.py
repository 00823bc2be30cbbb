"""The workbook for people: read back by another library, cell for cell."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import cubes
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from python_calamine import CalamineWorkbook

from hub.errors import NotAcceptable, ResponseTooLarge
from hub.messages import xlsx_write
from hub.messages.api import WriteOptions, write_data
from hub.messages.detect import detect, is_workbook
from hub.model.dataset import Action, Block
from hub.model.schema import DataSchema

ROW = {"FREQ": "A", "REF_AREA": "MEX", "CITIZENSHIP": "NA", "SEX": "F", "TIME_PERIOD": "2020",
       "OBS_VALUE": "884.389", "DECIMALS": "0", "OBS_STATUS": "A"}  # fmt: skip
NAMED = WriteOptions(label_source=cubes.Labels())

quick = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def write(blocks: list[Block], options: WriteOptions = NAMED) -> bytes:
    return b"".join(write_data(blocks, "xlsx", cubes.HEADER, options))


def sheets(data: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return {n: book.get_sheet_by_name(n).to_python() for n in book.sheet_names}


def test_names_stand_beside_ids_and_the_notes_explain() -> None:
    found = sheets(write([cubes.block(cubes.CUBE, [ROW])]))
    header, row = found["data"]
    cells = dict(zip(header, row, strict=True))
    assert header[:4] == ["FREQ", "Name of FREQ", "REF_AREA", "Name of REF_AREA"]
    assert cells["REF_AREA"] == "MEX"
    assert cells["Name of REF_AREA"] == 'México, "Estados" <Unidos> & más'
    assert cells["CITIZENSHIP"] == "NA"
    assert cells["Name of CITIZENSHIP"] == ""  # no name is no name, not the id again
    assert cells["TIME_PERIOD"] == "2020"  # a period is text, 2020-05 would become a day
    assert cells["OBS_VALUE"] == 884.389
    assert cells["DECIMALS"] == "0"  # a code
    notes = found["notes"]
    about = {line[0]: line[1] for line in notes[: notes.index([""] * 4)]}
    assert about["dataflow"] == "MIGHUB:DF_CUBE(1.0.0)"
    assert about["name"] == "Flow DF_CUBE, named"
    assert about["sender"] == "MIGHUB"
    codes = notes[notes.index([""] * 4) + 2 :]
    assert ["SEX", "Name of SEX", "F", "Female: women"] in codes
    assert [c[2] for c in codes if c[0] == "REF_AREA"] == ["MEX"]


def test_without_names_there_are_ids_alone() -> None:
    header, _ = sheets(write([cubes.block(cubes.CUBE, [ROW])], WriteOptions()))["data"]
    assert header == list(cubes.CUBE.columns)


def test_codes_come_in_the_order_of_their_list() -> None:
    rows = [ROW | {"REF_AREA": a} for a in ("_T", "DOM", "MEX")]
    blocks = [cubes.block(cubes.CUBE, [r], ordinal=n) for n, r in enumerate(rows)]
    notes = sheets(write(blocks))["notes"]
    assert [n[2] for n in notes if n[0] == "REF_AREA"] == ["DOM", "MEX", "_T"]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("5", 5.0), ("-0.5", -0.5), ("884.389", 884.389), ("123456789012345", 123456789012345.0),
        ("1234567890123456789", "1234567890123456789"), ("0.1000000000000000055511151231257827",
        "0.1000000000000000055511151231257827"), ("NaN", "NaN"), ("1E3", "1E3"), ("+5", "+5"),
        ("007", "007"), ("", ""), ("=1+1", "=1+1"), (None, ""),
    ],
)  # fmt: skip
def test_numbers_are_numbers_where_no_digit_is_lost(text: str | None, cell: object) -> None:
    rows = [ROW | {"OBS_VALUE": text}, ROW | {"OBS_VALUE": "1"}]
    found = sheets(write([cubes.block(cubes.CUBE, rows)], WriteOptions()))["data"]
    assert found[1][5] == cell
    assert found[2][5] == 1.0


@quick
@given(blocks=cubes.cubes(text=cubes.texts(carriage_returns=True) | st.just("_x0041_ \x01\x1f")))
def test_every_text_survives(blocks: list[Block]) -> None:
    found = sheets(write(blocks, WriteOptions()))["data"][1:]
    wanted = [tuple(v or "" for v in row[:5] + row[6:]) for _, _, row in cubes.flat(blocks)]
    assert [(*row[:5], *row[6:]) for row in found] == wanted


def test_the_parts_are_well_formed_and_the_filter_spans_the_rows() -> None:
    data = write([cubes.block(cubes.CUBE, [ROW] * 3)], WriteOptions())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == len(set(archive.namelist()))
        for name in archive.namelist():
            root = etree.fromstring(archive.read(name))
            if name == xlsx_write.SHEET:
                assert root.find("{*}autoFilter").get("ref") == "A1:L4"
                assert root.find("{*}dimension") is None
                assert len(root.findall("{*}sheetData/{*}row")) == 4


def test_several_dataflows_say_which_row_is_whose(survey_schema: DataSchema) -> None:
    survey = cubes.block(survey_schema, [{"REF_AREA": "NA", "RESPONDENT": "x", "PERSONS": "1"}])
    header, *rows = sheets(write([cubes.block(cubes.CUBE, [ROW]), survey], WriteOptions()))["data"]
    assert header[0] == "DATAFLOW"
    assert [r[0] for r in rows] == ["MIGHUB:DF_CUBE(1.0.0)", "MIGHUB.SUB:DF_SURVEY(2.1.0)"]
    assert rows[1][header.index("PERSONS")] == 1.0


def test_no_data_is_a_workbook_too(tmp_path: Path) -> None:
    found = sheets(write([], WriteOptions(schemas=(cubes.CUBE,))))
    assert found["data"] == [list(cubes.CUBE.columns)]
    path = tmp_path / "x"
    path.write_bytes(write([], WriteOptions(schemas=(cubes.CUBE,))))
    assert is_workbook(path) and detect(path) is None


def test_what_a_workbook_cannot_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotAcceptable, match="cannot delete"):
        write([cubes.block(cubes.CUBE, [ROW], Action.DELETE)])
    with pytest.raises(NotAcceptable, match="32767"):
        write([cubes.block(cubes.CUBE, [ROW | {"COMMENT_OBS": "x" * 32768}])])
    monkeypatch.setattr(xlsx_write, "MAX_ROWS", 2)
    with pytest.raises(ResponseTooLarge, match="2 rows"):
        write([cubes.block(cubes.CUBE, [ROW] * 3)])
