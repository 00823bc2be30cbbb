"""A whole dataset straight from its files, where these lie in the order of the answer.

What is asked for most is all of a dataflow. Files written sorted (:mod:`hub.store.table_files`)
say so; where no two of a version overlap, one after the other is the answer, with dictionaries as
they were stored, and nothing needs to be sorted or encoded again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import lru_cache
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hub.messages.ahead import ahead
from hub.model.dataset import BATCH_ROWS, CODED
from hub.model.schema import DataSchema, Role
from hub.store.budget import working
from hub.store.dialect import Files
from hub.store.table_files import order_of

__all__ = ["in_order", "read"]

#: The least and the greatest key of a file, as texts and instants.
_Ends = tuple[tuple[Any, ...], tuple[Any, ...]]


def in_order(files: Files, order: Sequence[str]) -> tuple[str, ...] | None:
    """The files one after the other in ``order``; ``None`` where they do not lie so."""
    if not files.paths or any("://" in path for path in files.paths):
        return None
    ends = [(_ends(path, tuple(order)), path) for path in files.paths]
    known = [(found, path) for found, path in ends if found is not None]
    if len(known) < len(ends):
        return None
    known.sort(key=lambda one: one[0][0])
    follow = all(before[1] < after[0] for (before, _), (after, _) in pairwise(known))
    return tuple(path for _, path in known) if follow else None


def read(
    schema: DataSchema, paths: Sequence[str], columns: Sequence[str], rows: int = BATCH_ROWS
) -> Iterator[pa.RecordBatch]:
    """The rows of files, as batches of the :class:`~hub.model.dataset.Block` contract.

    Raises what :func:`hub.store.budget.working` does.
    """
    with closing(ahead(_batches(schema, paths, columns, rows))) as batches:
        while True:
            with working(lambda: None):  # a batch is short: looked at between two
                batch = next(batches, None)
            if batch is None:
                return
            yield batch


def _batches(
    schema: DataSchema, paths: Sequence[str], columns: Sequence[str], rows: int
) -> Iterator[pa.RecordBatch]:
    measures = {measure.id for measure in schema.measures}
    coded = [name for name in columns if name not in measures]
    for path in paths:
        with pq.ParquetFile(path, read_dictionary=coded) as file:
            there = set(file.schema_arrow.names)
            for batch in file.iter_batches(rows, columns=[c for c in columns if c in there]):
                yield _shaped(schema, batch, columns)


def _shaped(schema: DataSchema, batch: pa.RecordBatch, columns: Sequence[str]) -> pa.RecordBatch:
    there = set(batch.schema.names)
    shaped = []
    for name in columns:
        type_ = pa.string() if schema.by_id[name].role is Role.MEASURE else CODED
        column = batch.column(name) if name in there else pa.nulls(batch.num_rows, type_)
        if pa.types.is_dictionary(column.type) and type_ == pa.string():
            column = column.dictionary_decode()
        shaped.append(column if column.type == type_ else column.cast(type_))
    return pa.RecordBatch.from_arrays(shaped, names=list(columns))


@lru_cache(maxsize=4096)  # files never change
def _ends(path: str, order: tuple[str, ...]) -> _Ends | None:
    with pq.ParquetFile(path) as file:
        if order_of(file.metadata) != order or not file.metadata.num_rows:
            return None
        groups = file.metadata.num_row_groups
        first = file.read_row_group(0, columns=list(order)).slice(0, 1)
        last = file.read_row_group(groups - 1, columns=list(order))
        last = last.slice(last.num_rows - 1)
    least, greatest = (tuple(part[name][0].as_py() for name in order) for part in (first, last))
    return None if None in least or None in greatest else (least, greatest)
