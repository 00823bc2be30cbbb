"""Cells of a workbook or CSV file, text as text and numbers in their exact lexical form."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from connectors.framework.archive import Limits, guard_archive
from connectors.framework.cube import Cube
from connectors.framework.faults import Place
from connectors.framework.html import is_html, read_html
from connectors.framework.json_records import ANSWER, grid_of, parse_json, records_of
from connectors.framework.jsonstat import is_jsonstat, read_jsonstat
from connectors.framework.pdf import read_pdf
from connectors.framework.px import is_px, read_px
from connectors.framework.snapshot import Snapshot
from connectors.framework.text import column_letter, normalise, split_marks
from hub.errors import PayloadTooLarge, RequestSyntaxError
from hub.model.cells import address

__all__ = ["Kind", "Sheet", "Workbook", "open_workbook"]

_OLE = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
_PDF = b"%PDF-"
_BOM = b"\xef\xbb\xbf"
# Beyond this a double cannot tell neighbouring whole numbers apart.
_EXACT = 2.0**53


class Kind(IntEnum):
    """What a cell holds."""

    EMPTY = 0
    TEXT = 1
    NUMBER = 2
    OTHER = 3


@dataclass(frozen=True)
class Sheet:
    """One sheet as two arrays of shape (rows, columns), indices counted from 0.

    ``text`` holds the cells as text, numbers in their shortest exact form (``153482``,
    ``884.389``), blanks as ``""``; ``kind`` holds their :class:`Kind`. ``merged`` lists the merged
    ranges as ((first row, first column), (last row, last column)).
    """

    name: str
    text: NDArray[np.object_]
    kind: NDArray[np.uint8]
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()

    @property
    def height(self) -> int:
        """Number of rows."""
        return int(self.text.shape[0])

    @property
    def width(self) -> int:
        """Number of columns."""
        return int(self.text.shape[1])

    @cached_property
    def normal(self) -> NDArray[np.object_]:
        """The text cells in normal form without footnote marks; other cells are ``""``."""
        found = np.full(self.text.shape, "", dtype=object)
        for row, column in np.argwhere(self.kind == Kind.TEXT):
            found[row, column] = normalise(split_marks(self.text[row, column])[0])
        return found

    def find(self, *labels: str) -> list[tuple[int, int]]:
        """Places of the text cells that say one of ``labels``, in reading order."""
        wanted = {normalise(label) for label in labels}
        hits = np.isin(self.normal.astype(str), sorted(wanted))
        return [(int(row), int(column)) for row, column in np.argwhere(hits)]

    def starting(self, prefix: str) -> list[tuple[int, int]]:
        """Places of the text cells whose normal form starts with ``prefix``."""
        start = normalise(prefix)
        return [
            (int(row), int(column))
            for row, column in np.argwhere(self.kind == Kind.TEXT)
            if normalise(self.text[row, column]).startswith(start)
        ]

    def texts(self, row: int) -> Iterator[tuple[int, str]]:
        """Columns and texts of the cells of ``row`` that hold text."""
        for column in np.flatnonzero(self.kind[row] == Kind.TEXT):
            yield int(column), str(self.text[row, column])

    def spread(self, row: int) -> list[str]:
        """Texts of a header row with each spread over the columns it stands for.

        A header stands for the range it is merged over; without merged ranges, for the blank
        cells to its right.
        """
        merged = {first: last for first, last in self.merged if first[0] == row}
        texts, current, until = [], "", -1
        for column in range(self.width):
            if self.kind[row, column] != Kind.EMPTY:
                current = str(self.text[row, column])
                until = merged[row, column][1] if (row, column) in merged else self.width
            texts.append(current if column <= until else "")
        return texts

    def place(self, row: int, column: int, header: str | None = None) -> Place:
        """The cell as a reader of the file names it; without a header, by its letter."""
        name = header or column_letter(column)
        return Place(self.name, row + 1, name, address(row, column))


@dataclass(frozen=True)
class Workbook:
    """The sheets of a file, hidden ones included, in their order.

    ``plain`` says that it is a CSV or PDF file or a web page, whose numbers are texts.
    """

    file: str
    sheets: tuple[Sheet, ...]
    plain: bool = False

    def __iter__(self) -> Iterator[Sheet]:
        return iter(self.sheets)

    def sheet(self, name: str) -> Sheet | None:
        """The sheet whose name says ``name`` (accents, case and spaces aside)."""
        wanted = normalise(name)
        return next((s for s in self.sheets if normalise(s.name) == wanted), None)


def open_workbook(
    snapshot: Snapshot, *, encoding: str = "utf-8-sig", delimiter: str = ",", limits: Limits
) -> Workbook:
    """Open ``.xls``, ``.xlsx``, ``.ods``, PDF, HTML, JSON, PX or CSV bytes; the content decides.

    ``encoding`` and ``delimiter`` are those of a CSV file. Each table of a web page is a sheet.
    The records of a JSON answer are a sheet with their names as headers, and what it says besides
    is the sheet ``answer``. A cube (PX, JSON-stat) is a sheet with one row a cell. A page of a PDF
    file is the sheet ``Page <number>``.

    Raises ``RequestSyntaxError`` when the bytes are none of these, ``PayloadTooLarge`` when they
    inflate past ``limits``.
    """
    if snapshot.content.startswith(_PDF):
        pages = read_pdf(snapshot.content, snapshot.filename)
        sheets = tuple(_sheet(f"Page {n}", rows, ()) for n, rows in enumerate(pages, 1))
        return Workbook(snapshot.filename, sheets, plain=True)
    if snapshot.content.startswith(_ZIP):
        guard_archive(snapshot.content, snapshot.filename, limits)
    elif not snapshot.content.startswith(_OLE):
        return _text_file(snapshot, encoding, delimiter)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(snapshot.content)) as book:
            opened = [book.get_sheet_by_name(name) for name in book.sheet_names]
            for sheet in opened:
                _refuse_vast(snapshot.filename, sheet, limits)
            return Workbook(
                snapshot.filename,
                tuple(
                    _sheet(
                        sheet.name,
                        sheet.to_python(skip_empty_area=False),
                        tuple(sheet.merged_cell_ranges or ()),
                    )
                    for sheet in opened
                ),
            )
    except CalamineError as error:
        raise RequestSyntaxError(
            f"{snapshot.filename} is not a workbook the hub can open: it is damaged, locked with a"
            " password or of another kind. Open it in a spreadsheet program and save it as .xlsx."
        ) from error


def _refuse_vast(filename: str, sheet: CalamineSheet, limits: Limits) -> None:
    """Refuse a sheet whose cells, repeated as it says (.ods), are too many to be laid out."""
    if (sheet.total_height + 1) * (sheet.total_width + 1) > limits.cells:
        raise PayloadTooLarge(
            f"{filename}: the sheet {sheet.name} spans {sheet.total_height + 1} rows and "
            f"{sheet.total_width + 1} columns; remove the stray cells far from the table"
        )


def _text_file(snapshot: Snapshot, encoding: str, delimiter: str) -> Workbook:
    name, start = snapshot.filename, snapshot.content[:4096].removeprefix(_BOM).lstrip()
    _refuse_misnamed(name, start)
    if is_px(start):
        return Workbook(name, (_cube(name, read_px(snapshot.content, name)),))
    if is_html(start):
        found = read_html(snapshot.content, name, encoding)
        sheets = tuple(_sheet(each.name, each.rows, each.merged) for each in found)
        return Workbook(name, sheets, plain=True)
    if not start.startswith((b"{", b"[")):
        return Workbook(name, (_csv(snapshot, encoding, delimiter),), plain=True)
    answer = parse_json(snapshot.content, name)
    if is_jsonstat(answer):
        return Workbook(name, (_cube(name, read_jsonstat(answer, name)),))
    records, rest = records_of(answer, name)
    typed = [_typed(name, records), *([_typed(ANSWER, rest)] if rest else [])]
    return Workbook(name, tuple(typed))


def _refuse_misnamed(name: str, start: bytes) -> None:
    """Refuse what has the name of a workbook and is none; a web page may be called one (.xls)."""
    if start.startswith(_EMPTY_ZIP):
        raise RequestSyntaxError(
            f"{name} is not a workbook: it is an empty archive. Open the publisher's file and save"
            " it again as .xlsx."
        )
    if start and name.lower().endswith(_WORKBOOKS) and not is_html(start):
        raise RequestSyntaxError(
            f"{name} is not a workbook: it has the name of one and holds text or something else."
            " Open it in a spreadsheet program and save it as .xlsx, or end its name in .csv if it"
            " is a CSV table."
        )


def _typed(name: str, rows: Sequence[Sequence[object]]) -> Sheet:
    text, number = grid_of(rows)
    kind = np.where(number, Kind.NUMBER, np.where(text == "", Kind.EMPTY, Kind.TEXT))
    return Sheet(name, text, kind.astype(np.uint8))


def _cube(name: str, cube: Cube) -> Sheet:
    """The cells of a cube, one a row: a column of codes for each dimension, one of figures."""
    text, number = cube.table()
    kind = np.where(number, Kind.NUMBER, np.where(text == "", Kind.EMPTY, Kind.TEXT))
    return Sheet(name, text, kind.astype(np.uint8))


def _csv(snapshot: Snapshot, encoding: str, delimiter: str) -> Sheet:
    try:
        text = snapshot.content.decode(encoding)
        unread = text.find("\0")
    except UnicodeDecodeError as error:
        text, unread = "", error.start
    if unread >= 0:
        raise RequestSyntaxError(
            f"{snapshot.filename} is neither a workbook nor a text file in {encoding} (byte"
            f" {unread} cannot be read): open it in a spreadsheet program and save it as .xlsx."
        )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return _sheet(snapshot.filename, list(reader), ())
    except csv.Error as error:
        raise RequestSyntaxError(
            f"{snapshot.filename} is not a CSV file: line {reader.line_num} cannot be taken apart;"
            " see its quotation marks."
        ) from error


def _sheet(
    name: str,
    rows: Sequence[Sequence[object]],
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...],
) -> Sheet:
    # The reader hands over Python objects, one a cell; here they become two arrays, and no later
    # step works cell by cell.
    width = max((len(row) for row in rows), default=0)
    text = np.full((len(rows), width), "", dtype=object)
    kind = np.zeros((len(rows), width), dtype=np.uint8)
    for index, row in enumerate(rows):
        cells = [_cell(value) for value in row]
        text[index, : len(cells)] = [cell[0] for cell in cells]
        kind[index, : len(cells)] = [cell[1] for cell in cells]
    return Sheet(name, text, kind, merged)


def _cell(value: object) -> tuple[str, Kind]:
    match value:
        case None | "":
            return "", Kind.EMPTY
        case str():
            return (value, Kind.TEXT) if value.strip() else ("", Kind.EMPTY)
        case bool():
            return str(value).upper(), Kind.OTHER
        case int() | float():
            whole = isinstance(value, int) or (value.is_integer() and abs(value) < _EXACT)
            return str(int(value)) if whole else repr(value), Kind.NUMBER
        case date() | time():
            return value.isoformat(), Kind.OTHER
    return str(value), Kind.OTHER
