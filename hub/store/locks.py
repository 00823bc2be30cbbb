"""One writer at a time, over all processes of a hub.

The lock dies with its process: a file lock (``flock``) in the home folder or, where several
machines share a PostgreSQL catalogue, a session-level advisory lock there. A database may drop a
session whose process lives on and believes it still holds the lock, so every holder takes the next
number (a fence), and a release is only recorded for the newest one.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from hub.errors import Unavailable
from hub.store.catalogue import Catalogue

__all__ = ["start_lock", "writer_lock"]

_POLL_S = 0.05
#: Any numbers will do, as long as every node uses the same ones.
_WRITER, _START = 0x4D49_4748, 0x4D49_4749


@contextmanager
def start_lock(catalogue: Catalogue, folder: Path) -> Iterator[None]:
    """Hold what lets one process at a time make a hub, or bring it up to its program.

    It is not the writer's lock, which a long publication on another node may hold.
    """
    lock = (
        _file_lock(folder / "start.lock")
        if catalogue.is_sqlite
        else _advisory_lock(catalogue, _START)
    )
    with lock as try_lock:
        _wait(try_lock, None, None)
        yield


@contextmanager
def writer_lock(
    catalogue: Catalogue,
    folder: Path,
    *,
    timeout: float | None = None,
    stop: Callable[[], bool] | None = None,
) -> Iterator[bool]:
    """Hold the lock for the block; others wait.

    Yields whether the lock is held: false only when ``stop()`` became true while waiting. Raises
    ``Unavailable`` after ``timeout`` seconds (``None``: wait for ever).
    """
    grab = (
        _file_lock(folder / "writer.lock")
        if catalogue.is_sqlite
        else _advisory_lock(catalogue, _WRITER)
    )
    with grab as try_lock:
        if not _wait(try_lock, timeout, stop):
            yield False
            return
        catalogue.raise_fence()
        try:
            yield True
        finally:
            catalogue.fence = None


def _wait(
    try_lock: Callable[[], bool], timeout: float | None, stop: Callable[[], bool] | None
) -> bool:
    deadline = None if timeout is None else time.monotonic() + timeout
    while not try_lock():
        if stop is not None and stop():
            return False
        if deadline is not None and time.monotonic() >= deadline:
            raise Unavailable("Another process is publishing; try again in a moment")
        time.sleep(_POLL_S)
    return True


@contextmanager
def _file_lock(path: Path) -> Iterator[Callable[[], bool]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def try_lock() -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    try:
        yield try_lock
    finally:
        os.close(descriptor)  # closing releases


@contextmanager
def _advisory_lock(catalogue: Catalogue, number: int) -> Iterator[Callable[[], bool]]:
    with (
        catalogue.answering(),
        catalogue.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
    ):

        def try_lock() -> bool:
            query = text("SELECT pg_try_advisory_lock(:id)")
            return bool(connection.execute(query, {"id": number}).scalar())

        try:
            yield try_lock
        finally:
            connection.execute(text("SELECT pg_advisory_unlock_all()"))
