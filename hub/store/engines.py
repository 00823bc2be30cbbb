"""Which query engine a hub has: ``HUB_ENGINE_URL``."""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from hub.errors import HubError
from hub.model.schema import StructureRef
from hub.store.embedded import Embedded
from hub.store.engine import Engine
from hub.store.engine_clickhouse import ClickHouseEngine
from hub.store.engine_duckdb import DuckDbEngine

if TYPE_CHECKING:
    from hub.store.home import Hub

__all__ = ["engine", "files_of", "open_engine"]

_IN_PROCESS = "chdb"
_SERVERS = ("clickhouse", "clickhouses", "http", "https")


def open_engine(url: str, memory_mb: int, spill: Path, threads: int | None = None) -> Engine:
    """An engine.

    ``url`` is empty for DuckDB, ``chdb://`` for ClickHouse in this process,
    ``clickhouse://user:password@host:8123/database`` (or ``http://``; ``clickhouses://`` and
    ``https://`` encrypted) for a ClickHouse server, which takes ``?cluster=NAME``. ``memory_mb`` is
    what all statements of this process may take together (of a server: each of them), in
    mebibytes; ``spill`` is a folder for what does not fit. Raises ``HubError`` for another address,
    or where the extra ``clickhouse`` is not installed.
    """
    if not url:
        return DuckDbEngine(memory_mb, spill, threads)
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    cluster = options.pop("cluster", None)
    if parts.scheme not in (_IN_PROCESS, *_SERVERS) or options:
        raise HubError(
            "HUB_ENGINE_URL is empty (DuckDB), chdb:// or clickhouse://user:password@host:8123 "
            "with no more than ?cluster=NAME."
        )
    if parts.scheme == _IN_PROCESS:
        _installed("chdb")
        return ClickHouseEngine(Embedded(memory_mb, spill, threads), os.environ, cluster)
    _installed("clickhouse_connect")
    # Only hubs with a server have, and load, what it needs.
    from hub.store.engine_server import server  # noqa: PLC0415

    return ClickHouseEngine(server(parts, memory_mb, threads), os.environ, cluster)


def _installed(package: str) -> None:
    if find_spec(package) is None:
        raise HubError(f"HUB_ENGINE_URL needs {package}: pip install 'mighub[clickhouse]'")


def engine(hub: Hub) -> Engine:
    """The query engine of this process for a hub."""
    of = hub.settings
    return _engine_of(of.engine_url, of.engine_memory_mb, of.home / "tmp" / "engine")


@cache
def _engine_of(url: str, memory_mb: int, spill: Path) -> Engine:
    return open_engine(url, memory_mb, spill)


def files_of(hub: Hub, dataflow: StructureRef, version: int) -> list[str]:
    """Where the engine of a hub finds the Parquet files of a version of a table.

    Raises ``Unavailable`` when they lie on an object store that does not answer.
    """
    if engine(hub).reads_objects:
        return hub.observations.addresses(dataflow, version)
    return hub.observations.files(dataflow, version)
