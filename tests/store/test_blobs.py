"""Kept files: in the home folder and on a real S3 server they behave alike."""

from __future__ import annotations

import hashlib
import io
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from s3_server import S3Server
from sqlalchemy import insert

from hub import intake
from hub.errors import HubError
from hub.settings import Settings
from hub.store import attached
from hub.store.attached import Attached
from hub.store.away import StoreAway
from hub.store.blobs import Blobs, Lost, blobs_of
from hub.store.home import Hub
from hub.store.objects import ObjectStore
from hub.store.snapshots import as_file, keep
from hub.store.tables_blobs import upload_piece


@pytest.fixture(params=["home", "bucket"])
def settings(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Settings of a hub whose kept files are in its home, or on an object store."""
    given = {"HUB_HOME": str(tmp_path / "home")}
    if request.param == "bucket":
        server: S3Server = request.getfixturevalue("s3_server")
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        given["HUB_STORE_URL"] = f"s3://{server.bucket()}/hub"
    return Settings.load(given)


@pytest.fixture
def blobs(settings: Settings) -> Blobs:
    return blobs_of(settings, settings.home / "cache")


@pytest.fixture
def hub(settings: Settings) -> Iterator[Hub]:
    with Hub.init(settings) as made:
        yield made


def file(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "given"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("size", [1, 70_000, 11 << 20])
def test_what_is_kept_is_read_back(blobs: Blobs, tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    given = file(tmp_path, content)
    blobs.put("incoming/ab/abc", given)
    assert not given.exists(), "the hub has it now"
    assert blobs.path("incoming/ab/abc").read_bytes() == content
    with blobs.open("incoming/ab/abc") as stream:
        assert stream.read(10) == content[:10]
        assert stream.read() == content[10:]
        assert stream.read(10) == b""


def test_a_key_is_written_once(blobs: Blobs, tmp_path: Path) -> None:
    blobs.put_bytes("reports/one.json", b"first")
    blobs.put_bytes("reports/one.json", b"other")
    blobs.put("reports/one.json", file(tmp_path, b"third"))
    with blobs.open("reports/one.json") as stream:
        assert stream.read() == b"first"


def test_what_is_not_there_is_said_to_be_lost(blobs: Blobs) -> None:
    for ask in (blobs.path, blobs.open):
        with pytest.raises(Lost, match="reports/none"):
            ask("reports/none")
    blobs.drop(["reports/none"])
    assert blobs.listed("reports") == []


def test_dropped_files_are_gone_here_too(blobs: Blobs) -> None:
    for name in "ab":
        blobs.put_bytes(f"preview/{name}", name.encode())
    before = time.time()
    listed = dict(blobs.listed("preview"))
    assert sorted(listed) == ["preview/a", "preview/b"]
    assert all(abs(written.timestamp() - before) < 60 for written in listed.values())
    assert blobs.path("preview/a").exists()
    blobs.drop(["preview/a"])
    assert [key for key, _ in blobs.listed("preview")] == ["preview/b"]
    with pytest.raises(Lost):
        blobs.path("preview/a")


def test_half_a_file_on_the_store_is_written_anew(
    s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upload that broke off on its way leaves nothing that is taken for the file."""
    settings = Settings.load({"HUB_HOME": str(tmp_path), "HUB_STORE_URL": s3})
    blobs = blobs_of(settings, tmp_path / "cache")
    content = os.urandom(6 << 20)

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 5 << 20:
                raise OSError(5, "Input/output error")
            return super().read(size)

    with pytest.raises(OSError, match="Input/output"):
        ObjectStore(s3, tmp_path / "other", 0).write(
            Broken(content), f"{s3}/_blobs/incoming/x", len(content)
        )
    blobs.put("incoming/x", file(tmp_path, content))
    assert blobs.path("incoming/x").read_bytes() == content


def test_a_store_that_is_away_is_not_a_lost_file(
    s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    blobs = blobs_of(Settings.load({"HUB_HOME": str(tmp_path), "HUB_STORE_URL": s3}), tmp_path)
    with pytest.raises(StoreAway, match="try again"):
        blobs.open("reports/one.json")
    with pytest.raises(StoreAway, match="try again"):
        blobs.put_bytes("reports/one.json", b"x")
    with pytest.raises(StoreAway, match="try again"):
        blobs.listed("reports")


def test_only_what_no_row_names_is_swept_away(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept(kind: Attached) -> str:
        return attached.keep(hub, kind, file(tmp_path, b"x"))

    first, second, third = kept(Attached.PREVIEW), kept(Attached.PREVIEW), kept(Attached.RETURNED)
    hub.blobs.put_bytes("uploads/named", b"x")
    hub.blobs.put_bytes("uploads/not-named", b"x")
    with hub.catalogue.write() as connection:
        connection.execute(insert(upload_piece).values(upload="u", start=0, size=1,
                                                       file="uploads/named"))  # fmt: skip
    attached.attach(hub, "token", Attached.PREVIEW, {"n": 1}, [first])
    attached.attach(hub, "token", Attached.PREVIEW, {"n": 2}, [second])
    attached.attach(hub, "token", Attached.RETURNED, ["kept"], [third])
    assert attached.attached(hub, "token", Attached.PREVIEW) == {"n": 2}
    assert attached.sweep(hub) == 0, "its writer may be about to name a new file"
    monkeypatch.setattr(attached, "_NOBODYS", attached._NOBODYS * 0)
    assert attached.sweep(hub) == 2
    for key, there in ((first, False), (second, True), (third, True),
                       ("uploads/named", True), ("uploads/not-named", False)):  # fmt: skip
        assert (key in dict(hub.blobs.listed(key.partition("/")[0]))) is there
    attached.detach(hub, "token", Attached.PREVIEW)
    assert attached.attached(hub, "token", Attached.PREVIEW) is None
    assert attached.attached(hub, "token", Attached.RETURNED) == ["kept"]


def test_a_snapshot_is_checked_when_it_is_used(hub: Hub) -> None:
    content = b"a publisher's file"
    stored = keep(hub, "source", content, filename="f.xls", licence="open", actor="me")
    with as_file(hub, stored) as path:
        assert (path.name, path.read_bytes()) == ("f.xls", content)
    sha256 = hashlib.sha256(content).hexdigest()
    with hub.blobs.open(f"snapshots/{sha256[:2]}/{sha256}") as stream:
        assert stream.read() == content
    hub.blobs.path(f"snapshots/{sha256[:2]}/{sha256}").write_bytes(b"changed")
    with pytest.raises(HubError, match="damaged"), as_file(hub, stored):
        pass


@pytest.mark.parametrize("settings", ["bucket"], indirect=True)
def test_a_home_may_be_emptied_but_for_its_key(hub: Hub, tmp_path: Path) -> None:
    """On an object store a node is nothing but a cache: another home sees the same hub."""
    body = b"STRUCTURE,STRUCTURE_ID,ACTION\nnothing,to,read\n"
    token = intake.submit(hub, io.BytesIO(body), "m.csv", format="sdmx-csv-2.0")
    done = intake.process(hub, token)
    assert done.finished
    assert done.report is not None
    left = {p.relative_to(hub.settings.home).parts[0] for p in hub.settings.home.rglob("*")}
    assert left <= {"catalogue.db", "catalogue.db-wal", "catalogue.db-shm", "admin.key",
                    "writer.lock", "start.lock", "cache", "tmp", "staging"}  # fmt: skip
    assert not [p for p in (hub.settings.home / "tmp").rglob("*") if p.is_file()]
    report = intake.report(hub, token)
    other = Settings.load(
        {
            "HUB_HOME": str(tmp_path / "other"),
            "HUB_STORE_URL": hub.settings.store_url,
            "HUB_DATABASE_URL": hub.settings.database_url,
        }
    )
    with Hub.open(other) as elsewhere:
        assert intake.report(elsewhere, token) == report
