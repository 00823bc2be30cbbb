"""A hub of before there was a sender: what waited to be sent is sent, what was released is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

import hub.store
from hub.store.catalogue import Catalogue
from hub.store.events import EventKind, Events


def migrate(catalogue: Catalogue, to: str) -> None:
    config = Config()
    folder = Path(hub.store.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    with catalogue.write() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if to == "0009" else command.upgrade)(config, to)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_notifications_that_waited_become_events(
    tmp_path: Path, request: pytest.FixtureRequest, database: str
) -> None:
    url = f"sqlite:///{tmp_path}/catalogue.db"
    if database == "postgresql":
        url = request.getfixturevalue("postgresql").database()
    catalogue = Catalogue(url)
    migrate(catalogue, "head")
    migrate(catalogue, "0009")
    with catalogue.write() as connection:
        for number, delivered in ((1, "'2026-01-02 00:00:00'"), (2, "null"), (3, "null")):
            connection.execute(
                text(
                    "INSERT INTO notification (id, subscription, at, action, subject, payload, "
                    f"delivered_at) VALUES ({number}, 'urn:x', '2026-01-01 00:00:00', 'Append', "
                    f"'s', 'x', {delivered})"
                )
            )
        connection.execute(
            text(
                "INSERT INTO submission (id, token, received_at, filename, sha256, size, state, "
                "attempts, progress) VALUES (1, 't', '2026-01-01 00:00:00', 'f', 's', 1, "
                "'published', 1, '{}')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO release (id, submission, released_at) "
                "VALUES (1, 1, '2026-01-01 00:00:00')"
            )
        )
    migrate(catalogue, "head")
    found = Events(catalogue).unspread()
    assert [(one.kind, one.notification) for one in found] == [
        (EventKind.SDMX, 2), (EventKind.SDMX, 3),
    ]  # fmt: skip
    assert len({one.uid for one in found}) == 2
    catalogue.close()
