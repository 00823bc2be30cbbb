"""A second node starts: beside one that publishes, and with or without the administrator's key."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from node_cluster import ADMIN
from postgresql_server import Server

from hub.settings import Settings
from hub.store.home import Hub


@pytest.fixture
def database(postgresql: Server) -> str:
    return postgresql.database()


def settings(home: Path, database: str, key: str = "") -> Settings:
    return Settings.load(
        {"HUB_HOME": str(home), "HUB_DATABASE_URL": database, "HUB_ADMIN_KEY": key}
    )


def test_the_first_node_makes_the_key_and_all_accept_it(tmp_path: Path, database: str) -> None:
    one, two = (settings(tmp_path / name, database) for name in ("one", "two"))
    with Hub.init(one) as first, Hub.init(two) as second:
        key = first.admin_key
        assert key is not None
        assert second.admin_key is None
        assert not (two.home / "admin.key").exists()
        assert second.keys.find(key) is not None
    with Hub.init(one) as again:
        assert again.admin_key == key


def test_a_set_key_takes_the_place_of_the_one_that_was_made(tmp_path: Path, database: str) -> None:
    one = settings(tmp_path / "one", database)
    with Hub.init(one) as first:
        made = first.admin_key
    assert made is not None
    with Hub.init(settings(tmp_path / "two", database, ADMIN)) as second:
        assert second.keys.find(ADMIN) is not None
        assert second.keys.find(made) is None
    with Hub.init(one) as first:
        assert first.admin_key is None, "the file names a key that opens nothing"
        assert first.keys.find(ADMIN) is not None


def test_nodes_that_start_at_once_make_one_hub(tmp_path: Path, database: str) -> None:
    failures: list[BaseException] = []

    def start(name: str) -> None:
        try:
            Hub.init(settings(tmp_path / name, database)).close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=start, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with Hub.open(settings(tmp_path / "a", database)) as hub:
        assert len(hub.keys.all()) == 1
    assert len(list(tmp_path.glob("*/admin.key"))) == 1


def test_a_node_starts_while_another_publishes(tmp_path: Path, database: str) -> None:
    with Hub.init(settings(tmp_path / "one", database)) as first, first.writer_lock() as held:
        assert held
        started = threading.Event()

        def start() -> None:
            Hub.init(settings(tmp_path / "two", database)).close()
            started.set()

        thread = threading.Thread(target=start, daemon=True)
        thread.start()
        assert started.wait(60), "it waits for the publication of the other"
        thread.join()
        with first.catalogue.write() as connection:
            first.catalogue.check_fence(connection)  # raises if the start had taken over
