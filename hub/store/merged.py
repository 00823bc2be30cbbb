"""Sorted rows, and some more that belong between them, as one stream.

A dataset that was published in one message lies in files that follow one another. Later messages
add small ones whose rows belong between theirs: these are held, sorted, and each batch of the large
files takes from them what comes before its end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import pyarrow as pa

from hub.model.dataset import BATCH_ROWS
from hub.model.periods import spans
from hub.model.schema import DataSchema
from hub.store.numbered import arranged

__all__ = ["merged"]

#: What rows are compared by: codes, then the instants and the text of the period.
_Key = tuple[Any, ...]


def merged(
    schema: DataSchema, following: Iterable[pa.RecordBatch], between: Sequence[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """The rows of both, sorted by series and time.

    The batches have the same columns, all of the key coded and without nulls. ``following`` are
    sorted; those ``between`` are in no order, and held in memory. No key stands twice.
    """
    rest = _together(schema, between)
    at = 0
    for batch in following:
        last = _key(schema, batch, batch.num_rows - 1)
        until = bisect_right(
            range(rest.num_rows), last, lo=at, key=lambda row: _key(schema, rest, row)
        )
        if until == at:
            yield batch
            continue
        yield from _cut(_together(schema, [batch, rest.slice(at, until - at)]))
        at = until
    yield from _cut(rest.slice(at))


def _together(schema: DataSchema, batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    found = arranged(schema, batches)
    names = batches[0].schema.names
    columns = []
    for name, type_ in zip(names, batches[0].schema.types, strict=True):
        column = found.take(name)
        if column.null_count == len(column):
            column = pa.nulls(len(column), type_)
        elif column.type != type_:
            column = column.cast(type_)
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, names=names)


def _cut(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    for start in range(0, batch.num_rows, BATCH_ROWS):
        yield batch.slice(start, BATCH_ROWS)


def _key(schema: DataSchema, batch: pa.RecordBatch, row: int) -> _Key:
    codes = tuple(batch.column(name)[row].as_py() for name in schema.series_key)
    if schema.time is None:
        return codes
    period = batch.column(schema.time.id)[row].as_py()
    return (*codes, *_instants(period), period)


@lru_cache(maxsize=4096)
def _instants(period: str) -> tuple[Any, Any]:
    start, end = spans(pa.array([period]))
    return start[0].as_py(), end[0].as_py()
