"""The hub reads a data message and checks every code of it (each block's dictionaries)."""

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from measure import measured, report

from hub.messages.api import read_data
from hub.structures.repository import StructureSet
from hub.validation.codes import Codes
from hub.validation.faults import Faults
from hub.validation.view import View

resolver = StructureSet.shipped()
check = Codes(resolver.dataflow("MIGHUB", "DF_MIG_FLOW", "1.0.0"))


def read(path: str) -> tuple[int, float]:
    count, total, faults = 0, 0.0, Faults(1)
    for block in read_data(Path(path), sys.argv[3], resolver).blocks:
        check(View(block), faults)
        if not faults.room:
            raise SystemExit("a code of the generated file is unknown")
        count += block.batch.num_rows
        total += pc.sum(pc.cast(block.batch.column("OBS_VALUE"), pa.float64())).as_py()
    return count, total


read(sys.argv[4])
result: dict[str, object] = {}
with measured(result):
    count, total = read(sys.argv[1])
report(result, count, total)
