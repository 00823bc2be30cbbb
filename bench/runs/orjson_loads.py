"""The floor: orjson parses the message to Python objects, and no column is made of them."""

import sys
from pathlib import Path

import orjson
from measure import measured, report

result: dict[str, object] = {}
with measured(result):
    orjson.loads(Path(sys.argv[1]).read_bytes())
report(result, int(sys.argv[2]), None)
