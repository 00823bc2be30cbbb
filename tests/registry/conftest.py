"""A hub with released observations, and the application over it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from released import ROWS, release, settings_of

from hub.store.home import Hub
from registry.app import create_app


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub whose border dataflow was released once."""
    with Hub.init(settings_of(tmp_path_factory.mktemp("hub"))) as made:
        release(made, ROWS)
        yield made


@pytest.fixture(scope="session")
def app(hub: Hub) -> Flask:
    """The application over the hub."""
    return create_app(hub)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client without a network."""
    return app.test_client()


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of an empty hub, to be copied: making one takes a while."""
    home = tmp_path_factory.mktemp("empty") / "hub"
    Hub.init(settings_of(home)).close()
    return home


@pytest.fixture
def new_hub(tmp_path: Path, empty_home: Path) -> Iterator[Callable[[], Hub]]:
    """Makes an empty hub."""
    made: list[Hub] = []

    def make() -> Hub:
        home = tmp_path / f"hub{len(made)}"
        shutil.copytree(empty_home, home)
        made.append(Hub.open(settings_of(home)))
        return made[-1]

    yield make
    for hub in made:
        hub.close()
