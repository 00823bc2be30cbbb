"""The floor of writing SDMX-ML: Arrow joins ready text to the very lines of the hub's message.

It knows which columns there are and which of them make a series, escapes nothing, and writes no
header. The text of a code is made once, where the dictionary has it; the head of a series is text
before its first observation.
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from measure import measured, report

from bench.cube import HEADER, blocks, schema
from hub.messages.api import WriteOptions, write_data

KEY = schema().series_key


def framed(batch: pa.RecordBatch, name: str, before: str, after: str) -> pa.DictionaryArray:
    column = batch.column(name)
    ready = pc.binary_join_element_wise(before, column.dictionary, after, "")
    return pa.DictionaryArray.from_arrays(column.indices, ready)


def text(column: pa.DictionaryArray) -> pa.Array:
    return column.dictionary.take(column.indices)


def lines(batch: pa.RecordBatch, last: tuple[int, ...]) -> tuple[pa.Buffer, tuple[int, ...]]:
    codes = [batch.column(name).indices.to_numpy() for name in KEY]
    changed = np.zeros(batch.num_rows, bool)
    changed[0] = tuple(c[0] for c in codes) != last
    for code in codes:
        changed[1:] |= code[1:] != code[:-1]
    starts = np.flatnonzero(changed)
    first = batch.take(pa.array(starts))
    key = [text(framed(first, name, f' {name}="', '"')) for name in KEY]
    head = pc.binary_join_element_wise("</Series>\n<Series", *key, ">\n", "")
    place = np.zeros(batch.num_rows, np.int32)
    place[starts] = np.arange(1, len(starts) + 1)
    head = pa.concat_arrays([pa.array([""]), head]).take(pa.array(place))
    time = text(framed(batch, "TIME_PERIOD", '<Obs TIME_PERIOD="', '" OBS_VALUE="'))
    status = text(framed(batch, "OBS_STATUS", '" OBS_STATUS="', '"/>\n'))
    joined = pc.binary_join_element_wise(head, time, batch.column("OBS_VALUE"), status, "")
    return joined.buffers()[2], tuple(c[-1] for c in codes)


out, observations = Path(sys.argv[1]), int(sys.argv[2])
held = list(blocks(observations))
lines(held[0].batch, ())
result: dict[str, object] = {}
with measured(result), out.open("wb") as file:
    last: tuple[int, ...] = ()
    for block in held:
        made, last = lines(block.batch, last)
        file.write(made)
whole = b"".join(write_data(held, "sdmx-ml-2.1", HEADER, WriteOptions()))
body = out.read_bytes().removeprefix(b"</Series>\n")
if body not in whole or whole.count(b"<Series ") != body.count(b"<Series "):
    raise SystemExit("the floor wrote something else than the hub")
report(result, observations, None)
