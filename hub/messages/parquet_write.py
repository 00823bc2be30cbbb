"""Writing Parquet (``application/vnd.apache.parquet``); see ``columnar``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from hub.messages.api import WriteOptions
from hub.messages.columnar import tables
from hub.messages.sink import Sink
from hub.model.dataset import BATCH_ROWS, Block, Header

__all__ = ["write"]

#: Rows of a row group: large enough to compress well, small enough to hold in memory.
_GROUP = 4 * BATCH_ROWS


def write(blocks: Iterable[Block], header: Header, options: WriteOptions) -> Iterator[bytes]:
    """Yield the file, one chunk a row group."""
    schema, batches = tables(blocks, header, options)
    sink = Sink()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        waiting: list[pa.RecordBatch] = []
        for batch in batches:
            waiting.append(batch)
            if sum(b.num_rows for b in waiting) >= _GROUP:
                _group(writer, waiting, schema)
                waiting = []
                yield sink.take()
        if waiting:
            _group(writer, waiting, schema)
    yield sink.take()


def _group(writer: pq.ParquetWriter, batches: list[pa.RecordBatch], schema: pa.Schema) -> None:
    table = pa.Table.from_batches(batches, schema).unify_dictionaries()
    writer.write_table(table, row_group_size=table.num_rows)
