"""The catalogue, its keys and its ledger, on a real SQLite file and a real PostgreSQL server."""

from __future__ import annotations

import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sdmx.model.common import Agency, Code, Codelist
from sqlalchemy import insert, select

from hub.errors import HubError, NotFound
from hub.model.schema import StructureRef
from hub.settings import Settings
from hub.store import tables
from hub.store.catalogue import Catalogue
from hub.store.home import Hub
from hub.store.keys import Keys, Role, new_key
from hub.store.releases import Change, Releases
from hub.store.submissions import State, Submissions

FLOW = StructureRef("MIGHUB", "DF_MIG_BORDER", "1.0.0")
OTHER = StructureRef("MIGHUB", "DF_MIG_STOCK", "1.0.0")


@pytest.fixture(params=["sqlite", "postgresql"])
def catalogue(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Catalogue]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/catalogue.db"
    else:
        url = request.getfixturevalue("postgresql").database()
    made = Catalogue(url)
    made.migrate()
    yield made
    made.close()


def settings(home: Path, **more: str) -> Settings:
    return Settings.load({"HUB_HOME": str(home), **more})


def test_migrations_make_the_tables_the_program_uses(catalogue: Catalogue) -> None:
    with catalogue.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.METADATA) == []
    catalogue.migrate()  # again: nothing to do


def test_an_interrupted_write_leaves_nothing(catalogue: Catalogue) -> None:
    with pytest.raises(RuntimeError), catalogue.write() as connection:
        catalogue.set("a", "1", connection)
        raise RuntimeError
    assert catalogue.get("a") is None


def test_writers_queue_and_readers_see_one_state(catalogue: Catalogue) -> None:
    def count() -> None:
        for _ in range(20):
            with catalogue.write() as connection:
                now = int(catalogue.get("n", connection) or 0)
                catalogue.set("n", str(now + 1), connection)
                catalogue.set("m", str(now + 1), connection)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(t.is_alive() for t in threads):
        with catalogue.read() as connection:
            assert catalogue.get("n", connection) == catalogue.get("m", connection)
    for thread in threads:
        thread.join()
    assert catalogue.get("n") == "80"


def test_a_write_survives_the_process_at_once(tmp_path: Path) -> None:
    catalogue = Catalogue(f"sqlite:///{tmp_path}/catalogue.db")
    catalogue.migrate()
    with catalogue.read() as connection:
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert pragmas == ["wal", 2, 1]  # 2 is FULL


def test_a_time_without_a_zone_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(Exception, match="no time zone"), catalogue.write() as connection:
        connection.execute(
            insert(tables.audit).values(at=datetime(2020, 1, 1), actor="a", action="b", subject="c")
        )


def test_keys_are_found_by_their_text_and_never_stored(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    keys = Keys(catalogue)
    key = new_key()
    made = keys.add(key, "Office", Role.PROVIDER, "MIGHUB:DP(1.0.0).INM")
    assert keys.find(key) == made
    assert keys.find(key + "x") is None
    with catalogue.read() as connection:
        rows = connection.execute(select(tables.api_key)).all()
    assert key not in repr(rows)
    with pytest.raises(NotFound):
        keys.revoke("")
    keys.revoke(made.id)
    assert keys.find(key) is None
    with pytest.raises(NotFound):
        keys.revoke(made.id)


def test_the_same_bytes_for_the_same_target_are_one_submission(catalogue: Catalogue) -> None:
    submissions = Submissions(catalogue)
    same = {"filename": "a.csv", "sha256": "0" * 64, "size": 1, "connector": None}
    one = submissions.add(format_="sdmx-csv-1.0", **same)
    assert submissions.add(format_="sdmx-csv-1.0", **same).token == one.token
    assert submissions.add(format_="sdmx-csv-2.0", **same).token != one.token
    assert submissions.add(format_="sdmx-csv-1.0", provider="P", **same).token != one.token
    with catalogue.write() as connection:
        submissions.finish(connection, one.token, State.PUBLISHED)
    assert submissions.add(format_="sdmx-csv-1.0", **same).token != one.token
    assert one.token not in [s.token for s in submissions.pending()]


def test_pointers_of_a_release_move_together_and_history_stays(catalogue: Catalogue) -> None:
    releases = Releases(catalogue)
    assert releases.current(FLOW) is None
    before = datetime.now(UTC)
    with catalogue.write() as connection:
        first = releases.publish(
            connection, _enter(connection, "a"),
            [Change(FLOW, 0, 1, 5, 0, 0), Change(OTHER, 0, 1, 7, 0, 0)],
        )  # fmt: skip
    middle = datetime.now(UTC)
    with catalogue.write() as connection:
        second = releases.publish(
            connection, _enter(connection, "b"), [Change(FLOW, 3, 4, 0, 2, 1)]
        )
    pointer = releases.current(FLOW)
    assert pointer is not None
    assert (pointer.version, pointer.release) == (4, second)
    assert {p.dataflow: p.version for p in releases.pointers().values()} == {FLOW: 4, OTHER: 1}
    assert releases.as_of(FLOW, before) is None
    then = releases.as_of(FLOW, middle)
    assert then is not None and (then.version, then.release) == (1, first)
    assert [i.change.updated for i in releases.items(FLOW, after=middle)] == [2]
    assert [i.submission for i in releases.items(FLOW)] == ["a", "b"]
    assert len(releases.of_submission("a")) == 2
    releases.rearranged(FLOW, 5)
    moved = releases.current(FLOW)
    assert moved is not None and (moved.version, moved.release) == (5, second)


def _enter(connection: object, token: str) -> int:
    done = connection.execute(  # type: ignore[attr-defined]
        insert(tables.submission).values(
            token=token, received_at=datetime.now(UTC), filename="f", sha256="0", size=1,
            state="publishing", progress={},
        )
    )  # fmt: skip
    return int(done.inserted_primary_key[0])


def test_open_needs_init(tmp_path: Path) -> None:
    with pytest.raises(HubError, match="mighub init"):
        Hub.open(settings(tmp_path / "none"))
    assert not (tmp_path / "none").exists()


def test_init_makes_a_key_once_and_keeps_it_from_others(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Hub.init(settings(home)) as hub:
        key = hub.admin_key
        assert key is not None
        found = hub.keys.find(key)
        assert found is not None and found.principal.roles == {Role.ADMIN}
        assert stat.S_IMODE((home / "admin.key").stat().st_mode) == 0o600
    with Hub.init(settings(home)) as hub:
        assert hub.admin_key == key
        assert len(hub.keys.all()) == 1
    with Hub.init(settings(home, HUB_ADMIN_KEY="chosen")) as hub:
        assert hub.keys.find("chosen") is not None
        assert hub.keys.find(key) is None  # the key of the setting replaces it
        assert not (home / "admin.key").exists()


def test_structures_are_those_of_the_distribution_and_follow_changes(tmp_path: Path) -> None:
    with Hub.init(settings(tmp_path)) as hub, Hub.open(settings(tmp_path)) as other:
        known = {str(f.id) for f in hub.structures.dataflows()}
        assert "DF_MIG_BORDER" in known
        assert other.structures is other.structures  # kept in memory
        assert not hub.artefacts.load_shipped()
        codelist = _codelist("CL_TEST")
        hub.artefacts.put([codelist])
        (found,) = [a for a in other.structures if a.id == "CL_TEST"]
        assert set(found.items) == {"A", "NA"}


def test_stored_structures_are_read_back_as_shipped(tmp_path: Path) -> None:
    with Hub.init(settings(tmp_path)) as hub:
        shipped = hub.structures
        with hub.catalogue.write() as connection:  # as after an upgrade, before `mighub init`
            hub.catalogue.set("structures.shipped", "another distribution", connection)
        read = hub.artefacts.read()
        assert len(read) == len(shipped)
        for flow in shipped.dataflows():
            ref = (flow.maintainer.id, flow.id, str(flow.version))
            assert read.dataflow(*ref) == shipped.dataflow(*ref)


def _codelist(id_: str) -> Codelist[Code]:
    return Codelist(
        id=id_, version="1.0.0", maintainer=Agency(id="MIGHUB"), name={"en": "Test"},
        items={c: Code(id=c, name={"en": c}) for c in ("A", "NA")},
        is_final=True, is_external_reference=False,
    )  # fmt: skip
