"""A validation report as a workbook: the sender's own cells, those at fault filled and noted.

A first sheet lists the findings, each with a link to its cell. Where the file cannot be shown as a
workbook (an XML message, a file beyond all size) that sheet stands alone and says so.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink

from hub.errors import RequestSyntaxError
from hub.model.findings import Finding, Severity
from hub.validation.report_words import COLUMNS, findings_of, row_of, word
from hub.validation.rules import render
from hub.validation.workbook import CSV, copy_of, plain

__all__ = ["write_xlsx"]

#: Findings listed, and cells with a comment, in one workbook; the true count is stated.
_LISTED, _COMMENTS = 20_000, 5_000
_FILL = {Severity.ERROR: "FFF4A6A6", Severity.WARNING: "FFFFE08A", Severity.NOTE: "FFBFDDF2"}
_WIDTHS = {"title": 28, "column": 20, "key": 30, "found": 18, "expected": 40, "message": 80}
_LETTERS = re.compile(r"[A-Z]{1,3}")
#: Rows of a sheet in which headers are looked for.
_HEADER_ROWS = 3000


def write_xlsx(
    report: Mapping[str, Any], source: Path | None = None, language: str = "en"
) -> bytes:
    """The marked workbook; ``source`` is the file as it was handed in, not packed.

    Raises ``ValueError`` when the language is not offered.
    """
    why = ""
    try:
        book = Workbook() if source is None else copy_of(source)
    except RequestSyntaxError as error:
        book, why, source = Workbook(), error.message, None
    if source is None:
        book.remove(book.active)
    marks = _Marks(book, language) if source is not None else None
    sheet = book.create_sheet(_free(book, word("findings", language)), 0)
    _head(sheet, report, language, why)
    for number, finding in enumerate(findings_of(report)):
        place = marks.mark(finding) if marks is not None else None
        if number < _LISTED:
            _line(sheet, finding, place, language)
    if marks is not None:
        marks.finish()
    book.active = 0
    for other in book.worksheets[1:]:
        other.sheet_view.tabSelected = False
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _free(book: Any, name: str) -> str:
    """A name that no sheet has; Excel does not tell capitals apart."""
    taken = {n.casefold() for n in book.sheetnames}
    tries = (name if n == 1 else f"{name} {n}" for n in range(1, len(taken) + 2))
    return next(t for t in tries if t.casefold() not in taken)


def _head(sheet: Any, report: Mapping[str, Any], language: str, why: str) -> None:
    counts: Mapping[str, int] = report["counts"]
    total, listed = sum(counts.values()), min(len(report["findings"]), _LISTED)
    facts = [word("valid" if report["valid"] else "invalid", language)]
    facts.append(", ".join(f"{word(f'{n}s', language)}: {c}" for n, c in counts.items()))
    if total > listed:
        facts.append(word("listed", language, n=listed, total=total))
    facts += [why] if why else []
    header = len(facts) + 2
    for number, fact in enumerate(facts, start=1):
        plain(sheet.cell(number, 1), fact)
    for column, name in enumerate(COLUMNS, start=1):
        cell = sheet.cell(header, column)
        plain(cell, word(name, language))
        cell.font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = _WIDTHS.get(name, 12)
    sheet.freeze_panes = sheet.cell(header + 1, 1)
    sheet.auto_filter.ref = f"A{header}:{get_column_letter(len(COLUMNS))}{header + max(listed, 1)}"


def _line(sheet: Any, finding: Finding, place: tuple[str, str] | None, language: str) -> None:
    row = sheet.max_row + 1
    for column, value in enumerate(row_of(finding, language), start=1):
        if value is None:
            continue
        cell = sheet.cell(row, column)
        if isinstance(value, int):
            cell.value = value
        else:
            plain(cell, value)
    sheet.cell(row, 1).fill = PatternFill("solid", fgColor=_FILL[finding.severity])
    if place is not None:
        name, address = place
        cell = sheet.cell(row, COLUMNS.index("row") + 1)
        quoted = name.replace("'", "''")
        cell.hyperlink = Hyperlink(cell.coordinate, location=f"'{quoted}'!{address}")
        cell.font = Font(underline="single", color="FF0B5394")


class _Marks:
    """Marks cells of a workbook: the worst severity gives the colour, all say what to do."""

    def __init__(self, book: Any, language: str) -> None:
        self._book = book
        self._language = language
        self._said: dict[tuple[str, str], list[Finding]] = {}
        self._headers: dict[str, dict[str, list[tuple[int, int, int]]]] = {}

    def mark(self, finding: Finding) -> tuple[str, str] | None:
        """Sheet and address of the cell of a finding; ``None`` when it has none here."""
        sheet = self._sheet(finding)
        if sheet is None or finding.row is None or not 1 <= finding.row <= sheet.max_row + 1:
            return None
        column = self._column(sheet, finding.row, finding.column)
        if column is None:
            return None
        cell = sheet.cell(finding.row, column)
        if isinstance(cell, MergedCell):
            cell = _first(sheet, cell)
        place = (sheet.title, cell.coordinate)
        self._said.setdefault(place, []).append(finding)
        return place

    def finish(self) -> None:
        """Fill the cells and write the comments."""
        order = list(Severity)
        for number, ((name, address), findings) in enumerate(self._said.items()):
            cell = self._book[name][address]
            worst = min((f.severity for f in findings), key=order.index)
            cell.fill = PatternFill("solid", fgColor=_FILL[worst])
            if number < _COMMENTS:
                text = "\n".join(f"{f.rule}: {render(f, self._language)}" for f in findings[:5])
                comment = Comment(text[:2000], "mighub")
                comment.width, comment.height = 420, 140
                cell.comment = comment

    def _sheet(self, finding: Finding) -> Any | None:
        if finding.sheet in self._book.sheetnames:
            return self._book[finding.sheet]
        # A CSV file is one sheet, whatever its reader calls it.
        sheets = self._book.worksheets
        alone = [s for s in sheets if s.title == CSV] if len(sheets) <= 2 else []
        return alone[0] if alone else None

    def _column(self, sheet: Any, row: int, name: str | None) -> int | None:
        """The column that a finding names by its header or letter; the first for a whole row."""
        if name is None:
            return 1
        wanted = " ".join(name.split())
        places = self._texts(sheet).get(wanted, ())
        # A header row is the one with most texts; of several alike, the nearest above.
        above = [place for place in places if place[1] <= row]
        if above:
            return max(above)[2]
        return column_index_from_string(name) if _LETTERS.fullmatch(name) else None

    def _texts(self, sheet: Any) -> Mapping[str, list[tuple[int, int, int]]]:
        """Texts of the sheet's first rows: how many stand in the row, row, column."""
        if sheet.title not in self._headers:
            found: dict[str, list[tuple[int, int, int]]] = {}
            # In a CSV file the header is the first row.
            last = 1 if sheet.title == CSV else min(sheet.max_row, _HEADER_ROWS)
            for row in sheet.iter_rows(max_row=last):
                texts = [cell for cell in row if isinstance(cell.value, str)]
                for cell in texts:
                    place = (len(texts), cell.row, cell.column)
                    found.setdefault(" ".join(cell.value.split()), []).append(place)
            self._headers[sheet.title] = found
        return self._headers[sheet.title]


def _first(sheet: Any, cell: Any) -> Any:
    """The cell that stands for a merged range."""
    for area in sheet.merged_cells.ranges:
        if cell.coordinate in area:
            return sheet.cell(area.min_row, area.min_col)
    return cell
