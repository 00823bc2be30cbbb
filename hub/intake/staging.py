"""Blocks of a message on their way to the store, put aside in a scratch folder.

Blocks of one dataflow with one action that follow one another make one segment. Datasets of
different dataflows may be interleaved: their segments are independent of each other.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa

from hub.model.dataset import CODED, Action, Block, Cells
from hub.model.schema import DataSchema, Role, StructureRef
from hub.model.spool import Spool, nothing
from hub.store.observations import CELL, PLACE, ROW, SHEET
from hub.store.segments import Segment

__all__ = ["Stage"]


@dataclass
class _Open:
    """The segment of a dataflow that is being written."""

    segment: Segment
    rows: Spool


@dataclass
class Stage:
    """Takes blocks and leaves segments.

    ``segments`` holds, per dataflow in order of appearance, the segments in the order of the
    message; it is complete after :meth:`close`. ``observations`` counts rows. ``cells`` tells the
    cells of the rows, if they were read from any.
    """

    folder: Path
    segments: dict[StructureRef, list[Segment]] = field(default_factory=dict)
    observations: int = 0
    cells: Cells | None = None
    _open: dict[StructureRef, _Open] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # What an interrupted attempt left is worth nothing: the bytes handed in are kept.
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def add(self, block: Block) -> None:
        """Write the rows of ``block`` down. Columns its schema does not know are left out."""
        if block.batch.num_rows == 0:
            return
        dataflow = block.schema.dataflow
        open_ = self._open.get(dataflow)
        if open_ is None or open_.segment.action is not block.action:
            open_ = self._start(block.schema, block.action)
        open_.rows.append(_aligned(block, open_.rows.schema, self.cells))
        self.observations += block.batch.num_rows

    def close(self) -> None:
        """End the files; segments may be read from now on."""
        for open_ in self._open.values():
            open_.rows.close()
        self._open.clear()

    def vouch(self, plain: Collection[StructureRef]) -> None:
        """Note that the segments of some dataflows were found to be plain."""
        for dataflow in plain:
            if dataflow in self.segments:
                vouched = [replace(each, plain=True) for each in self.segments[dataflow]]
                self.segments[dataflow] = vouched

    def remove(self) -> None:
        """Delete the scratch folder."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, schema: DataSchema, action: Action) -> _Open:
        if (before := self._open.get(schema.dataflow)) is not None:
            before.rows.close()
        segments = self.segments.setdefault(schema.dataflow, [])
        number = sum(map(len, self.segments.values()))
        rows = Spool(self.folder / f"{number:06d}.arrow", staged_schema(schema))
        segment = Segment(schema, action, self.folder / f"{number:06d}.parquet", rows)
        segments.append(segment)
        open_ = _Open(segment, rows)
        self._open[schema.dataflow] = open_
        return open_


def staged_schema(schema: DataSchema) -> pa.Schema:
    """Arrow schema of a segment."""
    fields: list[pa.Field[Any]] = [
        pa.field(c.id, pa.string() if c.role is Role.MEASURE else CODED) for c in schema.components
    ]
    fields += [pa.field(name, pa.string()) for name in (SHEET, CELL)]
    return pa.schema([*fields, pa.field(ROW, pa.int64())])


def _aligned(block: Block, schema: pa.Schema, cells: Cells | None) -> pa.RecordBatch:
    """The batch with exactly the columns of ``schema``; what is not given is null."""
    batch, rows = block.batch, block.batch.num_rows
    columns: list[Any] = []
    types: list[Any] = schema.types
    own = len(PLACE)
    for name, type_ in zip(schema.names[:-own], types[:-own], strict=True):
        index = batch.schema.get_field_index(name)
        column = batch.column(index) if index >= 0 else nothing(rows, type_)
        columns.append(column if column.type == type_ else column.cast(type_))
    none = nothing(rows, pa.string())
    columns += (none, none) if cells is None else cells(block.ordinal, rows)
    columns.append(pa.array(np.arange(block.ordinal, block.ordinal + rows), pa.int64()))
    return pa.RecordBatch.from_arrays(columns, schema=schema)
