"""What a message changes: the net effect of its segments on a pinned version.

A message is an ordered list of segments, each a Parquet file of rows with one action
(SDMX 3.1, dataset actions):

* **merge** sets the components given and leaves the others;
* **replace** sets the whole observation: what is not given goes; attributes of the series or the
  dataset, which other observations share, are merged;
* **delete** removes what matches the key given, an absent dimension matching all; where measures
  or attributes are given only those are removed.

At the end the rows that come out are compared with those stored: one that is the same is no
change, and a number is the same however it is written. A row whose own values change is from then
on of the provider who sent them, and of their submission; one that changes only with its series
stays whose it was. All of
it is SQL over columns in DuckDB,
which spills to disk beyond its memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import duckdb
import pyarrow as pa

from hub.model.periods import spans
from hub.model.schema import DataSchema
from hub.store import sql
from hub.store.actions import Edition, apply, withdraw
from hub.store.conditions import Condition
from hub.store.observations import (
    END,
    OP,
    PLACE,
    PROVIDER,
    ROW,
    START,
    SUBMISSION,
    table_schema,
)
from hub.store.segments import Segment
from hub.store.working import Working

__all__ = ["OWN", "ROW", "UNSTATED", "Edition", "NetChange", "Segment", "net_change"]

#: The provider of rows, as SQL, where nobody said who it is.
UNSTATED = Condition("NULL")

#: Column of a set of changes: whether the row's own values differ, not only those of its series.
OWN = "_own"


@dataclass(frozen=True, slots=True)
class NetChange:
    """Counts of the rows that differ, and those rows.

    ``empty_series`` counts series whose attributes were given and that have no observation to
    stand on: they cannot be stored.
    """

    inserted: int
    updated: int
    deleted: int
    empty_series: int
    schema: DataSchema
    _connection: duckdb.DuckDBPyConnection

    @property
    def nothing(self) -> bool:
        """Whether the message changes nothing at all."""
        return not (self.inserted or self.updated or self.deleted)

    def rows(
        self,
        provider: Condition = UNSTATED,
        submission: str | None = None,
        batch_rows: int = 65_536,
    ) -> pa.RecordBatchReader:
        """The changes, sorted by series key and time: the table's columns and ``_op``.

        ``provider`` is SQL over the columns that tells whose a row is, ``submission`` the token of
        what changes it.
        """
        order = sql.listed((*self.schema.series_key, START, *self.schema.key))
        stated = {
            PROVIDER: f"CASE WHEN {OWN} THEN ({provider.sql})::VARCHAR ELSE {PROVIDER} END",
            SUBMISSION: f"CASE WHEN {OWN} THEN ?::VARCHAR ELSE {SUBMISSION} END",
        }
        columns = ", ".join(
            f"{stated[c]} AS {c}" if c in stated else sql.quoted(c)
            for c in (*table_schema(self.schema).names, OP)
        )
        relation = self._connection.sql(
            f"SELECT {columns} FROM net ORDER BY {order}", params=[*provider.values, submission]
        )
        return cast(pa.RecordBatchReader, relation.to_arrow_reader(batch_rows))


def net_change(
    connection: duckdb.DuckDBPyConnection,
    schema: DataSchema,
    segments: Sequence[Segment],
    files: Sequence[str],
    edition: Edition | None = None,
) -> NetChange:
    """Compute what ``segments`` change in the rows of ``files``.

    Where they are an edition that replaces earlier ones, what it no longer holds goes.

    ``connection`` is a scratch database of the caller's; the result lives in it.

    Raises ``SemanticError`` when observations are given without their whole key.
    """
    work = Working(connection, schema, files)
    for segment in segments:
        apply(work, segment.action, str(segment.path))
    if edition is not None:
        withdraw(work, [str(segment.path) for segment in segments], edition)
    work.load_spread()
    return _compare(work, connection)


def _compare(work: Working, connection: duckdb.DuckDBPyConnection) -> NetChange:
    schema = work.schema
    numeric = {m.id for m in schema.measures if m.is_numeric}
    shared = [*(f"s.{sql.quoted(c)}" for c in work.per_series)]
    shared += [f"o.{sql.quoted(c)}" for c in work.per_whole]
    rows = (
        f"SELECT {', '.join((sql.listed((*work.key, *work.values, *PLACE), 'w.{}'), *shared))} "
        "FROM work w "
        + (f"LEFT JOIN series s ON {sql.equal('w', 's', work.dims)} " if work.per_series else "")
        + ("CROSS JOIN whole o" if work.per_whole else "")
    )
    first = sql.quoted(work.key[0])
    others = [c for c in schema.columns if c not in work.key]
    values = [
        f"CASE WHEN same_number(a.{q}, b.{q}) THEN b.{q} ELSE a.{q} END AS {q}"
        if c in numeric else f"a.{q}"
        for c in others for q in (sql.quoted(c),)
    ]  # fmt: skip

    def differ(columns: Sequence[str]) -> str:
        return " OR ".join(
            f"(NOT same_number(a.{q}, b.{q}))" if c in numeric
            else f"(a.{q} IS DISTINCT FROM b.{q})"
            for c in columns for q in (sql.quoted(c),)
        ) or "false"  # fmt: skip

    op = (
        f"CASE WHEN b.{first} IS NULL THEN 'insert' "
        f"WHEN a.{first} IS NULL THEN 'delete' ELSE 'update' END"
    )
    place = sql.listed(PLACE, f"CASE WHEN {OWN} THEN a.{{}} ELSE b.{{}} END AS {{}}")
    # Without stored rows all are new: no need to keep them a second time.
    kind = "TABLE" if work.has_stored else "VIEW"
    work.run(
        f"CREATE {kind} changed AS SELECT {sql.listed(work.key, 'coalesce(a.{}, b.{}) AS {}')}, "
        f"{', '.join(values)}, {op} AS {OP}, b.{PROVIDER}, b.{SUBMISSION}, "
        f"b.{first} IS NULL OR {differ(work.values)} AS {OWN}, {place} "
        f"FROM ({rows}) a FULL JOIN base b ON {sql.equal('a', 'b', work.key)} "
        f"WHERE a.{first} IS NULL OR b.{first} IS NULL OR {differ(others)}"
    )
    counts = dict(work.run(f"SELECT {OP}, count(*) FROM changed GROUP BY ALL").fetchall())
    _add_spans(work, connection)
    return NetChange(
        counts.get("insert", 0), counts.get("update", 0), counts.get("delete", 0),
        _empty_series(work), schema, connection,
    )  # fmt: skip


def _add_spans(work: Working, connection: duckdb.DuckDBPyConnection) -> None:
    time = work.schema.time
    if time is None:
        none = "NULL::TIMESTAMP"
        work.run(f"CREATE VIEW net AS SELECT *, {none} AS {START}, {none} AS {END} FROM changed")
        return
    name = sql.quoted(time.id)
    texts = connection.sql(f"SELECT DISTINCT {name} AS period FROM changed").to_arrow_table()
    starts, ends = spans(texts.column("period"))
    found = pa.table({"period": texts.column("period"), START: starts, END: ends})
    connection.register("found_spans", found)
    work.run("CREATE TABLE span AS FROM found_spans")
    connection.unregister("found_spans")
    work.run(
        f"CREATE VIEW net AS SELECT c.*, p.{START}, p.{END} FROM changed c "
        f"JOIN span p ON c.{name} = p.period"
    )


def _empty_series(work: Working) -> int:
    if not work.per_series:
        return 0
    found = work.value(
        f"SELECT count(*) FROM series s ANTI JOIN work w ON {sql.equal('s', 'w', work.dims)} "
        f"ANTI JOIN series_before b ON {sql.equal('s', 'b', work.dims)} "
        f"WHERE {sql.any_given(work.per_series)}"
    )
    return int(str(found))
