"""sdmxthon reads the message and validates it against its structure."""

import sys

import sdmxthon
from measure import measured, report
from score import score

structures = sdmxthon.read_sdmx(sys.argv[2], validate=False).content["DataStructures"]
definition = next(d for d in structures.values() if d.id == "MIG_FLOW")


def check(path: str) -> tuple[int, list[dict]]:
    content = sdmxthon.read_sdmx(path, validate=False).content
    dataset = next(iter(content.values())) if isinstance(content, dict) else content
    dataset.structure = definition
    return len(dataset.data), dataset.structural_validation()


check(sys.argv[4])
result: dict[str, object] = {}
with measured(result):
    rows, errors = check(sys.argv[1])
key = [*definition.dimension_codes]
named, twice = set(), set()
for error in errors:
    for row in error["Rows"] or []:
        value = row.get(error["Component"])
        named.add((error["Component"], "" if value is None or value != value else str(value)))
        if error["Code"] == "SS07":
            twice.add(tuple(str(row[k]) for k in key))
result |= {"found": score(sys.argv[3], named, twice), "findings": len(errors)}
report(result, rows, None)
