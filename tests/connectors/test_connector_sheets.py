"""Cells as text and numbers, CSV, and files made to exhaust the reader."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from workbooks import Page, save

from connectors.framework.archive import Limits
from connectors.framework.sheet import Kind, Workbook, open_workbook
from connectors.framework.snapshot import Snapshot
from hub.errors import PayloadTooLarge, RequestSyntaxError


def opened(path: Path, limits: Limits | None = None) -> Workbook:
    return open_workbook(Snapshot.take(path), limits=limits or Limits())


def of(name: str, content: bytes, tmp_path: Path) -> Workbook:
    path = tmp_path / name
    path.write_bytes(content)
    return opened(path)


def test_numbers_keep_their_exact_form_and_text_stays_text(tmp_path: Path) -> None:
    row = [884.389, 153482.0, 9882365.016666668, 0.1, -3, 1e15, "01", "NA", "  x ", " ", True]
    (sheet,) = opened(save({"S": Page([row])}, tmp_path / "a.xlsx"))
    assert sheet.text[0].tolist() == [
        "884.389", "153482", "9882365.016666668", "0.1", "-3", "1000000000000000",
        "01", "NA", "  x ", "", "TRUE",
    ]  # fmt: skip
    assert sheet.kind[0].tolist() == [Kind.NUMBER] * 6 + [
        Kind.TEXT, Kind.TEXT, Kind.TEXT, Kind.EMPTY, Kind.OTHER,
    ]  # fmt: skip


def test_headers_are_found_by_what_they_say(tmp_path: Path) -> None:
    page = Page([["", "ENTRADAS 1/"], ["", ""], ["País", "entradas"]])
    (sheet,) = opened(save({"S": page}, tmp_path / "a.xlsx"))
    assert sheet.find("Entradas") == [(0, 1), (2, 1)]
    assert sheet.find("pais") == [(2, 0)]
    assert sheet.place(0, 27).column == "AB"


def test_merged_headers_stand_for_their_columns(tmp_path: Path) -> None:
    rows = [["", "A", "", "", "B", ""], ["x", 1, 2, 3, 4, 5]]
    (merged,) = opened(save({"S": Page(rows, [((0, 1), (0, 2))])}, tmp_path / "a.xlsx"))
    assert merged.spread(0) == ["", "A", "A", "", "B", "B"]
    (plain,) = opened(save({"S": Page(rows)}, tmp_path / "b.xlsx"))
    assert plain.spread(0) == ["", "A", "A", "A", "B", "B"]


def test_csv_cells_are_text(tmp_path: Path) -> None:
    (sheet,) = of("a.csv", '﻿geo,n\nNA,"1,234"\nMEX,01\n'.encode(), tmp_path)
    assert sheet.text.tolist() == [["geo", "n"], ["NA", "1,234"], ["MEX", "01"]]
    assert (sheet.kind == Kind.TEXT).all()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xls", b"\xff\xfe nothing that anyone reads"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600),
        ("a.xlsx", b"PK\x03\x04 broken"),
        ("a.csv", b'a,"b\nc'),
    ],
)
def test_what_is_no_workbook_is_refused(name: str, content: bytes, tmp_path: Path) -> None:
    with pytest.raises(RequestSyntaxError, match=name):
        of(name, content, tmp_path)


def test_a_truncated_workbook_is_refused(tmp_path: Path) -> None:
    path = save({"S": Page([[1, 2, 3]])}, tmp_path / "a.xlsx")
    with pytest.raises(RequestSyntaxError):
        of("b.xlsx", path.read_bytes()[:-200], tmp_path)


def test_a_zip_that_inflates_too_far_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 2_000_000)
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(buffer.getvalue())
    with pytest.raises(PayloadTooLarge):
        opened(path, Limits(inflated=1_000_000))


def test_one_far_cell_does_not_make_a_huge_grid(tmp_path: Path) -> None:
    path = save({"S": Page([[1, 2]])}, tmp_path / "a.xlsx")
    buffer = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(buffer, "w") as new:
        for member in old.infolist():
            content = old.read(member).replace(b'r="B1"', b'r="XFD1048576"')
            new.writestr(member.filename, content)
    with pytest.raises(PayloadTooLarge, match="stray cells"):
        of("far.xlsx", buffer.getvalue(), tmp_path)


def test_a_snapshot_names_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a\n")
    shot = Snapshot.take(path)
    assert shot.sha256 == "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7"
    assert (shot.filename, shot.modified.tzinfo is not None) == ("a.csv", True)
