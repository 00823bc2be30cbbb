"""What every test may use."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Path of a publisher's file that is not part of the project, or a skip that says so."""
    base = Path(os.environ.get("MIGHUB_SHARED_DATA") or ROOT.parent / "shared" / "data")

    def find(relative: str) -> Path:
        path = base / relative
        if not path.exists():
            pytest.skip(f"publishers' files are not here: {relative} (set MIGHUB_SHARED_DATA)")
        return path

    return find
