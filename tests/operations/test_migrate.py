"""The tables are brought up to the program, in one go or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from lived_in import row, send, settings

from hub.cli import cli
from hub.errors import HubError
from hub.settings import Settings
from hub.store.catalogue import Catalogue
from hub.store.home import Hub
from hub.store.upgrade import newest, pending, revision_of, upgrade

OLD = "0009"


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A catalogue as an earlier program left it."""
    more = {}
    if request.param == "postgresql":
        more["HUB_DATABASE_URL"] = request.getfixturevalue("postgresql").database()
    made = settings(tmp_path / "hub", **more)
    made.home.mkdir()
    catalogue = Catalogue(made.database_url)
    with catalogue.write() as connection:
        upgrade(connection, OLD)
    catalogue.close()
    return made


def environ(of: Settings) -> dict[str, str]:
    return {"HUB_HOME": str(of.home), "HUB_DATABASE_URL": of.database_url}


def state(of: Settings) -> tuple[str | None, int]:
    catalogue = Catalogue(of.database_url)
    with catalogue.read() as connection:
        found = revision_of(connection), len(pending(connection))
    catalogue.close()
    return found


def test_a_dry_run_shows_the_sql_and_changes_nothing(old: Settings) -> None:
    before = state(old)
    done = CliRunner().invoke(cli, ["migrate", "--dry-run"], env=environ(old))
    assert done.exit_code == 0, done.output
    assert "CREATE TABLE" in done.stdout
    assert "ALTER TABLE submission ADD" in done.stdout
    assert f"of revision {OLD}" in done.stderr
    assert state(old) == before
    assert before[1] > 0


def test_it_is_brought_up_and_is_a_hub(old: Settings) -> None:
    done = CliRunner().invoke(cli, ["migrate"], env=environ(old))
    assert done.exit_code == 0, done.output
    assert state(old) == (newest(), 0)
    again = CliRunner().invoke(cli, ["migrate"], env=environ(old))
    assert again.exit_code == 0
    assert "Done" not in again.stderr
    with Hub.init(old) as hub:
        assert send(hub, [row("MEX", "2024-01", 1)]).state == "published"


def test_a_newer_catalogue_is_refused_by_everything_that_would_write_to_it(old: Settings) -> None:
    catalogue = Catalogue(old.database_url)
    with catalogue.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    catalogue.close()
    for command in (["migrate"], ["migrate", "--dry-run"], ["init"]):
        done = CliRunner().invoke(cli, command, env=environ(old))
        assert done.exit_code == 1, command
        assert "newer program" in done.stderr, command
    with pytest.raises(HubError, match="newer program"):
        Hub.init(old)


def test_what_breaks_off_leaves_the_tables_as_they_were(old: Settings) -> None:
    before = state(old)
    catalogue = Catalogue(old.database_url)
    with pytest.raises(RuntimeError), catalogue.write() as connection:
        upgrade(connection)
        assert revision_of(connection) == newest()
        raise RuntimeError("the power went")
    catalogue.close()
    assert state(old) == before


def test_a_place_without_a_hub_is_said_to_be_one(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["migrate"], env={"HUB_HOME": str(tmp_path)})
    assert done.exit_code == 1
    assert "mighub init" in done.stderr
