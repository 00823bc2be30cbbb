"""What format a file has, told by its content: never by its name or what a sender claims.

Only the beginning is looked at, so a cut-off head of a file gives the same answer as the whole.
The reader of the format still checks everything.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from pathlib import Path

from hub.errors import RequestSyntaxError
from hub.messages.csv_scan import first_records, opening
from hub.messages.formats import FORMATS, Format
from hub.xml_safe import prolog

__all__ = ["detect", "is_workbook"]

_OLE2 = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIP = b"PK\x03\x04"

#: Root element of SDMX-ML to the part of the format name that follows the version.
_ROOTS = {
    "StructureSpecificData": "",
    "StructureSpecificTimeSeriesData": "-timeseries",
    "GenericData": "-generic",
    "GenericTimeSeriesData": "-generic-timeseries",
    "CompactData": "-compact",
    "Structure": "-structure",
}
#: Declarations, comments and processing instructions, then the start tag of the root.
_ROOT = re.compile(
    rb"^\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>]*>\s*)*<(?:[\w.-]+:)?([A-Za-z]\w*)([^>]*)",
    re.DOTALL,
)
_SPACE = re.compile(rb"/schemas/v(\d+)_(\d+)/message")

_JSON_SCHEMA = re.compile(
    rb'"\$?schema"\s*:\s*"[^"]*/(\d+)\.(\d+)(?:\.\d+)?/sdmx-json-(data|structure)-schema'
)
#: 1.0 has one "structure" beside its datasets, 2.0 has a list of "structures".
_JSON_STRUCTURES = re.compile(rb'"structures"\s*:\s*\[')
_JSON_STRUCTURE = re.compile(rb'"structure"\s*:\s*\{')
_JSON_DATASETS = re.compile(rb'"dataSets"\s*:')

_CSV = {"DATAFLOW": "sdmx-csv-1.0", "STRUCTURE": "sdmx-csv-2.0"}

_BY_NAME = {f.name: f for f in FORMATS}


def detect(path: Path) -> Format | None:
    """The format of the message at ``path``; ``None`` when it is none the hub knows."""
    if found := _binary(path):
        return _BY_NAME[found]
    head = prolog(path).removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe").lstrip()
    if head.startswith(b"<"):
        return _BY_NAME.get(_xml(head))
    if head.startswith(b"{"):
        return _BY_NAME.get(_json(head))
    try:
        return _BY_NAME.get(_csv(path))
    except RequestSyntaxError:
        return None


def is_workbook(path: Path) -> bool:
    """Whether the file is a spreadsheet (xls, xlsx, ods): a connector must read it."""
    with path.open("rb") as file:
        magic = file.read(8)
    if magic == _OLE2:
        return True
    if not magic.startswith(_ZIP):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if "mimetype" in names:
                with archive.open("mimetype") as stated:
                    return b"opendocument.spreadsheet" in stated.read(200)
            return "xl/workbook.xml" in names or "xl/workbook.bin" in names
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError):
        return False


def _binary(path: Path) -> str:
    with path.open("rb") as file:
        magic = file.read(12)
    if magic.startswith(b"PAR1"):
        return "parquet"
    # A message of the stream: a mark, its length, and the first offset of its schema.
    return "arrow" if magic.startswith((b"ARROW1", b"\xff\xff\xff\xff")) else ""


def _csv(path: Path) -> str:
    """2.0 and 2.1 look alike until a row merges: only 2.1 has the letter M for it."""
    start = opening(path)
    if start.term != "STRUCTURE":
        return _CSV[start.term]
    try:
        header, *rows = first_records(path, start.separator, 2)
    except (RequestSyntaxError, UnicodeDecodeError):
        return _CSV[start.term]  # its reader says what is wrong
    given = dict(zip(header, rows[0], strict=False)) if rows else {}
    return "sdmx-csv-2.1" if given.get("ACTION") == "M" else _CSV[start.term]


def _xml(head: bytes) -> str:
    root = _ROOT.match(head)
    space = _SPACE.search(root[2]) if root else None
    if root is None or space is None:
        return ""
    part = _ROOTS.get(root[1].decode("ascii"))
    return "" if part is None else f"sdmx-ml-{int(space[1])}.{int(space[2])}{part}"


def _json(head: bytes) -> str:
    if found := _JSON_SCHEMA.search(head):
        part = "-structure" if found[3] == b"structure" else ""
        return f"sdmx-json-{int(found[1])}.{int(found[2])}{part}"
    if _JSON_STRUCTURES.search(head):
        return "sdmx-json-2.0"
    if _JSON_STRUCTURE.search(head) or _JSON_DATASETS.search(head):
        return "sdmx-json-1.0"
    return ""
