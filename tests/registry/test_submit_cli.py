"""``mighub submit``, ``review``, ``undo`` and ``policies`` against a served hub and a local one."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner
from live import Server, served
from page_site import message
from released import settings_of

from hub.cli import cli
from hub.commands import remote
from hub.commands.remote import Remote
from hub.store.home import Hub
from hub.store.keys import Role
from hub.store.submissions import State

OFFICE, REVIEWER, ADMIN = (f"test-{n}-key-0123456789" for n in ("office", "review", "admin"))
FLOW = "MIGHUB:DF_MIG_BORDER(1.0.0)"
TIMES = [f"{year}-{month:02d}" for year in range(1990, 2026) for month in range(1, 13)]
BODY = message(*(("USA", "_T", time, str(n)) for n, time in enumerate(TIMES)))


def keys(hub: Hub) -> None:
    hub.keys.add(OFFICE, "INM", Role.PROVIDER, "MEX_INM")
    hub.keys.add(REVIEWER, "Reviewer", Role.REVIEWER)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    with served(home, keys) as made:
        yield made


def mighub(*arguments: str, code: int = 0, **environment: str) -> str:
    done = CliRunner().invoke(cli, list(arguments), env=environment)
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


class FlakyLine:
    """A line to a server on which every connection ends after some bytes, a number of times."""

    def __init__(self, port: int, breaks: int, after: int) -> None:
        self.target, self.breaks, self.after = port, breaks, after
        self.broken = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
                threading.Thread(target=self._carry, args=(near, far, True), daemon=True).start()
                threading.Thread(target=self._carry, args=(far, near, False), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, upward: bool) -> None:
        sent = 0
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                sink.sendall(data)
                sent += len(data)
                if upward and sent > self.after and self.broken < self.breaks:
                    self.broken += 1
                    break
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def test_a_large_file_goes_on_where_the_line_broke(
    server: Server, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "PART", 8192)
    monkeypatch.setattr(remote, "_PAUSE_S", 0.05)
    path = tmp_path / "entries.csv"
    path.write_bytes(BODY)
    line = FlakyLine(server.port, breaks=3, after=9_000)
    said: list[str] = []
    sender = Remote(f"http://127.0.0.1:{line.port}", OFFICE)
    token = sender.submit(path, {"filename": "entries.csv", "mode": "all"}, said.append)
    assert line.broken == 3
    assert said[-1] == "Sent 100 % ..."
    direct = Remote(server.url, OFFICE)
    assert direct.wait(token, said.append)["state"] == "published"
    with Hub.open(settings_of(home)) as hub:
        found = hub.submissions.get(token)
        assert (found.size, found.filename) == (len(BODY), "entries.csv")
        assert found.counts == {
            "observations": len(TIMES), "inserted": len(TIMES), "updated": 0, "deleted": 0,
        }  # fmt: skip


def test_review_policies_and_undo_over_the_network(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "revised.csv"
    path.write_bytes(message(("CAN", "_T", "2024-01", "5")))
    at = {"HUB_URL": server.url}
    admin = (server.log.parent / "admin.key").read_text().strip()
    try:
        mighub("policies", FLOW, "--review", HUB_KEY=admin, **at)
        assert "review True" in mighub("policies", HUB_KEY=admin, **at)
        sent = orjson.loads(mighub("submit", str(path), "--format", "json", HUB_KEY=OFFICE, **at))
        token = sent["submission"]["token"]
        assert sent["submission"]["state"] == "awaiting_review"
        assert token in mighub("review", "list", HUB_KEY=REVIEWER, **at)
        assert "403" in mighub("review", "approve", token, code=1, HUB_KEY=OFFICE, **at)
        assert "approved" in mighub("review", "approve", token, HUB_KEY=REVIEWER, **at)
    finally:
        mighub("policies", FLOW, "--remove", HUB_KEY=admin, **at)
    assert Remote(server.url, OFFICE).wait(token, print)["state"] == "published"
    assert "published" in mighub("undo", token, HUB_KEY=admin, **at)
    assert "undone" in mighub("status", token, HUB_KEY=OFFICE, **at)


def test_a_hub_of_this_machine(tmp_path: Path) -> None:
    at = {"HUB_HOME": str(tmp_path / "home")}
    mighub("init", **at)
    path = tmp_path / "mixed.csv"
    path.write_bytes(message(("USA", "_T", "2026-06", "1"), ("CAN", "_T", "2026-06", "x")))

    def submit(*more: str, code: int = 0) -> Any:
        return orjson.loads(mighub("submit", str(path), "--format", "json", *more, code=code, **at))

    assert submit(code=1)["submission"]["state"] == "refused"
    part = submit("--mode", "valid", code=1)  # not all of it: a script has to notice
    assert part["submission"]["state"] == "published"
    assert "undo" in mighub("undo", "--help", **at)
    mighub("undo", part["submission"]["token"], **at)
    path.write_bytes(message(("USA", "_T", "2026-06", "1")))
    late = submit("--embargo", "2999-01-01T00:00:00Z")
    assert late["submission"]["state"] == "embargoed"
    mighub("submit", str(path), "--embargo", "soon", code=1, **at)
    mighub("policies", FLOW, "--review", **at)
    path.write_bytes(message(("USA", "_T", "2026-06", "2")))
    mine = submit()["submission"]["token"]
    listed = orjson.loads(mighub("review", "list", "--format", "json", **at))
    assert [row["token"] for row in listed] == [mine]
    # Who sent it from this machine does not approve it from here either.
    mighub("review", "approve", mine, code=1, **at)
    with Hub.open(settings_of(tmp_path / "home")) as hub:
        assert hub.submissions.get(mine).state is State.AWAITING_REVIEW


def test_validate_parts_a_file_without_a_hub(tmp_path: Path) -> None:
    path, parts = tmp_path / "mixed.csv", tmp_path / "parts"
    path.write_bytes(message(("USA", "_T", "2026-06", "1"), ("CAN", "_T", "2026-06", "x")))
    at = {"HUB_HOME": str(tmp_path / "none")}
    mighub("validate", str(path), "--split", str(parts), code=1, **at)
    assert sorted(p.name for p in parts.iterdir()) == ["accepted.csv", "rejected.csv", "rules.csv"]
    assert ",CAN," in (parts / "rejected.csv").read_text("utf-8")
    assert "VALUE_TYPE" in (parts / "rules.csv").read_text("utf-8")
    mighub("validate", str(parts / "accepted.csv"), **at)
    (parts / "rejected.csv").write_text((parts / "rejected.csv").read_text().replace("x", "7"))
    mighub("validate", str(parts / "rejected.csv"), **at)
    whole = tmp_path / "whole.csv"
    whole.write_bytes(message(("CAN", "_T", "2026-06", "x")))
    said = mighub("validate", str(whole), "--split", str(tmp_path / "no"), code=1, **at)
    assert "cannot be parted" in said
    assert not (tmp_path / "no").exists()
