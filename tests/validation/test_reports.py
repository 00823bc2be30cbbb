"""Reports for people: CSV, HTML and the marked workbook, made from the JSON report."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from corpus import clean, message
from lxml import html
from python_calamine import CalamineWorkbook

from hub.errors import RequestSyntaxError
from hub.model.findings import Finding, Report, Severity
from hub.plugins import connector_catalogue
from hub.structures.repository import StructureSet
from hub.validation import validate
from hub.validation.report_csv import write_csv
from hub.validation.report_html import write_html
from hub.validation.report_xlsx import write_xlsx
from hub.validation.workbook import copy_of

UPM = "mex/upm_air_entries"
TOTALS = "SEX"


def faulty() -> dict[str, Any]:
    """A report with two causes: 30 unknown codes, one value that is none."""
    columns = clean()
    for at in range(30):
        columns["SEX"][at] = "X"
    columns["OBS_VALUE"][100] = "=cmd()"
    return validate(message(columns), file="entries.csv").to_dict()


def test_csv_has_a_row_for_each_finding() -> None:
    report = faulty()
    data = b"".join(write_csv(report, "en"))
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert len(rows) == len(report["findings"]) == 31
    assert [r["Rule"] for r in rows].count("CODE_UNKNOWN") == 30
    assert (rows[0]["File"], rows[0]["Row"], rows[0]["Column"]) == ("entries.csv", "2", "SEX")
    assert rows[30]["Found"] == "'=cmd()"  # no formula
    spanish = b"".join(write_csv(report, "es")).decode("utf-8-sig")
    assert "Código desconocido" in spanish
    assert "¿Quiso decir" in spanish


def test_the_address_of_a_cell_is_told_where_row_and_column_do_not_say_it() -> None:
    told, known = (
        Finding("NUMBER_EXPECTED", "Look.", sheet="R", row=4, column=column, cell="C4")
        for column in ("Mujer", "C")
    )
    report = Report()
    report.extend([told, known])
    page = write_html(report.to_dict(), "es")
    assert "Hoja R, Fila 4, Columna Mujer, Celda C4" in page
    assert "Hoja R, Fila 4, Columna C<" in page
    table = b"".join(write_csv(report.to_dict(), "en")).decode("utf-8-sig")
    assert [r["Cell"] for r in csv.DictReader(io.StringIO(table))] == ["C4", "C4"]


def test_a_truncated_report_states_the_true_count() -> None:
    report = {**faulty(), "counts": {"error": 1_000_000, "warning": 0, "note": 0}}
    assert "1000000" in b"".join(write_csv(report)).decode().splitlines()[-1]
    assert "1,000,000 findings" in write_html(report)
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(report)))
    assert "1000000" in str(book.active["A3"].value)


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Unknown code"), ("es", "Código desconocido")]
)
def test_html_groups_by_cause(language: str, title: str) -> None:
    report = faulty()
    page = write_html(report, language, file="<entries>.csv")
    tree = html.document_fromstring(page)
    assert tree.get("lang") == language
    sections = tree.findall(".//section")
    assert [s.get("class") for s in sections] == ["error", "error"]
    first = sections[0]
    assert first.findtext(".//h2") == title
    contents = tree.find_class("contents")[0].findall(".//tbody/tr")
    assert [row.findtext("td[@class='n']") for row in contents] == ["30", "1"]
    targets = [row.find(".//a").get("href") for row in contents]
    assert targets == [f"#{section.get('id')}" for section in sections]
    assert "30" in first.find(".//span").text
    assert len(first.findall(".//tbody/tr")) == 20
    assert "_X" in first.text_content()  # the nearest code
    assert "<entries>.csv" in tree.findtext(".//h1")
    assert not re.search(r"src=|href=\"(?!#)", page)  # stands alone


def test_html_shows_what_strangers_write_as_text() -> None:
    report = Report()
    report.add(Finding("X_Y", "<script>alert(1)</script>", found="<b>", file="a"))
    page = write_html(report.to_dict(), "es")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    with pytest.raises(ValueError, match="xx"):
        write_html(report.to_dict(), "xx")


def marked(
    source: Path, connector: str, tmp_path: Path, language: str = "en"
) -> tuple[Any, dict[str, Any]]:
    found = validate(connector_catalogue().read(connector, source, StructureSet.shipped()))
    report = found.to_dict()
    target = tmp_path / "marked.xlsx"
    target.write_bytes(write_xlsx(report, source, language))
    return openpyxl.load_workbook(target), report


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[[], Path]:
    """The sample workbook of UPM with a name nobody knows and a figure that is none."""

    def broken() -> Path:
        sample = next(p for p in connector_catalogue().samples(UPM) if p.suffix == ".xlsx")
        book = openpyxl.load_workbook(sample)
        sheet = book.worksheets[0]
        (label,) = [
            c for row in sheet.iter_rows() for c in row
            if isinstance(c.value, str) and c.value.strip() == "Haití"
        ]  # fmt: skip
        label.value = "Haytí"
        sheet.cell(label.row + 1, label.column + 2).value = "12a"
        path = tmp_path / "c131.xlsx"
        book.save(path)
        return path

    return broken


def test_the_senders_own_workbook_comes_back_with_the_cell_marked(
    workbook: Callable[[], Path], tmp_path: Path
) -> None:
    source = workbook()
    book, report = marked(source, UPM, tmp_path, "es")
    (wrong,) = [f for f in report["findings"] if f["found"] == "Haytí"]
    # What the reader left out is not told again as a sum that falls short.
    assert "BORDER_AIR_TOTAL" not in {f["rule"] for f in report["findings"]}
    sheet = book[wrong["sheet"]]
    (cell,) = [c for c in sheet[wrong["row"]] if c.value == "Haytí"]
    assert cell.comment is not None
    assert wrong["rule"] in cell.comment.text
    assert cell.fill.fgColor.rgb == "FFF4A6A6"
    assert book.sheetnames[0] == "Hallazgos"
    links = [
        c.hyperlink.location for row in book["Hallazgos"].iter_rows() for c in row if c.hyperlink
    ]
    assert f"'{sheet.title}'!{cell.coordinate}" in links
    # Everything else is the sender's.
    original = openpyxl.load_workbook(source)[sheet.title]
    assert [[c.value for c in r] for r in original.iter_rows()] == [
        [c.value for c in r] for r in sheet.iter_rows()
    ]
    read = CalamineWorkbook.from_path(str(tmp_path / "marked.xlsx"))
    assert read.sheet_names == book.sheetnames


def test_an_xls_becomes_a_workbook_with_the_same_cells(
    shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    source = shared_data("mexico-upm/c131_2026_05.xls")
    report = Report()
    sheet = CalamineWorkbook.from_path(str(source)).get_sheet_by_index(0)
    rows = sheet.to_python(skip_empty_area=False)
    at = next(n for n, row in enumerate(rows) if "Total General" in row)
    column = next(c for c, value in enumerate(rows[at]) if isinstance(value, float))
    letter = openpyxl.utils.get_column_letter(column + 1)
    report.add(Finding("TOTAL_MISMATCH", "Differs.", Severity.WARNING, sheet=sheet.name,
                       row=at + 1, column=letter))  # fmt: skip
    target = tmp_path / "marked.xlsx"
    target.write_bytes(write_xlsx(report.to_dict(), source))
    book = openpyxl.load_workbook(target)
    cell = book[sheet.name][f"{letter}{at + 1}"]
    assert cell.value == rows[at][column]
    assert cell.comment is not None and "Differs." in cell.comment.text
    copied = CalamineWorkbook.from_path(str(target)).get_sheet_by_name(sheet.name)
    again = copied.to_python(skip_empty_area=False)
    assert [r[: len(rows[0])] for r in again] == rows[: len(again)]


def test_a_csv_message_is_shown_as_a_sheet_and_holds_no_formula(tmp_path: Path) -> None:
    source = tmp_path / "entries.csv"
    source.write_text("SEX;OBS_VALUE\nX;1\nF;=1+1\n", "utf-8")
    report = Report()
    report.add(Finding("CODE_UNKNOWN", "No.", file="entries.csv", row=2, column="SEX", found="X"))
    report.add(Finding("VALUE_TYPE", "No.", Severity.NOTE, row=3, column="OBS_VALUE", found="=1+1"))
    data = write_xlsx(report.to_dict(), source)
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["Findings", "CSV"]
    assert book["CSV"]["A2"].comment is not None
    assert book["CSV"]["B3"].fill.fgColor.rgb == "FFBFDDF2"
    assert all(c.data_type != "f" for s in book for row in s.iter_rows() for c in row)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert not [n for n in archive.namelist() if b"<f>" in archive.read(n)]


@pytest.mark.parametrize("text", ["<?xml version='1.0'?><a/>", '{"data": {}}', "\xe9;1"])
def test_what_is_no_table_gives_the_findings_alone(tmp_path: Path, text: str) -> None:
    source = tmp_path / "message"
    source.write_bytes(text.encode("latin-1"))
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(faulty(), source)))
    assert book.sheetnames == ["Findings"]
    assert "Unknown code" in {c.value for c in book["Findings"]["C"]}


@pytest.mark.parametrize("part", [b'<!DOCTYPE a [<!ENTITY b "c">]>', b"x" * (101 << 20)])
def test_a_hostile_workbook_is_not_opened(tmp_path: Path, part: bytes) -> None:
    source = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<?xml version='1.0'?>" + part + b"<workbook/>")
    with pytest.raises(RequestSyntaxError, match=r"document type|too large"):
        copy_of(source)
    assert openpyxl.load_workbook(io.BytesIO(write_xlsx(faulty(), source))).sheetnames == [
        "Findings"
    ]
