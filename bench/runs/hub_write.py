"""The hub writes columns in memory as a data message."""

import sys
from pathlib import Path

from measure import measured, report

from bench.cube import HEADER, blocks
from hub.messages.api import WriteOptions, write_data

out, observations, format_ = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
held = list(blocks(observations))
list(write_data(held[:1], format_, HEADER, WriteOptions()))
result: dict[str, object] = {}
with measured(result), out.open("wb") as file:
    file.writelines(write_data(held, format_, HEADER, WriteOptions()))
report(result, observations, None)
