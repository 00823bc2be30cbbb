"""sdmxthon writes a data frame as structure-specific data (it writes observations, not series)."""

import sys

import sdmxthon
from measure import measured, report


def dataset(path: str) -> object:
    content = sdmxthon.read_sdmx(path, validate=False).content
    return next(iter(content.values())) if isinstance(content, dict) else content


structure = sdmxthon.read_sdmx(sys.argv[2], validate=False)
definitions = structure.content["DataStructures"]
definition = next(d for d in definitions.values() if d.id == "MIG_FLOW")
held, warm = dataset(sys.argv[1]), dataset(sys.argv[4])
held.structure = warm.structure = definition
warm.to_xml(output_path=sys.argv[3])
result: dict[str, object] = {}
with measured(result):
    held.to_xml(output_path=sys.argv[3])
report(result, len(held.data), None)
