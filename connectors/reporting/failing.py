"""Cells of an xlsx workbook whose formula fails, which its reader hands over as blank cells."""

from __future__ import annotations

import io
import re
import zipfile

from lxml import etree

from connectors.framework.sheet import Kind, Workbook
from hub.model.cells import parse_address
from hub.xml_safe import parser

__all__ = ["show_failing"]

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ERROR = re.compile(
    rb'<(?:\w+:)?c\s(?=[^>]*?\bt="e")[^>]*?\br="([A-Z]+[0-9]+)"[^>]*>'
    rb"(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<"
)


def show_failing(book: Workbook, content: bytes) -> None:
    """Put the error (``#DIV/0!``) as text into the cells that show one.

    ``content`` are the bytes of the workbook, which were measured before; of other files than xlsx
    nothing is done, their reader says it.
    """
    if not content.startswith(b"PK"):
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return
        targets = {
            str(each.get("Id")): str(each.get("Target"))
            for each in _root(archive, "xl/_rels/workbook.xml.rels")
        }
        for each in _root(archive, "xl/workbook.xml").iter(f"{_MAIN}sheet"):
            target = targets[str(each.get(_ID))]
            part = target[1:] if target.startswith("/") else f"xl/{target}"
            sheet = book.sheet(str(each.get("name")))
            if sheet is None or part not in archive.namelist():
                continue
            for address, error in _ERROR.findall(archive.read(part)):
                at = parse_address(address.decode())
                if at[0] < sheet.height and at[1] < sheet.width:
                    sheet.text[at] = error.decode()
                    sheet.kind[at] = Kind.TEXT


def _root(archive: zipfile.ZipFile, part: str) -> etree._Element:
    return etree.fromstring(archive.read(part), parser())
