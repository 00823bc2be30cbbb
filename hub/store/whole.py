"""A whole dataset straight from its files, in the order of the answer.

What is asked for most is all of a dataflow. Files written sorted (:mod:`hub.store.table_files`)
say so; where no two of a version overlap, one after the other is the answer, with dictionaries as
they were stored, and nothing needs to be sorted or encoded again. Small ones that do overlap are
put in between on the way (:mod:`hub.store.merged`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
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
from hub.store.footers import footer
from hub.store.merged import merged
from hub.store.table_files import FILE_ROWS, order_of

__all__ = ["Lying", "in_order", "read"]

#: The least and the greatest key of a file, as texts and instants.
_Ends = tuple[tuple[Any, ...], tuple[Any, ...]]

#: Rows that may be held to be put in between: as many as the small files of a table have.
_HELD = FILE_ROWS


@dataclass(frozen=True, slots=True)
class Lying:
    """How files lie: those that follow one another, and those whose rows belong in between."""

    following: tuple[str, ...]
    between: tuple[str, ...] = ()


def in_order(files: Files, order: Sequence[str]) -> Lying | None:
    """How the files lie in ``order``; ``None`` where the engine has to sort their rows."""
    if not files.paths or any("://" in path for path in files.paths):
        return None
    ends = [(_ends(path, tuple(order)), path) for path in files.paths]
    known = [(found, path) for found, path in ends if found is not None]
    if len(known) < len(ends):
        return None
    known.sort(key=lambda one: one[0][0])
    if _follow(known):
        return Lying(tuple(path for _, path in known))
    large = [one for one in known if footer(one[1]).rows >= FILE_ROWS // 2]
    small = tuple(path for _, path in known if footer(path).rows < FILE_ROWS // 2)
    if not _follow(large) or sum(footer(path).rows for path in small) > _HELD:
        return None
    return Lying(tuple(path for _, path in large), small)


def _follow(known: Sequence[tuple[_Ends, str]]) -> bool:
    return all(before[1] < after[0] for (before, _), (after, _) in pairwise(known))


def read(
    schema: DataSchema, lying: Lying, columns: Sequence[str], rows: int = BATCH_ROWS
) -> Iterator[pa.RecordBatch]:
    """The rows of files, as batches of the :class:`~hub.model.dataset.Block` contract.

    Raises what :func:`hub.store.budget.working` does.
    """
    source = _batches(schema, lying.following, columns, rows)
    if lying.between:
        source = merged(schema, source, list(_batches(schema, lying.between, columns, rows)))
    with closing(ahead(source)) as batches:
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
