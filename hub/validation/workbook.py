"""The sender's file as a workbook to be marked: a copy, or its cells in a new one.

An xlsx is loaded and keeps its formats and formulas (not its charts and pictures); of an xls, an
ods or a CSV file the cells are taken over. What is too large or looks hostile is not opened.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils import column_index_from_string

from hub.errors import RequestSyntaxError

__all__ = ["CSV", "copy_of", "plain"]

#: Name of the sheet that a CSV file becomes.
CSV = "CSV"

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
#: Bytes of all parts of an xlsx, and cells, that are opened at most.
_MOST_BYTES, _MOST_CELLS = 100 * 1024 * 1024, 2_000_000
_LONGEST = 32_767
_RANGE = re.compile(
    rb"""mergeCell\s[^>]*?ref\s*=\s*["']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"""
)


def copy_of(path: Path) -> Any:
    """A workbook with the sheets and cells of a file.

    Raises ``RequestSyntaxError`` when the file is none that can be shown as a workbook, is too
    large for it, or holds what a workbook has no need of (a document type).
    """
    with path.open("rb") as file:
        magic = file.read(8)
    if magic.startswith(_ZIP):
        return _xlsx(path)
    if magic.startswith(_OLE):
        return _cells(path)
    return _csv(path)


def plain(cell: Any, text: str) -> None:
    """Put a text into a cell as text, whatever it looks like."""
    cell.value = ILLEGAL_CHARACTERS_RE.sub("�", text)[:_LONGEST]
    cell.data_type = "s"


def _xlsx(path: Path) -> Any:
    try:
        with zipfile.ZipFile(path) as archive:
            _guard(archive)
            names = set(archive.namelist())
        if "xl/workbook.xml" not in names:
            return _cells(path)
        with path.open("rb") as file:  # of a path openpyxl asks how it ends
            return load_workbook(file)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, EOFError) as error:
        raise RequestSyntaxError(f"The workbook cannot be copied: {error}") from None


def _guard(archive: zipfile.ZipFile) -> None:
    """Refuse a bomb and a document type, before anything is parsed."""
    left, cells = _MOST_BYTES, _MOST_CELLS
    for item in archive.infolist():
        with archive.open(item) as part:
            before, merged = b"", 0
            while chunk := part.read(1 << 20):
                left -= len(chunk)
                # A byte is left out of account in UTF-16; what spans two chunks is seen too.
                seen = (before + chunk).replace(b"\0", b"")
                cells -= sum(chunk.count(tag) for tag in (b"<c ", b"<c>", b"<row", b"<si"))
                cells -= 20 * (chunk.count(b"<xf") + chunk.count(b"<cfRule"))
                # Each cell of a merged range becomes one.
                merged = max(merged, *map(_area, _RANGE.findall(before + chunk)), 0)
                if left < 0 or cells < 0 or merged > _MOST_CELLS:
                    raise RequestSyntaxError("The workbook is too large to be copied.")
                if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
                    raise RequestSyntaxError("The workbook holds a document type.")
                before = chunk[-128:]


def _area(range_: tuple[bytes, bytes, bytes, bytes]) -> int:
    """Number of cells of a range such as A1:C7."""
    left, top, right, bottom = range_
    columns = column_index_from_string(right.decode()) - column_index_from_string(left.decode())
    return (abs(int(columns)) + 1) * (abs(int(bottom) - int(top)) + 1)


def _cells(path: Path) -> Any:
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415

    try:
        source = CalamineWorkbook.from_path(str(path))
        made = _empty()
        for name in source.sheet_names:
            sheet = source.get_sheet_by_name(name)
            if sheet.total_height * sheet.total_width > _MOST_CELLS:
                raise RequestSyntaxError("The workbook is too large to be copied.")
            _fill(made.create_sheet(name), sheet.to_python(skip_empty_area=False))
    except CalamineError as error:
        raise RequestSyntaxError(f"The workbook cannot be copied: {error}") from None
    return made


def _csv(path: Path) -> Any:
    """A CSV file as one sheet; its separator is the one of the header that splits it most."""
    if path.stat().st_size > _MOST_BYTES // 4:
        raise RequestSyntaxError("The file is too large to be shown as a workbook.")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RequestSyntaxError("The file is neither a workbook nor CSV in UTF-8.") from None
    header = text.partition("\n")[0]
    if text.lstrip()[:1] in ("<", "{", "["):
        raise RequestSyntaxError("An XML or JSON message is not shown as a workbook.")
    separator = max(",;\t|", key=header.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise RequestSyntaxError(f"The file cannot be shown as a workbook: {error}") from None
    if sum(map(len, rows)) > _MOST_CELLS:
        raise RequestSyntaxError("The file is too large to be shown as a workbook.")
    made = _empty()
    _fill(made.create_sheet(CSV), rows)
    return made


def _empty() -> Any:
    made = Workbook()
    made.remove(made.active)
    return made


def _fill(sheet: Any, rows: Iterable[Iterable[object]]) -> None:
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            if value in ("", None):
                continue
            cell = sheet.cell(number, column)
            if isinstance(value, bool | int | float | datetime | date | time | timedelta):
                cell.value = value
            else:
                plain(cell, str(value))
