"""Where the long objects of an SDMX-JSON file begin, may be cut, and end.

A JSON parser keeps a file and all its objects in memory, some ten times the size of the file. Here
one pass over the bytes finds the ``series`` and ``observations`` objects of the datasets, whose
members may be millions, and places between members at which they may be cut. What is left, the
frame, is small; it and each piece go through a strict parser on their own, so the file is accepted
exactly when it is JSON. In an object that is cut, a name that stands twice is kept twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from hub.errors import PayloadTooLarge, RequestSyntaxError

__all__ = ["PIECE", "Section", "Survey", "survey"]

#: Bytes of a piece, about; some 70 000 observations.
PIECE = 1 << 20
_CHUNK = 1 << 20
#: Brackets and bytes outside the sections at most; they are the structures and the header.
_MOST_STEPS, _FRAME = 5_000_000, 128 << 20
#: A name longer than this before a brace is none of ours.
_LOOK_BACK = 256
_NAME = re.compile(rb'"([A-Za-z]+)"[ \t\r\n]*:[ \t\r\n]*\Z')
_SECTIONS = {b"series", b"observations"}
_PATHS = ([b"", b"dataSets", b""], [b"", b"data", b"dataSets", b""])

_Positions = npt.NDArray[np.int64]


@dataclass
class Section:
    """The members of one object: file offsets at which pieces begin, and the end of the last."""

    cuts: list[int]

    def pieces(self, path: Path) -> Iterator[tuple[int, bytes]]:
        """Pieces as JSON objects, each with the offset of its first byte in the file.

        Raises ``RequestSyntaxError`` where members are not separated by one comma.
        """
        with path.open("rb") as file:
            for number, (start, end) in enumerate(pairwise(self.cuts)):
                file.seek(start)
                body = file.read(end - start)
                text = body.strip()
                if not text:
                    continue  # an empty object, or what stands behind the last member
                if number and not (text.startswith(b",") and text[1:].strip()):
                    raise RequestSyntaxError(
                        f"Byte {start}: the file is not JSON (a comma and a member expected)."
                    )
                text = text[1:] if number else text
                yield start + body.index(text) - 1, b"{" + text + b"}"


@dataclass
class Survey:
    """The frame of a file, and its sections by number of the dataset and name."""

    frame: bytes
    sections: dict[tuple[int, str], Section]


def survey(path: Path) -> Survey:
    """Look a file through.

    Raises ``RequestSyntaxError`` when its brackets do not match, ``PayloadTooLarge`` when the frame
    is larger than any that structures need.
    """
    scan = _Scan()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            scan.chunk(chunk)
    scan.finish()
    inside = sum(section.cuts[-1] - section.cuts[0] for section in scan.sections)
    if scan.offset - inside > _FRAME:
        raise _too_large()
    with path.open("rb") as file:
        parts = []
        place = 0
        for section in scan.sections:
            file.seek(place)
            parts.append(file.read(section.cuts[0] - place))
            place = section.cuts[-1]
        file.seek(place)
        parts.append(file.read())
    return Survey(b"".join(parts).removeprefix(b"\xef\xbb\xbf"), scan.named)


def _too_large() -> PayloadTooLarge:
    return PayloadTooLarge(
        "The file has too much beside its series and observations. Send the data in series, and "
        "of the structures only what the data refer to."
    )


@dataclass
class _Scan:
    """What is known at a place of the file."""

    sections: list[Section] = field(default_factory=list)
    named: dict[tuple[int, str], Section] = field(default_factory=dict)
    offset: int = 0
    depth: int = 0
    in_text: bool = False
    escaped: bool = False
    before: bytes = b""
    #: Names under which the open containers stand, from the root; empty in an array.
    path: list[bytes] = field(default_factory=list)
    datasets: int = -1
    steps: int = 0
    open: Section | None = None

    def chunk(self, chunk: bytes) -> None:
        """Go over the next bytes."""
        data = np.frombuffer(chunk, np.uint8)
        places, closes = self._brackets(data, chunk)
        steps = np.where(closes, -1, 1)
        depths = self.depth + np.cumsum(steps)
        at, count = 0, len(places)
        while at < count:
            if self.open is None:
                self.steps += 1
                if self.steps > _MOST_STEPS:
                    raise _too_large()
                self._step(chunk, int(places[at]), bool(closes[at]))
                at += 1
                continue
            level = len(self.path)
            ends = np.flatnonzero(depths[at:] < level)
            stop = at + int(ends[0]) if len(ends) else count
            # A member ends where a bracket closes and the object itself is still open.
            ready = places[at:stop][closes[at:stop] & (depths[at:stop] == level)]
            self._cut(ready + self.offset + 1)
            if stop < count:
                self.open.cuts.append(self.offset + int(places[stop]))
                self.open = None
                self.path.pop()
            at = stop + 1
        if count:
            self.depth = int(depths[-1])
            if depths.min() < 0:
                raise RequestSyntaxError("The file is not JSON (a bracket closes that none opens).")
        self.before = (self.before + chunk)[-_LOOK_BACK:]
        self.offset += len(chunk)

    def finish(self) -> None:
        """The end of the file."""
        if self.depth or self.in_text:
            raise RequestSyntaxError("The file is not JSON (it ends before its brackets close).")

    def _brackets(
        self, data: npt.NDArray[np.uint8], chunk: bytes
    ) -> tuple[_Positions, npt.NDArray[np.bool_]]:
        """Places of brackets outside texts, and which of them close."""
        quotes = np.flatnonzero(data == 0x22)
        if self.escaped or b"\\" in chunk:
            quotes = self._unescaped(data, quotes)
        shape = data | 0x20  # [ becomes {, and ] becomes }
        places = np.flatnonzero((shape == 0x7B) | (shape == 0x7D))
        parity = np.searchsorted(quotes, places) + int(self.in_text)
        places = places[parity % 2 == 0]
        self.in_text = bool((len(quotes) + int(self.in_text)) % 2)
        return places, shape[places] == 0x7D

    def _unescaped(self, data: npt.NDArray[np.uint8], quotes: _Positions) -> _Positions:
        """Quotes that no backslash escapes: an even number of them stands before."""
        slashes = np.concatenate([[self.escaped], data == 0x5C]).astype(np.int64)
        last_other = np.maximum.accumulate(np.where(slashes == 0, np.arange(len(slashes)), -1))
        run = np.arange(len(slashes)) - last_other  # backslashes that end at each place
        self.escaped = bool(run[-1] % 2)
        free: _Positions = quotes[run[quotes] % 2 == 0]
        return free

    def _step(self, chunk: bytes, place: int, closes: bool) -> None:
        """One bracket outside the sections."""
        if closes:
            if self.path:
                self.path.pop()
            return
        found = _NAME.search(
            (self.before + chunk[max(0, place - _LOOK_BACK) : place])[-_LOOK_BACK:]
        )
        name = found[1] if found else b""
        if name == b"dataSets" and self.path in ([b""], [b"", b"data"]):
            self.datasets = -1
        self.path.append(name)
        if self.path in _PATHS:
            self.datasets += 1
        elif name in _SECTIONS and self.path[:-1] in _PATHS and chunk[place] == 0x7B:
            self.open = Section([self.offset + place + 1])
            self.sections.append(self.open)
            self.named[self.datasets, name.decode()] = self.open

    def _cut(self, ready: _Positions) -> None:
        """Cut the open section where a member ends, about every ``PIECE`` bytes."""
        assert self.open is not None
        at = 0
        while True:
            at = int(np.searchsorted(ready, self.open.cuts[-1] + PIECE))
            if at >= len(ready):
                return
            self.open.cuts.append(int(ready[at]))
