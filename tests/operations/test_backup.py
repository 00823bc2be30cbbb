"""A backup holds all of a hub, and a hub made from it gives the same answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from lived_in import (
    BORDER,
    KEY,
    answered,
    answers,
    differing,
    live_in,
    row,
    send,
    settings,
)
from postgresql_server import Server
from s3_server import S3Server

from hub.errors import Conflict, HubError, NotFound
from hub.operations import manifest
from hub.operations.backup import backup
from hub.operations.doctor import FAULT, examine
from hub.operations.places import place_at
from hub.operations.restore import restore
from hub.settings import Settings
from hub.store import audit
from hub.store.home import Hub
from hub.store.submissions import State, Submission

Where = Callable[[str, str], Settings]


@pytest.fixture
def where(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Where:
    """Settings of a hub that is ``local`` (SQLite, folder) or ``remote`` (PostgreSQL, S3)."""

    def make(kind: str, name: str) -> Settings:
        if kind == "local":
            return settings(tmp_path / name)
        server: Server = request.getfixturevalue("postgresql")
        objects: S3Server = request.getfixturevalue("s3_server")
        for key, value in objects.environment.items():
            monkeypatch.setenv(key, value)
        return settings(
            tmp_path / name,
            HUB_DATABASE_URL=server.database(),
            HUB_STORE_URL=f"s3://{objects.bucket()}/hub",
        )

    return make


@pytest.mark.parametrize(
    ("source", "target", "place"),
    [
        ("local", "remote", "local"),
        ("remote", "local", "remote"),
    ],
)
def test_a_restored_hub_gives_the_same_answers(
    source: str, target: str, place: str, where: Where, tmp_path: Path
) -> None:
    destination = str(tmp_path / "backups")
    if place == "remote":
        destination = where("remote", "unused").store_url.replace("/hub", "/backups")
    with Hub.init(where(source, "old")) as hub:
        live_in(hub)
        made = backup(hub, destination)
        before = answers(hub)
        assert answered(before) > 60
        new = where(target, "new")
        assert restore(new, destination) == made.manifest
        with Hub.open(new) as other:
            assert differing(before, answers(other)) == ""
            assert audit.verify(other.catalogue).fault is None
            assert (new.home / "calendar.yaml").read_text() == "# nothing yet\n"
            # It is a hub: it goes on from there, and counts on.
            last = max(s.id for s in other.submissions.latest())
            sent = send(other, [row("MEX", "2024-03", 333)])
            assert (sent.state, sent.id) == (State.PUBLISHED, last + 1)
    environ = {
        "HUB_HOME": str(new.home), "HUB_DATABASE_URL": new.database_url, "HUB_ADMIN_KEY": KEY,
        "HUB_STORE_URL": new.store_url,
    }  # fmt: skip
    assert [one for one in examine(environ, deep=True) if one.state == FAULT] == []


@pytest.mark.parametrize(("source", "target"), [("local", "local"), ("remote", "remote")])
def test_a_backup_under_load_is_one_moment(
    source: str, target: str, where: Where, tmp_path: Path
) -> None:
    """While messages come in: what is restored is what readers saw at one instant, all of it."""
    destination = str(tmp_path / "backups")
    stop = threading.Event()
    sent: list[str] = []
    with Hub.init(where(source, "old")) as hub:
        live_in(hub)

        def load() -> None:
            number = 0
            while not stop.is_set():
                number += 1
                rows = [row("MEX", f"20{y}-{m:02}", number) for y in (10, 11) for m in range(1, 13)]
                rows += [row("DOM", f"2012-{number % 12 + 1:02}", number)]
                sent.append(send(hub, rows).state)

        sender = threading.Thread(target=load)
        sender.start()
        try:
            assert _until(lambda: len(sent) >= 2)
            first = backup(hub, destination).manifest
            at = len(sent)
            assert _until(lambda: len(sent) >= at + 2)
            second = backup(hub, destination)
            at = len(sent)
            assert _until(lambda: len(sent) > at)
        finally:
            stop.set()
            sender.join()
        assert set(sent) == {State.PUBLISHED}
        few = len(second.manifest.files) // 2
        assert second.copied_files < few, "what was there is not copied again"
        new = where(target, "new")
        restore(new, destination, first.id)
        with Hub.open(new) as other:
            seen = max(p.released_at for p in other.releases.pointers().values())
            assert seen <= first.taken_at
            assert differing(answers(hub, seen), answers(other, seen)) == ""
            now = {s.token: s for s in hub.submissions.latest(1000)}
            then = [s for s in other.submissions.latest(1000) if s.finished]
            assert [s for s in then if s != now[s.token]] == []
            assert [s for s in then if _report(other, s) != _report(hub, s)] == []
            assert audit.verify(other.catalogue).fault is None
        assert _rows(first) < _rows(second.manifest)


def _report(hub: Hub, submission: Submission) -> bytes | None:
    if submission.report is None:
        return None
    with hub.blobs.open(submission.report) as file:
        return file.read()


def _rows(held: manifest.Manifest) -> int:
    return sum(held.rows.values())


def _until(true: Callable[[], bool]) -> bool:
    waiting = threading.Event()
    for _ in range(600):
        if true():
            return True
        waiting.wait(0.1)
    return False


def test_what_is_there_is_not_copied_again(small: Hub, tmp_path: Path) -> None:
    place = str(tmp_path / "backups")
    first = backup(small, place)
    assert first.copied_files > 10
    again = backup(small, place)
    assert (again.copied_files, again.copied_bytes) == (0, 0)
    send(small, [row("MEX", "2024-02", 1)])
    third = backup(small, place)
    assert 0 < third.copied_files < first.copied_files
    assert len(manifest.listed(place_at(place, tmp_path))) == 3


def test_an_earlier_backup_can_be_restored(small: Hub, tmp_path: Path) -> None:
    place = str(tmp_path / "backups")
    first = backup(small, place).manifest
    send(small, [row("MEX", "2024-02", 1)])
    backup(small, place)
    new = settings(tmp_path / "new")
    restore(new, place, first.id)
    with Hub.open(new) as other:
        assert len(other.releases.items(BORDER)) == 2


def test_nothing_is_restored_over_a_hub(small: Hub, tmp_path: Path) -> None:
    place = str(tmp_path / "backups")
    backup(small, place)
    with pytest.raises(Conflict, match="hub here already"):
        restore(small.settings, place)
    foreign = settings(tmp_path / "foreign")
    log = Path(foreign.store_url, "MIGHUB/DF_MIG_BORDER/1.0.0/_delta_log")
    log.mkdir(parents=True)
    (log / "00000000000000000099.json").write_text("{}")
    with pytest.raises(Conflict, match="other observations"):
        restore(foreign, place)
    with pytest.raises(HubError, match="mighub init"):
        Hub.open(foreign)


def test_a_restore_that_broke_off_is_run_again(
    small: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = str(tmp_path / "backups")
    held = backup(small, place).manifest
    new = settings(tmp_path / "new")
    put = "hub.operations.restore._put"
    done: list[str] = []
    with monkeypatch.context() as broken:
        from hub.operations.restore import _put as was

        def some(source: object, targets: object, file: manifest.File) -> None:
            if len(done) == len(held.files) // 2:
                raise OSError("the power went")
            was(source, targets, file)  # type: ignore[arg-type]
            done.append(file.key)

        broken.setattr(put, some)
        with pytest.raises(OSError, match="power"):
            restore(new, place)
    with pytest.raises(HubError, match="mighub init"):
        Hub.open(new)
    restore(new, place)
    with Hub.open(new) as other:
        assert differing(answers(small), answers(other)) == ""


@pytest.mark.parametrize("which", ["content", "manifest", "catalogue", "missing"])
def test_a_damaged_backup_makes_no_hub(small: Hub, tmp_path: Path, which: str) -> None:
    place = tmp_path / "backups"
    held = backup(small, str(place)).manifest
    data = next(f for f in held.files if f.key.endswith(".parquet"))
    if which == "manifest":
        path = place / manifest.manifest_key(held.id)
        path.write_text(path.read_text().replace(data.sha256, "0" * 64))
    else:
        of = held.catalogue if which == "catalogue" else data
        path = place / manifest.object_key(of.sha256)
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        if which == "missing":
            path.unlink()
    new = settings(tmp_path / "new")
    with pytest.raises(HubError, match=r"damaged|is not in"):
        restore(new, str(place))
    with pytest.raises(HubError, match="mighub init"):
        Hub.open(new)


def test_what_is_lost_is_said_and_not_backed_up_around(small: Hub, tmp_path: Path) -> None:
    sent = small.submissions.latest(1)[0]
    (small.settings.home / "incoming" / sent.sha256[:2] / sent.sha256).unlink()
    with pytest.raises(HubError, match=f"handed in as {sent.token}"):
        backup(small, str(tmp_path / "backups"))
    assert manifest.listed(place_at(str(tmp_path / "backups"), tmp_path)) == []
    with pytest.raises(NotFound, match="no backup"):
        restore(settings(tmp_path / "new"), str(tmp_path / "backups"))


def test_a_file_that_goes_while_the_catalogue_is_read_is_looked_for_again(
    small: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A preview is gone when its submission was decided on meanwhile; the backup then is later."""
    from hub.operations import backup as module

    taken = []
    was = module._read

    def read(hub: Hub, path: Path) -> object:
        moment = was(hub, path)
        taken.append(moment)
        if len(taken) == 1:
            moment.kept["preview/decided-meanwhile"] = "the files (preview) of some submission"
        return moment

    monkeypatch.setattr(module, "_read", read)
    made = backup(small, str(tmp_path / "backups"))
    assert len(taken) == 2
    assert made.manifest.taken_at == taken[1].taken_at


def test_an_upload_that_has_not_arrived_is_not_backed_up(small: Hub, tmp_path: Path) -> None:
    import io

    from hub.intake import uploads

    begun = uploads.create(small, owner="office", length=100, how={"filename": "m.csv"})
    uploads.append(
        small, begun, 0, io.BytesIO(b"half"), finish=lambda *_: pytest.fail("it is not whole")
    )
    place = str(tmp_path / "backups")
    held = backup(small, place).manifest
    assert (held.rows["upload"], held.rows["upload_piece"]) == (0, 0)
    new = settings(tmp_path / "new")
    restore(new, place)
    with Hub.open(new) as other, pytest.raises(NotFound, match="begin a new one"):
        uploads.find(other, begun.id, "office")


#: What of a home folder is no content of the hub: locks, copies, work in progress.
NOT_KEPT = {"tmp", "staging", "cache", "store"}


def test_nothing_that_a_hub_keeps_is_left_out(tmp_path: Path) -> None:
    """Whatever kinds of files there will be: what lies in the home is in the backup."""
    with Hub.init(settings(tmp_path / "hub")) as hub:
        live_in(hub)
        held = backup(hub, str(tmp_path / "backups")).manifest
        home = hub.settings.home
        found = {p.relative_to(home).as_posix() for p in home.rglob("*") if p.is_file()}
    kept = {k for k in found if k.split("/")[0] not in NOT_KEPT and "/" in k}
    listed = {f.key for f in held.files if f.where in ("files", "home")}
    superseded = {k for k in kept - listed if k.startswith("reports/")}
    assert kept - listed - superseded == set()
    assert {k.split("/")[0] for k in listed} >= {
        "incoming", "reports", "preview", "returned", "snapshots", "packs", "calendar.yaml",
    }  # fmt: skip
    in_tables = {k.removeprefix("store/") for k in found if k.startswith("store/")}
    assert in_tables - {f.key for f in held.files} <= {
        k for k in in_tables if k.endswith("_last_checkpoint")
    }


def test_a_manifest_is_json_anyone_can_read(small: Hub, tmp_path: Path) -> None:
    held = backup(small, str(tmp_path / "backups")).manifest
    path = tmp_path / "backups" / manifest.manifest_key(held.id)
    found = json.loads(path.read_bytes())
    assert found["format"] == "mighub-backup-1"
    assert found["pointers"][str(BORDER)] == small.releases.current(BORDER).version  # type: ignore[union-attr]
    kinds = {where for where, *_ in found["files"]}
    assert kinds == {"tables", "files"}
