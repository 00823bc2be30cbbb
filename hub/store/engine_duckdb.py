"""DuckDB in this process, the engine a hub has unless it is told otherwise."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, cast

import duckdb
import pyarrow as pa

from hub.store.dialect import Bound, DuckDb
from hub.store.engine import Engine, OutOfMemory

__all__ = ["DuckDbEngine"]

#: It advises the relation's way, which plans twice: dear for few rows, for which ours is meant.
warnings.filterwarnings("ignore", "Arrow output on a DB-API result", UserWarning)

_MEMORY = "SELECT coalesce(sum(memory_usage_bytes), 0)::BIGINT FROM duckdb_memory()"


class DuckDbEngine(Engine):
    """One connection per process and a cursor per statement.

    ``memory_mb`` is the memory all statements of this process may take together, in mebibytes;
    ``spill`` is a folder for what does not fit.
    """

    def __init__(self, memory_mb: int, spill: Path, threads: int | None = None) -> None:
        super().__init__()
        self.dialect = DuckDb()
        self._memory_mb = memory_mb
        self._spill = spill
        self._threads = threads
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._pid = 0

    def close(self) -> None:
        """Give back the connection of this process."""
        with self._lock:
            if self._connection is not None and self._pid == os.getpid():
                self._connection.close()
            self._connection = None

    @contextmanager
    def _start(self, bound: Bound) -> Iterator[_Cursor]:
        with closing(self._cursor()) as cursor:
            yield _Cursor(cursor, bound)

    def _memory(self) -> int:
        with closing(self._cursor()) as cursor:
            used = cursor.execute(_MEMORY).fetchone()
        return 0 if used is None else int(used[0])

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._connection is None or self._pid != os.getpid():
                self._connection = self._connect()
                self._pid = os.getpid()
            return self._connection.cursor()

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
        for macro in DuckDb.PREPARE:
            connection.execute(macro)
        return connection


class _Cursor:
    """A statement at a cursor."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, bound: Bound) -> None:
        self._cursor = cursor
        self._bound = bound

    def reader(self, rows: int) -> Iterator[pa.RecordBatch]:
        """A relation streams, and plans twice for it: for its columns, then to run."""
        try:
            relation = self._cursor.sql(self._bound.sql, params=list(self._bound.values))
        except duckdb.OutOfMemoryException:
            raise OutOfMemory from None
        return _minding_memory(relation.to_arrow_reader(rows))

    def table(self) -> pa.Table:
        """Planned once, and held whole."""
        try:
            result = self._cursor.execute(self._bound.sql, list(self._bound.values))
            return cast(pa.Table, result.to_arrow_table())
        except duckdb.OutOfMemoryException:
            raise OutOfMemory from None

    def interrupt(self) -> None:
        self._cursor.interrupt()


def _minding_memory(batches: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    try:
        yield from batches
    except duckdb.OutOfMemoryException:
        raise OutOfMemory from None
