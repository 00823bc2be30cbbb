"""The floor: pyarrow reads the file as text columns in dictionaries, and nothing is checked."""

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from measure import measured, report
from pyarrow import csv


def read(path: str) -> tuple[int, float]:
    with Path(path).open("rb") as file:
        names = file.readline().decode().strip().split(",")
    coded = pa.dictionary(pa.int32(), pa.string())
    types = {n: pa.string() if n == "OBS_VALUE" else coded for n in names}
    options = csv.ConvertOptions(column_types=types, strings_can_be_null=False)
    count, total = 0, 0.0
    for batch in csv.open_csv(path, convert_options=options):
        count += batch.num_rows
        total += pc.sum(pc.cast(batch.column("OBS_VALUE"), pa.float64())).as_py()
    return count, total


read(sys.argv[2])
result: dict[str, object] = {}
with measured(result):
    count, total = read(sys.argv[1])
report(result, count, total)
