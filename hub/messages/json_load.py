"""Loading a JSON file whole, with every number exact.

The parser of JSON is not a streaming one: the text and its objects stand in memory at once (about
ten times the size of the file), so the size of a JSON submission must be bounded by its caller.
Where a name stands twice in one object, the last one counts (RFC 8259 leaves it open).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import orjson

from hub.errors import RequestSyntaxError

__all__ = ["load"]

#: Digits that a double surely keeps.
_SAFE_DIGITS = 15


def load(path: Path) -> dict[str, Any]:
    """The JSON object in ``path``.

    Integers are exact. A fraction is a ``float`` while it has at most 15 significant digits (its
    shortest form then is the number in the file, but for zeros at its end); as soon as one number
    of the file has more, all fractions are ``str`` in the very form of the file. Raises
    ``RequestSyntaxError`` with line and column when the file is no JSON object.
    """
    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        found = _exact(data) if _long_numbers(data) else orjson.loads(data)
    except json.JSONDecodeError as error:
        raise RequestSyntaxError(
            f"Line {error.lineno}, column {error.colno}: the file is not JSON ({error.msg})."
        ) from None
    except (UnicodeDecodeError, ValueError) as error:
        raise RequestSyntaxError(f"The file is not JSON ({error}).") from None
    if not isinstance(found, dict):
        raise RequestSyntaxError("The file is JSON, but an SDMX-JSON message is a JSON object.")
    return found


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
