"""Where series begin, in a stream of blocks whose series stand together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hub.messages.columns import coded, dense, slice_batch
from hub.model.dataset import BATCH_ROWS, Block
from hub.model.schema import DataSchema

__all__ = ["SeriesRuns", "bounded", "peek"]


class SeriesRuns:
    """Marks the rows whose key differs from the row before, over one batch after the other."""

    def __init__(self, ids: Sequence[str]) -> None:
        self._ids = tuple(ids)
        self._last: tuple[str | None, ...] | None = None

    def starts(self, batch: pa.RecordBatch) -> npt.NDArray[np.bool_]:
        """Whether each row begins a series; ``batch`` must not be empty."""
        starts = np.zeros(batch.num_rows, dtype=np.bool_)
        names = set(batch.schema.names)
        columns = [coded(batch.column(i)) if i in names else None for i in self._ids]
        for column in columns:
            if column is not None:
                index = dense(column)
                starts[1:] |= index[1:] != index[:-1]
        first, last = (
            tuple(None if c is None else c[place].as_py() for c in columns)
            for place in (0, batch.num_rows - 1)
        )
        starts[0] = first != self._last
        self._last = last
        return starts


def peek(blocks: Iterable[Block]) -> tuple[list[DataSchema], Iterator[Block]]:
    """The schemas of ``blocks`` and the blocks themselves.

    All schemas where ``blocks`` is a sequence; of a stream only the first is known beforehand.
    """
    if isinstance(blocks, Sequence):
        schemas = list(dict.fromkeys(b.schema.dataflow for b in blocks))
        by_flow = {b.schema.dataflow: b.schema for b in reversed(blocks)}
        return [by_flow[flow] for flow in schemas], iter(blocks)
    stream = iter(blocks)
    first = next(stream, None)
    return ([], iter(())) if first is None else ([first.schema], chain([first], stream))


def bounded(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks, none empty and none longer than ``BATCH_ROWS``."""
    for block in blocks:
        for start in range(0, block.batch.num_rows, BATCH_ROWS):
            stop = min(start + BATCH_ROWS, block.batch.num_rows)
            part = slice_batch(block.batch, start, stop)
            yield replace(block, batch=part, ordinal=block.ordinal + start)
