"""Files as cells, and back: what samples, and files with a fault put in, are made with.

Workbooks are written by the smallest writer of .xlsx that does; CSV and JSON files stay what they
are.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from lxml import html
from python_calamine import CalamineWorkbook

from connectors.framework.archive import Limits
from connectors.framework.pdf import read_pdf
from connectors.framework.sheet import open_workbook
from connectors.framework.snapshot import Snapshot
from connectors.framework.text import column_letter

Cell = str | int | float | bool
Merge = tuple[tuple[int, int], tuple[int, int]]

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# Files made from the same cells are the same bytes.
_STAMP = (1980, 1, 1, 0, 0, 0)


@dataclass
class Page:
    """A sheet: rows of cells (``""`` is blank), and the merged ranges, counted from 0."""

    rows: list[list[Cell]]
    merged: list[Merge] = field(default_factory=list)

    def find(self, label: str, occurrence: int = 0) -> tuple[int, int]:
        """Row and column of a cell that says ``label`` exactly."""
        places = [
            (r, c) for r, row in enumerate(self.rows) for c, cell in enumerate(row) if cell == label
        ]
        return places[occurrence]


def load(path: Path) -> dict[str, Page]:
    """The sheets of a workbook; a CSV file, or the records of a JSON answer, as one sheet.

    Tables of a page are sheets with their title above; a PX or JSON-stat table is one sheet of
    its cells.
    """
    if path.suffix == ".html":
        return _page_tables(path)
    if path.suffix == ".px" or (path.suffix == ".json" and b'"class"' in path.read_bytes()[:99]):
        (sheet,) = open_workbook(Snapshot.take(path), limits=Limits())
        return {path.name: Page([list(map(str, row)) for row in sheet.text.tolist()])}
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return {path.name: Page([list(row) for row in csv.reader(file)])}
    if path.suffix == ".json":
        answer = json.loads(path.read_text("utf-8"))
        (records,) = (part for part in answer.values() if isinstance(part, list) and part)
        names = list(dict.fromkeys(name for record in records for name in record))
        return {path.name: Page([names, *([r.get(n, "") for n in names] for r in records)])}
    if path.suffix == ".pdf":
        pages = read_pdf(path.read_bytes(), path.name)
        return {f"Page {n}": Page(_numbers(rows)) for n, rows in enumerate(pages, 1)}
    with CalamineWorkbook.from_path(path) as book:
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
        return {
            sheet.name: Page(
                [list(row) for row in sheet.to_python(skip_empty_area=False)],
                list(sheet.merged_cell_ranges or []),
            )
            for sheet in sheets
        }


def _page_tables(path: Path) -> dict[str, Page]:
    """Tables of a page without spans, each below its heading."""
    pages: dict[str, Page] = {}
    for number, each in enumerate(html.parse(str(path)).iter("table"), 1):
        (title,) = each.xpath("preceding::h2[1]")
        rows: list[list[Cell]] = [[title.text_content()]]
        rows += [[cell.text_content() for cell in row] for row in each.iter("tr")]
        pages[f"table {number}"] = Page(rows)
    return pages


def _numbers(rows: Sequence[Sequence[str]]) -> list[list[Cell]]:
    """Cells of a page, ``1,234`` as the number it is."""
    plain = re.compile(r"\d{1,3}(,\d{3})*|\d+")
    return [
        [int(cell.replace(",", "")) if plain.fullmatch(cell) else cell for cell in row]
        for row in rows
    ]


def save(pages: Mapping[str, Page], path: Path) -> Path:
    """Write the sheets as a file of the kind that the suffix says; the cells of a cube as CSV."""
    if path.suffix == ".html":
        parts = ["<html><body>"]
        for page in pages.values():
            title, *rows = page.rows
            parts += [f"<h2>{escape(str(title[0]))}</h2><table>"]
            parts += [
                "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>"
                for row in rows
            ]
            parts.append("</table>")
        path.write_text("\n".join([*parts, "</body></html>"]), "utf-8")
        return path
    if path.suffix in {".csv", ".px"}:
        (page,) = pages.values()
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(page.rows)
        return path
    if path.suffix == ".json":
        (page,) = pages.values()
        names, *rows = page.rows
        records = [dict(zip(names, row, strict=True)) for row in rows]
        path.write_text(json.dumps({"result": records}, ensure_ascii=False), "utf-8")
        return path
    names = list(pages)
    numbers = range(1, len(names) + 1)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml"'
            f' ContentType="{_TYPE}.worksheet+xml"/>'
            for n in numbers
        )
        + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELS}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="rId{n}" Type="{_RELS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in numbers
        )
        + "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELS}"><sheets>'
        + "".join(
            f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
            for n, name in zip(numbers, names, strict=True)
        )
        + "</sheets></workbook>",
    }
    for n, page in zip(numbers, pages.values(), strict=True):
        parts[f"xl/worksheets/sheet{n}.xml"] = _sheet(page)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, text in parts.items():
            info = zipfile.ZipInfo(name, _STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, '<?xml version="1.0" encoding="UTF-8"?>' + text)
    path.write_bytes(buffer.getvalue())
    return path


def _sheet(page: Page) -> str:
    rows = "".join(
        f'<row r="{r}">'
        + "".join(_cell(r, c, cell) for c, cell in enumerate(row) if cell != "")
        + "</row>"
        for r, row in enumerate(page.rows, 1)
    )
    merged = "".join(
        f'<mergeCell ref="{_at(*first)}:{_at(*last)}"/>' for first, last in page.merged
    )
    merges = f"<mergeCells>{merged}</mergeCells>" if merged else ""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData>{merges}</worksheet>'


def _cell(row: int, column: int, cell: Cell) -> str:
    place = f"{column_letter(column)}{row}"
    if isinstance(cell, str):
        return (
            f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
        )
    if isinstance(cell, bool):
        return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
    return f'<c r="{place}"><v>{cell!r}</v></c>'


def _at(row: int, column: int) -> str:
    return f"{column_letter(column)}{row + 1}"


def shifted(rows: Sequence[Sequence[Cell]], down: int, right: int) -> list[list[Cell]]:
    """The rows moved down and to the right."""
    width = max(len(row) for row in rows) + right
    return [[""] * width for _ in range(down)] + [[*[""] * right, *row] for row in rows]
