"""The floor: Arrow joins the ready text of each observation; no series, no header, no escaping."""

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from measure import measured, report

from bench.cube import blocks


def framed(column: pa.DictionaryArray, before: str, after: str) -> pa.Array:
    ready = pc.binary_join_element_wise(before, column.dictionary, after, "")
    return pa.DictionaryArray.from_arrays(column.indices, ready).cast(pa.string())


out, observations = Path(sys.argv[1]), int(sys.argv[2])
held = list(blocks(observations))
result: dict[str, object] = {}
with measured(result), out.open("wb") as file:
    for block in held:
        time = block.batch.column("TIME_PERIOD")
        ready = pc.binary_join_element_wise(
            '<Obs TIME_PERIOD="', time.dictionary, '" OBS_VALUE="', ""
        )
        start = pa.DictionaryArray.from_arrays(time.indices, ready).cast(pa.string())
        status = block.batch.column("OBS_STATUS")
        ready = pc.binary_join_element_wise('" OBS_STATUS="', status.dictionary, '"/>', "")
        end = pa.DictionaryArray.from_arrays(status.indices, ready).cast(pa.string())
        joined = pc.binary_join_element_wise(start, block.batch.column("OBS_VALUE"), end, "")
        file.write(joined.buffers()[2])
report(result, observations, None)
