"""tidysdmx validates a data frame against a schema; its columns are those of SDMX-CSV 2.0."""

import re
import sys

import pandas as pd
from measure import measured, report
from pysdmx.io import read_sdmx
from score import score
from tidysdmx.validation import validate_dataset_local

structure = read_sdmx(sys.argv[2], validate=False)
schema = next(
    d for d in structure.get_data_structure_definitions() if d.id == "MIG_FLOW"
).to_schema()
_EMPTY = re.compile(r"[A-Z_]{3,}")


def check(path: str) -> tuple[int, pd.DataFrame]:
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    frame = frame.rename(columns={"DATAFLOW": "STRUCTURE_ID"})
    frame["STRUCTURE"], frame["ACTION"] = "dataflow", "I"
    return len(frame), validate_dataset_local(frame, schema, max_errors=10**9)


check(sys.argv[4])
result: dict[str, object] = {}
with measured(result):
    rows, errors = check(sys.argv[1])
named: set[tuple[str, str]] = set()
twice = 0
for kind, text in zip(errors["Validation"], errors["Error"], strict=True):
    if kind == "codelist_ids":
        component, _, value = text.partition(": ")
        named.add((component.strip("'"), "" if value == "nan" else value))
    elif kind == "missing_values":
        named |= {(component, "") for component in _EMPTY.findall(text[:500])}
    elif kind == "duplicates":
        twice = int(re.search(r"across (\d+) key", text)[1])
result |= {"found": score(sys.argv[3], named, twice), "findings": len(errors)}
report(result, rows, None)
