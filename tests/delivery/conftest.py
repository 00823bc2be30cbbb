"""Hubs with the shipped samples and hubs that are empty."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pack_hub import settings_at

from hub.store.home import Hub

sys.path.append(str(Path(__file__).parents[1] / "registry"))  # released.py
sys.path.append(str(Path(__file__).parents[1] / "views"))  # random_store.py


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("empty") / "hub"
    Hub.init(settings_at(home)).close()
    return home


@pytest.fixture
def new_hub(tmp_path: Path, empty_home: Path) -> Iterator[Callable[[], Hub]]:
    """Makes an empty hub."""
    made: list[Hub] = []

    def make() -> Hub:
        home = tmp_path / f"hub{len(made)}"
        shutil.copytree(empty_home, home)
        made.append(Hub.open(settings_at(home)))
        return made[-1]

    yield make
    for hub in made:
        hub.close()
