"""The hub counts a register of crossings: rows in, the cube of counts out."""

import dataclasses
import subprocess
import sys
from pathlib import Path

from measure import measured, report

from connectors.framework.records import Registers
from connectors.framework.records_count import counts_of
from connectors.framework.records_read import count
from hub.structures.repository import StructureSet

ROOT = Path(__file__).parents[2]
folder, rows = Path(sys.argv[1]).parent.resolve(), int(sys.argv[2])
record = dataclasses.replace(Registers().get("lca/border_records"), disclosure=None)
ref = record.dataflow
schema = StructureSet.shipped().dataflow(ref.agency, ref.id, ref.version)


def crossings(number: int) -> Path:
    path = folder / f"crossings_{number}.csv"
    if not path.exists():
        part = path.with_suffix(".part")
        # In a process of its own: what drawing takes is not what counting takes.
        command = [sys.executable, "-m", "bench.records", str(number), str(part)]
        subprocess.run(command, cwd=ROOT, check=True)
        part.replace(path)
    return path


def run(path: Path) -> int:
    counted = count(record, path)
    if counted.findings or counts_of(counted, schema).empty:
        raise SystemExit("the generated register is faulty")
    return int(counted.counts.sum())


run(crossings(2_000))
large = crossings(rows)
result: dict[str, object] = {}
with measured(result):
    total = run(large)
report(result, total, None)
