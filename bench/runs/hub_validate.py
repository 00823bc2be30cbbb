"""The hub checks a message whole and writes its JSON report; each fault must be at its row."""

import json
import sys
from collections import Counter
from pathlib import Path

import orjson
from measure import measured, report

from hub.messages.api import read_data
from hub.structures.repository import StructureSet
from hub.validation import check_file

path, plan, warm = Path(sys.argv[1]), sys.argv[3], Path(sys.argv[4])
resolver = StructureSet.shipped()


def reading(file: Path) -> int:
    return sum(b.batch.num_rows for b in read_data(file, "sdmx-csv-1.0", resolver).blocks)


reading(warm)
check_file(warm, "sdmx-csv-1.0", resolver)
read: dict[str, object] = {}
with measured(read):
    rows = reading(path)
result: dict[str, object] = {}
with measured(result):
    told = check_file(path, "sdmx-csv-1.0", resolver)
    size = len(orjson.dumps(told.to_dict()))
places = Counter((f.rule, f.row) for f in told.findings)
faults = json.loads(Path(plan).read_text())
found: Counter[str] = Counter()
for fault in faults:
    found[fault["kind"]] += places[fault["rule"], fault["row"] + 2] == 1
result |= {
    "found": dict(found),
    "findings": sum(told.counts.values()),
    "reading": read["cpu"],
    "report_bytes": size,
}
report(result, rows, None)
