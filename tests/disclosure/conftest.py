"""A real hub in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.settings import Settings
from hub.store.home import Hub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    home = str(tmp_path / "home")
    with Hub.init(Settings.load({"HUB_HOME": home, "HUB_ENGINE_MEMORY_MB": "256"})) as opened:
        yield opened
