"""From the objects of a JSON parser to columns, without a Python step per observation."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import chain
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from hub.errors import RequestSyntaxError
from hub.messages.columns import Indices

__all__ = ["check_indices", "column_lists", "key_indices", "text", "texts", "value_indices"]


def key_indices(keys: Sequence[str], parts: int, what: str) -> list[Indices]:
    """The numbers in keys like ``0:3:1``, one array for each of ``parts`` places.

    Raises ``RequestSyntaxError`` for a key with other parts.
    """
    try:
        column = pa.array(keys, pa.string()).dictionary_encode()
        split = pc.split_pattern(column.dictionary, ":")
        widths = pc.list_value_length(split)
        if len(split) and not pc.all(pc.equal(widths, parts)).as_py():
            wrong = column.dictionary[pc.index(pc.equal(widths, parts), False).as_py()]
            raise RequestSyntaxError(
                f"The key {wrong.as_py()!r} of {what} must have {parts} numbers, as many as the "
                "structure lists dimensions there."
            )
        numbers = split.values.cast(pa.int64()).to_numpy().reshape(-1, parts)
        if numbers.min(initial=0) < 0:
            raise RequestSyntaxError(f"A key of {what} has a number below 0.")
    except pa.ArrowInvalid:
        raise RequestSyntaxError(f"A key of {what} is not made of numbers and colons.") from None
    rows = column.indices.to_numpy()
    return [numbers[rows, place] for place in range(parts)]


def column_lists(rows: Sequence[Sequence[Any]], what: str) -> list[list[Any]]:
    """Columns of rows of unequal length; what a row does not have is ``None``."""
    try:
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        flat = list(chain.from_iterable(rows))
    except TypeError:
        raise RequestSyntaxError(f"{what} must be lists.") from None
    width = int(lengths.max(initial=0))
    if (lengths == width).all():
        return [flat[place::width] for place in range(width)]
    cells: npt.NDArray[np.object_] = np.empty(len(flat), dtype=np.object_)
    cells[:] = flat
    starts = np.cumsum(lengths) - lengths
    columns = []
    for place in range(width):
        column: npt.NDArray[np.object_] = np.full(len(rows), None, dtype=np.object_)
        there = lengths > place
        column[there] = cells[starts[there] + place]
        columns.append(cast("list[Any]", column.tolist()))
    return columns


def value_indices(column: Sequence[Any], count: int, what: str) -> Indices:
    """Numbers of values, -1 for ``None``; ``count`` values there are.

    Raises ``RequestSyntaxError`` for anything else.
    """
    try:
        numbers = pa.array(column, pa.int64())
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        raise RequestSyntaxError(
            f"{what} must be given by the number of a value, for the structure lists its values."
        ) from None
    check_indices(numbers.drop_null().to_numpy(), count, what)
    return cast(Indices, pc.fill_null(numbers, -1).to_numpy(zero_copy_only=False))


def check_indices(found: Indices, count: int, what: str) -> None:
    """Raise ``RequestSyntaxError`` for a number with no value."""
    lowest, highest = found.min(initial=0), found.max(initial=-1)
    if highest >= count or lowest < 0:
        raise RequestSyntaxError(
            f"{what} is given as value number {highest if highest >= count else lowest}, but the "
            f"structure lists {count} values (counted from 0)."
        )


def texts(column: Sequence[Any], *, exponents: bool = False) -> pa.StringArray:
    """Values of any JSON type as text; ``None`` is null.

    Numbers take their shortest exact form; without ``exponents`` it has none (xs:decimal).
    """
    try:
        return pa.array(column, pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        pass
    try:
        found = _split(orjson.dumps(column), len(column))
    except (TypeError, orjson.JSONEncodeError):  # an integer beyond 64 bits
        found = None
    if found is None:
        found = pa.array([text(value) for value in column], pa.string())
    powers = pc.match_substring_regex(found, r"^-?[0-9.]+[eE][+-]?[0-9]+$")
    if not exponents and pc.any(powers).as_py():
        plain = [format(Decimal(t), "f") for t in found.filter(powers).to_pylist()]
        found = pc.replace_with_mask(found, pc.fill_null(powers, False), pa.array(plain))
    return found


def _split(dumped: bytes, count: int) -> pa.StringArray | None:
    """The items of a dumped list of numbers, plain strings and nulls; ``None`` if others."""
    inner = dumped[1:-1]
    if count == 0 or b"\\" in inner or inner.count(b",") != count - 1:
        return None
    if b"{" in inner or b"[" in inner:
        return None
    items = pc.split_pattern(pa.scalar(inner.decode()), ",").values
    if b"null" in inner:
        items = pc.if_else(pc.equal(items, "null"), pa.scalar(None, pa.string()), items)
    return pc.utf8_trim(items, '"') if b'"' in inner else items


def text(value: Any) -> str | None:
    """One JSON value as text; objects and lists stay JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return orjson.dumps(value).decode()
