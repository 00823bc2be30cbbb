"""Two nodes of one hub."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from node_cluster import ADMIN, Node, Shared, until
from postgresql_server import Server
from s3_server import S3Server

Cluster = Callable[..., list[Node]]


@pytest.fixture(scope="module")
def shared(postgresql: Server, s3_server: S3Server) -> Shared:
    """Settings of all nodes of a hub of its own."""
    return {
        **s3_server.environment,
        "HUB_DATABASE_URL": postgresql.database(),
        "HUB_STORE_URL": f"s3://{s3_server.bucket()}/hub",
        "HUB_ADMIN_KEY": ADMIN,
        "HUB_WORKERS": "1",
        "HUB_THREADS": "4",
        "HUB_ENGINE_MEMORY_MB": "256",
    }


@pytest.fixture(scope="module")
def nodes(shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Node]]:
    """Two nodes that answer."""
    folder: Path = tmp_path_factory.mktemp("nodes")
    made = [Node(folder / name, shared) for name in ("one", "two")]
    try:
        for node in made:
            node.start()
        for node in made:
            assert until(node.ready), (node.home / "log").read_text()[-5000:]
        yield made
    finally:
        for node in made:
            node.kill()
