"""Values of SDMX-JSON: number tokens, lists of values, ids where the format restricts them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from hub.messages.columns import (
    Indices,
    Piece,
    coded,
    compact,
    dense,
    plain,
    text_piece,
    value_piece,
)
from hub.model import several
from hub.model.schema import Component

__all__ = [
    "Values",
    "escape_id",
    "is_id",
    "literal",
    "number_piece",
    "quoted",
    "unescape_id",
    "written",
]

#: A number of JSON (RFC 8259 section 6).
_JSON_NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
_NUMBER = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?([eE][+-]?[0-9]+)?")
_ID = re.compile(r"[A-Za-z0-9_@$-]+")
_ESCAPED = re.compile(r"\$([0-9A-F]{2})")


def quoted(text: str) -> str:
    """``text`` as a JSON string."""
    return orjson.dumps(text).decode()


def literal(text: str, numeric: bool) -> str:
    """``text`` as a JSON number where ``numeric`` and it is one, else as a JSON string.

    Numbers that JSON cannot write as they are keep their value and all their digits: ``+5``,
    ``05`` and ``5.`` become ``5``, ``.5`` becomes ``0.5``. ``NaN`` and ``INF`` are strings.
    """
    found = _NUMBER.fullmatch(text) if numeric else None
    if found is None or not (found[2] or found[3]):
        return quoted(text)
    sign = "-" if found[1] == "-" else ""
    whole = found[2].lstrip("0") or "0"
    fraction = f".{found[3]}" if found[3] else ""
    return f"{sign}{whole}{fraction}{found[4] or ''}"


def written(component: Component, text: str) -> str:
    """The text of a component as JSON: a literal, or an array of strings where it is several.

    The elements are strings, whatever their type: an array of numbers has no one form that the
    schemas of both versions let through.
    """
    if component.several:
        values = several.split(text)
        if len(values) > 1:
            return "[" + ",".join(map(quoted, values)) + "]"
        text = values[0]
    return literal(text, component.is_numeric)


def number_piece(column: pa.Array, component: Component) -> Piece:
    """The values of a measure as JSON, ready to write."""
    texts = plain(column)
    if component.is_numeric:
        piece = value_piece(texts, "0")
        if pc.all(pc.match_substring_regex(piece.table, _JSON_NUMBER)).as_py():
            return value_piece(texts, "null")
    return text_piece(coded(texts), lambda values: [written(component, v) for v in values], "null")


class Values:
    """The values of one component, numbered in the order the message meets them."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)

    def table(self, texts: Sequence[str]) -> list[int]:
        """Numbers of distinct values, new ones added."""
        places = self.places
        return [places.setdefault(text, len(places)) for text in texts]

    def indices(self, column: pa.Array) -> Indices:
        """Number of the value of each row, -1 for null."""
        values = compact(coded(column))
        table = np.array([*self.table(values.dictionary.to_pylist()), -1], dtype=np.int64)
        found: Indices = table[dense(values)]
        return found


def is_id(text: str) -> bool:
    """Whether SDMX-JSON lets ``text`` be an id (``^[A-Za-z0-9_@$-]+$``)."""
    return _ID.fullmatch(text) is not None


def escape_id(text: str) -> str:
    """``text`` as an id: other characters as ``$`` and two hex digits per byte of UTF-8.

    SDMX-JSON 1.0 demands an id of every value of a dimension, and its pattern leaves no room for
    a time range (``2026-01-01/P5M``) or a free text. The ``name`` beside it holds the exact text.
    """
    if is_id(text):
        return text
    return "".join(_byte(b) for b in text.encode())


def _byte(byte: int) -> str:
    mark = chr(byte)
    return mark if mark != "$" and is_id(mark) else f"${byte:02X}"


def unescape_id(text: str) -> str | None:
    """What ``escape_id`` made ``text`` of; ``None`` when it did not."""
    raw = _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text)
    try:
        found = raw.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return None
    return found if found != text and escape_id(found) == text else None
