"""Time that is switched off: ``~`` in its place (SDMX 3.x) says that a row is about a series.

What a message gives there are attributes of the series, as in a row without time; so it becomes
one. ``~`` in place of another dimension (attributes of a group of series) stays, and is a fault for
the validation: the hub attaches attributes to observations, series and datasets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from hub.model.dataset import CODED, Action, Block

__all__ = ["SWITCHED_OFF", "without_time"]

#: The value of a dimension that is switched off.
SWITCHED_OFF = "~"


def without_time(blocks: Iterable[Block]) -> Iterator[Block]:
    """``blocks`` with no time where it is switched off and no measure is given."""
    for block in blocks:
        time = block.schema.time
        if time is None or block.action is Action.DELETE or not _is_there(block.batch, time.id):
            yield block
        else:
            yield replace(block, batch=_cleared(block, time.id))


def _is_there(batch: pa.RecordBatch, time: str) -> bool:
    """Whether the dictionary of the time column has it: most batches cost this look only."""
    if time not in batch.schema.names:
        return False
    found = pc.index(batch.column(time).dictionary, SWITCHED_OFF).as_py()
    return bool(found >= 0)


def _cleared(block: Block, time: str) -> pa.RecordBatch:
    batch = block.batch
    times = batch.column(time).cast(pa.string())
    off = pc.equal(times, SWITCHED_OFF)
    for measure in block.schema.measures:
        if measure.id in batch.schema.names:
            off = pc.and_(off, pc.is_null(batch.column(measure.id)))
    kept = pc.if_else(pc.fill_null(off, False), pa.scalar(None, pa.string()), times)
    place = batch.schema.get_field_index(time)
    return batch.set_column(place, pa.field(time, CODED), kept.dictionary_encode())
