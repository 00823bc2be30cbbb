"""Files in layouts that are known from descriptions: sheets with headers, and pages of a PDF."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from reportlab.lib.colors import black
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen import canvas
from reportlab.platypus import Table, TableStyle
from workbooks import Cell, Page

MONTHS = (
    "Enero",
    "Febrero",
    "Marzo",
    "Abril",
    "Mayo",
    "Junio",
    "Julio",
    "Agosto",
    "Septiembre",
    "Octubre",
    "Noviembre",
    "Diciembre",
)


def sheet(
    title: str,
    corner: str,
    tops: Sequence[Sequence[Cell]],
    rows: Sequence[Sequence[Cell]],
    notes: Sequence[str] = (),
) -> Page:
    """A sheet with a title, header rows beside ``corner`` and rows; in a row of headers a blank
    cell belongs to the header before it."""
    width = 1 + len(tops[0])
    blank: list[Cell] = [""] * width
    found = [[title, *blank[1:]], blank, [corner, *tops[0]]]
    merged = []
    for at, top in enumerate(tops[:-1]):
        starts = [i for i, cell in enumerate(top) if cell != ""]
        for start, end in zip(starts, [*starts[1:], len(top)], strict=True):
            if end - start > 1:
                merged.append(((2 + at, start + 1), (2 + at, end)))
    found += [["", *top] for top in tops[1:]]
    found += [list(row) for row in rows]
    found += [blank, *([note, *blank[1:]] for note in notes)]
    return Page(found, merged)


def crossed(rows: dict[str, tuple[int, ...]], total: str = "Total") -> list[list[Cell]]:
    """Rows of parts below their total, and each row with its own total at the end."""
    whole = [sum(column) for column in zip(*rows.values(), strict=True)]
    return [[label, *cells, sum(cells)] for label, cells in {total: tuple(whole), **rows}.items()]


def grouped(groups: dict[str, dict[str, tuple[int, ...]]]) -> dict[str, tuple[int, ...]]:
    """Groups, each the sum of the rows that follow it, and a total before all."""
    found: dict[str, tuple[int, ...]] = {}
    for label, rows in groups.items():
        found[label] = added(rows.values())
        found |= {f"  {name}" if name in found else f" {name}": r for name, r in rows.items()}
    return {"Total": added(added(rows.values()) for rows in groups.values()), **found}


def added(rows: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    """The sums of columns."""
    return tuple(sum(column) for column in zip(*rows, strict=True))


def pdf(path: Path, pages: Sequence[Sequence[str | list[str]]], *, ruled: bool = True) -> Path:
    """A PDF file: a page is lines of text, and lists of cells, which are the rows of tables."""
    paper = landscape(A4)
    drawing = canvas.Canvas(str(path), pagesize=paper, invariant=1)
    for page in pages:
        top = paper[1] - 30
        for is_text, lines in groupby(page, lambda line: isinstance(line, str)):
            drawing.setFont("Helvetica", 7)
            if is_text:
                for line in lines:
                    drawing.drawString(40, top, line)
                    top -= 11
                continue
            rows = list(lines)
            table = Table(rows, rowHeights=11)
            style = [
                ("FONT", (0, 0), (-1, -1), "Helvetica", 7),
                ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
            ]
            grid = [("GRID", (0, 0), (-1, -1), 0.4, black)] if ruled else []
            table.setStyle(TableStyle([*style, *grid]))
            _, height = table.wrapOn(drawing, *paper)
            table.drawOn(drawing, 40, top - height)
            top -= height + 11
        drawing.showPage()
    drawing.save()
    return path
