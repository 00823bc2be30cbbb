"""Requests a second with 1, 2 and 4 reader processes over the same store.

A reader process is one of the server's; none knows of the others, as on nodes of their own. As
many clients as keep them all busy ask on connections that stay open, from processes of their own
on the same machine, which therefore needs a processor for them too. Run alone: ``python -m
bench.readers`` (about a minute, and what making the store takes the first time).
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import cycle, repeat
from multiprocessing.synchronize import Barrier

from bench import cube
from bench.homes import ROUTE, holding, series
from bench.load import FORMATS, serving

__all__ = ["lines"]

#: Observations stored, server processes of each run, clients of each of them, seconds of a run.
STORED, READERS, CLIENTS, SECONDS = 1_000_000, (1, 2, 4), 3, 8.0


@dataclass(frozen=True)
class Done:
    """What one client got: answers, their bytes, and the seconds that each took."""

    answers: int
    size: int
    times: tuple[float, ...]


def lines(observations: int = STORED) -> Iterator[str]:
    """The measurements, one a line."""
    home = holding(observations)
    whole = observations // len(cube.YEARS)
    # A pair of areas of the cube holds 12 800 observations.
    pairs = [f"A.{a}.*.{b}.*.*.*.*.*.*" for a in cube.AREAS[:2] for b in cube.AREAS[:8]]
    questions: dict[str, Callable[[random.Random], str]] = {
        "one series": lambda dice: ".".join(series(dice.randrange(whole)).values()),
        "an area of some 10 000 observations": lambda dice: dice.choice(pairs),
    }
    machine = f"{len(os.sched_getaffinity(0))} processors"
    titles = ("readers", "answers/s", "MB/s", "p50 ms", "p99 ms")
    yield f"{machine:38}" + "".join(f"{title:>10}" for title in titles)
    for name, question in questions.items():
        for readers in READERS:
            with serving(home, HUB_WORKERS=str(readers)) as server:
                done = _asked(server.port, question, readers * CLIENTS)
            times = sorted(t for one in done for t in one.times)
            answers = sum(one.answers for one in done)
            size = sum(one.size for one in done)
            yield (
                f"{name:38}{readers:10}{answers / SECONDS:10.0f}{size / SECONDS / 1e6:10.1f}"
                f"{1000 * statistics.median(times):10.1f}"
                f"{1000 * times[len(times) * 99 // 100]:10.1f}"
            )


def _asked(port: int, question: Callable[[random.Random], str], clients: int) -> list[Done]:
    """What so many clients got that asked at once."""
    context = multiprocessing.get_context("fork")
    paths = [_some(question, random.Random(number)) for number in range(clients)]
    start = context.Barrier(clients)
    with ProcessPoolExecutor(clients, context, _begin_with, (start,)) as pool:
        return list(pool.map(_client, repeat(port), paths))


def _some(question: Callable[[random.Random], str], dice: random.Random) -> list[str]:
    return [f"{ROUTE}/{question(dice)}" for _ in range(500)]


#: Where the clients of a run wait for one another; set in each of their processes.
_START: list[Barrier] = []


def _begin_with(start: Barrier) -> None:
    _START.append(start)


def _client(port: int, paths: list[str]) -> Done:
    """Ask one question after the other, for so long as a run takes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(path: str) -> int:
        connection.request("GET", path, headers={"Accept": FORMATS["CSV"]})
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise SystemExit(f"{path}: {response.status}, {body[:200]!r}")
        return len(body)

    ask(paths[0])  # a reader's first answer reads what all others need
    _START[0].wait()
    end = time.monotonic() + SECONDS
    times: list[float] = []
    size = 0
    for path in cycle(paths):
        began = time.perf_counter()
        size += ask(path)
        times.append(time.perf_counter() - began)
        if time.monotonic() >= end:
            break
    connection.close()
    return Done(len(times), size, tuple(times))


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(prog="python -m bench.readers", description=__doc__)
    asked.add_argument("--observations", type=int, default=STORED)
    for line in lines(asked.parse_args().observations):
        print(line, flush=True)


if __name__ == "__main__":
    main()
