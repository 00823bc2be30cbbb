"""Parquet files of a Delta table: how they are encoded, and what the table's log says of them."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake.transaction import AddAction

__all__ = ["FILE_ROWS", "ROW_GROUP", "TableFile", "noted_order", "order_of"]

#: Rows of a Parquet row group: small enough that one series costs one short read, large enough
#: that a whole table is not a crowd of them.
ROW_GROUP = 65_536

#: Rows of a file at most: what a revision writes anew, and what is sorted in memory at a time.
FILE_ROWS = 16 * ROW_GROUP


#: Under which a file notes the columns that its rows are sorted by.
_ORDER = b"mighub:order"


def noted_order(order: Sequence[str]) -> dict[str, str]:
    """What the footer of a file says when its rows are sorted by some columns, ascending."""
    return {_ORDER.decode(): json.dumps(list(order))}


def order_of(metadata: pq.FileMetaData) -> tuple[str, ...] | None:
    """The columns that the rows of a file are sorted by; ``None`` where it does not say."""
    said = (metadata.metadata or {}).get(_ORDER)
    return None if said is None else tuple(json.loads(said))


class TableFile:
    """A new file, written piece by piece.

    Parameters
    ----------
    folder:
        Where it is made; ``path`` is its own name there.
    schema:
        Its columns: text, dictionary encoded or not, integers and timestamps.
    measures:
        Columns of which hardly any text comes twice: a dictionary would only cost.
    order:
        Columns that the rows will be sorted by.

    """

    def __init__(
        self,
        folder: Path,
        schema: pa.Schema,
        measures: Collection[str],
        order: Sequence[str] = (),
    ) -> None:
        self.path = folder / f"part-00000-{uuid.uuid4()}-c000.zstd.parquet"
        # Numbers of observations nearly follow one another, and hardly any comes twice.
        numbers = {f.name: "DELTA_BINARY_PACKED" for f in schema if pa.types.is_integer(f.type)}
        texts = {name: "DELTA_LENGTH_BYTE_ARRAY" for name in schema.names if name in measures}
        encodings = numbers | texts
        self._writer = pq.ParquetWriter(
            self.path,
            schema,
            compression="zstd",
            use_dictionary=[name for name in schema.names if name not in encodings],
            column_encoding=encodings,
            write_statistics=[name for name in schema.names if name not in texts],
            write_batch_size=16_384,
            store_schema=False,
        )
        if order:
            self._writer.add_key_value_metadata(noted_order(order))

    def write(self, rows: pa.RecordBatch | pa.Table) -> None:
        """Add rows, cut into row groups."""
        if isinstance(rows, pa.RecordBatch):
            self._writer.write_batch(rows, row_group_size=ROW_GROUP)
        else:
            self._writer.write_table(rows, row_group_size=ROW_GROUP)

    def close(self, *, data_change: bool) -> AddAction:
        """End the file; returns the action that adds it to a table that has it at its root."""
        self._writer.close()
        with pq.ParquetFile(self.path) as file:
            statistics = _statistics(file.metadata)
        return AddAction(
            path=self.path.name,
            size=self.path.stat().st_size,
            partition_values={},
            modification_time=int(time.time() * 1000),
            data_change=data_change,
            stats=json.dumps(statistics),
        )

    def discard(self) -> None:
        """Take the file away."""
        self._writer.close()
        self.path.unlink(missing_ok=True)


def _statistics(metadata: Any) -> dict[str, Any]:
    """Number of rows, and per column the least and greatest value and the number of nulls.

    A column is left out where a part of the file does not state them.
    """
    least: dict[str, Any] = {}
    greatest: dict[str, Any] = {}
    nulls: dict[str, int] = {}
    unknown: set[str] = set()
    for group in range(metadata.num_row_groups):
        for number in range(metadata.num_columns):
            column = metadata.row_group(group).column(number)
            name, said = column.path_in_schema, column.statistics
            if said is None or not said.has_null_count:
                unknown.add(name)
                continue
            nulls[name] = nulls.get(name, 0) + said.null_count
            if said.has_min_max:
                least[name] = min(least.get(name, said.min), said.min)
                greatest[name] = max(greatest.get(name, said.max), said.max)
            elif said.null_count < column.num_values:
                unknown.add(name)

    def known(values: dict[str, Any]) -> dict[str, Any]:
        return {
            name: str(value) if isinstance(value, datetime) else value
            for name, value in values.items()
            if name not in unknown
        }

    return {
        "numRecords": metadata.num_rows,
        "minValues": known(least),
        "maxValues": known(greatest),
        "nullCount": known(nulls),
    }
