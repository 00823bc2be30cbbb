"""The hub reads a data message to columns, batch by batch."""

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from measure import measured, report

from hub.messages.api import read_data
from hub.structures.repository import StructureSet

resolver = StructureSet.shipped()


def read(path: str) -> tuple[int, float]:
    count, total = 0, 0.0
    for block in read_data(Path(path), sys.argv[3], resolver).blocks:
        count += block.batch.num_rows
        total += pc.sum(pc.cast(block.batch.column("OBS_VALUE"), pa.float64())).as_py()
    return count, total


read(sys.argv[4])
result: dict[str, object] = {}
with measured(result):
    count, total = read(sys.argv[1])
report(result, count, total)
