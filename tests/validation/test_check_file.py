"""Files in every data format: read, checked, and each fault placed where the file has it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from corpus import PLANTS, SCHEMA, Columns, Plant, clean, message

from hub.errors import NotFound
from hub.messages.api import WriteOptions, write_data
from hub.messages.formats import Kind, formats
from hub.model.dataset import Header
from hub.model.schema import DataSchema
from hub.validation import check_file

HEADER = Header("T1", "TEST", datetime(2026, 1, 1, tzinfo=UTC))
FORMATS = [f.name for f in formats(Kind.DATA) if f.reader and f.writer]

#: Faults that every format can carry (a writer cannot leave out a dimension, for example).
EVERYWHERE = [
    p
    for p in PLANTS
    if p.found
    in {
        "X",
        "ZZ",
        "abc",
        "1,234",
        "20x0",
        "2020-13",
        "2021-W53",
        "2020-05",
        "-1",
        "1.125",
        "HH",
        "O",
    }
]


class Resolver:
    """The one dataflow of the corpus."""

    def dataflow(self, agency: str | None, id: str, version: str | None) -> DataSchema:
        if id != SCHEMA.dataflow.id:
            raise NotFound(f"There is no dataflow {id}")
        return SCHEMA

    def structure(self, agency: str | None, id: str, version: str | None) -> DataSchema:
        if id != SCHEMA.structure.id:
            raise NotFound(f"There is no data structure {id}")
        return SCHEMA


def written(path: Path, columns: Columns, format_: str) -> Path:
    columns = {**columns, "SOURCE": ["Census"] * 480}  # formats give it once per series
    blocks = message(columns).blocks
    path.write_bytes(b"".join(write_data(blocks, format_, HEADER, WriteOptions())))
    return path


@pytest.mark.parametrize("format_", FORMATS)
def test_clean_data_is_clean_in_every_format(tmp_path: Path, format_: str) -> None:
    report = check_file(written(tmp_path / "clean", clean(), format_), format_, Resolver())
    assert report.findings == []
    assert report.observations == 480


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("plant", EVERYWHERE, ids=lambda p: f"{p.rule}-{p.found}")
def test_a_fault_is_found_once_at_its_place_in_every_format(
    tmp_path: Path, plant: Plant, format_: str
) -> None:
    columns = clean()
    plant.plant(columns, 323)  # the last row of a series: the others stay together
    path = written(tmp_path / "faulty", columns, format_)
    report = check_file(path, format_, Resolver())
    assert [(f.rule, f.component) for f in report] == [(plant.rule, plant.component)]
    finding = report.findings[0]
    assert finding.found == plant.found
    assert finding.file == "faulty"
    place = finding.row or finding.line
    assert place is not None
    if "csv" in format_:  # a table: the row itself holds the text
        assert str(plant.found) in path.read_text("utf-8").splitlines()[place - 1]


@pytest.mark.parametrize(
    ("format_", "text", "rule"),
    [
        ("sdmx-csv-2.0", "STRUCTURE,STRUCTURE_ID,ACTION\n", "MESSAGE_EMPTY"),
        ("sdmx-csv-2.0", "", "MESSAGE_SYNTAX"),
        ("sdmx-csv-1.0", "DATAFLOW,FREQ\nTEST:NOT_HERE(1.0),A\n", "STRUCTURE_UNKNOWN"),
        ("sdmx-ml-2.1", "<StructureSpecificData", "MESSAGE_SYNTAX"),
        ("sdmx-ml-3.0", "not xml", "MESSAGE_SYNTAX"),
        ("sdmx-json-2.0", '{"data": ', "MESSAGE_SYNTAX"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_finding(
    tmp_path: Path, format_: str, text: str, rule: str
) -> None:
    path = tmp_path / "a.file"
    path.write_text(text, "utf-8")
    report = check_file(path, format_, Resolver())
    assert [f.rule for f in report] == [rule]
    assert report.findings[0].file == "a.file"
    assert str(tmp_path) not in report.findings[0].message


@pytest.mark.parametrize("format_", ["sdmx-ml-2.1", "sdmx-ml-2.1-generic", "sdmx-ml-3.0"])
def test_a_message_cut_off_in_the_middle_is_not_valid(tmp_path: Path, format_: str) -> None:
    path = written(tmp_path / "cut.xml", clean(), format_)
    path.write_bytes(path.read_bytes()[:-200])
    report = check_file(path, format_, Resolver())
    assert not report.valid
    assert "MESSAGE_SYNTAX" in {f.rule for f in report}


@pytest.mark.parametrize("format_", ["sdmx-ml-2.1", "sdmx-ml-2.1-generic", "sdmx-ml-3.0"])
def test_what_only_the_official_schema_forbids_is_found_at_its_line(
    tmp_path: Path, format_: str
) -> None:
    path = written(tmp_path / "a.xml", clean(), format_)
    text = path.read_text("utf-8")
    assert "</mes:DataSet>" in text
    path.write_text(text.replace("</mes:DataSet>", "<Foot/>\n</mes:DataSet>"), "utf-8")
    report = check_file(path, format_, Resolver())
    assert [f.rule for f in report] == ["XSD_CONTENT"]
    line = report.findings[0].line
    assert line is not None
    assert "<Foot/>" in path.read_text("utf-8").splitlines()[line - 1]


def test_an_attribute_the_structure_does_not_have_is_told_once(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xml", clean(), "sdmx-ml-2.1")
    text = path.read_text("utf-8").replace("<Obs ", '<Obs COLOUR="red" ', 1)
    path.write_text(text, "utf-8")
    report = check_file(path, "sdmx-ml-2.1", Resolver())
    assert [(f.rule, f.component) for f in report] == [("COMPONENT_UNKNOWN", "COLOUR")]
