"""The catalogue: a SQL database reached through two kinds of transaction.

``read()`` sees one consistent state and never waits for a writer; ``write()`` is exclusive from
its first statement, so that two processes queue instead of failing half way or overwriting what
the other has just written. SQLite and PostgreSQL behave alike.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    bindparam,
    create_engine,
    event,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

from hub.errors import HubError, Unavailable
from hub.store import (  # noqa: F401 (all tables, for METADATA)
    tables,
    tables_blobs,
    tables_derived,
    tables_disclosure,
    tables_events,
    tables_intake,
    tables_metadata,
    tables_past,
    tables_people,
    tables_provenance,
    tables_sources,
)
from hub.store.upgrade import upgrade

__all__ = ["Catalogue"]

_WRITE = "mighub_write"
#: Milliseconds a writer waits for another one.
_BUSY_MS = 60_000
#: Value of a single fact; made once, as every request asks.
_FACT = select(tables.meta.c.value).where(tables.meta.c.key == bindparam("key"))
#: Name of the fact that numbers the writers.
_FENCE = "writer.fence"
#: Seconds without traffic after which the server asks whether a client is there, between two
#: questions, how many of them, and milliseconds it waits for what it sent to be acknowledged.
_KEEPALIVE = {
    "tcp_keepalives_idle": 5,
    "tcp_keepalives_interval": 2,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
#: Advisory lock of the one writing transaction on PostgreSQL. Any number will do.
_WRITING = 0x4D49_4757


class Catalogue:
    """A connection pool to the catalogue.

    Parameters
    ----------
    url:
        SQLAlchemy URL. SQLite (the default of the settings) and PostgreSQL are supported.

    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine: Engine = create_engine(self.url, pool_pre_ping=not self.is_sqlite)
        if self.is_sqlite:
            event.listen(self.engine, "connect", _sqlite_connect)
            event.listen(self.engine, "begin", _sqlite_begin)
        else:
            event.listen(self.engine, "connect", _postgresql_connect)
            event.listen(self.engine, "begin", _postgresql_begin)
        _dispose_in_child(self.engine)
        self._thread = threading.local()
        #: Number of this process as the one writer; ``None`` while it is not.
        self.fence: int | None = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads: that of :meth:`snapshot` where this thread is in one."""
        shared = getattr(self._thread, "connection", None)
        if shared is not None:
            yield shared
            return
        with self.answering(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What this thread reads inside is of one instant, and costs one transaction."""
        if getattr(self._thread, "connection", None) is not None:
            yield
            return
        with self.read() as connection:
            self._thread.connection = connection
            self._thread.facts = {}
            try:
                yield
            finally:
                self._thread.connection = None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes: all of it is durable at the end, or nothing happened.

        Raises ``Unavailable`` when another writer holds the database for too long.
        """
        with self.answering(), self._writing() as connection:
            try:
                transaction = connection.begin()
            except OperationalError as error:
                raise Unavailable("The catalogue is busy; try again in a moment") from error
            with transaction:
                yield connection

    @contextmanager
    def tried(self) -> Iterator[Connection]:
        """A transaction like that of :meth:`write` which is taken back at its end."""
        with self.answering(), self._writing() as connection:
            transaction = connection.begin()
            try:
                yield connection
            finally:
                transaction.rollback()

    def _writing(self) -> Connection:
        return self.engine.connect().execution_options(**{_WRITE: True})

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Raise ``Unavailable`` when a database server does not answer, or no more."""
        try:
            yield
        except (OperationalError, InterfaceError, TimeoutError) as error:
            if self.is_sqlite:
                raise
            raise Unavailable("The catalogue does not answer; try again in a moment") from error

    def close(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()

    # -- schema -----------------------------------------------------------------------------

    def migrate(self) -> None:
        """Bring the tables to the state of this program. Safe to call again.

        Raises ``HubError`` when they are those of a newer one.
        """
        if self.is_sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        with self.write() as connection:
            upgrade(connection)

    def require_tables(self) -> None:
        """Raise ``HubError`` unless ``mighub init`` has made the tables."""
        if self._is_missing():
            folder = Path(self.url.database or "").resolve().parent
            raise HubError(
                f"There is no hub in {folder} yet: run `mighub init`, or set HUB_HOME to the "
                "folder of one."
            )
        if not self.has_tables():
            raise HubError("The catalogue is empty: run `mighub init` first")

    def _is_missing(self) -> bool:
        file = self.url.database if self.is_sqlite else None
        return file is not None and not Path(file).exists()

    def has_tables(self) -> bool:
        """Whether the tables are there."""
        if self._is_missing():
            return False
        with self.read() as connection:
            return inspect(connection).has_table(tables.meta.name)

    # -- the one writer ---------------------------------------------------------------------

    def raise_fence(self) -> None:
        """Take the next number as the one writer: whoever held a lower one writes no more."""
        with self.write() as connection:
            self.fence = int(self.get(_FENCE, connection) or 0) + 1
            self.set(_FENCE, str(self.fence), connection)

    def check_fence(self, connection: Connection) -> None:
        """Raise ``Unavailable`` when another process became the writer meanwhile.

        Within the transaction that must not happen twice; nothing is checked outside the lock.
        """
        if self.fence is not None and self.get(_FENCE, connection) != str(self.fence):
            raise Unavailable("Another process took over the publication; it is tried again")

    # -- single facts -----------------------------------------------------------------------

    def get(self, key: str, connection: Connection | None = None) -> str | None:
        """Value of a single fact, ``None`` when it was never set."""
        if connection is not None:
            return _fact(connection, key)
        with self.read() as own:
            if getattr(self._thread, "connection", None) is None:
                return _fact(own, key)
            facts: dict[str, str | None] = self._thread.facts  # the same throughout a snapshot
            if key not in facts:
                facts[key] = _fact(own, key)
            return facts[key]

    def set(self, key: str, value: str, connection: Connection) -> None:
        """Set a single fact within a transaction of the caller."""
        changed = connection.execute(
            update(tables.meta).where(tables.meta.c.key == key).values(value=value)
        )
        if changed.rowcount == 0:
            connection.execute(insert(tables.meta).values(key=key, value=value))


def _fact(connection: Connection, key: str) -> str | None:
    found: str | None = connection.execute(_FACT, {"key": key}).scalar_one_or_none()
    return found


def _sqlite_connect(dbapi_connection: Any, _record: Any) -> None:
    # The driver's own transaction control begins too late and skips DDL: we send BEGIN ourselves.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql_connect(dbapi_connection: Any, _record: Any) -> None:
    # The server learns within seconds that a node is gone, however it went, and frees its locks.
    with dbapi_connection.cursor() as cursor:
        for name, value in _KEEPALIVE.items():
            cursor.execute(f"SET {name} = {value}")
    dbapi_connection.commit()


def _postgresql_begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    if options.get(_WRITE, False):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_BUSY_MS}")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITING})")
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _dispose_in_child(engine: Engine) -> None:
    """A forked server process must not share a database connection with its parent."""
    reference = weakref.ref(engine)

    def forget() -> None:
        alive = reference()
        if alive is not None:
            alive.dispose(close=False)

    os.register_at_fork(after_in_child=forget)
