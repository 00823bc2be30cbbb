"""Refusing archives that are made to exhaust the reader.

An ``.xlsx`` or ``.ods`` file is a ZIP archive, and what it inflates to has little to do with its
size. Two limits hold before any reader sees it: how many bytes it inflates to, and how large a
grid its cells span (a single cell at XFD1048576 makes readers allocate seventeen billion cells).
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass

from hub.errors import PayloadTooLarge, RequestSyntaxError

__all__ = ["Limits", "guard_archive"]

#: What ``zipfile`` raises for archives that are none, are damaged or are locked.
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, KeyError, ValueError,
          RuntimeError)  # fmt: skip

_CHUNK = 1 << 20
#: Rows a sheet can have.
_MOST_ROWS = 1 << 20
_CELL = re.compile(rb"""<(?:\w+:)?c\s(?:[^>]*?\s)?r\s*=\s*["']([A-Z]{1,3})(\d{1,7})["']""")
# A row that holds cells: LibreOffice also writes blank ones, the last of the sheet among them.
_ROW = re.compile(rb"""<(?:\w+:)?row\s(?:[^>]*?\s)?r\s*=\s*["'](\d{1,7})["'][^>/]*>(?!</)""")
# In another encoding no search for bytes sees a cell.
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<", b"\0\0")


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a workbook may be once it is open."""

    inflated: int = 512 * 1024 * 1024
    members: int = 10_000
    cells: int = 5_000_000


def guard_archive(content: bytes, filename: str, limits: Limits) -> None:
    """Inflate every member once, counting, and measure the grid of each worksheet.

    Raises ``RequestSyntaxError`` when the archive is damaged, is a binary workbook (.xlsb) or has
    XML in UTF-16 or with a document type, ``PayloadTooLarge`` when it goes past a limit.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > limits.members:
                raise PayloadTooLarge(f"{filename} holds too many parts ({len(members)})")
            if sum(m.file_size for m in members) > limits.inflated:
                raise PayloadTooLarge(f"{filename} inflates to more than the hub accepts")
            for member in members:
                _measure(archive, member, filename, limits)
    except _DAMAGE as error:
        raise RequestSyntaxError(
            f"{filename} is a damaged workbook: open it in a spreadsheet program and save it again."
        ) from error


def _measure(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, filename: str, limits: Limits
) -> None:
    # zipfile reads no more than the stated size and then checks the CRC, so a member that lies
    # about its size is refused as damaged.
    name = member.filename.lower()
    if name.endswith(".bin") and "worksheets" in name:
        raise RequestSyntaxError(f"{filename} is a binary workbook (.xlsb): save it as .xlsx")
    # A sheet may stand under any name in the archive.
    is_xml = name.endswith((".xml", ".rels"))
    rows = columns = pieces = given = 0
    tail = b""
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            if not is_xml:
                continue
            window = tail + chunk
            if (not tail and chunk.startswith(_WIDE)) or b"<!DOCTYPE" in window:
                raise RequestSyntaxError(
                    f"{filename}: {member.filename} is not XML as workbooks have it (it is in "
                    "UTF-16 or has a document type); save the workbook again"
                )
            pieces += chunk.count(b"<si") + chunk.count(b"<c>") + chunk.count(b"<c ")
            given += chunk.count(b"<row")
            if pieces > limits.cells or given > _MOST_ROWS:
                raise PayloadTooLarge(f"{filename} has more cells than the hub accepts")
            for letters, row in _CELL.findall(window):
                rows = max(rows, int(row))
                columns = max(columns, _number(letters))
            rows = max([rows, *(int(r) for r in _ROW.findall(window))])
            # A tag that the next chunk ends is looked at again then.
            tail = window[max(window.rfind(b"<"), len(window) - _CHUNK) :]
    if rows * max(columns, 1) > limits.cells:
        raise PayloadTooLarge(
            f"{filename}: the sheet {member.filename} spans {rows} rows and {columns} columns;"
            " remove the stray cells far from the table"
        )


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
