"""The part of ``make bench`` on the service: what clients on the same machine wait for.

Two gunicorn processes serve a hub; each request is timed from a connection that stays open. Beside
them: the same rows from bare DuckDB over the same files, a bare Flask answer from as many
processes, and the hub's own writer without a server. ``dsss`` serves a cube of 20 000 observations
from memory, which is what it can do; it knows no keys.
"""

from __future__ import annotations

import http.client
import random
import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import duckdb

from bench import cube
from bench.homes import FLOW, ROUTE, files_of, holding, series
from bench.load import FORMATS, serving
from bench.processes import message, serving_script, structure
from hub.messages.api import WriteOptions, write_data
from hub.store import sql

__all__ = ["LARGE", "SMALL", "Timing", "ask", "lines", "timed"]

#: Observations in the hub, in the dataset that is streamed whole, and beside the peer.
LARGE, SMALL, PEER = 10_000_000, 1_000_000, 20_000
_REPEATS = 200

#: Milliseconds: median and 99th percentile.
Timing = tuple[float, float]


def timed(what: Callable[[int], object], repeats: int = _REPEATS) -> Timing:
    """Call ``what`` with 0, 1, 2 ..., and time all but the first few calls."""
    warm = min(10, repeats)
    times = []
    for number in range(repeats + warm):
        start = time.perf_counter()
        what(number)
        times.append((time.perf_counter() - start) * 1000)
    times = sorted(times[warm:])
    return statistics.median(times), times[min(len(times) - 1, len(times) * 99 // 100)]


class Asker:
    """One client with one connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)

    def __call__(
        self, path: str, headers: dict[str, str] | None = None, expected: int = 200
    ) -> tuple[http.client.HTTPMessage, int]:
        """Headers of the answer and the size of its body."""
        self._connection.request("GET", path, headers=headers or {})
        response = self._connection.getresponse()
        size = 0
        while part := response.read(1 << 20):
            size += len(part)
        if response.status != expected:
            raise SystemExit(f"{path}: {response.status}, {size} bytes")
        return response.headers, size


def ask(port: int) -> Asker:
    """A client of the server at ``port``."""
    return Asker(port)


def lines(_observations: int) -> Iterator[str]:
    """The measurements, one a line."""
    home = holding(LARGE)
    keys = random.Random(1).sample(range(LARGE // len(cube.YEARS)), _REPEATS + 10)
    yield f"{'':44}{'p50 ms':>9}{'p99 ms':>9}  against"
    duck = timed(_bare(home, keys))
    yield _line("one series, bare DuckDB on the same files", duck)
    with serving_script("flask_bare.py") as port:
        bare = ask(port)
        flask = timed(lambda _: bare("/"))
    yield _line("2 KB from bare Flask, two processes", flask)
    with serving(home) as server:
        client, csv = ask(server.port), {"Accept": FORMATS["CSV"]}
        paths = [f"{ROUTE}/{'.'.join(series(key).values())}" for key in keys]
        one = timed(lambda n: client(paths[n], csv))
        yield _line("one series over HTTP", one, f"{one[0] / (duck[0] + flask[0]):.1f} x their sum")
        tag = {**csv, "If-None-Match": client(paths[0], csv)[0]["ETag"]}
        yield _line("unchanged (304)", timed(lambda _: client(paths[0], tag, 304)))
        available = ROUTE.replace("/data/", "/availability/")
        yield _line("availability of one dimension", timed(lambda _: client(f"{available}/*/SEX")))
        area = f"{ROUTE}/A.MEX.*.GTM.*.*.*.*.*.*"
        yield _line(
            "one pair of areas, 12 800 observations", timed(lambda _: client(area, csv), 50)
        )
    yield ""
    yield from _streams()
    yield ""
    yield from _beside_dsss()


def _bare(home: Path, keys: Sequence[int]) -> Callable[[int], object]:
    files = files_of(home)
    connection = duckdb.connect()
    connection.execute("SET parquet_metadata_cache = true")
    flow = cube.schema()
    where = " AND ".join(f"{sql.quoted(name)} = ?" for name in flow.series_key)
    wanted = [
        c for c in flow.columns if c in {*cube.CODES, *cube.FIXED, "TIME_PERIOD", "OBS_VALUE"}
    ]
    query = f"SELECT {sql.listed(wanted)} FROM read_parquet(?) WHERE {where} ORDER BY TIME_PERIOD"
    return lambda n: connection.execute(query, [files, *series(keys[n]).values()]).fetchall()


def _streams() -> Iterator[str]:
    """A dataset of a million, whole: rate of the answer against that of the writer alone."""
    home = holding(SMALL)
    yield f"{'a dataset of 1 M observations, whole':44}{'s':>9}{'MB/s':>9}  against"
    with serving(home) as server:
        client = ask(server.port)
        for name, accept in FORMATS.items():
            client(ROUTE, {"Accept": accept})  # as the writer alone has a first run, too
            runs = []
            for _ in range(3):
                start = time.perf_counter()
                _, size = client(ROUTE, {"Accept": accept})
                runs.append(time.perf_counter() - start)
            took = statistics.median(runs)
            alone = _alone(re.sub(r".*\+(\w+);version=(\d\.\d).*", r"sdmx-\1-\2", accept))
            yield (
                f"{name + ' over HTTP':44}{took:9.2f}{size / took / 1e6:9.0f}  "
                f"{alone / took:.0%} of the writer alone ({alone:.2f} s)"
            )
    yield f"{'peak memory of the server, all in three formats':56}{'MB':>6}  {'grown':>6}"
    for size in (PEER, SMALL, LARGE):
        with serving(holding(size)) as server:
            client, before = ask(server.port), _peak(server.pid)
            for accept in FORMATS.values():
                client(ROUTE, {"Accept": accept})
            peak = _peak(server.pid)
        yield f"{size:>30,} observations{'':14}{peak:6.0f}  {peak - before:+6.0f}"


def _alone(name: str) -> float:
    """Seconds the hub's writer takes for the same observations, from memory to nowhere."""
    blocks = list(cube.blocks(SMALL))
    format_ = name.replace("-xml-", "-ml-")
    runs = []
    for _ in range(4):
        start = time.perf_counter()
        for _chunk in write_data(iter(blocks), format_, cube.HEADER, WriteOptions()):
            pass
        runs.append(time.perf_counter() - start)
    return statistics.median(runs[1:])


def _beside_dsss() -> Iterator[str]:
    """All of a small cube as SDMX-ML 2.1, from both servers."""
    path = f"/sdmx/v1/data/{FLOW.agency},{FLOW.id},{FLOW.version}/all"
    generic = {"Accept": "application/vnd.sdmx.genericdata+xml;version=2.1"}
    yield f"{'20 000 observations, generic SDMX-ML 2.1':44}{'p50 ms':>9}{'p99 ms':>9}  against"
    with serving(holding(PEER)) as server:
        client = ask(server.port)
        own = timed(lambda _: client(path, generic), 20)
    yield _line("mighub", own)
    arguments = [str(message("sdmx-ml-2.1", PEER)), str(structure())]
    try:
        with serving_script("dsss_serve.py", "dsss", arguments) as port:
            client = ask(port)
            # It refuses the media type of the one format it has, and gives it unasked.
            peer = timed(lambda _: client(path.removeprefix("/sdmx/v1")), 5)
    except (OSError, http.client.HTTPException, SystemExit) as error:
        yield f"dsss failed: {error}"
        return
    yield _line("dsss", peer, f"{peer[0] / own[0]:.0f} x the hub's time")


def _line(what: str, timing: Timing, against: str = "") -> str:
    return f"{what:44}{timing[0]:9.2f}{timing[1]:9.2f}  {against}".rstrip()


def _peak(pid: int) -> float:
    """Largest resident sets of a process and its children together, in MiB."""
    total = 0.0
    for one in (pid, *_children(pid)):
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{one}/status").read_text())
        total += int(found[1]) / 1024 if found else 0.0
    return total


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [child for one in listed for child in (int(one), *_children(int(one)))]
