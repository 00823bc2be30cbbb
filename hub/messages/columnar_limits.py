"""How much a Parquet file or an Arrow stream may be once it is open.

A few bytes of either can stand for a billion rows, or for one long text in each of a million rows.
So rows are counted, and the texts of a batch are measured, before anything is made of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hub.errors import PayloadTooLarge

__all__ = ["bounded_batches", "refuse_large"]

#: Rows of a message, and rows that are looked at together.
MOST_ROWS, _TOGETHER = 100_000_000, 1 << 20
#: Bytes of one text, and of all texts of rows looked at together, written out.
_LONGEST, _TEXTS = 10_000_000, 512 << 20
#: Bytes of a column of a row group, before compression.
_CHUNK = 256 << 20


def refuse_large(footer: pq.FileMetaData) -> None:
    """Raise ``PayloadTooLarge`` when a Parquet file says that it is past the limits."""
    _count(footer.num_rows)
    for number in range(footer.num_row_groups):
        group = footer.row_group(number)
        for column in map(group.column, range(group.num_columns)):
            if column.total_uncompressed_size > _CHUNK:
                raise PayloadTooLarge(
                    f"The column {column.path_in_schema} has more than {_CHUNK >> 20} MiB in a row "
                    "group: write smaller row groups."
                )


def bounded_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches without empty ones, in parts that fit memory.

    Raises ``PayloadTooLarge`` when there are more rows, or longer texts, than the hub takes.
    """
    rows = 0
    for batch in batches:
        rows += batch.num_rows
        _count(rows)
        for start in range(0, batch.num_rows, _TOGETHER):
            part = batch.slice(start, _TOGETHER)
            for name, column in zip(part.schema.names, part.columns, strict=True):
                _measure(name, column)
            yield part


def _count(rows: int) -> None:
    if rows > MOST_ROWS:
        raise PayloadTooLarge(
            f"The message has more than {MOST_ROWS} rows. Send it in several messages."
        )


def _measure(name: str, column: pa.Array) -> None:
    """Refuse a column with a text that is too long, or too much text."""
    in_dictionary = pa.types.is_dictionary(column.type)
    texts = column.dictionary if in_dictionary else column
    if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
        return
    lengths = pc.fill_null(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False)
    longest = int(lengths.max(initial=0))
    if longest > _LONGEST:
        raise PayloadTooLarge(
            f"The column {name} has a text of {longest} bytes; at most {_LONGEST} are taken."
        )
    if longest * len(column) <= _TEXTS:
        return
    if in_dictionary:
        given = column.indices.drop_null().to_numpy(zero_copy_only=False)
        lengths = np.asarray(lengths, np.int64)[given]
    if int(lengths.sum(dtype=np.int64)) > _TEXTS:
        raise PayloadTooLarge(
            f"The column {name} has more than {_TEXTS >> 20} MiB of text in {len(column)} rows."
        )
