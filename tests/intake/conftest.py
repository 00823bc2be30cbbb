"""A real hub in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from intake_hub import settings_at

from hub.store.home import Hub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with Hub.init(settings_at(tmp_path / "home")) as opened:
        yield opened
