"""A data query over one dataflow as SQL for the engine: pure, no I/O.

:func:`plain` is the statement of a query, :func:`changed` and :func:`deleted` those of a query for
changes. Rows come sorted so that the observations of a series stand together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.model.schema import DataSchema, Role
from hub.query.model import DataQuery, SortKey
from hub.store.conditions import Condition, conditions
from hub.store.layout import Layout
from hub.store.observations import END, PROVIDER, START
from hub.store.sql import quoted

__all__ = ["EVERYTHING", "Statement", "changed", "deleted", "plain", "table_of"]

Files = Sequence[str]

#: Restricts nothing.
EVERYTHING = Condition("true")


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and its parameters, and the columns it gives, in schema order."""

    sql: str
    values: tuple[object, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _From:
    """A table expression and its parameters (lists of files)."""

    sql: str
    values: tuple[object, ...]


def plain(
    schema: DataSchema,
    query: DataQuery,
    look: Layout,
    files: Files,
    *,
    within: Condition = EVERYTHING,
) -> Statement:
    """The rows of one version that match the query and lie ``within``."""
    return _rows(schema, query, look, _From(table_of(schema), (list(files),)), within)


def changed(
    schema: DataSchema,
    query: DataQuery,
    look: Layout,
    new: Files,
    old: Files,
    *,
    within: Condition = EVERYTHING,
) -> Statement:
    """The matching rows of ``new`` that are not, exactly as they are, in ``old``."""
    columns = ", ".join(quoted(c) for c in (*schema.columns, PROVIDER, *_instants(schema)))
    source = f"(SELECT {columns} FROM {table_of(schema)}"
    values: tuple[object, ...] = (list(new),)
    if old:
        source += f" EXCEPT SELECT {columns} FROM {table_of(schema)}"
        values += (list(old),)
    return _rows(schema, query, look, _From(source + ")", values), within)


def deleted(
    schema: DataSchema,
    query: DataQuery,
    new: Files,
    old: Files,
    *,
    within: Condition = EVERYTHING,
) -> Statement:
    """Keys of the matching rows of ``old`` that ``new`` has no row for.

    A row that no longer lies ``within`` is gone too: another provider reports its cell now.
    """
    keys = ", ".join(quoted(c) for c in schema.key)
    where = Condition.join("AND", [within, *conditions(schema, query)])
    on = " AND ".join(f"o.{quoted(c)} = n.{quoted(c)}" for c in schema.key)
    still = f"SELECT 1 FROM {table_of(schema)} n WHERE {on} AND {within.sql}"
    gone = f" AND NOT EXISTS ({still})" if new else ""
    sql = f"SELECT {keys} FROM {table_of(schema)} o WHERE {where.sql}{gone} ORDER BY {keys}"
    extra: tuple[object, ...] = (list(new), *within.values) if new else ()
    return Statement(sql, (list(old), *where.values, *extra), schema.key)


def _rows(
    schema: DataSchema,
    query: DataQuery,
    look: Layout,
    source: _From,
    within: Condition,
) -> Statement:
    where = Condition.join("AND", [within, *conditions(schema, query)])
    columns = _columns(schema, look)
    varying = _varying(schema, query)
    if look.series_only:
        picked = [
            quoted(c) if c in varying else f"max({quoted(c)}) AS {quoted(c)}" for c in columns
        ]
        tail = f" GROUP BY {', '.join(quoted(c) for c in varying)}"
        ends = Condition("")
    else:
        picked = [quoted(c) for c in columns]
        tail = ""
        ends = _first_and_last(schema, query, varying)
    sql = f"SELECT {', '.join(picked)} FROM {source.sql} WHERE {where.sql}{tail}{ends.sql}"
    dimensions = set(schema.series_key)
    order = [k for k in look.order if k.component in varying or k.component not in dimensions]
    sql += " ORDER BY " + ", ".join(_sort_term(schema, k) for k in order)
    paging: tuple[object, ...] = ()
    if query.limit is not None:
        sql += " LIMIT ?"
        paging += (query.limit,)
    if query.offset:
        sql += " OFFSET ?"
        paging += (query.offset,)
    return Statement(sql, (*source.values, *where.values, *ends.values, *paging), columns)


def table_of(schema: DataSchema) -> str:
    """Files (the one parameter) as a table that has every column of the schema.

    The empty first part gives columns that no file has yet, as when an attribute was added, and
    the provider, which tables of earlier releases of the hub lack.
    """
    texts = [f"NULL::VARCHAR AS {quoted(c)}" for c in (*schema.columns, PROVIDER)]
    times = [f"NULL::TIMESTAMP AS {quoted(c)}" for c in _instants(schema)]
    return (
        f"(SELECT {', '.join(texts + times)} WHERE false "
        "UNION ALL BY NAME SELECT * FROM read_parquet(?, union_by_name = true))"
    )


def _instants(schema: DataSchema) -> tuple[str, ...]:
    return (START, END) if schema.time is not None else ()


def _columns(schema: DataSchema, look: Layout) -> tuple[str, ...]:
    wanted = {*schema.series_key, *look.measures, *look.attributes}
    if not look.series_only and schema.time is not None:
        wanted.add(schema.time.id)
    return tuple(c for c in schema.columns if c in wanted)


def _first_and_last(schema: DataSchema, query: DataQuery, varying: Sequence[str]) -> Condition:
    """Keep the first and the last n observations of each series, in order of time."""
    if schema.time is None or (query.first_n is None and query.last_n is None):
        return Condition("")
    series = ", ".join(quoted(c) for c in varying)
    # One sort key, not three: the engine then keeps n rows a series and sorts nothing.
    time = f"row({', '.join(quoted(c) for c in (START, END, schema.time.id))})"
    parts = [
        Condition(
            f"row_number() OVER (PARTITION BY {series} ORDER BY {time} {direction}) <= ?", (n,)
        )
        for n, direction in ((query.first_n, "ASC"), (query.last_n, "DESC"))
        if n is not None
    ]
    kept = Condition.join("OR", parts)
    return Condition(f" QUALIFY {kept.sql}", kept.values)


def _varying(schema: DataSchema, query: DataQuery) -> tuple[str, ...]:
    """Dimensions that the key does not fix (at least one, as SQL wants a group)."""
    fixed: set[str] = set()
    if len(query.keys) == 1:
        key = zip(schema.series_key, query.keys[0], strict=False)
        fixed = {d for d, codes in key if len(codes) == 1}
    return tuple(d for d in schema.series_key if d not in fixed) or schema.series_key[:1]


def _sort_term(schema: DataSchema, key: SortKey) -> str:
    component = schema.by_id[key.component]
    direction = "DESC" if key.descending else "ASC"
    column = quoted(component.id)
    if component.role is Role.TIME:
        return ", ".join(f"{c} {direction}" for c in (quoted(START), quoted(END), column))
    if component.is_numeric:
        return f"try_cast({column} AS DOUBLE) {direction} NULLS LAST, {column} {direction}"
    return f"{column} {direction} NULLS LAST"
