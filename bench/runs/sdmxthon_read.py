"""sdmxthon reads the message into its data frames."""

import sys

import sdmxthon
from measure import measured, report

sdmxthon.read_sdmx(sys.argv[4], validate=False)
result: dict[str, object] = {}
with measured(result):
    content = sdmxthon.read_sdmx(sys.argv[1], validate=False).content
    dataset = next(iter(content.values())) if isinstance(content, dict) else content
    frame = dataset.data
report(result, len(frame), float(frame["OBS_VALUE"].astype(float).sum()))
