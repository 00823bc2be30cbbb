"""``make bench``: the hub beside its peers, in one run, on one file.

Each figure is measured in a process of its own (``bench/runs``), in CPU seconds of user and
system time, imports and a warm-up on a small file left out. A peer lives in an environment of its
own, made on first use with the version named below, and is never a dependency. ``--rounds`` runs
take turns and the median counts; the slowest peers run once.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from bench import cube
from hub.structures import ml21_write
from hub.structures.repository import StructureSet

HERE = Path(__file__).parent
OUT = HERE / "out"
PEERS = {
    "sdmx1": "sdmx1==2.28.0",
    "pysdmx": "pysdmx[all]==1.21.0",
    "sdmxthon": "sdmxthon==2.6.11",
}


@dataclass(frozen=True)
class Run:
    """One thing to measure: ``arguments`` may name {file}, {structure}, {warm} and {out}."""

    operation: str
    who: str
    script: str
    arguments: tuple[str, ...]
    peer: str | None = None
    once: bool = False
    largest: int = 10**9


ML = "sdmx-ml-2.1"
READ = ("{file}", "{structure}", ML, "{warm}")
WRITE = ("{file}", "{structure}", "{out}", "{warm}")
RUNS = (
    Run("read", "mighub", "hub_read.py", READ),
    Run("read", "libxml2 SAX (floor)", "sax.py", ("{file}", "{structure}", "{n}")),
    Run("read", "sdmxthon", "sdmxthon_read.py", READ, "sdmxthon", once=True),
    Run("read", "pysdmx", "pysdmx_read.py", READ, "pysdmx", once=True),
    Run("read", "sdmx1", "sdmx1_read.py", READ, "sdmx1", once=True),
    Run("write", "mighub", "hub_write.py", ("{out}", "{n}", ML)),
    Run("write", "sdmxthon", "sdmxthon_write.py", WRITE, "sdmxthon", once=True),
    Run("write", "pysdmx (observations)", "pysdmx_write.py", (*WRITE, "AllDimensions"),
        "pysdmx", once=True),
    Run("write", "pysdmx (series)", "pysdmx_write.py", (*WRITE, "TIME_PERIOD"),
        "pysdmx", once=True),
    Run("write", "sdmx1", "sdmx1_write.py", WRITE, "sdmx1", once=True),
)  # fmt: skip
LARGE = (
    Run("read 10 M", "mighub", "hub_read.py", READ, once=True),
)  # fmt: skip


def main() -> int:
    """Measure, print the table, and keep it as JSON beside the generated files."""
    asked = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    asked.add_argument("--observations", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--only", default="", help="measure only what has this in its name")
    asked.add_argument("--no-large", action="store_true", help="leave out the 10 M observations")
    options = asked.parse_args()
    OUT.mkdir(exist_ok=True)
    rows = measure(RUNS, options.observations, options.rounds, options.only)
    if not options.no_large:
        rows += measure(LARGE, 10_000_000, 1, options.only)
    (OUT / "results.json").write_text(json.dumps(rows, indent=1))
    print_table(rows)
    return 0


def measure(runs: tuple[Run, ...], observations: int, rounds: int, only: str) -> list[dict]:
    """Results of each run: medians over the rounds."""
    chosen = [r for r in runs if only in f"{r.operation} {r.who}"]
    if not chosen:
        return []
    places = files(observations)
    expected = cube.total(observations)
    found: dict[Run, list[dict]] = {r: [] for r in chosen}
    for number in range(rounds):
        for run in chosen:
            if number and run.once:
                continue
            one = execute(run, places)
            if "error" not in one and (
                one["observations"] != observations or one["total"] not in (None, expected)
            ):
                one = {"error": f"read {one['observations']} observations, sum {one['total']}"}
            found[run].append(one)
            print(f"  {run.operation:10} {run.who:24} {one}", file=sys.stderr)
    return [summary(run, results) for run, results in found.items()]


def files(observations: int) -> dict[str, str]:
    """The generated messages, made once."""
    structure = OUT / "structure.xml"
    structure.write_bytes(ml21_write.write(StructureSet.shipped(), cube.HEADER))
    paths = {"structure": structure, "out": OUT / "written.xml", "n": observations}
    for name, size in (("file", observations), ("warm", 2_000)):
        paths[name] = OUT / f"cube_{size}.xml"
        if not paths[name].exists():
            cube.write(paths[name], ML, size)
    return {k: str(v) for k, v in paths.items()}


def execute(run: Run, places: dict[str, str]) -> dict:
    """Run one script; an ``error`` is reported, never hidden."""
    python = sys.executable if run.peer is None else environment(run.peer)
    paths = [str(HERE)] if run.peer else [str(HERE), str(HERE.parent)]
    command = [
        python,
        str(HERE / "runs" / run.script),
        *(a.format(**places) for a in run.arguments),
    ]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
    )
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or ["no message"])[-1][:200]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def environment(peer: str) -> str:
    """Python of a peer's own environment."""
    folder = OUT / "envs" / peer
    python = folder / "bin" / "python"
    if not (folder / ".ready").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", PEERS[peer]], check=True)
        (folder / ".ready").touch()
    return str(python)


def summary(run: Run, results: list[dict]) -> dict:
    """Medians of the runs that worked."""
    good = [r for r in results if "error" not in r]
    row: dict = {"operation": run.operation, "who": run.who, "peer": run.peer}
    if not good:
        return row | {"error": results[0]["error"]}
    cpu = statistics.median(r["cpu"] for r in good)
    wall = statistics.median(r["wall"] for r in good)
    return row | {
        "runs": len(good),
        "observations": good[0]["observations"],
        "cpu": round(cpu, 3),
        "wall": round(wall, 3),
        "kobs_per_cpu_second": round(good[0]["observations"] / cpu / 1000, 1),
        "base_mb": round(statistics.median(r["base_mb"] for r in good)),
        "peak_mb": round(statistics.median(r["peak_mb"] for r in good)),
    }


def print_table(rows: list[dict]) -> None:
    """One line a measurement, with the ratio to the best peer of the same operation."""
    print(f"{'operation':11}{'who':26}{'runs':>5}{'CPU s':>9}{'kobs/CPU s':>12}{'wall s':>9}"
          f"{'base MB':>9}{'peak MB':>9}{'+MB':>7}   ratio")  # fmt: skip
    best = {
        operation: max(
            (r["kobs_per_cpu_second"] for r in rows
             if r["operation"] == operation and r["peer"] and "error" not in r),
            default=None,
        )
        for operation in {r["operation"] for r in rows}
    }  # fmt: skip
    for r in rows:
        if "error" in r:
            print(f"{r['operation']:11}{r['who']:26} failed: {r['error']}")
            continue
        peer = best[r["operation"]]
        ratio = f"{r['kobs_per_cpu_second'] / peer:.1f} x the best peer" if peer else ""
        print(f"{r['operation']:11}{r['who']:26}{r['runs']:5}{r['cpu']:9.2f}"
              f"{r['kobs_per_cpu_second']:12.1f}{r['wall']:9.2f}{r['base_mb']:9}{r['peak_mb']:9}"
              f"{r['peak_mb'] - r['base_mb']:7}   {ratio}")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
