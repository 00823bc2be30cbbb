"""From bytes handed in to what readers see, with the real parts."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import crash_child
import pyarrow.parquet as pq
import pytest
from intake_hub import BORDER, HEADER, RETURNS, message, row, send, stored

from hub import intake
from hub.errors import NotFound, PayloadTooLarge, RequestSyntaxError, UnsupportedMediaType
from hub.intake.receive import content_path
from hub.intake.unpack import unpack
from hub.model.dataset import Action
from hub.store.arrange import MANY_FILES
from hub.store.home import Hub
from hub.store.submissions import State

MONTHS = [f"2020-{m:02d}" for m in range(1, 13)]


def year(value: int = 1) -> list[str]:
    return [row("MEX", t, value) for t in MONTHS]


def zipped(*bodies: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, body in enumerate(bodies):
            archive.writestr(f"../../{number}.csv", body)
    return out.getvalue()


def test_a_message_is_published_and_the_same_again_is_not(hub: Hub) -> None:
    done = send(hub, message(year()), submitted_by="office")
    assert (done.state, done.format, done.submitted_by) == (
        State.PUBLISHED,
        "sdmx-csv-1.0",
        "office",
    )
    assert done.counts == {"observations": 12, "inserted": 12, "updated": 0, "deleted": 0}
    assert stored(hub) == {("MEX", t): "1" for t in MONTHS}
    pointer = hub.releases.current(BORDER)
    again = send(hub, message(year()))
    assert again.token != done.token
    assert (again.state, again.finished) == (State.UNCHANGED, True)
    assert hub.releases.current(BORDER) == pointer
    assert hub.observations.latest(BORDER) == pointer.version if pointer else None


def test_ten_changed_values_are_a_release_whose_diff_is_those_ten(hub: Hub) -> None:
    send(hub, message(year(1)))
    changed = [row("MEX", t, 2 if n < 10 else "1.0") for n, t in enumerate(MONTHS)]
    done = send(hub, message(changed))
    assert done.counts == {"observations": 12, "inserted": 0, "updated": 10, "deleted": 0}
    rows = intake.diff(hub, done.token)
    assert [r.key["TIME_PERIOD"] for r in rows] == MONTHS[:10]
    assert {(r.kind.value, *r.changes["OBS_VALUE"]) for r in rows} == {("changed", "1", "2")}
    assert all(set(r.changes) == {"OBS_VALUE"} for r in rows)
    assert len(intake.diff(hub, done.token, limit=3)) == 3


@pytest.mark.conformance("format.action.one_transaction")
def test_a_fault_refuses_the_whole_message_and_says_where(hub: Hub) -> None:
    rows = [*year(), row("PAN", "2020-01", "many"), row("MEX", "2021-01", 5, flow=RETURNS)]
    done = send(hub, message(rows))
    assert done.state is State.REFUSED
    assert stored(hub) == stored(hub, RETURNS) == {}
    assert hub.observations.latest(BORDER) is None
    report = intake.report(hub, done.token)
    assert report["valid"] is False
    (finding,) = report["findings"]
    assert (finding["file"], finding["row"], finding["column"]) == ("message.csv", 14, "OBS_VALUE")
    assert intake.diff(hub, done.token) == []


def test_the_sender_may_override_the_action(hub: Hub) -> None:
    send(hub, message(year()))
    done = send(hub, message([row("MEX", "2020-03", 1)]), action=Action.DELETE)
    assert done.state is State.PUBLISHED
    # Values were given, so the values go; the whole observation has nothing left but its key.
    assert len(stored(hub)) == 11


@pytest.mark.parametrize("pack", [gzip.compress, zipped], ids=["gzip", "zip"])
def test_packed_bodies_are_unpacked(hub: Hub, pack: Any) -> None:
    done = send(hub, pack(message(year())))
    assert (done.state, done.format) == (State.PUBLISHED, "sdmx-csv-1.0")
    assert len(stored(hub)) == 12


def test_a_bomb_a_damaged_and_a_crowded_archive_are_refused(hub: Hub, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.gz"
    bomb.write_bytes(gzip.compress(bytes(50_000_000)))
    with pytest.raises(PayloadTooLarge):
        unpack(bomb, tmp_path / "out", 1_000_000)
    assert (tmp_path / "out").stat().st_size <= 1_000_000
    with pytest.raises(RequestSyntaxError, match="damaged"):
        intake.submit(hub, io.BytesIO(gzip.compress(message(year()))[:-20]), "a.gz")
    with pytest.raises(RequestSyntaxError, match="2 files"):
        intake.submit(hub, io.BytesIO(zipped(b"a", b"b")), "a.zip")
    assert hub.submissions.count() == 0


def test_what_the_hub_cannot_read_is_not_taken_in(hub: Hub, tmp_path: Path) -> None:
    workbook = io.BytesIO()
    with zipfile.ZipFile(workbook, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    for error, body, how in (
        (RequestSyntaxError, b"", {}),
        (UnsupportedMediaType, b"a,b\n1,2\n", {}),
        (UnsupportedMediaType, b"\x89PNG....", {}),
        (UnsupportedMediaType, message(year()), {"format": "sdmx-nothing"}),
        (UnsupportedMediaType, message(year()), {"format": "sdmx-ml-2.1-structure"}),
        (NotFound, message(year()), {"connector": "xxx/none"}),
    ):
        with pytest.raises(error):
            intake.submit(hub, io.BytesIO(body), "a", **how)
    with pytest.raises(UnsupportedMediaType, match="connector"):
        intake.submit(hub, io.BytesIO(workbook.getvalue()), "a.xlsx")
    assert hub.submissions.count() == 0
    assert not list((hub.settings.home / "tmp").rglob(".part-*"))
    with pytest.raises(NotFound):
        intake.status(hub, "no such token")


def test_a_body_too_large_is_refused_while_it_comes(hub: Hub) -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return bytes(size)

    body = Endless()
    object.__setattr__(hub.settings, "max_upload", 5_000_000)
    with pytest.raises(PayloadTooLarge):
        intake.submit(hub, body, "a")  # type: ignore[arg-type]
    assert body.given < 8_000_000


def test_a_message_that_breaks_off_and_one_of_no_structure_are_findings(hub: Hub) -> None:
    broken = message(year())[:-3] + b'"'
    unknown = f"{HEADER}\nMIGHUB:DF_NONE(1.0.0){'A,' * 17}".encode()
    for body in (broken, unknown):
        done = send(hub, body, format="sdmx-csv-1.0")
        assert done.state is State.REFUSED
        assert intake.report(hub, done.token)["counts"]["error"] >= 1


def test_bytes_are_kept_under_their_hash_and_names_are_only_names(hub: Hub) -> None:
    body = message(year())
    token = intake.submit(hub, io.BytesIO(body), "../../etc/pass\nwd")
    submission = intake.status(hub, token)
    assert submission.filename == "passwd"
    assert content_path(hub, submission.sha256).read_bytes() == body
    same = intake.submit(hub, io.BytesIO(body), "other name")
    assert same == token


def test_submissions_are_published_in_order_of_arrival(hub: Hub) -> None:
    tokens = [intake.submit(hub, io.BytesIO(message(year(v))), "m.csv") for v in (1, 2, 3)]
    assert intake.process(hub, tokens[1]).state is State.PUBLISHED
    assert intake.status(hub, tokens[0]).state is State.PUBLISHED
    assert intake.status(hub, tokens[2]).state is State.RECEIVED
    assert set(stored(hub).values()) == {"2"}
    assert intake.run_pending(hub) == 1
    assert set(stored(hub).values()) == {"3"}


def test_being_asked_to_stop_leaves_the_submission_for_later(hub: Hub) -> None:
    token = intake.submit(hub, io.BytesIO(message(year())), "m.csv")
    asked = iter([False])
    stopped = intake.process(hub, token, stop=lambda: next(asked, True))
    assert not stopped.finished
    assert stopped.attempts == 0
    assert intake.process(hub, token).state is State.PUBLISHED


def test_a_full_disk_is_not_the_fault_of_the_message(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = intake.submit(hub, io.BytesIO(message(year())), "m.csv")

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("hub.store.blobs.write_durably", full)
        with pytest.raises(OSError, match="No space"):
            intake.process(hub, token)
    assert not intake.status(hub, token).finished
    assert intake.process(hub, token).state is State.PUBLISHED


def test_an_internal_error_is_told_without_its_secrets(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise KeyError("/a/path/of/the/server")

    monkeypatch.setattr("hub.intake.publish.write", broken)
    done = send(hub, message(year()))
    assert (done.state, done.error) == (State.FAILED, "Internal error: KeyError")
    assert stored(hub) == {}


def test_two_processes_publish_one_after_the_other(hub: Hub) -> None:
    context = crash_child.context()
    tokens = [
        intake.submit(hub, io.BytesIO(message([*year(v), row("DOM", f"20{v:02d}", v)])), "m.csv")
        for v in range(1, 9)
    ]
    workers = [context.Process(target=crash_child.run, args=(hub.settings.home,)) for _ in "ab"]
    for worker in workers:
        worker.start()
    intake.run_pending(hub)
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert [intake.status(hub, t).state for t in tokens] == [State.PUBLISHED] * 8
    assert [i.submission for i in hub.releases.items(BORDER)] == tokens
    assert stored(hub) == {("MEX", t): "8" for t in MONTHS} | {
        ("DOM", f"20{v:02d}"): str(v) for v in range(1, 9)
    }


def test_many_small_releases_end_in_few_files_and_keep_their_history(hub: Hub) -> None:
    tokens = [
        send(hub, message([row("MEX", f"20{n:02d}", n)])).token for n in range(MANY_FILES + 3)
    ]
    pointer = hub.releases.current(BORDER)
    assert pointer is not None
    assert len(hub.observations.files(BORDER, pointer.version)) <= 3
    assert stored(hub) == {("MEX", f"20{n:02d}"): str(n) for n in range(MANY_FILES + 3)}
    assert [len(intake.diff(hub, t)) for t in tokens] == [1] * len(tokens)
    early = hub.releases.items(BORDER)[4]
    files = hub.observations.files(BORDER, early.change.version_after)
    assert sum(pq.read_metadata(f).num_rows for f in files) == 5
