"""One SQL for both query engines.

Every statement that readers have answered is written once, in SQL that DuckDB and ClickHouse both
know, with ``?`` where a value stands. What they know differently has three places only:

- a table is a value like others: ``SELECT ... FROM ?`` (:class:`Files`, :class:`Listed`);
- a few functions go by one name that each dialect defines (:data:`FUNCTIONS`);
- :meth:`Dialect.bind` turns a statement and its values into what the engine takes.

What the intake does with its own staged files is no question of readers and stays with DuckDB.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from hub.model.listed import Listed
from hub.store.footers import footer
from hub.store.sql import quoted

__all__ = ["FUNCTIONS", "Bound", "Dialect", "DuckDb", "Files", "Kind", "Listed", "replaced"]

#: Functions that statements may call besides those that both engines have, and what they give.
FUNCTIONS = {
    "number": "double of a text; null where it is no number or NaN ('intentionally missing')",
    "exact": "DECIMAL(38, 10) of a text; null where it is no number",
    "shown": "text of an exact number, without exponent and trailing zeros",
    "contains": "whether a text has another in it",
    "starts_with": "whether a text begins with another",
    "suffix": "whether a text ends with another",
    "arg_max": "value of the row with the largest second argument",
    "distinct_values": "sorted list of the distinct values that are not null",
    "year_start": "instant at which the year of an instant begins",
    "year_end": "instant at which the year of an instant ends (exclusive)",
}


class Kind(Enum):
    """What a column holds: text of few distinct values or other, instants (UTC), whole numbers."""

    CODE = auto()
    TEXT = auto()
    INSTANT = auto()
    WHOLE = auto()


@dataclass(frozen=True, slots=True)
class Files:
    """Parquet files as a table: a value that stands where a table does.

    The table has exactly ``columns``; one that a file lacks is null there. ``source``, if given, is
    a further column with the path of the file. Without ``paths`` it has no rows. A file that is not
    there is an error, never fewer rows.
    """

    paths: tuple[str, ...]
    columns: tuple[tuple[str, Kind], ...]
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """A statement as an engine takes it; values by position or by name."""

    sql: str
    values: Sequence[object]


class Dialect(Protocol):
    """How one engine takes statements."""

    def bind(self, sql: str, values: Sequence[object]) -> Bound:
        """The statement for this engine.

        ``values`` are texts, numbers, booleans, naive instants (UTC), :class:`Files` and
        :class:`Listed`, one for each ``?`` that stands outside quotes.
        """


_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\?""")


def replaced(sql: str, values: Iterable[object], give: Callable[[object], str]) -> str:
    """``sql`` with ``give(value)`` for each ``?``; ``ValueError`` where their numbers differ."""
    left = iter(values)

    def one(token: re.Match[str]) -> str:
        return give(next(left)) if token[0] == "?" else token[0]

    try:
        found = _TOKEN.sub(one, sql)
    except StopIteration:
        raise ValueError("The statement has more places than values.") from None
    if next(left, left) is not left:
        raise ValueError("The statement has more values than places.")
    return found


_DUCKDB_TYPES = {
    Kind.CODE: "VARCHAR",
    Kind.TEXT: "VARCHAR",
    Kind.INSTANT: "TIMESTAMP",
    Kind.WHOLE: "BIGINT",
}


class DuckDb:
    """DuckDB: values by position."""

    #: What a connection is prepared with.
    PREPARE = (
        "CREATE MACRO number(a) AS nullif(try_cast(a AS DOUBLE), 'nan'::DOUBLE)",
        "CREATE MACRO exact(a) AS try_cast(a AS DECIMAL(38, 10))",
        "CREATE MACRO shown(a) AS rtrim(rtrim(a::VARCHAR, '0'), '.')",
        "CREATE MACRO distinct_values(a) AS list_sort(list(DISTINCT a) FILTER (a IS NOT NULL))",
        "CREATE MACRO year_start(a) AS date_trunc('year', a)::TIMESTAMP",
        "CREATE MACRO year_end(a) AS (date_trunc('year', a) + INTERVAL 1 YEAR)::TIMESTAMP",
    )

    def bind(self, sql: str, values: Sequence[object]) -> Bound:
        """See :class:`Dialect`."""
        if not any(isinstance(v, Files | Listed) for v in values):
            return Bound(sql, values)
        given: list[object] = []

        def give(value: object) -> str:
            if isinstance(value, Listed):
                given.extend(value.by_column())
                return f"(SELECT {', '.join(f'unnest(?) AS {quoted(c)}' for c in value.columns)})"
            if not isinstance(value, Files):
                given.append(value)
                return "?"
            if value.paths:
                given.append(list(value.paths))
            return self._table(value)

        return Bound(replaced(sql, values, give), given)

    def _table(self, files: Files) -> str:
        """The columns of all files, null where a file lacks one."""
        names = [name for name, _ in files.columns]
        if files.source is not None:
            names.append(files.source)
        picked = ", ".join(map(quoted, names))
        source = "" if files.source is None else f", filename = '{files.source}'"
        sets = {footer(path).columns for path in files.paths}
        if len(sets) == 1:  # nothing to reconcile: this is what one series spends its time on
            (known,) = sets
            picked = ", ".join(
                quoted(name)
                if name in known or name == files.source
                else f"NULL::{_DUCKDB_TYPES[dict(files.columns)[name]]} AS {quoted(name)}"
                for name in names
            )
            return f"(SELECT {picked} FROM read_parquet(?{source}))"
        empty = [f"NULL::{_DUCKDB_TYPES[kind]} AS {quoted(name)}" for name, kind in files.columns]
        if files.source is not None:
            empty.append(f"NULL::VARCHAR AS {quoted(files.source)}")
        none = f"SELECT {', '.join(empty)} WHERE false"
        if not files.paths:
            return f"({none})"
        return (
            f"(SELECT {picked} FROM ({none} UNION ALL BY NAME "
            f"SELECT * FROM read_parquet(?, union_by_name = true{source})))"
        )
