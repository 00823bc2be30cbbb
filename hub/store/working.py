"""The state of a dataflow while a message is applied to it, in a scratch DuckDB database.

It is kept in three parts, as SDMX attaches things: observations (table ``work``), attributes of
series (``series``) and of the dataset (``whole``). ``work`` also says where in the message a row
was given; a row that was not has nulls there. Rows of the pinned version are read in only
when a segment touches them; ``base``, ``series_before`` and ``whole_before`` remember them as they
were. What is in ``base`` and no longer in ``work`` was deleted.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from hub.model.schema import DataSchema, Level
from hub.store import sql
from hub.store.observations import CELL, PLACE, PROVIDER, ROW, SHEET, SUBMISSION

__all__ = ["Working"]

#: Columns of the hub's own that stored rows keep unless they change.
_OWN = (PROVIDER, SUBMISSION, SHEET, CELL, ROW)


class Working:
    """Tables of the state and how stored rows get into them.

    Parameters
    ----------
    connection:
        A scratch database nobody else uses.
    schema:
        The dataflow.
    files:
        Parquet files of the pinned version.

    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, schema: DataSchema, files: Sequence[str]
    ) -> None:
        self.run = connection.execute
        self.schema = schema
        self.key = schema.key
        self.dims = schema.series_key
        self.per_series = tuple(a.id for a in schema.attributes_at(Level.SERIES))
        self.per_whole = tuple(a.id for a in schema.attributes_at(Level.DATASET))
        apart = {*self.key, *self.per_series, *self.per_whole}
        #: Measures and attributes of the single observation.
        self.values = tuple(c for c in schema.columns if c not in apart)
        self.has_stored = bool(files)
        #: No observation was touched yet.
        self.fresh = True
        for macro in sql.MACROS:
            self.run(macro)
        self.run(f"CREATE VIEW stored AS {self._stored(files)}")
        for name, columns in (
            ("base", (*schema.columns, *_OWN)),
            ("work", (*self.key, *self.values, *PLACE)),
            ("series", (*self.dims, *self.per_series)),
            ("series_before", (*self.dims, *self.per_series)),
        ):
            typed = ", ".join(f"{sql.quoted(c)} {_type(c)}" for c in columns)
            self.run(f"CREATE TABLE {name} ({typed})")
        if self.per_whole:
            values = sql.listed(self.per_whole, "any_value({}) AS {}")
            self.run(f"CREATE TABLE whole AS SELECT {values} FROM stored")
            self.run("CREATE TABLE whole_before AS FROM whole")

    def _stored(self, files: Sequence[str]) -> str:
        wanted = (*self.schema.columns, *_OWN)
        if not files:
            nothing = ", ".join(f"NULL::{_type(c)} AS {sql.quoted(c)}" for c in wanted)
            return f"SELECT {nothing} WHERE false"
        source = sql.parquet(files)
        known = {row[0] for row in self.run(f"DESCRIBE FROM {source}").fetchall()}
        columns = ", ".join(
            sql.quoted(c) if c in known else f"NULL::{_type(c)} AS {sql.quoted(c)}" for c in wanted
        )
        return f"SELECT {columns} FROM {source}"

    def true(self, condition: str) -> bool:
        """Value of a SQL condition."""
        return bool(self.value(f"SELECT {condition}"))

    def value(self, query: str) -> object:
        """The one value that a query gives."""
        # All rows are fetched: DuckDB takes no new statement while a result is unfinished.
        ((value,),) = self.run(query).fetchall()
        return value

    def load(self, relation: str, on: Sequence[str]) -> None:
        """Read in the stored rows that agree with a row of ``relation`` on the columns ``on``."""
        if not self.has_stored:
            return
        match = f"SEMI JOIN {relation} r ON {sql.equal('s', 'r', on)}" if on else ""
        self.run(
            f"CREATE TABLE loaded AS SELECT s.* FROM stored s {match} "
            f"ANTI JOIN base b ON {sql.equal('s', 'b', self.key)}"
        )
        self.run("INSERT INTO base FROM loaded")
        columns = sql.listed((*self.key, *self.values))
        self.run(f"INSERT INTO work SELECT {columns}, NULL, NULL, NULL FROM loaded")
        if self.per_series:
            self._add_series("loaded")
        self.run("DROP TABLE loaded")

    def load_series(self, relation: str, on: Sequence[str]) -> None:
        """Read in the attributes of the stored series that agree with ``relation`` on ``on``."""
        if not (self.has_stored and self.per_series):
            return
        match = f"SEMI JOIN {relation} r ON {sql.equal('s', 'r', on)}" if on else ""
        self._add_series(f"(SELECT s.* FROM stored s {match})")

    def _add_series(self, source: str) -> None:
        # All stored rows of a series have the same series attributes: any of them will do.
        self.run(
            f"CREATE TABLE found AS SELECT {sql.listed(self.dims, 'x.{}')}, "
            f"{sql.listed(self.per_series, 'any_value(x.{}) AS {}')} FROM {source} x "
            f"ANTI JOIN series_before b ON {sql.equal('x', 'b', self.dims)} "
            f"GROUP BY {sql.listed(self.dims, 'x.{}')}"
        )
        # A series that the message wrote first is in `series` already and keeps what it has.
        self.run(
            f"INSERT INTO series SELECT n.* FROM found n "
            f"ANTI JOIN series b ON {sql.equal('n', 'b', self.dims)}"
        )
        self.run("INSERT INTO series_before FROM found")
        self.run("DROP TABLE found")

    def load_spread(self) -> None:
        """Read in the other rows of every series, or of the dataset, whose attributes changed."""
        if not self.has_stored:
            return
        if self.per_whole and self.true(
            f"EXISTS (SELECT * FROM whole a, whole_before b WHERE {_differ(self.per_whole)})"
        ):
            self.load("", ())
        elif self.per_series:
            self.run(
                f"CREATE TABLE moved AS SELECT {sql.listed(self.dims, 'a.{}')} FROM series a "
                f"JOIN series_before b ON {sql.equal('a', 'b', self.dims)} "
                f"WHERE {_differ(self.per_series)}"
            )
            if self.true("EXISTS (FROM moved)"):
                self.load("moved", self.dims)


def _type(column: str) -> str:
    return "BIGINT" if column == ROW else "VARCHAR"


def _differ(columns: Sequence[str]) -> str:
    return sql.listed(columns, "a.{} IS DISTINCT FROM b.{}", " OR ")
