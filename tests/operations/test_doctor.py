"""What is planted is found, at its place, with something to do about it."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from lived_in import BORDER
from sqlalchemy import delete, update

from hub.cli import cli
from hub.operations.backup import backup
from hub.operations.doctor import FAULT, NOTE, OK, Found, examine
from hub.store import tables
from hub.store.artefacts import _FINGERPRINT
from hub.store.home import Hub
from hub.store.submissions import State


@pytest.fixture
def hub(small: Hub) -> Hub:
    return small


def found(hub: Hub, *, deep: bool = False, **more: str) -> dict[str, list[Found]]:
    environ = {"HUB_HOME": str(hub.settings.home), "HUB_ENGINE_MEMORY_MB": "256", **more}
    checks: dict[str, list[Found]] = {}
    for one in examine(environ, deep=deep):
        checks.setdefault(one.name, []).append(one)
    return checks


def only(checks: dict[str, list[Found]], name: str, state: str) -> str:
    """What is said of the one thing that is in this state, and that nothing else is wrong."""
    wrong = [(n, one.found) for n, all_ in checks.items() for one in all_ if one.state == FAULT]
    assert {n for n, _ in wrong} <= {name}, wrong
    texts = [one.found for one in checks[name] if one.state == state]
    assert len(texts) == 1, checks[name]
    assert all(one.advice for one in checks[name] if one.state != OK)
    return texts[0]


def test_a_hub_in_order_is_said_to_be(hub: Hub) -> None:
    checks = found(hub, deep=True)
    assert {one.state for all_ in checks.values() for one in all_} == {OK}
    assert set(checks) == {
        "settings", "home", "database", "clock", "store", "structures", "tables", "kept files",
        "orphans", "submissions", "people", "subscribers", "audit trail",
    }  # fmt: skip
    assert not list((hub.settings.home / "tmp").glob("doctor-*")), "it leaves nothing behind"


def parquet(hub: Hub) -> list[Path]:
    return sorted(Path(hub.observations.uri(BORDER)).glob("*.parquet"))


def test_a_lost_file_of_an_old_version(hub: Hub) -> None:
    """The present can be read without it; asOf cannot."""
    pointer = hub.releases.current(BORDER)
    assert pointer is not None
    now = set(hub.observations.files(BORDER, pointer.version))
    old = next(p for p in parquet(hub) if str(p) not in now)
    old.unlink()
    text = only(found(hub), "tables", FAULT)
    assert "DF_MIG_BORDER" in text
    assert old.name in text


def test_a_gap_in_the_log_of_a_table(hub: Hub) -> None:
    Path(hub.observations.uri(BORDER), "_delta_log", f"{1:020d}.json").unlink()
    assert "log lacks" in only(found(hub), "tables", FAULT)


def present(hub: Hub) -> Path:
    """A file of what readers see."""
    pointer = hub.releases.current(BORDER)
    assert pointer is not None
    return Path(hub.observations.files(BORDER, pointer.version)[0])


def test_a_file_that_cannot_be_read_is_found_by_reading(hub: Hub) -> None:
    path = present(hub)
    content = bytearray(path.read_bytes())
    content[4:200] = bytes(196)
    path.write_bytes(content)
    assert only(found(hub), "tables", OK)
    assert "cannot be read" in only(found(hub, deep=True), "tables", FAULT)


def test_a_file_that_says_something_else_than_it_did_is_found_by_a_backup(
    hub: Hub, tmp_path: Path
) -> None:
    backup(hub, str(tmp_path / "backups"))
    environ = {"HUB_HOME": str(hub.settings.home), "HUB_ENGINE_MEMORY_MB": "256"}

    def compared() -> list[Found]:
        against = str(tmp_path / "backups")
        return [one for one in examine(environ, against=against) if one.name == "backup"]

    assert [one.state for one in compared()] == [OK]
    table = pq.read_table(present(hub))
    values = pa.array(["999"] * table.num_rows)
    place = table.schema.get_field_index("OBS_VALUE")
    pq.write_table(table.set_column(place, "OBS_VALUE", values), present(hub))
    assert [one.state for one in compared()] == [FAULT]
    assert present(hub).name in compared()[0].found


def test_rows_that_no_release_brought(hub: Hub) -> None:
    with hub.catalogue.write() as connection:
        connection.execute(update(tables.release_item).values(inserted=7))
    assert "its releases say" in found(hub, deep=True)["tables"][0].found


def test_a_kept_file_that_is_lost_or_changed(hub: Hub) -> None:
    first, second = hub.submissions.latest(2)
    paths = [hub.settings.home / "incoming" / s.sha256[:2] / s.sha256 for s in (first, second)]
    paths[0].write_bytes(paths[0].read_bytes() + b"\n")
    assert only(found(hub), "kept files", OK)
    assert f"handed in as {first.token}" in only(found(hub, deep=True), "kept files", FAULT)
    paths[1].unlink()
    assert f"handed in as {second.token}" in only(found(hub), "kept files", FAULT)


def test_a_file_that_belongs_to_no_version(hub: Hub) -> None:
    (parquet(hub)[0].parent / "part-of-a-crash.parquet").write_bytes(b"x")
    assert "part-of-a-crash" in only(found(hub), "orphans", NOTE)


def test_submissions_that_do_not_get_on(hub: Hub) -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    token = hub.submissions.latest(1)[0].token
    hub.submissions.update(token, state=State.VALIDATING.value, received_at=long_ago, attempts=9)
    checks = found(hub)
    assert token in only(checks, "submissions", FAULT)
    assert any("begun 9 times" in one.found for one in checks["submissions"])
    hub.submissions.update(
        token, state=State.FAILED.value, attempts=0, received_at=datetime.now(UTC), error="oh"
    )
    assert "oh" in only(found(hub), "submissions", NOTE)


def test_a_reference_that_leads_nowhere(hub: Hub) -> None:
    with hub.catalogue.write() as connection:
        connection.execute(delete(tables.artefact).where(tables.artefact.c.ident == "CL_SEX"))
        hub.catalogue.set(_FINGERPRINT, "of an earlier program", connection)
    assert "CL_SEX" in found(hub)["structures"][0].found
    assert found(hub)["structures"][0].state == FAULT


def test_a_release_of_the_future(hub: Hub) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=3)
    with hub.catalogue.write() as connection:
        connection.execute(update(tables.release).values(released_at=ahead))
    assert "in the future" in only(found(hub), "clock", FAULT)


def test_a_line_of_the_audit_trail_that_was_changed(hub: Hub) -> None:
    with sqlite3.connect(hub.settings.home / "catalogue.db") as connection:
        (trigger,) = next(
            connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%UPDATE%'"
            )
        )
        connection.execute(f'DROP TRIGGER "{trigger}"')
        connection.execute("UPDATE audit SET actor = 'nobody' WHERE id = 1")
    assert "Line 1 was changed" in only(found(hub, deep=True), "audit trail", FAULT)


def test_a_store_that_takes_nothing(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.operations import look_base

    class Full:
        url = "the store"

        def write(self, *_: object) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(look_base, "place_of_files", lambda _: Full())
    assert "No space left" in only(found(hub), "store", FAULT)


def test_a_database_of_another_program(hub: Hub) -> None:
    with hub.catalogue.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0012'")
    assert "of revision 0012" in only(found(hub), "database", FAULT)
    with hub.catalogue.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert "newer program" in only(found(hub), "database", FAULT)


def test_a_place_without_a_hub_a_database_that_is_away_and_wrong_settings(
    tmp_path: Path, hub: Hub
) -> None:
    empty = list(examine({"HUB_HOME": str(tmp_path / "none")}))
    assert [one.name for one in empty if one.state == FAULT] == ["home", "database"]
    away = found(hub, HUB_DATABASE_URL="postgresql+psycopg://x@127.0.0.1:9/hub?connect_timeout=1")
    assert "does not answer" in only(away, "database", FAULT)
    (wrong,) = examine({"HUB_HOME": str(tmp_path), "HUB_WORKERS": "many"})
    assert (wrong.name, wrong.state) == ("settings", FAULT)


def test_nobody_can_administer(hub: Hub) -> None:
    with hub.catalogue.write() as connection:
        connection.execute(update(tables.api_key).values(revoked_at=datetime.now(UTC)))
    assert "No key of an administrator" in only(found(hub), "people", NOTE)


def test_the_command_line(hub: Hub) -> None:
    environ = {"HUB_HOME": str(hub.settings.home)}
    well = CliRunner().invoke(cli, ["doctor", "--format", "json"], env=environ)
    assert well.exit_code == 0, well.output
    assert json.loads(well.stdout)["well"] is True
    parquet(hub)[0].unlink()
    ill = CliRunner().invoke(cli, ["doctor"], env=environ)
    assert ill.exit_code == 1
    assert "fault" in ill.stdout
    assert "backup" in ill.stdout
    as_json = json.loads(
        CliRunner().invoke(cli, ["doctor", "--format", "json"], env=environ).stdout
    )
    assert as_json["well"] is False
    assert {"name", "state", "found", "advice"} == set(as_json["checks"][0])
