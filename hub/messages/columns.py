"""Text columns, in and out of the formats that are text themselves.

Reading: helpers that keep the dictionaries of coded columns small, unique and used, so that a
check over a dictionary is a check over the rows. Writing: a :class:`Piece` is a table of ready
text and one index per row; constant text, quoting and escaping are folded into the (small)
table, neighbouring tables are multiplied out while that stays small, and one
``binary_join_element_wise`` makes a whole batch of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hub.model.dataset import CODED

__all__ = [
    "Indices",
    "Piece",
    "coded",
    "compact",
    "constant",
    "dense",
    "has_any",
    "join_rows",
    "map_values",
    "merge",
    "nulls",
    "plain",
    "slice_batch",
    "text_of",
    "text_piece",
    "value_piece",
]

Indices = npt.NDArray[np.int64]

#: Rows of text that two tables may grow to when they are multiplied out.
_TABLE = 4096


# -- reading -------------------------------------------------------------------------------------


def coded(column: pa.Array) -> pa.DictionaryArray:
    """``column`` as ``dictionary<int32, string>``."""
    if pa.types.is_dictionary(column.type):
        column = column if column.type == CODED else column.cast(CODED)
        return _unique(column) if column.dictionary.null_count else column
    return column.cast(pa.string()).dictionary_encode()


def plain(column: pa.Array) -> pa.StringArray:
    """``column`` as ``string``."""
    return column if column.type == pa.string() else column.cast(pa.string())


def nulls(size: int, type_: pa.DataType = CODED) -> pa.Array:
    """A column that gives nothing."""
    return pa.nulls(size, type_)


def dense(column: pa.DictionaryArray) -> Indices:
    """Dictionary indices of ``column``; -1 where it is null."""
    found = pc.fill_null(column.indices, -1).to_numpy(zero_copy_only=False)
    return cast(Indices, found.astype(np.int64, copy=False))


def compact(column: pa.Array) -> pa.Array:
    """``column`` with a dictionary of just the values its rows hold, each once."""
    if not pa.types.is_dictionary(column.type):
        return column
    indices = dense(column)
    used = np.zeros(len(column.dictionary), dtype=bool)
    used[indices[indices >= 0]] = True
    if not used.all():
        places = np.cumsum(used) - 1
        kept = column.dictionary.filter(pa.array(used))
        column = _dictionary(np.where(indices >= 0, places[indices], -1), kept)
    return _unique(column)


def map_values(
    column: pa.Array, function: Callable[[list[str]], Sequence[str | None]]
) -> pa.DictionaryArray:
    """``column`` with each distinct value replaced; ``function`` maps the list of them."""
    column = coded(column)
    values = pa.array(function(column.dictionary.to_pylist()), pa.string())
    return _unique(pa.DictionaryArray.from_arrays(column.indices, values))


def slice_batch(batch: pa.RecordBatch, start: int, stop: int) -> pa.RecordBatch:
    """Rows ``start`` to ``stop``, with dictionaries of just what these rows hold."""
    if start == 0 and stop == batch.num_rows:
        return batch
    part = batch.slice(start, stop - start)
    return pa.record_batch([compact(c) for c in part.columns], names=part.schema.names)


def _unique(column: pa.DictionaryArray) -> pa.DictionaryArray:
    """``column`` with no value twice, and no null, in its dictionary."""
    values = column.dictionary
    if values.null_count == 0 and len(pc.unique(values)) == len(values):
        return column
    again = values.dictionary_encode(null_encoding="mask")
    return pa.DictionaryArray.from_arrays(again.indices.take(column.indices), again.dictionary)


def _dictionary(indices: npt.NDArray[Any], values: pa.Array) -> pa.DictionaryArray:
    given = pa.array(indices.astype(np.int32), mask=indices < 0)
    return pa.DictionaryArray.from_arrays(given, values)


# -- writing -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """One piece of every row: ``table[indices[i]]``. No nulls.

    Without ``indices``, ``table`` holds the rows themselves or, with ``times``, the one text of so
    many rows.
    """

    table: pa.StringArray
    indices: npt.NDArray[np.integer[Any]] | None
    times: int | None = None

    @property
    def distinct(self) -> bool:
        """Whether ``table`` holds each text of the rows once, or nearly so."""
        return self.indices is not None or self.times is not None

    def rows(self) -> pa.StringArray:
        """The text of each row."""
        if self.times is not None:
            return pa.repeat(self.table[0], self.times)
        return self.table if self.indices is None else self.table.take(pa.array(self.indices))


def constant(text: str, rows: int) -> Piece:
    """The same text in every row."""
    return Piece(pa.array([text], pa.string()), None, rows)


def text_piece(
    column: pa.Array, write: Callable[[list[str]], Sequence[str]], null: str = ""
) -> Piece:
    """A piece of a coded column: ``write`` maps the values its rows hold to the text to write."""
    column = coded(column)
    if len(column.dictionary) > max(len(column), 64):
        column = compact(column)
    values = column.dictionary.to_pylist()
    if column.null_count == 0 and len(values) == 1:
        return Piece(pa.array(write(values), pa.string()), None, len(column))
    if column.null_count == len(column):
        return constant(null, len(column))
    indices = pc.fill_null(column.indices, len(values)).to_numpy(zero_copy_only=False)
    used = np.zeros(len(values) + 1, dtype=np.bool_)
    used[indices] = True
    if not used[:-1].all():
        indices = (np.cumsum(used, dtype=np.int32) - 1)[indices]
        values = [v for v, kept in zip(values, used.tolist(), strict=False) if kept]
    table = pa.array([*write(values), null] if used[-1] else write(values), pa.string())
    return Piece(table, indices) if len(table) > 1 else Piece(table, None, len(column))


def value_piece(column: pa.StringArray, null: str = "") -> Piece:
    """A piece of a column whose values are written as they are."""
    return Piece(pc.fill_null(column, null) if column.null_count else column, None)


def has_any(column: pa.StringArray, marks: Iterable[str]) -> bool:
    """Whether any text of ``column`` (no nulls) holds one of ``marks``; at memory speed."""
    text = text_of(column)
    return any(mark.encode() in text for mark in marks)


def join_rows(pieces: Iterable[Piece]) -> bytes:
    """All rows of text, one after the other, in UTF-8."""
    return text_of(_joined(_merged(pieces)))


def merge(pieces: Iterable[Piece]) -> Piece:
    """The pieces as one."""
    parts = _merged(pieces)
    return parts[0] if len(parts) == 1 else Piece(_joined(parts), None)


def _joined(parts: Sequence[Piece]) -> pa.StringArray:
    if len(parts) == 1:
        return parts[0].rows()
    texts = (part.rows() if part.times is None else part.table[0] for part in parts)
    return pc.binary_join_element_wise(*texts, "")


def _merged(pieces: Iterable[Piece]) -> list[Piece]:
    """Neighbours multiplied out while their tables stay small."""
    done: list[Piece] = []
    for piece in pieces:
        both = _multiply(done[-1], piece) if done else None
        if both is None:
            done.append(piece)
        else:
            done[-1] = both
    return done


def _multiply(left: Piece, right: Piece) -> Piece | None:
    if not left.distinct or not right.distinct:
        return None
    if left.indices is None or right.indices is None:
        texts = [p.table if p.times is None else p.table[0] for p in (left, right)]
        if left.times is not None and right.times is not None:
            texts[0] = left.table
        table = pc.binary_join_element_wise(*texts, "")
        return replace(right if left.indices is None else left, table=table)
    many, more = len(left.table), len(right.table)
    if many * more > min(_TABLE, max(len(left.indices), 1)) and 1 not in (many, more):
        return None
    table = pc.binary_join_element_wise(
        left.table.take(pa.array(np.repeat(np.arange(many), more))),
        right.table.take(pa.array(np.tile(np.arange(more), many))),
        "",
    )
    return Piece(table, left.indices * more + right.indices)


def text_of(column: pa.Array) -> bytes:
    """The bytes of a column of texts or bytes without nulls, end to end."""
    if len(column) == 0:
        return b""
    wide = pa.types.is_large_string(column.type) or pa.types.is_large_binary(column.type)
    width = np.int64 if wide else np.int32
    _, offsets, data = column.buffers()
    bounds = np.frombuffer(offsets, width)
    first, last = bounds[column.offset], bounds[column.offset + len(column)]
    return cast(bytes, data.slice(int(first), int(last - first)).to_pybytes()) if data else b""
