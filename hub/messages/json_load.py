"""Loading SDMX-JSON with every number exact, the long objects of it piece by piece.

Where a name stands twice in one object, the last one counts (RFC 8259 leaves it open), but for
members of a section that is cut (see :mod:`hub.messages.json_scan`).
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import orjson

from hub.errors import RequestSyntaxError
from hub.messages.json_scan import Section, survey

__all__ = ["Loaded", "load"]

#: Bytes of a file that may be parsed whole to say where it is wrong.
_SMALL = 16 << 20
#: Digits that a double surely keeps.
_SAFE_DIGITS = 15


@dataclass
class Loaded:
    """A message: its ``frame`` has its long objects empty; ``members`` gives what is in them."""

    frame: dict[str, Any]
    _path: Path
    _sections: dict[tuple[int, str], Section]

    def members(self, dataset: int, name: str) -> Iterator[dict[str, Any]]:
        """Members of the object ``name`` (series, observations) of a dataset, piece by piece.

        Raises ``RequestSyntaxError`` with line and column where the file is not JSON.
        """
        section = self._sections.get((dataset, name))
        if section is None:
            return
        for start, piece in section.pieces(self._path):
            with _no_collection():
                found = _parse(piece, self._path, start)
            yield found


def load(path: Path) -> Loaded:
    """The JSON object in ``path``.

    Integers are exact. A fraction is a ``float`` while it has at most 15 significant digits (its
    shortest form then is the number in the file, but for zeros at its end); as soon as one number
    nearby has more, fractions are ``str`` in the very form of the file. Raises
    ``RequestSyntaxError`` when the file is no JSON object.
    """
    try:
        found = survey(path)
    except RequestSyntaxError:
        if path.stat().st_size <= _SMALL:
            _parse(path.read_bytes(), path, 0)  # says where
        raise
    frame = _parse(found.frame, path, None if found.sections else 0)
    if not isinstance(frame, dict):
        raise RequestSyntaxError("The file is JSON, but an SDMX-JSON message is a JSON object.")
    return Loaded(frame, path, found.sections)


def _parse(data: bytes, path: Path, start: int | None) -> Any:
    """Parse ``data``, which stands at the offset ``start`` of the file (``None``: in parts)."""
    try:
        return _exact(data) if _long_numbers(data) else orjson.loads(data)
    except json.JSONDecodeError as error:
        if start is None:
            raise RequestSyntaxError(f"The file is not JSON ({error.msg}).") from None
        line, column = _place(path, start + len(error.doc[: error.pos].encode()))
        raise RequestSyntaxError(
            f"Line {line}, column {column}: the file is not JSON ({error.msg})."
        ) from None
    except (UnicodeDecodeError, ValueError) as error:
        raise RequestSyntaxError(f"The file is not JSON ({error}).") from None
    except RecursionError:
        raise RequestSyntaxError("The file is not read (it is nested too deeply).") from None


def _place(path: Path, offset: int) -> tuple[int, int]:
    """Line and column of an offset, counted from 1."""
    line, last = 1, 0
    with path.open("rb") as file:
        while offset - file.tell() > 0 and (part := file.read(min(1 << 20, offset - file.tell()))):
            line += part.count(b"\n")
            if b"\n" in part:
                last = file.tell() - len(part) + part.rindex(b"\n") + 1
    return line, offset - last + 1


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without the collector of cycles: JSON has none, and looking for them is half the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _long_numbers(data: bytes) -> bool:
    """Whether some number may have more digits than a double keeps."""
    step, overlap = 1 << 20, _SAFE_DIGITS + 1
    for start in range(0, len(data), step):
        part = np.frombuffer(data[start : start + step + overlap], np.uint8)
        # "." is 46, "/" (which is in no number) 47, the digits 48 to 57
        runs = (part - np.uint8(46)) <= 11
        for width in (1, 2, 4, 8):  # runs of 2, 4, 8, 16 such characters
            runs = runs[:-width] & runs[width:]
            if not runs.any():
                break
        else:
            return True
    return False


def _exact(data: bytes) -> Any:
    """The file with fractions as text."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no number of JSON")

    return json.loads(data.decode("utf-8"), parse_float=str, parse_constant=refuse)
