"""How rows lie in files: sorted by series and time, in short row groups."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake.transaction import AddAction

from hub.store import sql

__all__ = ["ROW_GROUP", "write_sorted"]

#: Rows of a Parquet row group: small enough that one series costs one short read, large enough
#: that a whole table is not a crowd of them.
ROW_GROUP = 65_536


def write_sorted(
    folder: Path, files: Sequence[str], columns: Sequence[str], order: Sequence[str], memory_mb: int
) -> AddAction:
    """Write the rows of Parquet files into one new file of ``folder``, sorted.

    A column that a file lacks is null. Returns the action that adds the file to a Delta table as
    a mere rearrangement. Sorting spills to ``folder`` beyond ``memory_mb`` mebibytes.
    """
    path = folder / f"part-00000-{uuid.uuid4()}-sorted.zstd.parquet"
    config: dict[str, Any] = {
        "memory_limit": f"{memory_mb}MiB",
        "temp_directory": str(folder / ".spill"),
        "autoinstall_known_extensions": False,
    }
    rows = 0
    with duckdb.connect(":memory:", config=config) as connection:
        query = (
            f"SELECT {sql.listed(columns)} FROM {sql.parquet(files)} ORDER BY {sql.listed(order)}"
        )
        reader = cast(pa.RecordBatchReader, connection.sql(query).to_arrow_reader(ROW_GROUP))
        # Numbers of observations nearly follow one another, and hardly any comes twice.
        numbers = [field.name for field in reader.schema if pa.types.is_integer(field.type)]
        with pq.ParquetWriter(
            path,
            reader.schema,
            compression="zstd",
            use_dictionary=[name for name in reader.schema.names if name not in numbers],
            column_encoding=dict.fromkeys(numbers, "DELTA_BINARY_PACKED"),
        ) as writer:
            for batch in reader:
                writer.write_batch(batch, row_group_size=ROW_GROUP)
                rows += batch.num_rows
    return AddAction(
        path=path.name,
        size=path.stat().st_size,
        partition_values={},
        modification_time=int(time.time() * 1000),
        data_change=False,
        stats=json.dumps({"numRecords": rows}),
    )
