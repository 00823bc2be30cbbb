"""A dataset at an instant, put aside on disk: read once, written in many formats, compared.

What a computed dataset holds is worked out once for each instant, however many messages are made.
The data provider of an observation stands beside it where messages are made for each of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hub.errors import NoResults
from hub.model.dataset import BATCH_ROWS, Action, Block
from hub.model.schema import DataSchema, Role, StructureRef
from hub.store import sql
from hub.store.comparison import whole
from hub.store.engines import engine
from hub.store.home import Hub
from hub.store.observations import PROVIDER
from hub.store.releases import Pointer
from hub.store.resolve import resolve
from hub.store.rows import pointers_at, rows
from hub.store.select import select
from hub.store.statement import instants

__all__ = ["Difference", "State", "difference", "state"]


@dataclass(frozen=True, slots=True)
class State:
    """All observations of a dataset at an instant, in a Parquet file of texts, sorted by series.

    ``pointers`` are the releases they were read from. ``providers`` has the number of observations
    of each data provider, by its id; ``None`` are those that no provider is known of, or looked up.
    """

    schema: DataSchema
    path: Path
    providers: Mapping[str | None, int]
    pointers: tuple[Pointer, ...]

    @property
    def observations(self) -> int:
        """How many there are."""
        return sum(self.providers.values())

    def blocks(self, provider: str | None = None) -> Iterator[Block]:
        """The rows of a provider, to be written whole."""
        return _blocks(self.schema, self.path, Action.REPLACE, provider)


@dataclass(frozen=True, slots=True)
class Difference:
    """From one state to another: ``counts`` of observations inserted, updated and deleted.

    ``withdrawn_of`` and ``given_of`` are the providers whose observations went, and came or were
    revised. A cell that another provider reports now went from the one and came from the other.
    """

    counts: Mapping[str, int]
    withdrawn_of: tuple[str | None, ...]
    given_of: tuple[str | None, ...]
    _schema: DataSchema
    _gone: Path
    _come: Path

    def withdrawn(self, provider: str | None = None) -> Iterator[Block]:
        """What went from a provider."""
        return _blocks(self._schema, self._gone, Action.DELETE, provider)

    def given(self, provider: str | None = None) -> Iterator[Block]:
        """What came from a provider or was revised by it."""
        return _blocks(self._schema, self._come, Action.REPLACE, provider)


def state(
    hub: Hub,
    dataflow: StructureRef,
    at: datetime,
    folder: Path,
    name: str,
    *,
    by_provider: bool = False,
) -> State:
    """Put a dataset aside as readers saw it at an instant; ``by_provider``: and whose each row is.

    Whose it is, is known of what is stored; of what is computed it is not asked.
    """
    schema = hub.structures.dataflow(dataflow.agency, dataflow.id, dataflow.version)
    path = folder / f"{name}.parquet"
    columns = (*schema.columns, PROVIDER)
    texts = pa.schema([pa.field(c, pa.string()) for c in columns])
    counts: Counter[str | None] = Counter()
    read = _stored if by_provider else _answered
    pointers, batches = read(hub, schema, at)
    with pq.ParquetWriter(path, texts, compression="zstd") as writer:
        for batch in batches:
            given = {n: batch.column(n) for n in batch.schema.names}
            none = pa.nulls(batch.num_rows, pa.string())
            arrays = [given.get(c, none).cast(pa.string()) for c in columns]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=texts))
            for one in pc.value_counts(arrays[-1]).to_pylist():
                counts[one["values"]] += one["counts"]
    return State(schema, path, counts, pointers)


def _answered(
    hub: Hub, schema: DataSchema, at: datetime
) -> tuple[tuple[Pointer, ...], Iterable[pa.RecordBatch]]:
    """What the hub answers a query for all of a dataset with."""
    try:
        selection = select(hub, replace(whole(schema.dataflow), as_of=at))
    except NoResults:  # nothing was released by then
        return (), ()
    return selection.pointers, (block.batch for block in selection.blocks())


def _stored(
    hub: Hub, schema: DataSchema, at: datetime
) -> tuple[tuple[Pointer, ...], Iterable[pa.RecordBatch]]:
    """The same rows in the same order, with the provider of each."""
    query = replace(whole(schema.dataflow), as_of=at)
    (part,) = resolve(hub.structures, query)
    pointers = pointers_at(hub, [schema.dataflow], at)
    found = rows(hub, part, query, pointers)
    if found is None:
        return (), ()
    columns = sql.listed((*schema.columns, PROVIDER))
    time = () if schema.time is None else (schema.time.id,)
    order = sql.listed((*schema.series_key, *instants(schema), *time))
    asked = f"SELECT {columns} FROM {found.sql} ORDER BY {order}"
    return tuple(pointers[ref] for ref in sorted(pointers)), engine(hub).stream(asked, found.values)


def difference(hub: Hub, new: State, old: State, folder: Path) -> Difference:
    """What changed between two states of a dataset."""
    schema = new.schema
    gone, come = folder / "gone.parquet", folder / "come.parquet"
    keys = sql.listed(schema.key)
    # Both are sorted as messages have it, and whole rows are compared.
    order = f"ORDER BY {keys}"
    same = sql.equal("a", "b", schema.key)
    own = f"{same} AND a.{PROVIDER} IS NOT DISTINCT FROM b.{PROVIDER}"
    columns = sql.listed((*schema.columns, PROVIDER))
    config = {
        "memory_limit": f"{hub.settings.engine_memory_mb}MiB",
        "temp_directory": str(folder / "spill"),
    }
    with duckdb.connect(":memory:", config=config) as connection:  # type: ignore[arg-type]
        for name, one in (("a", new), ("b", old)):
            connection.execute(
                f"CREATE VIEW {name} AS SELECT {columns} FROM {sql.parquet([str(one.path)])}"
            )
        connection.execute(
            f"CREATE TABLE gone AS SELECT {keys}, {PROVIDER} FROM b ANTI JOIN a ON {own} {order}"
        )
        connection.execute("CREATE TABLE come AS SELECT * FROM (FROM a EXCEPT DISTINCT FROM b) x")
        new_keys, rows_, went = (
            connection.sql(f"SELECT count(*) FROM {what}").fetchall()[0][0]
            for what in (
                f"come a ANTI JOIN b ON {same}", "come", f"b ANTI JOIN a ON {same}",
            )
        )  # fmt: skip
        withdrawn_of, given_of = (
            tuple(p for (p,) in connection.sql(
                f"SELECT DISTINCT {PROVIDER} FROM {table} ORDER BY 1 NULLS FIRST"
            ).fetchall())
            for table in ("gone", "come")
        )  # fmt: skip
        for table, path in (("gone", gone), ("come", come)):
            connection.execute(
                f"COPY (FROM {table} {order}) TO {sql.literal(str(path))} (FORMAT parquet)"
            )
    counts = {"inserted": new_keys, "updated": rows_ - new_keys, "deleted": went}
    return Difference(counts, withdrawn_of, given_of, schema, gone, come)


def _blocks(
    schema: DataSchema, path: Path, action: Action, provider: str | None
) -> Iterator[Block]:
    coded = [c for c in schema.columns if schema.by_id[c].role is not Role.MEASURE]
    ordinal = 0
    with pq.ParquetFile(path) as file:
        for every in file.iter_batches(BATCH_ROWS):
            whose = every.column(PROVIDER)
            own = pc.is_null(whose) if provider is None else pc.equal(whose, provider)
            batch = every.filter(own).drop_columns([PROVIDER])  # null: another one's
            if not batch.num_rows:
                continue
            names = batch.schema.names
            columns = [
                c.dictionary_encode() if n in coded else c
                for n, c in zip(names, batch.columns, strict=True)
            ]
            rows = pa.RecordBatch.from_arrays(columns, names=names)
            yield Block(schema, action, rows, ordinal)
            ordinal += rows.num_rows
