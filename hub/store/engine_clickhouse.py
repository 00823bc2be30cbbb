"""ClickHouse as the query engine: in this process (chDB) or a server."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import NoReturn, Protocol

import pyarrow as pa

from hub.errors import Unavailable
from hub.store.dialect import Bound
from hub.store.dialect_clickhouse import SETTINGS, ClickHouse, ObjectAddress
from hub.store.engine import Engine, OutOfMemory

__all__ = ["At", "ClickHouseEngine", "Rows"]

_LOG = logging.getLogger("hub.engine")

_CODE = re.compile(r"Code: (\d+)")
_NO_MEMORY = frozenset({"241", "243"})  # MEMORY_LIMIT_EXCEEDED, NOT_ENOUGH_SPACE (to spill)
#: TIMEOUT_EXCEEDED, TOO_MANY_SIMULTANEOUS_QUERIES, SOCKET_TIMEOUT, NETWORK_ERROR, S3_ERROR
_NOT_NOW = frozenset({"159", "202", "209", "210", "499"})
#: An object store that does not answer is given up after some ten seconds.
_OBJECT_STORE = {
    "s3_retry_attempts": "4",
    "s3_connect_timeout_ms": "2000",
    "s3_request_timeout_ms": "30000",
}


class Rows(Protocol):
    """A statement at a ClickHouse: as :class:`hub.store.engine.Running` has its rows."""

    def reader(self, rows: int) -> Iterator[pa.RecordBatch]:
        """Its rows, at most ``rows`` at a time."""

    def table(self) -> pa.Table:
        """All its rows."""


class At(Protocol):
    """A ClickHouse: where statements are run."""

    #: Whether that is this process.
    here: bool

    def statement(self, bound: Bound, settings: Mapping[str, str]) -> AbstractContextManager[Rows]:
        """A statement under settings."""

    def command(self, sql: str) -> None:
        """Run a command."""

    def memory(self) -> int | None:
        """Bytes that it uses in this process; ``None`` where it is another machine."""

    def close(self) -> None:
        """Give back what this process holds."""


class ClickHouseEngine(Engine):
    """Answers statements by a ClickHouse, which reads the files of the tables where they lie.

    ``environ`` has the address and credentials of the object store (see
    :mod:`hub.store.objects`); with ``cluster`` the nodes of that cluster share the files.
    """

    reads_objects = True

    def __init__(self, at: At, environ: Mapping[str, str], cluster: str | None = None) -> None:
        super().__init__()
        self.dialect = ClickHouse(ObjectAddress(environ), cluster)
        self._at = at
        self.reads_here = at.here

    def close(self) -> None:
        """Give back what this process holds."""
        self._at.close()

    @contextmanager
    def _start(self, bound: Bound) -> Iterator[_Told]:
        name = uuid.uuid4().hex
        settings = {**SETTINGS, **_OBJECT_STORE, "log_comment": name}
        with _told(), self._at.statement(bound, settings) as rows:
            yield _Told(rows, self._at, name)

    def _memory(self) -> int | None:
        return self._at.memory()


class _Told:
    """A statement that can be interrupted, and whose errors are the hub's."""

    def __init__(self, rows: Rows, at: At, name: str) -> None:
        self._rows = rows
        self._at = at
        self._name = name

    def reader(self, rows: int) -> Iterator[pa.RecordBatch]:
        with _told():
            yield from self._rows.reader(rows)

    def table(self) -> pa.Table:
        with _told():
            return self._rows.table()

    def interrupt(self) -> None:
        """Kill it by its name. The thread that looks after all statements must survive this."""
        try:
            self._at.command(f"KILL QUERY WHERE Settings['log_comment'] = '{self._name}' ASYNC")
        except Exception:
            _LOG.exception("a statement could not be ended")


@contextmanager
def _told() -> Iterator[None]:
    """What ClickHouse says as an error of the hub, where it is one a client can act on."""
    try:
        yield
    except Exception as error:
        _raise(error)


def _raise(error: Exception) -> NoReturn:
    code = _CODE.search(str(error))
    if code is not None and code[1] in _NO_MEMORY:
        raise OutOfMemory from error
    if code is not None and code[1] in _NOT_NOW:
        raise Unavailable("The query engine cannot answer now. Try again later.") from error
    raise error
