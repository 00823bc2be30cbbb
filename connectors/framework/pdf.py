"""Tables in a PDF file, as rows of cells: one sheet a page.

Where the page draws the lines of its table, the lines tell the cells. Where it does not, cells
are runs of words without a wide gap, and columns are the strips of the page that these runs fill
in the lines that have several of them. Every word of the page is in one cell of one row, in
reading order; nothing is read as a number here.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pdfplumber
from pdfplumber.page import Page
from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

from hub.errors import PayloadTooLarge, RequestSyntaxError

__all__ = ["read_pdf"]

MAX_PAGES = 200
MAX_CHARACTERS = 500_000
#: Lines are as far apart as this, in points.
_LINE = 3.0
#: A gap wider than this part of the height of the letters parts two cells.
_GAP = 0.7
#: A line with as many cells is a line of a table.
_CELLS = 3


@dataclass(frozen=True, slots=True)
class _Run:
    """Words that stand together: their text, and where, in points from the top left."""

    text: str
    left: float
    right: float
    top: float


def read_pdf(content: bytes, filename: str) -> list[list[list[str]]]:
    """The pages of a PDF file, each as rows of cells.

    Raises ``RequestSyntaxError`` when it is damaged or locked, or has no text at all (a scan),
    ``PayloadTooLarge`` when it has more than ``MAX_PAGES`` pages or ``MAX_CHARACTERS`` letters.
    """
    try:
        with pdfplumber.open(io.BytesIO(content)) as file:
            if len(file.pages) > MAX_PAGES:
                raise PayloadTooLarge(f"{filename} has more than {MAX_PAGES} pages")
            pages, letters = [], 0
            for page in file.pages:
                letters += len(page.chars)
                if letters > MAX_CHARACTERS:
                    raise PayloadTooLarge(f"{filename} has more text than the hub accepts")
                pages.append(_page(page))
                page.close()
    except (PdfminerException, MalformedPDFException) as error:
        raise RequestSyntaxError(
            f"{filename} is a PDF file the hub cannot open: it is damaged or locked. Ask the"
            " publisher for another copy."
        ) from error
    if not letters:
        raise RequestSyntaxError(
            f"{filename} holds pictures of pages and no text; ask the publisher for one with text"
        )
    return pages


def _page(page: Page) -> list[list[str]]:
    tables = [
        table
        for table in page.find_tables()
        if len(table.rows) > 1 and len(table.rows[0].cells) >= _CELLS
    ]
    outside = [run for run in _runs(page) if not any(_inside(run, t.bbox) for t in tables)]
    lines = list(_lines(outside))
    if not tables:
        return _in_columns(lines)
    parts = [(line[0].top, [[run.text for run in line]]) for line in lines]
    for table in tables:
        rows = [[" ".join((cell or "").split()) for cell in row] for row in table.extract()]
        parts.append((table.bbox[1], rows))
    return [row for _, rows in sorted(parts, key=lambda part: part[0]) for row in rows]


def _inside(run: _Run, box: tuple[float, float, float, float]) -> bool:
    left, top, right, bottom = box
    middle = (run.left + run.right) / 2
    return left <= middle <= right and top - 1 <= run.top <= bottom


def _runs(page: Page) -> Iterator[_Run]:
    words = page.extract_words(x_tolerance=1.5, y_tolerance=_LINE)
    words.sort(key=lambda word: (round(word["top"] / _LINE), word["x0"]))
    current: _Run | None = None
    for word in words:
        height = word["bottom"] - word["top"]
        together = (
            current is not None
            and abs(current.top - word["top"]) <= _LINE
            and -height <= word["x0"] - current.right <= _GAP * height
        )
        if current is not None and together:
            text = f"{current.text} {word['text']}"
            current = _Run(text, current.left, word["x1"], current.top)
            continue
        if current is not None:
            yield current
        current = _Run(word["text"], word["x0"], word["x1"], word["top"])
    if current is not None:
        yield current


def _lines(runs: Sequence[_Run]) -> Iterator[list[_Run]]:
    line: list[_Run] = []
    for run in sorted(runs, key=lambda run: run.top):
        if line and run.top - line[0].top > _LINE:
            yield sorted(line, key=lambda run: run.left)
            line = []
        line.append(run)
    if line:
        yield sorted(line, key=lambda run: run.left)


def _in_columns(lines: Sequence[Sequence[_Run]]) -> list[list[str]]:
    strips: list[tuple[float, float]] = []
    wide = [run for line in lines if len(line) >= _CELLS for run in line]
    for run in sorted(wide, key=lambda run: run.left):
        if strips and run.left <= strips[-1][1]:
            strips[-1] = strips[-1][0], max(strips[-1][1], run.right)
        else:
            strips.append((run.left, run.right))
    rows = []
    for line in lines:
        row = [""] * max(len(strips), 1)
        for run in line:
            at = max((i for i, strip in enumerate(strips) if strip[0] <= run.right), default=0)
            if len(line) < _CELLS:
                at = max((i for i, strip in enumerate(strips) if strip[0] <= run.left), default=0)
            row[at] = f"{row[at]} {run.text}".strip()
        rows.append(row)
    return rows
