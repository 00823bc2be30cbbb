"""The rows of a large message in ranges of the order in which they will be read.

Files of a table that do not overlap can be read one after the other as they are, and a key lies in
one of them. So what is more than a file takes is not cut where it happens to be full: a sample of
the keys tells where to cut, and the rows are dealt out to the ranges, each put aside on disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hub.messages.columns import compact
from hub.model.memory import give_back
from hub.model.periods import spans
from hub.model.schema import DataSchema
from hub.model.spool import Spool
from hub.store.numbered import Coded, key_of, words_of
from hub.store.table_files import FILE_ROWS

__all__ = ["in_ranges"]

#: Of so many rows one is looked at to find where to cut.
_EVERY = 64

#: Share of a file that a range is meant to fill, and what it may fill, as a sample does not tell
#: exactly.
_FILLED, _OVERFULL = 0.9, 1.5


def in_ranges(schema: DataSchema, rows: Spool, folder: Path) -> Iterator[list[pa.RecordBatch]]:
    """The rows in lists of batches, each about as many as a file takes.

    The keys of a list lie after those of the one before it, unless a great many rows agree in
    nearly all of their key. ``folder`` takes what is put aside.
    """
    if rows.rows <= FILE_ROWS:
        yield list(rows)
        return
    give_back()  # what reading a large message used up is not needed any more
    key = key_of(schema)
    texts = rows.texts(key)
    wanted = -(-rows.rows // int(FILE_ROWS * _FILLED))
    cuts = _cuts(_Words(schema, texts).of(_sample(rows, key)), wanted)
    words = _Words(schema, texts)
    ranges = [Spool(folder / f"range-{n}.arrow", rows.schema, 0) for n in range(len(cuts) + 1)]
    for batch in rows:
        places = np.searchsorted(cuts, words.of([batch]), side="right")
        for number in np.unique(places).tolist():
            mine = places == number
            part = batch if mine.all() else _part(batch, mine)
            ranges[number].append(part)
    for spool in ranges:
        spool.close()
        yield from _pieces(spool)
        spool.remove()


class _Words:
    """Numbers that say where rows stand in the order."""

    def __init__(self, schema: DataSchema, texts: Mapping[str, set[str]]) -> None:
        self._key = key_of(schema)
        self._texts = {name: sorted(texts[name]) for name in self._key}
        self._time = None if schema.time is None else schema.time.id
        self._spans: tuple[Any, ...] = ()
        if self._time is not None:
            self._spans = spans(pa.array(self._texts[self._time], pa.string()))

    def of(self, batches: Sequence[pa.RecordBatch]) -> npt.NDArray[np.int64]:
        """One number for each row, which grows in the order."""
        columns = [Coded(batches, name, self._texts[name]) for name in self._key]
        for column, name in zip(columns, self._key, strict=True):
            if name == self._time:
                column.order_by(*self._spans)
        words = words_of(columns)
        return words[0] if words else np.zeros(sum(b.num_rows for b in batches), np.int64)


def _sample(rows: Spool, key: Sequence[str]) -> list[pa.RecordBatch]:
    found = []
    for batch in rows:
        every = np.arange(0, batch.num_rows, _EVERY)
        found.append(batch.select(list(key)).take(pa.array(every)))
    return found


def _cuts(sample: npt.NDArray[np.int64], ranges: int) -> npt.NDArray[np.int64]:
    """The least number of each range but the first."""
    ordered = np.sort(sample)
    return np.unique(ordered[np.arange(1, ranges) * len(ordered) // ranges])


def _part(batch: pa.RecordBatch, mine: npt.NDArray[np.bool_]) -> pa.RecordBatch:
    """Some rows of a batch, with small dictionaries: each is written down again."""
    part = batch.filter(pa.array(mine))
    columns = [
        compact(column)
        if pa.types.is_dictionary(column.type) and len(column.dictionary) > len(column)
        else column
        for column in part.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _pieces(source: Spool) -> Iterator[list[pa.RecordBatch]]:
    """The batches of a range: one list, unless they are by far more than a file takes."""
    if source.rows <= FILE_ROWS * _OVERFULL:
        yield list(source)
        return
    piece: list[pa.RecordBatch] = []
    rows = 0
    for batch in source:
        if piece and rows + batch.num_rows > FILE_ROWS:
            yield piece
            piece, rows = [], 0
        piece.append(batch)
        rows += batch.num_rows
    if piece:
        yield piece
