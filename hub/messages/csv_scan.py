"""A first pass over a CSV file: encoding, quotation marks and separator (RFC 4180).

The fast parser forgives what it should not: a quotation mark that is never closed swallows the
rest of the file into one field. So the raw bytes are checked first, at memory speed.
"""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hub.errors import RequestSyntaxError

__all__ = ["Opening", "Scan", "first_records", "opening", "scan"]

_CHUNK = 1 << 20
_QUOTE, _NEWLINE, _RETURN = 0x22, 0x0A, 0x0D


@dataclass(frozen=True, slots=True)
class Scan:
    """What the raw bytes show. ``multiline``: some quoted field holds a line break."""

    quoted: bool
    multiline: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """How a message begins: the first header term, what stands in its brackets, the separator."""

    term: str
    brackets: str | None
    separator: str


_OPENING = re.compile(r'"?(DATAFLOW|STRUCTURE)(?:\[([^\]]*)\])?"?(?=([^\w"]|$))')


def opening(path: Path) -> Opening:
    """Read how the message at ``path`` begins (SDMX-CSV 1.0: 9th character; 2.0: after the term).

    Raises ``RequestSyntaxError`` when it is empty or does not begin like an SDMX-CSV message.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip():
        raise RequestSyntaxError("The file is empty: an SDMX-CSV message begins with a header row.")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in head:
        raise RequestSyntaxError(
            "The file is not UTF-8 text (it looks like UTF-16, 'Unicode text', or is no text at "
            "all): save it as 'CSV UTF-8'."
        )
    text = head.decode("utf-8-sig", errors="replace")
    first = text.splitlines()[0]
    found = _OPENING.match(first)
    if found is None:
        raise RequestSyntaxError(
            "Line 1 is not the header of an SDMX-CSV message: it must begin with DATAFLOW "
            f"(SDMX-CSV 1.0) or STRUCTURE (SDMX-CSV 2.0), but it begins with {first[:40]!r}."
        )
    return Opening(found[1], found[2], found[3] or ",")


def scan(path: Path, separator: str) -> Scan:
    """Check that ``path`` is UTF-8 and that every quotation mark opens, doubles or closes a field.

    Raises ``RequestSyntaxError`` with the line of the first fault.
    """
    state = _Quotes(ord(separator) if ord(separator) < 128 else None)
    decoder = codecs.getincrementaldecoder("utf-8")()
    position = 0
    with path.open("rb") as file:
        chunk = file.read(_CHUNK).removeprefix(codecs.BOM_UTF8)
        position = file.tell() - len(chunk)
        while chunk:
            following = file.read(_CHUNK)
            try:
                if not chunk.isascii() or decoder.getstate()[0]:
                    decoder.decode(chunk, final=not following)
            except UnicodeDecodeError as error:
                where = position + max(error.start - len(decoder.getstate()[0]), 0)
                raise RequestSyntaxError(
                    f"Line {_line(path, where)} is not UTF-8 text: save the file as 'CSV UTF-8'."
                ) from None
            fault = state.feed(chunk, following[:1])
            if fault is not None:
                raise RequestSyntaxError(
                    f"Line {_line(path, position + fault)} has a quotation mark inside a field: "
                    "put such a field in quotation marks and double the mark inside it."
                )
            position += len(chunk)
            chunk = following
    if state.open:
        offset = position - state.fed + state.opened
        raise RequestSyntaxError(
            f"The quotation mark that opens a field on line {_line(path, offset)} is never closed."
        )
    return Scan(state.seen, state.multiline)


class _Quotes:
    """Follows quotation marks through chunks: they open and close fields in turn."""

    def __init__(self, separator: int | None) -> None:
        self.open = False
        self.seen = False
        self.multiline = False
        self.opened = 0
        self.fed = 0
        self._previous = _NEWLINE
        marks = [_QUOTE, _NEWLINE, _RETURN, *([separator] if separator is not None else [])]
        #: Bytes that may stand before an opening and after a closing mark; a mark beside a mark
        #: is one half of a doubled one.
        self._edge = np.zeros(256, dtype=bool)
        self._edge[marks] = True
        # The last byte of a separator beyond ASCII is not told apart from text: allow any.
        self._edge[128:] = separator is None

    def feed(self, chunk: bytes, following: bytes) -> int | None:
        """Take one chunk and the byte after it; the offset in it of the first fault, if any."""
        fault = None
        if b'"' in chunk:
            fault = self._marks(chunk, following)
        elif self.open and not self.multiline:
            self.multiline = b"\n" in chunk
        self._previous = chunk[-1]
        self.fed += len(chunk)
        return fault

    def _marks(self, chunk: bytes, following: bytes) -> int | None:
        self.seen = True
        raw = np.frombuffer(bytes([self._previous]) + chunk + (following or b"\n"), np.uint8)
        places = np.flatnonzero(raw[1:-1] == _QUOTE)
        opens, closes = places[int(self.open) :: 2], places[1 - int(self.open) :: 2]
        wrong = np.concatenate(
            [opens[~self._edge[raw[opens]]], closes[~self._edge[raw[closes + 2]]]]
        )
        for place in reversed(opens):
            if raw[place] != _QUOTE:
                self.opened = self.fed + int(place)
                break
        if not self.multiline:
            breaks = np.flatnonzero(raw[1:-1] == _NEWLINE)
            passed = np.searchsorted(places, breaks) + self.open
            self.multiline = bool((passed % 2 == 1).any())
        self.open = (len(places) + self.open) % 2 == 1
        return int(wrong.min()) if len(wrong) else None


def _line(path: Path, offset: int) -> int:
    """Number of the physical line that holds the byte at ``offset``."""
    with path.open("rb") as file:
        return file.read(offset).count(b"\n") + 1


def first_records(path: Path, separator: str, count: int) -> list[list[str]]:
    """The first records of a file that ``scan`` accepted, as lists of fields."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=separator, strict=True)
        records = []
        try:
            for record in reader:
                records.append(record)
                if len(records) == count:
                    break
        except csv.Error as error:
            raise RequestSyntaxError(f"Line {reader.line_num}: {error}.") from None
    return records
