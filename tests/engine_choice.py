"""The query engine that tests of queries ask: DuckDB, or the one that MIGHUB_TEST_ENGINE names.

Queries have one answer, whatever the engine. So the same tests run again with another
(``MIGHUB_TEST_ENGINE=chdb``: ClickHouse in the process), and none of them knows.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest

from hub.settings import Settings

__all__ = ["ENGINE_URL", "swap"]

_CHOSEN = os.environ.get("MIGHUB_TEST_ENGINE", "")

#: As HUB_ENGINE_URL has it.
ENGINE_URL = f"{_CHOSEN}://" if _CHOSEN else ""


def swap(patch: pytest.MonkeyPatch) -> None:
    """Give the chosen engine to all hubs of this process, and of those it starts."""
    if not ENGINE_URL:
        return
    load = Settings.load

    def with_engine(environ: Mapping[str, str] | None = None) -> Settings:
        given = os.environ if environ is None else environ
        return load({"HUB_ENGINE_URL": ENGINE_URL, **given})

    patch.setenv("HUB_ENGINE_URL", ENGINE_URL)
    patch.setattr(Settings, "load", with_engine)
