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
from hub.store.dialect import Files, Kind
from hub.store.layout import Layout
from hub.store.observations import END, PROVIDER, START
from hub.store.sql import quoted
from hub.views.api import Relation

__all__ = ["EVERYTHING", "Statement", "changed", "deleted", "instants", "none", "plain", "stored"]

#: Restricts nothing.
EVERYTHING = Condition("true")


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and its parameters, and the columns it gives, in schema order.

    ``unsorted`` gives the same rows in no order and on all pages, which is what to count.
    ``entire`` is whether it gives all rows of its source in reading order, and ``whole`` are the
    files of which it does, where the source is files.
    ``narrow`` is whether a code for each dimension was asked for: the rows of one series.
    """

    sql: str
    values: tuple[object, ...]
    columns: tuple[str, ...]
    unsorted: Statement | None = None
    entire: bool = False
    whole: Files | None = None
    narrow: bool = False


def plain(
    schema: DataSchema,
    query: DataQuery,
    look: Layout,
    rows: Relation,
    *,
    within: Condition = EVERYTHING,
) -> Statement:
    """Those of the rows that match the query and lie ``within``."""
    return _rows(schema, query, look, rows, within)


def changed(
    schema: DataSchema,
    query: DataQuery,
    look: Layout,
    new: Relation,
    old: Relation | None,
    *,
    within: Condition = EVERYTHING,
) -> Statement:
    """The matching rows of ``new`` that are not, exactly as they are, in ``old``."""
    columns = ", ".join(quoted(c) for c in (*schema.columns, PROVIDER, *instants(schema)))
    source = f"(SELECT {columns} FROM {new.sql}"
    values = new.values
    if old is not None:
        source += f" EXCEPT DISTINCT SELECT {columns} FROM {old.sql}"
        values += old.values
    return _rows(schema, query, look, Relation(source + ")", values), within)


def deleted(
    schema: DataSchema,
    query: DataQuery,
    new: Relation | None,
    old: Relation,
    *,
    within: Condition = EVERYTHING,
) -> Statement:
    """Keys of the matching rows of ``old`` that ``new`` has no row for.

    A row that no longer lies ``within`` is gone too: another provider reports its cell now.
    """
    keys = ", ".join(quoted(c) for c in schema.key)
    where = Condition.join("AND", [within, *conditions(schema, query)])
    on = " AND ".join(f"o.{quoted(c)} = n.{quoted(c)}" for c in schema.key)
    gone, extra = "", tuple[object, ...]()
    if new is not None:
        gone = f" AND NOT EXISTS (SELECT 1 FROM {new.sql} n WHERE {on} AND {within.sql})"
        extra = (*new.values, *within.values)
    sql = f"SELECT {keys} FROM {old.sql} o WHERE {where.sql}{gone} ORDER BY {keys}"
    return Statement(sql, (*old.values, *where.values, *extra), schema.key)


def _rows(
    schema: DataSchema,
    query: DataQuery,
    look: Layout,
    source: Relation,
    within: Condition,
) -> Statement:
    asked = conditions(schema, query)
    where = Condition.join("AND", [within, *asked])
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
    values = (*source.values, *where.values, *ends.values)
    unsorted = Statement(sql, values, columns)
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
    restricted = asked or within != EVERYTHING or ends.sql or paging
    entire = not restricted and _in_reading_order(schema, look)
    whole = None
    if entire and source.sql == "?":
        whole = next(v for v in source.values if isinstance(v, Files))
    narrow = _fixed(schema, query) == set(schema.series_key)
    return Statement(sql, (*values, *paging), columns, unsorted, entire, whole, narrow)


def _in_reading_order(schema: DataSchema, look: Layout) -> bool:
    time = () if schema.time is None else (schema.time.id,)
    plain_order = tuple(SortKey(name) for name in (*schema.series_key, *time))
    return look.order == plain_order and not look.series_only


def stored(schema: DataSchema, files: Sequence[str]) -> Relation:
    """The rows of Parquet files, with every column of the schema, the provider and the instants."""
    texts = [
        (c, Kind.TEXT if schema.by_id[c].role is Role.MEASURE else Kind.CODE)
        for c in schema.columns
    ]
    times = [(c, Kind.INSTANT) for c in instants(schema)]
    return Relation("?", (Files(tuple(files), (*texts, (PROVIDER, Kind.CODE), *times)),), not files)


def none(schema: DataSchema) -> Relation:
    """No rows, with every column of the schema."""
    return stored(schema, ())


def instants(schema: DataSchema) -> tuple[str, ...]:
    """Names of the columns of the instants that a time period covers; none without time."""
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
    time = f"({', '.join(quoted(c) for c in (START, END, schema.time.id))})"
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
    fixed = _fixed(schema, query)
    return tuple(d for d in schema.series_key if d not in fixed) or schema.series_key[:1]


def _fixed(schema: DataSchema, query: DataQuery) -> set[str]:
    """Dimensions of which the key names one code."""
    if len(query.keys) != 1:
        return set()
    key = zip(schema.series_key, query.keys[0], strict=False)
    return {d for d, codes in key if len(codes) == 1}


def _sort_term(schema: DataSchema, key: SortKey) -> str:
    component = schema.by_id[key.component]
    direction = "DESC" if key.descending else "ASC"
    column = quoted(component.id)
    if component.role is Role.TIME:
        return ", ".join(f"{c} {direction}" for c in (quoted(START), quoted(END), column))
    if component.is_numeric:
        return f"number({column}) {direction} NULLS LAST, {column} {direction} NULLS LAST"
    return f"{column} {direction} NULLS LAST"
