"""64-bit hashes of rows, from the dictionaries of their columns.

A row's hash is the sum of the hashes of its values, each mixed with the number of its column: one
table look-up and one addition per column. Equal rows have equal hashes; the few that share a hash
are compared by their texts before anything is said about them.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hub.validation.view import Column, Mask, Texts

__all__ = ["EXCLUDED", "Hashes", "number_hash", "text_hash"]

Hashes = npt.NDArray[np.uint64]

#: The hash that stands for "not to be compared"; no row has it otherwise.
EXCLUDED = np.uint64(0)

_STEP = np.uint64(0x9E3779B97F4A7C15)


def text_hash(column: Column | None, number: int, rows: int) -> Hashes:
    """Hash of each row of a column of texts; ``number`` sets columns apart, null is a value."""
    null = _mix(np.zeros(1, np.uint64), number)
    if column is None:
        return np.repeat(null, rows)
    # Python's own string hash is 64 bits wide, keyed per process and already at hand.
    texts = np.fromiter(map(hash, column.values), np.int64, len(column.values))
    table = np.concatenate([_mix(texts.view(np.uint64), number), null])
    return cast(Hashes, table[column.codes])


def number_hash(
    array: Texts | None, sound: Mask, number: int, rows: int, missing: Mask | None = None
) -> Hashes:
    """Hash of each row of a text column of numbers: ``1.5`` and ``1.50`` are one value.

    Rows that are not ``sound`` may hold anything; their hash means nothing. ``missing`` are rows
    whose value is missing on purpose, which is a value of its own.
    """
    if array is None:
        return text_hash(None, number, rows)
    if missing is not None:
        sound = sound & ~missing
    if not sound.all():
        array = pc.if_else(pa.array(sound), array, None)
    null = array.is_null().to_numpy(zero_copy_only=False)
    numbers = array.cast(pa.float64()).fill_null(0.0).to_numpy() + 0.0  # -0 becomes 0
    hashes = _mix(numbers.view(np.uint64), number)
    hashes[null] = _mix(np.zeros(1, np.uint64), number + 1_000_003)[0]
    if missing is not None:
        hashes[missing] = _mix(np.zeros(1, np.uint64), number + 2_000_003)[0]
    return hashes


def _mix(values: Hashes, number: int) -> Hashes:
    """Spread bits (the finaliser of SplitMix64) after shifting by a column number."""
    with np.errstate(over="ignore"):
        x = values + _STEP * np.uint64(number + 1)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return cast(Hashes, x ^ (x >> np.uint64(31)))
