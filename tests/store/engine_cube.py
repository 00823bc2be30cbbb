"""A small cube with every kind of component, and files of it, for tests of the query engine."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hub.model.periods import spans
from hub.model.schema import Component, DataSchema, Level, Role, StructureRef
from hub.store.observations import END, START, table_schema

Row = dict[str, str | None]

FLOW = StructureRef("TEST", "DF_CUBE", "1.0.0")
LIST = StructureRef("TEST", "CL", "1.0.0")


def _coded(id_: str, role: Role, codes: str, **more: object) -> Component:
    return Component(id_, role, id_, LIST, tuple(codes.split()), **more)  # type: ignore[arg-type]


SCHEMA = DataSchema(
    dataflow=FLOW,
    structure=StructureRef("TEST", "CUBE", "1.0.0"),
    dimensions=(
        _coded("FREQ", Role.DIMENSION, "A Q M D"),
        _coded("AREA", Role.DIMENSION, "NA MEX DOM XXA"),
        _coded("SEX", Role.DIMENSION, "_T M F"),
    ),
    time=Component("TIME_PERIOD", Role.TIME, "TIME_PERIOD", text_type="ObservationalTimePeriod"),
    measures=(Component("OBS_VALUE", Role.MEASURE, "OBS_VALUE", text_type="Decimal"),),
    attributes=(
        _coded("OBS_STATUS", Role.ATTRIBUTE, "A E P", mandatory=True),
        Component("COMMENT", Role.ATTRIBUTE, "COMMENT"),
        Component("SOURCE", Role.ATTRIBUTE, "SOURCE", level=Level.SERIES),
        Component("TITLE", Role.ATTRIBUTE, "TITLE", level=Level.DATASET),
    ),
)


def write(path: Path, rows: list[Row], columns: tuple[str, ...] = SCHEMA.columns) -> str:
    """Write rows as a Parquet file of the store; returns its path as text."""
    wanted = table_schema(SCHEMA)
    table = pa.Table.from_pylist(
        [{c: r.get(c) for c in columns} for r in rows],
        pa.schema([wanted.field(c) for c in columns]),
    )
    start, end = spans(table.column("TIME_PERIOD"))
    table = table.append_column(START, start).append_column(END, end)
    pq.write_table(table, path, row_group_size=64)
    return str(path)


def rows_of(batches: object) -> list[Row]:
    """All rows of record batches, in order."""
    return [row for batch in batches for row in batch.to_pylist()]  # type: ignore[attr-defined]
