"""64-bit hashes of rows, from the dictionaries of their columns.

A row's hash is the sum of the hashes of its values, each mixed with the number of its column: one
table look-up and one addition per column. Equal rows have equal hashes; the few that share a hash
are compared by their texts before anything is said about them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt

from hub.model.schema import Component
from hub.validation.view import Column, View

__all__ = ["EXCLUDED", "Hashes", "number_hash", "text_hash", "value_hashes"]

Hashes = npt.NDArray[np.uint64]

#: The hash that stands for "not to be compared"; no row has it otherwise.
EXCLUDED = np.uint64(0)

_STEP = np.uint64(0x9E3779B97F4A7C15)


def text_hash(column: Column | None, number: int, rows: int) -> Hashes:
    """Hash of each row of a column of texts; ``number`` sets columns apart, null is a value.

    Not to be changed in place.
    """
    null = _mix(np.zeros(1, np.uint64), number)
    if column is None or column.constant:
        one = null if column is None else value_hashes(column.values, number)
        return cast(Hashes, np.broadcast_to(one, rows))
    table = np.concatenate([value_hashes(column.values, number), null])
    return cast(Hashes, table[column.codes])


def value_hashes(texts: Sequence[str], number: int) -> Hashes:
    """What each text of a column adds to the hash of a row."""
    # Python's own string hash is 64 bits wide, keyed per process and already at hand.
    found = np.fromiter(map(hash, texts), np.int64, len(texts))
    return _mix(found.view(np.uint64), number)


def number_hash(view: View, component: Component, number: int) -> Hashes:
    """Hash of each row of a text column of numbers: ``1.5`` and ``1.50`` are one value.

    Where a cell is bad the hash means nothing. What is missing on purpose is a value of its own.
    """
    array = view.array(component.id)
    if array is None:
        return text_hash(None, number, view.rows)
    numbers = np.nan_to_num(view.numbers(component), posinf=np.inf, neginf=-np.inf) + 0.0
    hashes = _mix(numbers.view(np.uint64), number)  # -0 has become 0
    if array.null_count:
        null = array.is_null().to_numpy(zero_copy_only=False)
        hashes[null] = _mix(np.zeros(1, np.uint64), number + 1_000_003)[0]
    missing = view.missing(component)
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
