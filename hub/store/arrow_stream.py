"""Record batches of ClickHouse as the hub has them."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["sliced", "without_zones"]


def sliced(batch: pa.RecordBatch, rows: int) -> Iterator[pa.RecordBatch]:
    """A batch in parts of at most ``rows``; dictionaries hold values that occur only."""
    columns = [_without_default(column) for column in batch.columns]
    whole = pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
    for start in range(0, whole.num_rows, rows):
        yield whole.slice(start, rows)


def without_zones(table: pa.Table) -> pa.Table:
    """Plain columns: texts as strings, instants (UTC) without their zone."""
    columns = []
    for column in table.columns:
        if pa.types.is_dictionary(column.type):
            columns.append(column.cast(column.type.value_type))
        elif pa.types.is_timestamp(column.type):
            columns.append(column.cast(pa.timestamp("us")))
        else:
            columns.append(column)
    return pa.table(columns, names=table.schema.names)


def _without_default(column: pa.Array) -> pa.Array:
    """Without the empty text that ClickHouse puts first in each dictionary, used or not."""
    if not pa.types.is_dictionary(column.type) or not len(column.dictionary):
        return column
    if column.dictionary[0].as_py() != "" or pc.min(column.indices).as_py() == 0:
        return column
    indices = pc.subtract(column.indices, pa.scalar(1, column.indices.type))
    return pa.DictionaryArray.from_arrays(indices, column.dictionary[1:])
