"""``make load``: offices that hand in at once while readers ask, on a server of two processes.

Each office has an agreement and an area of its own. Message ``n`` of an office writes ``n`` into
all cells of its area; some messages have a fault and must leave no trace. So an answer that is
whole has one number in an area, of a message without fault, and the number of no reader falls.
Latencies are those of clients on the same machine.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.cube import AREAS
from bench.processes import NeverServed, answering, free_port
from bench.table import put
from hub.settings import Settings
from hub.store.home import Hub
from hub.store.keys import Role
from hub.structures.artefacts import artefacts_of

__all__ = ["Result", "Served", "lines", "run", "serving"]

AGENCY, FLOW = "BENCH", "MIGHUB:DF_MIG_BORDER(1.0.0)"
MONTHS = [f"{y}-{m:02d}" for y in (2023, 2024) for m in range(1, 13)]
CITIZENS = ("MEX", "GTM", "HND", "SLV", "USA")
#: One message in so many has a fault.
FAULTY = 4
HEADER = (
    "DATAFLOW,FREQ,REF_AREA,MEASURE,CITIZENSHIP,COUNTRY_RESIDENCE,COUNTRY_COUNTERPART,"
    "BORDER_POINT,TRANSPORT_MODE,PERMIT_CATEGORY,TRAVEL_CONDITION,SEX,AGE,UNIT_MEASURE,"
    "TIME_PERIOD,OBS_VALUE,OBS_STATUS"
)
FORMATS = {
    "CSV": "application/vnd.sdmx.data+csv;version=2.0.0",
    "JSON": "application/vnd.sdmx.data+json;version=2.0.0",
    "ML": "application/vnd.sdmx.data+xml;version=3.0.0",
}
_VALUE = re.compile(rb'OBS_VALUE="(\d+)"')


@dataclass
class Result:
    """What happened: seconds by kind of request, wrong answers, and what each office is left with.

    ``accepted`` are the numbers of published messages by office, ``kept`` what the hub then holds.
    """

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: list[str] = field(default_factory=list)
    accepted: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    refused: Counter[int] = field(default_factory=Counter)
    kept: dict[int, Counter[int]] = field(default_factory=dict)
    seconds: float = 0.0


def message(office: int, number: int) -> bytes:
    """Message ``number`` of an office; a faulty one has a fault in its last row only."""
    rows = [
        f"{FLOW},M,{AREAS[office]},ENTRIES,{c},_T,_T,_T,AIR,_T,_T,_T,_T,EV,{month},{number},A"
        for c in CITIZENS
        for month in MONTHS
    ]
    if number % FAULTY == 0:
        rows[-1] = rows[-1].replace(",AIR,", ",BROOM,")
    return "\n".join([HEADER, *rows, ""]).encode()


class Clients:
    """Offices and readers of one server, each a thread."""

    def __init__(self, port: int, offices: int, result: Result) -> None:
        self.port, self.offices, self.result = port, offices, result
        self.lock = threading.Lock()
        self.done = threading.Event()

    def ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> tuple[int, Any, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def took(self, what: str, start: float) -> None:
        with self.lock:
            self.result.times[what].append(time.perf_counter() - start)

    def blame(self, what: str) -> None:
        with self.lock:
            self.result.wrong.append(what)

    def office(self, office: int, until: float) -> None:
        """Hand in, wait for what becomes of it, and again."""
        headers = {"Authorization": f"Bearer {key(office)}"}
        number = 0
        while time.monotonic() < until:
            number += 1
            start = time.perf_counter()
            path = f"/api/submissions?format=sdmx-csv-1.0&filename={number}.csv"
            status, _, body = self.ask("POST", path, headers, message(office, number))
            if status != 202:
                self.blame(f"office {office}, message {number}: {status} {body[:200]!r}")
                return
            self.took("hand in", start)
            self.follow(office, number, json.loads(body)["token"], headers)
            self.took("handed in to decided", start)

    def follow(self, office: int, number: int, token: str, headers: dict[str, str]) -> None:
        while True:
            status, _, body = self.ask("GET", f"/api/submissions/{token}", headers)
            state = json.loads(body).get("state") if status == 200 else f"status {status}"
            if state not in ("received", "validating", "publishing"):
                break
            time.sleep(0.2)
        expected = "refused" if number % FAULTY == 0 else "published"
        with self.lock:
            if state != expected:
                self.result.wrong.append(f"office {office}, message {number}: {state}")
            elif state == "published":
                self.result.accepted[office].append(number)
            else:
                self.result.refused[office] += 1

    def reader(self, seed: int) -> None:
        """Ask for data of an area, or what there is, until the offices are done."""
        chance = random.Random(seed)
        tags: dict[tuple[int, str], str] = {}
        seen: Counter[int] = Counter()
        while not self.done.is_set():
            office = chance.randrange(self.offices)
            kind = chance.choice([*FORMATS, "available"])
            start = time.perf_counter()
            if kind == "available":
                status, _, body = self.ask("GET", availability(office), {})
                self.took("what there is", start)
                if status not in (200, 204, 404):
                    self.blame(f"availability: {status} {body[:200]!r}")
                continue
            headers = {"Accept": FORMATS[kind]}
            if (office, kind) in tags:
                headers["If-None-Match"] = tags[office, kind]
            status, given, body = self.ask("GET", data(office), headers)
            self.took("not modified" if status == 304 else f"data, {kind}", start)
            if status == 200:
                tags[office, kind] = given["ETag"]
                self.judge(office, kind, body, seen)
            elif status not in (204, 304, 404):
                self.blame(f"{kind}: {status} {body[:200]!r}")
            time.sleep(chance.random() * 0.05)

    def judge(self, office: int, kind: str, body: bytes, seen: Counter[int]) -> None:
        """An answer has all cells of its area, with one number, and none older than before."""
        try:
            cells = Counter(numbers(kind, body))
        except (ValueError, KeyError, IndexError, UnicodeDecodeError) as error:
            self.blame(f"{kind} of office {office} is broken: {error}")
            return
        number = max(cells, default=0)
        if len(cells) != 1 or cells[number] != len(MONTHS) * len(CITIZENS):
            self.blame(f"{kind} of office {office} is no whole release: {dict(cells)}")
        if number % FAULTY == 0 or number < seen[office]:
            self.blame(f"{kind} of office {office} has {number} after {seen[office]}")
        seen[office] = max(seen[office], number)


def numbers(kind: str, body: bytes) -> list[int]:
    """The values of an answer."""
    if kind == "ML":
        return [int(n) for n in _VALUE.findall(body)]
    if kind == "CSV":
        header, *rows = (line.split(",") for line in body.decode().splitlines())
        at = header.index("OBS_VALUE")
        return [int(row[at]) for row in rows]
    (dataset,) = json.loads(body)["data"]["dataSets"]
    return [
        int(float(cell[0]))
        for series in dataset["series"].values()
        for cell in series["observations"].values()
    ]


def key(office: int) -> str:
    return f"bench-office-{office:04d}-0123456789"


def data(office: int) -> str:
    return f"/sdmx/v2/data/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0/M.{AREAS[office]}" + ".*" * 11


def availability(office: int) -> str:
    return data(office).replace("/data/", "/availability/")


def prepare(home: Path, offices: int) -> None:
    """A new hub with a provider, an agreement and a key for each office."""
    urn = "urn:sdmx:org.sdmx.infomodel."
    scheme = {
        "id": "DATA_PROVIDERS", "agencyID": AGENCY, "version": "1.0", "names": {"en": "Offices"},
        "dataProviders": [{"id": f"O{n:02}", "names": {"en": f"O{n:02}"}} for n in range(offices)],
    }  # fmt: skip
    trees: list[tuple[str, dict[str, Any]]] = [("dataproviderscheme", scheme)]
    for n in range(offices):
        trees.append((
            "provisionagreement",
            {
                "id": f"PA_{n:02}", "agencyID": AGENCY, "version": "1.0.0",
                "names": {"en": f"Agreement {n}"},
                "dataflow": f"{urn}datastructure.Dataflow={FLOW}",
                "dataProvider": f"{urn}base.DataProvider={AGENCY}:DATA_PROVIDERS(1.0).O{n:02}",
            },
        ))  # fmt: skip
    agencies = {
        "id": "AGENCIES", "agencyID": AGENCY, "version": "1.0", "names": {"en": "Agencies"},
        "agencies": [{"id": AGENCY, "names": {"en": "Bench"}}],
    }  # fmt: skip
    made = [artefacts_of([one])[0] for one in [("agencyscheme", agencies), *trees]]
    with Hub.init(Settings.load({"HUB_HOME": str(home)})) as hub:
        hub.artefacts.put(made)
        for n in range(offices):
            hub.keys.add(key(n), f"Office {n}", Role.PROVIDER, f"O{n:02}")


@dataclass(frozen=True)
class Served:
    """A server: its port, and the id of its first process."""

    port: int
    pid: int


@contextlib.contextmanager
def serving(home: Path, **settings: str) -> Iterator[Served]:
    """Serve a hub by two processes and an intake worker; ``settings`` are variables HUB_..."""
    port = free_port()
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HUB_") and k != "PORT"}
    own = {"HUB_HOME": str(home), "PORT": str(port), "HUB_WORKERS": "2", **settings}
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "hub", "serve"], env=kept | own, stdout=log, stderr=log
        )
    try:
        with answering(process, port):
            yield Served(port, process.pid)
    except NeverServed:
        raise SystemExit((home / "log").read_text()[-2000:]) from None


def run(offices: int, readers: int, seconds: float) -> Result:
    """Offices hand in for so many seconds, then what they sent is decided on and looked at."""
    result = Result()
    with tempfile.TemporaryDirectory(prefix="mighub-load-") as folder:
        home = Path(folder) / "hub"
        prepare(home, offices)
        with serving(home) as server:
            clients = Clients(server.port, offices, result)
            start = time.monotonic()
            sending = [
                threading.Thread(target=clients.office, args=(n, start + seconds))
                for n in range(offices)
            ]
            reading = [threading.Thread(target=clients.reader, args=(n,)) for n in range(readers)]
            for thread in (*sending, *reading):
                thread.start()
            for thread in sending:
                thread.join()
            result.seconds = time.monotonic() - start
            clients.done.set()
            for thread in reading:
                thread.join()
            for office in range(offices):
                _, _, body = clients.ask("GET", data(office), {"Accept": FORMATS["CSV"]})
                result.kept[office] = Counter(numbers("CSV", body))
    result.wrong += [
        f"office {n} published {sent[-1]} last and the hub has {dict(result.kept[n])}"
        for n, sent in result.accepted.items()
        if result.kept[n] != {sent[-1]: len(MONTHS) * len(CITIZENS)}
    ]
    return result


def lines(result: Result, offices: int, readers: int) -> Iterator[str]:
    """The figures, one a line."""
    published = sum(map(len, result.accepted.values()))
    yield (
        f"{offices} offices, {readers} readers, {result.seconds:.0f} s: {published} messages "
        f"published, {sum(result.refused.values())} refused for their fault, "
        f"{len(result.wrong)} wrong answers"
    )
    yield f"{'':24}{'number':>8}{'per s':>8}{'p50 s':>8}{'p99 s':>8}{'most s':>8}"
    for what, times in sorted(result.times.items()):
        times.sort()
        yield (
            f"{what:24}{len(times):8}{len(times) / result.seconds:8.1f}"
            f"{times[len(times) // 2]:8.3f}{times[len(times) * 99 // 100]:8.3f}{times[-1]:8.3f}"
        )


def main() -> int:
    """Run, print the figures, and fail when an answer was wrong."""
    asked = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    asked.add_argument("--offices", type=int, default=20)
    asked.add_argument("--readers", type=int, default=50)
    asked.add_argument("--seconds", type=float, default=60)
    asked.add_argument("--write", action="store_true", help="put them into docs/performance.md")
    options = asked.parse_args()
    result = run(options.offices, options.readers, options.seconds)
    found = list(lines(result, options.offices, options.readers))
    print("\n".join([*found, *result.wrong[:20]]))
    if options.write:
        put("load", found, "make load")
    return 1 if result.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
