"""What checks over a whole message put aside while it streams by, on disk.

Memory stays that of one batch: hashes and rows go to files, and at the end the hashes come back
in slices of the hash space, rows only where something is wrong with them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hub.model.dataset import CODED
from hub.model.schema import DataSchema, Role
from hub.model.spool import Spool, nothing
from hub.validation.view import View

__all__ = ["HashFile", "RowFile"]

#: Hashes compared at a time, and read at a time.
_SLICE = 1_000_000
_READ = 250_000

Numbers = npt.NDArray[np.uint64]


class HashFile:
    """Records of unsigned 64-bit numbers, the first of them a hash; a file for each column."""

    def __init__(self, path: Path, width: int) -> None:
        self._paths = [path.with_name(f"{path.name}-{column}") for column in range(width)]
        self._files = [each.open("wb") for each in self._paths]
        self.length = 0

    def append(self, *columns: Numbers) -> None:
        """Add records, given by column; each of shape ``(n,)``."""
        for column, file in zip(columns, self._files, strict=True):
            column.tofile(file)
        self.length += len(columns[0])

    def close(self) -> None:
        """Give the files back; afterwards records can be read. May be called twice."""
        for file in self._files:
            file.close()

    def slices(self, *, repeated: bool) -> Iterator[tuple[Numbers, ...]]:
        """The records again, by column, in slices that keep equal hashes together.

        Each has a further first column: the number of the record in the order of :meth:`append`.
        Records of hash 0 are left out; with ``repeated`` also those whose hash stands once only.
        Within a slice the order is that of the file. Slices without records are left out.
        """
        parts = max(1, -(-self.length // _SLICE))
        step = -(-(2**64) // parts)
        for part in range(parts):
            low, high = max(1, part * step), min((part + 1) * step, 2**64) - 1
            wanted = self._repeated(low, high) if repeated else None
            if wanted is not None and not len(wanted):
                continue
            picked = list(self._pick(low, high, wanted))
            if any(len(chunk[0]) for chunk in picked):
                yield tuple(np.concatenate(column) for column in zip(*picked, strict=True))

    def _repeated(self, low: int, high: int) -> Numbers:
        """Hashes in a range that stand more than once."""
        found = [hashes[_within(hashes, low, high)] for hashes, *_ in self._chunks(1)]
        hashes = np.concatenate(found) if found else np.zeros(0, np.uint64)
        hashes.sort()
        return np.unique(hashes[1:][hashes[1:] == hashes[:-1]])

    def _pick(self, low: int, high: int, wanted: Numbers | None) -> Iterator[list[Numbers]]:
        start = 0
        for columns in self._chunks(len(self._paths)):
            hashes = columns[0]
            which = np.flatnonzero(_within(hashes, low, high))
            if wanted is not None:
                which = which[np.isin(hashes[which], wanted)]
            yield [(which + start).astype(np.uint64), *(column[which] for column in columns)]
            start += len(hashes)

    def _chunks(self, width: int) -> Iterator[list[Numbers]]:
        with ExitStack() as stack:
            files = [stack.enter_context(path.open("rb")) for path in self._paths[:width]]
            while len(first := np.fromfile(files[0], np.uint64, _READ)):
                yield [first, *(np.fromfile(file, np.uint64, _READ) for file in files[1:])]


def _within(hashes: Numbers, low: int, high: int) -> npt.NDArray[np.bool_]:
    return (hashes >= np.uint64(low)) & (hashes <= np.uint64(high))


class RowFile:
    """The rows of a dataset, to be looked up by number after the stream has passed.

    ``batches`` are all of them with all columns of ``schema``; at ``path`` where they are many.
    """

    def __init__(self, path: Path, schema: DataSchema) -> None:
        self.schema = schema
        self.batches = Spool(
            path,
            pa.schema(
                (c.id, pa.string() if c.role is Role.MEASURE else CODED) for c in schema.components
            ),
        )
        self._starts: list[int] = []
        self._ordinals: list[int] = []

    @property
    def length(self) -> int:
        """Number of rows."""
        return self.batches.rows

    def append(self, view: View) -> None:
        """Add all rows of a block."""
        columns = []
        for field in self.batches.schema:
            array = view.array(field.name)
            if array is None:
                array = nothing(view.rows, field.type)
            elif array.type != field.type:
                array = array.cast(field.type)
            columns.append(array)
        self._starts.append(self.length)
        self._ordinals.append(view.block.ordinal)
        self.batches.append(pa.RecordBatch.from_arrays(columns, schema=self.batches.schema))

    def close(self) -> None:
        """Finish writing; afterwards rows can be looked up. May be called twice."""
        self.batches.close()

    def ordinal(self, row: int) -> int:
        """Number over the message of the row with number ``row`` here."""
        block = bisect_right(self._starts, row) - 1
        return self._ordinals[block] + row - self._starts[block]

    def rows(self, numbers: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Rows by number: component to text. Goes through all of them once."""
        wanted = np.unique(np.asarray(numbers, dtype=np.int64))
        found: dict[int, dict[str, Any]] = {}
        start = 0
        for batch in self.batches:
            low, high = np.searchsorted(wanted, [start, start + batch.num_rows])
            if high > low:
                here = wanted[low:high]
                taken = batch.take(here - start)
                found.update(zip(here.tolist(), taken.to_pylist(), strict=True))
            start += batch.num_rows
            if high == len(wanted):
                break
        return found
