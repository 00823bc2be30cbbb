"""ClickHouse in this process (chDB).

A process can hold one engine, in one folder, for as long as it lives. Statements each have a handle
of their own: a handle takes one at a time, and one on which a statement failed may give part of
its rows with the next.
"""

from __future__ import annotations

import atexit
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa

from hub.errors import HubError
from hub.store.arrow_stream import sliced, without_zones
from hub.store.dialect import Bound

__all__ = ["Embedded", "folder"]

#: The only one of this process: its library, its folder, a handle that keeps it open, and the
#: process it is of.
_guard = threading.Lock()
_chdb: Any = None
_folder: str | None = None
_kept: Any = None
_pid = 0


class Embedded:
    """The ClickHouse of this process.

    ``memory_mb`` is the memory all its statements may take together, in mebibytes; ``spill`` is a
    folder for what does not fit. Of both, the first one of a process decides.
    """

    here = True

    def __init__(self, memory_mb: int, spill: Path, threads: int | None = None) -> None:
        self._spill = spill
        self._memory_mb = memory_mb
        self._settings = {
            **bounded(memory_mb),
            **({} if threads is None else {"max_threads": str(threads)}),
        }

    @contextmanager
    def statement(self, bound: Bound, settings: Mapping[str, str]) -> Iterator[_Statement]:
        """A statement under settings, besides those of this engine."""
        with closing(self._handle(settings)) as handle, closing(_Statement(handle, bound)) as made:
            yield made

    def command(self, sql: str) -> None:
        """Run a command."""
        with closing(self._handle({})) as handle:
            handle.query(sql)

    def memory(self) -> int:
        """Bytes that the engine has in use."""
        with closing(self._handle({})) as handle:
            found = handle.query("SELECT value FROM system.metrics WHERE metric = 'MemoryTracking'")
            return int(found.bytes())

    def close(self) -> None:
        """Nothing to give back: the engine is the process's."""

    def _handle(self, settings: Mapping[str, str]) -> Any:
        chdb = _opened(self._spill, self._memory_mb)
        return chdb.connect(f"{_folder}?{urlencode({**self._settings, **settings})}")


class _Statement:
    """A statement at a handle."""

    def __init__(self, handle: Any, bound: Bound) -> None:
        self._handle = handle
        self._sql = bound.sql
        self._values = {f"v{i}": _written(v) for i, v in enumerate(bound.values)}
        self._stream: Any = None

    def reader(self, rows: int) -> Iterator[pa.RecordBatch]:
        """Its rows as they are found; each block that the engine gives is a stream of its own."""
        self._stream = self._handle.send_query(self._sql, "ArrowStream", params=self._values)
        for block in self._stream:
            for batch in pa.ipc.open_stream(pa.py_buffer(block.bytes())):
                yield from sliced(batch, rows)

    def table(self) -> pa.Table:
        """All its rows."""
        found = self._handle.query(self._sql, "ArrowStream", params=self._values)
        return without_zones(pa.ipc.open_stream(pa.py_buffer(found.bytes())).read_all())

    def close(self) -> None:
        """Give up what is left of it, before its handle goes."""
        if self._stream is not None:
            self._stream.close()


def folder() -> str | None:
    """The folder of the ClickHouse of this process; ``None`` while there is none."""
    return _folder


def bounded(memory_mb: int) -> dict[str, str]:
    """Settings by which reading ahead, sorting and grouping leave room in so much memory.

    What is sorted or grouped goes to disk beyond a quarter of it.
    """
    whole = memory_mb << 20
    quarter, block = str(whole // 4), str(min(whole // 64, 16 << 20))
    return {
        "input_format_parquet_memory_high_watermark": str(whole // 8),
        "input_format_parquet_memory_low_watermark": str(min(whole // 64, 2 << 20)),
        "input_format_parquet_prefer_block_bytes": block,
        "prefer_external_sort_block_bytes": block,
        "max_bytes_before_external_sort": quarter,
        "max_bytes_before_external_group_by": quarter,
        "max_bytes_ratio_before_external_sort": "0",
        "max_bytes_ratio_before_external_group_by": "0",
    }


def _opened(spill: Path, memory_mb: int) -> Any:
    """The library, with the engine of this process open."""
    global _chdb, _folder, _kept, _pid  # noqa: PLW0603
    with _guard:
        if _pid not in (0, os.getpid()):
            raise HubError(
                "ClickHouse was used in this process before it forked, and does not survive that. "
                "Processes that serve must be started before the first question."
            )
        if _kept is None:
            # The library starts threads when it is loaded: not before this process needs it.
            _chdb = import_module("chdb")
            _pid = os.getpid()
            place = spill / f"clickhouse-{_pid}"
            shutil.rmtree(place, ignore_errors=True)  # of an earlier process of this number
            place.mkdir(parents=True)
            _folder = str(place)
            # The limit is the engine's: what a stream hands out is not taken off its statement's.
            _kept = _chdb.connect(f"{_folder}?max_server_memory_usage={memory_mb << 20}")
            atexit.register(_end)
        return _chdb


def _end() -> None:
    if _pid == os.getpid():
        _kept.close()
        shutil.rmtree(str(_folder), ignore_errors=True)


def _written(value: object) -> str:
    """A value as ClickHouse reads it for a parameter."""
    if isinstance(value, list):
        return "[" + ",".join(f"'{_escaped(text)}'" for text in value) + "]"
    return _escaped(str(value))


_ESCAPES = str.maketrans(
    {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0", "'": "\\'"}
)


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)
