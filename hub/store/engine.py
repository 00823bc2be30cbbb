"""The query engine: DuckDB in this process over the Parquet files of pinned table versions.

Files of a table version never change, so readers need no lock and share what the engine caches of
them. There is one connection per process and a cursor per statement; results stream as record
batches whose memory is bounded by the batch and the engine's memory limit (a sort that needs more
spills to the temporary folder).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from hub.errors import Unavailable
from hub.model.dataset import BATCH_ROWS
from hub.model.schema import DataSchema, Role
from hub.store.statement import Statement

__all__ = ["Engine"]


class Engine:
    """Answers statements.

    Parameters: ``memory_mb`` is the memory all statements of this process may take together, in
    mebibytes; ``spill`` is a folder for what does not fit. The object may be created before the
    process forks: the connection is made on first use in each process.
    """

    def __init__(self, memory_mb: int, spill: Path, threads: int | None = None) -> None:
        self._memory_mb = memory_mb
        self._spill = spill
        self._threads = threads
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._pid = 0

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor of this process's connection, for one thread; the caller closes it."""
        with self._lock:
            if self._connection is None or self._pid != os.getpid():
                self._connection = self._connect()
                self._pid = os.getpid()
            return self._connection.cursor()

    def close(self) -> None:
        """Give back the connection of this process."""
        with self._lock:
            if self._connection is not None and self._pid == os.getpid():
                self._connection.close()
            self._connection = None

    def batches(
        self, schema: DataSchema, statement: Statement, rows: int = BATCH_ROWS
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a statement as record batches of the :class:`~hub.model.dataset.Block`
        contract: measures are strings, everything else is dictionary encoded.

        The statement runs while the result is consumed. Raises ``Unavailable`` when the engine is
        out of memory.
        """
        with closing(self.cursor()) as cursor:
            try:
                relation = cursor.sql(statement.sql, params=list(statement.values))
                for batch in relation.to_arrow_reader(rows):
                    if batch.num_rows:
                        yield _encoded(schema, batch)
            except duckdb.OutOfMemoryException:
                raise Unavailable(
                    "The answer needs more memory than this service has now. "
                    "Ask for less, or try again later."
                ) from None

    def scalar(self, sql: str, values: Sequence[object] = ()) -> Any:
        """First value of the first row of a statement; ``None`` without rows."""
        with closing(self.cursor()) as cursor:
            row = cursor.execute(sql, list(values)).fetchone()
            return None if row is None else row[0]

    def _connect(self) -> duckdb.DuckDBPyConnection:
        self._spill.mkdir(parents=True, exist_ok=True)
        config: dict[str, Any] = {
            "memory_limit": f"{self._memory_mb}MiB",
            "temp_directory": str(self._spill),
            # Extensions are never fetched from the network behind the operator's back.
            "autoinstall_known_extensions": False,
        }
        if self._threads is not None:
            config["threads"] = self._threads
        connection = duckdb.connect(":memory:", config=config)
        # Files never change under their name: their footers are worth keeping.
        connection.execute("SET parquet_metadata_cache = true")
        connection.execute("SET TimeZone = 'UTC'")
        return connection


def _encoded(schema: DataSchema, batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = [
        column if schema.by_id[name].role is Role.MEASURE else column.dictionary_encode()
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
