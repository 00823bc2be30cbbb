"""The workbook around the rows: sheets, styles, notes and codes, made by XlsxWriter."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import xlsxwriter

from hub.messages.api import LabelSource
from hub.model.dataset import Header
from hub.model.schema import Component, DataSchema

__all__ = ["MAX_ROWS", "SHEET", "Frame"]

#: Rows of a sheet below its header.
MAX_ROWS = 1_048_575

#: The part of the archive that holds the rows of the data.
SHEET = "xl/worksheets/sheet1.xml"

_ROWS_END = b"</sheetData>"
_WIDEST, _NARROWEST = 40, 9

Used = Iterable[tuple[Component, str, str]]


class Frame:
    """All of a workbook but its rows."""

    def __init__(
        self,
        schemas: Sequence[DataSchema],
        header: Header,
        source: LabelSource | None,
        headers: Sequence[str],
    ) -> None:
        self._schemas = schemas
        self._header = header
        self._source = source
        self._headers = headers

    def sheet(self, rows: int) -> tuple[bytes, bytes]:
        """What stands before and behind the rows of the data sheet."""
        with zipfile.ZipFile(self._made(rows, ())) as archive:
            whole = archive.read(SHEET)
        before, end, after = whole.partition(_ROWS_END)
        # The extent is stated before the rows are known; readers that trust it would see none.
        start = before.index(b"<dimension")
        stop = before.index(b"/>", start) + 2
        return before[:start] + before[stop:], end + after

    def others(self, rows: int, used: Used) -> Iterator[tuple[str, bytes]]:
        """The other parts of the archive."""
        with zipfile.ZipFile(self._made(rows, used)) as archive:
            for name in archive.namelist():
                if name != SHEET:
                    yield name, archive.read(name)

    def _made(self, rows: int, used: Used) -> io.BytesIO:
        buffer = io.BytesIO()
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with xlsxwriter.Workbook(buffer, options) as book:
            book.set_properties({"created": self._header.prepared.replace(tzinfo=None)})
            bold = book.add_format({"bold": True, "bg_color": "#DDE7F0"})
            self._data(book.add_worksheet("data"), bold, rows)
            self._notes(book.add_worksheet("notes"), bold, used)
        buffer.seek(0)
        return buffer

    def _data(self, sheet: Any, bold: Any, rows: int) -> None:
        for place, text in enumerate(self._headers):
            sheet.set_column(place, place, min(max(len(text) + 2, _NARROWEST), _WIDEST))
        sheet.freeze_panes(1, 0)
        if self._headers:
            sheet.autofilter(0, 0, max(rows, 1), len(self._headers) - 1)
        for place, text in enumerate(self._headers):
            sheet.write_string(0, place, text, bold)

    def _notes(self, sheet: Any, bold: Any, used: Used) -> None:
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, _WIDEST)
        sheet.set_column(2, 2, 16)
        sheet.set_column(3, 3, 60)
        row = 0
        for label, text in self._about():
            sheet.write_string(row, 0, label, bold)
            sheet.write_string(row, 1, text)
            row += 1
        row += 1
        for place, text in enumerate(("component", "name", "code", "name of the code")):
            sheet.write_string(row, place, text, bold)
        for component, code, name in used:
            row += 1
            for place, text in enumerate((component.id, self._name(component), code, name)):
                sheet.write_string(row, place, text)

    def _about(self) -> Iterator[tuple[str, str]]:
        for schema in self._schemas:
            yield "dataflow", str(schema.dataflow)
            if self._source is not None:
                yield "name", self._source.dataflow(schema)
            yield "structure", str(schema.structure)
        yield "sender", self._header.sender
        if self._header.source:
            yield "source", self._header.source
        yield "prepared", self._header.prepared.isoformat(timespec="seconds")
        yield "message", self._header.id

    def _name(self, component: Component) -> str:
        if self._source is None:
            return ""
        schema = next(s for s in self._schemas if component.id in s.by_id)
        return self._source.component(schema, component.id)
