"""Refusing archives that are made to exhaust the reader.

An ``.xlsx`` or ``.ods`` file is a ZIP archive, and what it inflates to has little to do with its
size. Two limits hold before any reader sees it: how many bytes it inflates to, and how large a
grid its cells span (a single cell at XFD1048576 makes readers allocate seventeen billion cells).
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass

from hub.errors import PayloadTooLarge, RequestSyntaxError

__all__ = ["Limits", "guard_archive"]

_CHUNK = 1 << 20
_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?r="([A-Z]{1,3})(\d{1,7})"')
_ROW = re.compile(rb'<(?:\w+:)?row\s[^>]*?r="(\d{1,7})"')


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a workbook may be once it is open."""

    inflated: int = 512 * 1024 * 1024
    members: int = 10_000
    cells: int = 20_000_000


def guard_archive(content: bytes, filename: str, limits: Limits) -> None:
    """Inflate every member once, counting, and measure the grid of each worksheet.

    Raises ``RequestSyntaxError`` when the archive is damaged, ``PayloadTooLarge`` when it goes
    past a limit.
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
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise RequestSyntaxError(f"{filename} is a damaged workbook: {error}") from error


def _measure(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, filename: str, limits: Limits
) -> None:
    # zipfile reads no more than the stated size and then checks the CRC, so a member that lies
    # about its size is refused as damaged.
    is_sheet = member.filename.startswith("xl/worksheets/")
    rows = columns = 0
    tail = b""
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            if not is_sheet:
                continue
            window = tail + chunk
            for letters, row in _CELL.findall(window):
                rows = max(rows, int(row))
                columns = max(columns, _number(letters))
            rows = max([rows, *(int(r) for r in _ROW.findall(window))])
            tail = window[-256:]
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
