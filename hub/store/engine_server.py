"""A ClickHouse server, over HTTP."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from urllib.parse import SplitResult, unquote

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import OperationalError

from hub.errors import Unavailable
from hub.store.arrow_stream import sliced, without_zones
from hub.store.dialect import Bound
from hub.store.embedded import bounded

__all__ = ["Server", "server"]

_ENCRYPTED = frozenset({"clickhouses", "https"})


def server(address: SplitResult, memory_mb: int, threads: int | None = None) -> Server:
    """The server at an address (see :func:`hub.store.engines.open_engine`)."""
    interface = "https" if address.scheme in _ENCRYPTED else "http"
    settings = {
        "max_memory_usage": str(memory_mb << 20),
        **bounded(memory_mb),
        **({} if threads is None else {"max_threads": str(threads)}),
    }

    def connect() -> Client:
        return clickhouse_connect.get_client(
            interface=interface,
            host=address.hostname,
            port=address.port,
            username=unquote(address.username or "default"),
            password=unquote(address.password or ""),
            database=address.path.strip("/") or None,
            settings=settings,
            client_name="mighub",
            # Statements of several threads do not wait for one another.
            autogenerate_session_id=False,
        )

    return Server(connect)


class Server:
    """One client per process, made on first use."""

    here = False

    def __init__(self, connect: Callable[[], Client]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._pid = 0

    @contextmanager
    def statement(self, bound: Bound, settings: Mapping[str, str]) -> Iterator[_Answer]:
        """A statement under settings."""
        with closing(_Answer(self._opened(), bound, settings)) as answer:
            yield answer

    def command(self, sql: str) -> None:
        """Run a command."""
        self._opened().command(sql)

    def memory(self) -> None:
        """Of another machine."""

    def close(self) -> None:
        """Close the connections of this process."""
        with self._lock:
            if self._client is not None and self._pid == os.getpid():
                self._client.close()
            self._client = None

    def _opened(self) -> Client:
        with self._lock:
            if self._client is None or self._pid != os.getpid():
                try:
                    self._client = self._connect()
                except OperationalError as error:
                    raise Unavailable("The query engine cannot be reached.") from error
                self._pid = os.getpid()
            return self._client


class _Answer:
    """A statement and the stream of its answer."""

    def __init__(self, client: Client, bound: Bound, settings: Mapping[str, str]) -> None:
        self._client = client
        self._bound = bound
        self._settings = dict(settings)
        self._stream: pa.PythonFile | None = None

    def reader(self, rows: int) -> Iterator[pa.RecordBatch]:
        """Its rows as they come."""
        for batch in self._open():
            yield from sliced(batch, rows)

    def table(self) -> pa.Table:
        """All its rows."""
        return without_zones(self._open().read_all())

    def close(self) -> None:
        """Give up what is left of it."""
        if self._stream is not None:
            self._stream.close()

    def _open(self) -> pa.RecordBatchStreamReader:
        values = {f"v{i}": value for i, value in enumerate(self._bound.values)}
        try:
            self._stream = self._client.raw_stream(
                self._bound.sql, values, self._settings, fmt="ArrowStream"
            )
            return pa.ipc.open_stream(self._stream)
        except (OperationalError, pa.ArrowInvalid) as error:
            raise Unavailable("The query engine cannot answer now. Try again later.") from error
