"""sdmx1 reads the message and turns it into a series."""

import sys

import sdmx
from measure import measured, report

structure = sdmx.read_sdmx(sys.argv[2])
dsd = structure.structure["MIG_FLOW"]
sdmx.to_pandas(sdmx.read_sdmx(sys.argv[4], structure=dsd))
result: dict[str, object] = {}
with measured(result):
    message = sdmx.read_sdmx(sys.argv[1], structure=dsd)
    frame = sdmx.to_pandas(message)
report(result, len(frame), float(frame.sum()))
