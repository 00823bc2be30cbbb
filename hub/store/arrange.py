"""Many small files become few: which of them are written again, and how.

Each release adds files, and each file makes every query a little slower. But what is written again
is kept for good, as history is, so a large file is not written again for the sake of a small one:
as many of the smallest are put together as are no larger than what was gathered so far. A row is
then written again about as often as the table doubles, however many submissions it came in. A table
that has been left alone for a while is put together whole (:mod:`hub.intake.settling`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import duckdb
import pyarrow as pa
from deltalake.transaction import AddAction

from hub.store import sql
from hub.store.table_files import FILE_ROWS, ROW_GROUP, TableFile

__all__ = ["MANY_FILES", "crowd", "write_sorted"]

#: Small files of a table beyond which some are put together.
MANY_FILES = 16

#: Rows from which on a file is not small.
_LARGE = FILE_ROWS // 2


def crowd(rows: Mapping[str, int], *, settled: bool = False) -> list[str]:
    """Which of the files of a table (with their numbers of rows) are best put together.

    None, where the small ones are few. Of a table that is ``settled``, as no message is expected
    soon, all small ones.
    """
    small = sorted((n, path) for path, n in rows.items() if n < _LARGE)
    if settled:
        return [path for _, path in small] if len(small) > 1 else []
    if len(small) <= MANY_FILES:
        return []
    gathered = 0
    chosen: list[str] = []
    for number, path in small:
        if len(chosen) > MANY_FILES // 2 and number > gathered:
            break
        gathered += number
        chosen.append(path)
    return chosen


def write_sorted(
    folder: Path,
    files: Sequence[str],
    columns: Sequence[str],
    order: Sequence[str],
    measures: Collection[str],
    memory_mb: int,
) -> list[AddAction]:
    """Write the rows of Parquet files into new files of ``folder``, sorted.

    A column that a file lacks is null. Returns the actions that add the files to a Delta table as
    a mere rearrangement. Sorting spills to ``folder`` beyond ``memory_mb`` mebibytes.
    """
    config: dict[str, Any] = {
        "memory_limit": f"{memory_mb}MiB",
        "temp_directory": str(folder / ".spill"),
        "autoinstall_known_extensions": False,
    }
    added: list[AddAction] = []
    with duckdb.connect(":memory:", config=config) as connection:
        query = (
            f"SELECT {sql.listed(columns)} FROM {sql.parquet(files)} ORDER BY {sql.listed(order)}"
        )
        reader = cast(pa.RecordBatchReader, connection.sql(query).to_arrow_reader(ROW_GROUP))
        file, rows = None, 0
        for batch in reader:
            file = TableFile(folder, reader.schema, measures, order) if file is None else file
            file.write(batch)
            rows += batch.num_rows
            if rows >= FILE_ROWS:
                added.append(file.close(data_change=False))
                file, rows = None, 0
        if file is not None:
            added.append(file.close(data_change=False))
    return added
