"""A small hub, made once and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from lived_in import RETURNS, row, send, settings

from hub.store.home import Hub


@pytest.fixture(scope="session")
def _small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("small") / "hub"
    with Hub.init(settings(home)) as hub:
        send(hub, [row("MEX", "2024-01", 1), row("MEX", "2024-02", 1)])
        send(hub, [row("MEX", "2024-01", 2), row("DOM", "2024-01", 3, RETURNS)])
    return home


@pytest.fixture
def small(_small: Path, tmp_path: Path) -> Iterator[Hub]:
    """A hub with two releases, the second of which revised the first."""
    shutil.copytree(_small, tmp_path / "hub")
    with Hub.open(settings(tmp_path / "hub")) as hub:
        yield hub
