"""``make bench``: the hub beside its peers, in one run, on one file.

Each figure is measured in a process of its own (``bench/runs``), in CPU seconds of user and
system time, imports and a warm-up on a small file left out. A peer lives in an environment of its
own, made on first use with the version named in ``bench/operations.py``, and is never a
dependency. ``--rounds`` runs take turns and the median counts; the slow ones run once.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence

from bench import (
    consumer,
    engines,
    layout,
    readers,
    service,
    sizes,
    small,
    start,
    structures,
    validation,
)
from bench.operations import LARGE, RUNS, Run
from bench.processes import OUT, execute
from bench.table import lines, put, write_page

#: What is measured beside the table of messages: a name, and who makes its lines from the number
#: of observations. With ``--write`` they go to the place of that name in the documentation.
CHAPTERS: dict[str, Callable[[int], Iterable[str]]] = {
    "structures": lambda _: structures.lines(),
    "validation": validation.lines,
    "service": service.lines,
    "sizes": sizes.lines,
    "small": small.lines,
    "layout": layout.lines,
    "consumer": consumer.lines,
    "readers": readers.lines,
    "engines": engines.lines,
    "start": start.lines,
}


def main() -> int:
    """Measure, print the table, and keep it for the documentation."""
    asked = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    asked.add_argument("--observations", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--only", default="", help="measure only what has this in its name")
    asked.add_argument(
        "--no-chapters", action="store_true", help=f"leave out {', '.join(CHAPTERS)}"
    )
    asked.add_argument("--no-large", action="store_true", help="leave out the 10 M observations")
    asked.add_argument(
        "--write", action="store_true", help="put the table into docs/performance.md"
    )
    options = asked.parse_args()
    OUT.mkdir(exist_ok=True)
    rows = measure(RUNS, options.observations, options.rounds, options.only)
    if not options.no_large:
        rows += measure(LARGE, options.observations * 10, 1, options.only)
    (OUT / "results.json").write_text(json.dumps(rows, indent=1))
    if rows:
        print("\n".join(lines(rows)))
    if options.write and rows:
        write_page(rows)
    for name, make in CHAPTERS.items():
        if options.no_chapters or options.only not in name:
            continue
        made = list(make(options.observations))
        print("\n".join([f"\n{name}", *made]), flush=True)
        if options.write:
            put(name, made)
    return 0


def measure(runs: Sequence[Run], observations: int, rounds: int, only: str) -> list[dict]:
    """Results of each run: medians over the rounds."""
    chosen = [r for r in runs if only in f"{r.operation} {r.who}"]
    found: dict[Run, list[dict]] = {r: [] for r in chosen}
    for number in range(rounds):
        for run in chosen:
            if number and run.once:
                continue
            one = execute(run, observations)
            found[run].append(one)
            print(f"  {run.operation:24} {run.who:24} {one}", file=sys.stderr)
    return [summary(run, results) for run, results in found.items()]


def summary(run: Run, results: list[dict]) -> dict:
    """Medians of the runs that worked."""
    good = [r for r in results if "error" not in r]
    row: dict = {
        "operation": run.operation, "who": run.who, "peer": run.peer, "floor": run.floor
    }  # fmt: skip
    if not good:
        return row | {"error": results[0]["error"]}
    cpu = statistics.median(r["cpu"] for r in good)
    return row | {
        "runs": len(good),
        "observations": good[0]["observations"],
        "cpu": round(cpu, 3),
        "wall": round(statistics.median(r["wall"] for r in good), 3),
        "kobs_per_cpu_second": round(good[0]["observations"] / cpu / 1000, 1),
        "base_mb": round(statistics.median(r["base_mb"] for r in good)),
        "peak_mb": round(statistics.median(r["peak_mb"] for r in good)),
    }


if __name__ == "__main__":
    sys.exit(main())
