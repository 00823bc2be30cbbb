"""A served hub under attack: what each process of it takes, and what becomes of a body."""

from __future__ import annotations

import http.client
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from bench.load import Served, serving
from hub.settings import Settings
from hub.store.home import Hub
from hub.store.keys import Role

KEY = "test-siege-key-0123456789"
MIB = 1 << 20
#: What the hub takes in, packed and inflated.
MOST, INFLATED = 48 * MIB, 160 * MIB
#: Most memory that any process may take beyond what it had, and seconds until an answer or a
#: decision, on a machine that does other things too.
MEMORY_MB, SECONDS = 900, 60.0
#: Addresses a process can get at all; libraries reserve more of them than they use.
ADDRESSES = 6 << 30

FINAL = {"refused", "failed", "published", "unchanged"}


@dataclass(frozen=True)
class Outcome:
    """What a hub made of a body: status, content, seconds, and MiB beyond what it had."""

    status: int
    content: bytes
    seconds: float
    memory: float

    @property
    def json(self) -> Any:
        return orjson.loads(self.content)


@dataclass(frozen=True)
class Siege:
    """A served hub, attacked from here."""

    server: Served
    home: Path

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Outcome:
        """One request; a connection that breaks off instead of an answer is an error."""
        given = {"Authorization": f"Bearer {KEY}", **headers}
        with self.measured() as found:
            connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=SECONDS)
            try:
                connection.request(method, path, body=body, headers=given)
                response = connection.getresponse()
                status, content = response.status, response.read()
            finally:
                connection.close()
        return Outcome(status, content, *found)

    def submit(self, body: bytes, query: str) -> tuple[Outcome, dict[str, Any], dict[str, Any]]:
        """Hand in and wait: the answer, the last state, and the report (empty without one)."""
        with self.measured() as found:
            taken = self.ask("POST", f"/api/submissions?{query}", body)
            if taken.status != 202:
                return taken, {}, {}
            path = f"/api/submissions/{taken.json['token']}"
            end = time.monotonic() + SECONDS
            state = taken.json
            while state["state"] not in FINAL and time.monotonic() < end:
                time.sleep(0.05)
                state = self.ask("GET", path).json
        report = self.ask("GET", f"{path}/report")
        outcome = Outcome(taken.status, taken.content, *found)
        return outcome, state, report.json if report.status == 200 else {}

    @contextmanager
    def measured(self) -> Iterator[list[float]]:
        """Seconds, and the most MiB that a process of the hub took beyond what it had."""
        found: list[float] = []
        before = {pid: _reset(pid) for pid in self.processes()}
        start = time.monotonic()
        yield found
        seconds = time.monotonic() - start
        after = [_peak(pid) - had for pid, had in before.items()]
        found += [seconds, max(after, default=0.0)]

    def processes(self) -> list[int]:
        """The server's processes and the intake worker."""
        parents: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    stat = (entry / "stat").read_text()
                except OSError:
                    continue  # it has ended
                parents.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(
                    int(entry.name)
                )
        found, here = [], [self.server.pid]
        while here:
            found += here
            here = [child for pid in here for child in parents.get(pid, [])]
        return found


@contextmanager
def besieged(home: Path) -> Iterator[Siege]:
    """Serve a new hub whose processes get no more memory than ``ADDRESSES``, whatever happens."""
    with Hub.init(Settings.load({"HUB_HOME": str(home)})) as hub:
        hub.keys.add(KEY, "siege", Role.ADMIN)
    had = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, had[1]))  # its children inherit it
    limits = {"HUB_MAX_UPLOAD": str(MOST), "HUB_MAX_INFLATED": str(INFLATED)}
    serving_it = serving(home, HUB_THREADS="4", **limits)
    try:
        server = serving_it.__enter__()
    finally:
        resource.setrlimit(resource.RLIMIT_AS, had)
    try:
        yield Siege(server, home)
    finally:
        serving_it.__exit__(None, None, None)


def _reset(pid: int) -> float:
    """Forget a process's peak; what it has now, in MiB."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return _status(pid, "VmRSS")


def _peak(pid: int) -> float:
    try:
        return _status(pid, "VmHWM")
    except OSError:
        raise AssertionError(f"the process {pid} of the hub ended") from None


def _status(pid: int, name: str) -> float:
    text = Path(f"/proc/{pid}/status").read_text()
    line = next((x for x in text.splitlines() if x.startswith(name)), "x 0")
    return int(line.split()[1]) / 1024
