"""sdmx1 writes its message object as structure-specific data."""

import sys
from pathlib import Path

import sdmx
from measure import measured, report

structure = sdmx.read_sdmx(sys.argv[2])
dsd = structure.structure["MIG_FLOW"]
message = sdmx.read_sdmx(sys.argv[1], structure=dsd)
sdmx.to_xml(sdmx.read_sdmx(sys.argv[4], structure=dsd))
result: dict[str, object] = {}
with measured(result):
    Path(sys.argv[3]).write_bytes(sdmx.to_xml(message))
report(result, sum(len(d.obs) for d in message.data), None)
