"""A dataset at an instant, put aside on disk: read once, written in many formats, compared.

What a computed dataset holds is worked out once for each instant, however many messages are made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from hub.errors import NoResults
from hub.model.dataset import BATCH_ROWS, Action, Block
from hub.model.schema import DataSchema, Role, StructureRef
from hub.store import sql
from hub.store.comparison import whole
from hub.store.home import Hub
from hub.store.releases import Pointer
from hub.store.select import select

__all__ = ["Difference", "State", "difference", "state"]


@dataclass(frozen=True, slots=True)
class State:
    """All observations of a dataset at an instant, in a Parquet file of texts, sorted by series.

    ``pointers`` are the releases they were read from.
    """

    schema: DataSchema
    path: Path
    observations: int
    pointers: tuple[Pointer, ...]

    def blocks(self) -> Iterator[Block]:
        """The rows, to be written whole."""
        return _blocks(self.schema, self.path, Action.REPLACE)


@dataclass(frozen=True, slots=True)
class Difference:
    """From one state to another: ``counts`` of observations inserted, updated and deleted."""

    counts: Mapping[str, int]
    _schema: DataSchema
    _gone: Path
    _come: Path

    def blocks(self) -> Iterator[Block]:
        """What went, then what came or was revised, as a message says it."""
        yield from _blocks(self._schema, self._gone, Action.DELETE)
        yield from _blocks(self._schema, self._come, Action.REPLACE)


def state(hub: Hub, dataflow: StructureRef, at: datetime, folder: Path, name: str) -> State:
    """Put a dataset aside as readers saw it at an instant."""
    schema = hub.structures.dataflow(dataflow.agency, dataflow.id, dataflow.version)
    path = folder / f"{name}.parquet"
    texts = pa.schema([pa.field(c, pa.string()) for c in schema.columns])
    count, pointers = 0, tuple[Pointer, ...]()
    with pq.ParquetWriter(path, texts, compression="zstd") as writer:
        try:
            selection = select(hub, replace(whole(dataflow), as_of=at))
            pointers = selection.pointers
            for block in selection.blocks():
                given = {n: block.batch.column(n) for n in block.batch.schema.names}
                none = pa.nulls(block.batch.num_rows, pa.string())
                columns = [given.get(c, none).cast(pa.string()) for c in schema.columns]
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=texts))
                count += block.batch.num_rows
        except NoResults:  # nothing was released by then
            pass
    return State(schema, path, count, pointers)


def difference(hub: Hub, new: State, old: State, folder: Path) -> Difference:
    """What changed between two states of a dataset."""
    schema = new.schema
    gone, come = folder / "gone.parquet", folder / "come.parquet"
    keys = sql.listed(schema.key)
    # Both are sorted as messages have it, and whole rows are compared.
    order = f"ORDER BY {keys}"
    same = sql.equal("a", "b", schema.key)
    config = {
        "memory_limit": f"{hub.settings.engine_memory_mb}MiB",
        "temp_directory": str(folder / "spill"),
    }
    with duckdb.connect(":memory:", config=config) as connection:  # type: ignore[arg-type]
        for name, one in (("a", new), ("b", old)):
            connection.execute(
                f"CREATE VIEW {name} AS SELECT {sql.listed(schema.columns)}"
                f" FROM {sql.parquet([str(one.path)])}"
            )
        connection.execute(
            f"CREATE TABLE gone AS SELECT {keys} FROM b ANTI JOIN a ON {same} {order}"
        )
        connection.execute("CREATE TABLE come AS SELECT * FROM (FROM a EXCEPT DISTINCT FROM b) x")
        new_keys = connection.sql(f"SELECT count(*) FROM come a ANTI JOIN b ON {same}").fetchall()[
            0
        ][0]
        rows = connection.sql("SELECT count(*) FROM come").fetchall()[0][0]
        went = connection.sql("SELECT count(*) FROM gone").fetchall()[0][0]
        for table, path in (("gone", gone), ("come", come)):
            connection.execute(
                f"COPY (FROM {table} {order}) TO {sql.literal(str(path))} (FORMAT parquet)"
            )
    counts = {"inserted": new_keys, "updated": rows - new_keys, "deleted": went}
    return Difference(counts, schema, gone, come)


def _blocks(schema: DataSchema, path: Path, action: Action) -> Iterator[Block]:
    coded = [c for c in schema.columns if schema.by_id[c].role is not Role.MEASURE]
    ordinal = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH_ROWS):
            names = batch.schema.names
            columns = [
                c.dictionary_encode() if n in coded else c
                for n, c in zip(names, batch.columns, strict=True)
            ]
            rows = pa.RecordBatch.from_arrays(columns, names=names)
            yield Block(schema, action, rows, ordinal)
            ordinal += rows.num_rows
