"""The hub writes columns as a data message: up to a million observations from memory, more as
they are made, so that the peak is the writer's; what making them takes is taken off."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from measure import measured, report

from bench.cube import HEADER, blocks
from hub.messages.api import WriteOptions, write_data
from hub.model.dataset import Block

_HELD = 1_000_000

out, observations, format_ = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
making = {"cpu": 0.0, "wall": 0.0}


def made() -> Iterator[Block]:
    """The blocks, one when it is asked for."""
    source = blocks(observations)
    while True:
        cpu, wall = time.process_time(), time.perf_counter()
        block = next(source, None)
        making["cpu"] += time.process_time() - cpu
        making["wall"] += time.perf_counter() - wall
        if block is None:
            return
        yield block


held = list(blocks(observations)) if observations <= _HELD else None
list(write_data([next(blocks(observations))], format_, HEADER, WriteOptions()))
result: dict[str, object] = {}
with measured(result), out.open("wb") as file:
    file.writelines(write_data(held or made(), format_, HEADER, WriteOptions()))
for what, seconds in making.items():
    result[what] = float(str(result[what])) - seconds
report(result, observations, None)
