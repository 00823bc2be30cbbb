"""Tables of a web page as sheets, for offices that publish on pages and not in files.

Each innermost table is a sheet; its first row is its caption, or the nearest heading before it.
What the page says outside of tables is a last sheet with one line a row, where notes and the state
of the figures are looked for.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from hub.errors import PayloadTooLarge, RequestSyntaxError
from hub.xml_safe import html_parser

__all__ = ["TEXTS", "HtmlTable", "is_html", "read_html"]

#: Name of the sheet of what stands outside of the tables.
TEXTS = "page"

_START = re.compile(rb"(?is)\A(?:<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(?:!doctype\s+html|html|table)\b")
_CHARSET = re.compile(rb"""(?i)<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)""")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SAID = (*_HEADINGS, "p", "li", "dd", "small")
_UNSEEN = {"script", "style", "noscript", "template"}
#: Cells that the spans of a table may cover; one cell could say that it covers the memory.
_MOST = 1_000_000

Merge = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class HtmlTable:
    """A table: its name, its cells as text (a span has its text in its first cell), its spans."""

    name: str
    rows: list[list[str]]
    merged: tuple[Merge, ...]


def is_html(start: bytes) -> bool:
    """Whether a file that begins so is a web page, or a table cut out of one."""
    return _START.match(start) is not None


def read_html(content: bytes, filename: str, encoding: str) -> list[HtmlTable]:
    """The tables of a page in their order, and last the lines outside of them.

    ``encoding`` is used where the page names none. Raises ``RequestSyntaxError`` when the bytes
    are no text in the encoding, or there is nothing in the page.
    """
    named = _CHARSET.search(content[:4096])
    said = named[1].decode("ascii") if named else encoding
    try:
        text = content.decode(codecs.lookup(said).name).removeprefix("\ufeff")
    except (LookupError, UnicodeDecodeError) as error:
        raise RequestSyntaxError(f"{filename} is no page in {said}: {error}") from error
    # What says its encoding again would contradict the text, which is decoded.
    root = etree.fromstring(re.sub(r"^\s*<\?xml[^>]*>", "", text), html_parser())
    if root is None:
        raise RequestSyntaxError(f"{filename} is an empty page")
    tables = [each for each in root.iter("table") if each.find(".//table") is None]
    inside = set(tables)
    found = [_table(each, number, filename) for number, each in enumerate(tables, 1)]
    lines = [
        [line]
        for each in root.iter(*_SAID)
        if each.find(".//table") is None
        and inside.isdisjoint(each.iterancestors("table"))
        and (line := _text(each))
    ]
    return [*found, HtmlTable(TEXTS, lines, ())] if lines else found


def _table(table: etree._Element, number: int, filename: str) -> HtmlTable:
    cells: dict[tuple[int, int], str] = {(0, 0): _title(table)}
    merged: list[Merge] = []
    rows = list(table.iter("tr"))
    for y, row in enumerate(rows, 1):
        x = 0
        for cell in row.iterchildren("td", "th"):
            while (y, x) in cells:
                x += 1
            down = min(_span(cell, "rowspan"), len(rows) + 1 - y)
            right = _span(cell, "colspan")
            if len(cells) + down * right > _MOST:
                raise PayloadTooLarge(f"{filename}: a table covers more than {_MOST} cells")
            for place in ((y + i, x + j) for i in range(down) for j in range(right)):
                cells.setdefault(place, "")
            cells[y, x] = _text(cell)
            if down > 1 or right > 1:
                merged.append(((y, x), (y + down - 1, x + right - 1)))
            x += right
    width = max(x for _, x in cells) + 1
    grid = [[cells.get((y, x), "") for x in range(width)] for y in range(len(rows) + 1)]
    return HtmlTable(f"table {number}", grid, tuple(merged))


def _title(table: etree._Element) -> str:
    caption = table.find("caption")
    if caption is not None:
        return _text(caption)
    before = table.xpath("preceding::*[self::" + " or self::".join(_HEADINGS) + "][1]")
    found = before[0] if isinstance(before, list) and before else None
    return _text(found) if isinstance(found, etree._Element) else ""


def _span(cell: etree._Element, name: str) -> int:
    said = (cell.get(name) or "1").strip()
    return max(int(said[:8]), 1) if said.isascii() and said.isdigit() else 1


def _text(element: etree._Element) -> str:
    return " ".join("".join(_pieces(element)).split())


def _pieces(element: etree._Element) -> Iterator[str]:
    """The texts of an element that a reader sees; a line break is a space.

    A raised mark goes into brackets, or the mark 1 at 234 would be read as 2341.
    """
    yield element.text or ""
    for child in element:
        if child.tag == "sup" and child.text:
            yield f" ({child.text.strip()})"
        elif child.tag == "br":
            yield " "
        elif child.tag not in _UNSEEN:
            yield from _pieces(child)
        yield child.tail or ""
