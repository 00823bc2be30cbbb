"""A data query over one dataflow as SQL for the engine: pure, no I/O.

:func:`layout` decides what the answer looks like (columns, series or observations, flat or
grouped), :func:`plain` and the two of a change query (:func:`changed`, :func:`deleted`) are the
statements. Rows come sorted so that the observations of a series stand together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.errors import SemanticError
from hub.model.schema import Component, DataSchema, Level, Role
from hub.query.model import ALL_DIMENSIONS, DataQuery, SortKey
from hub.store.conditions import Condition, conditions
from hub.store.observations import END, START
from hub.store.sql import quoted

__all__ = ["EVERYTHING", "Layout", "Statement", "changed", "deleted", "layout", "plain"]

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


@dataclass(frozen=True, slots=True)
class Layout:
    """What the answer for one dataflow looks like.

    ``attributes`` and ``measures`` are the ids that were asked for and exist. ``series_only`` is
    an answer of series without observations. ``dimension_at_observation`` is what a writer must
    use: an id, ``AllDimensions``, or ``None`` for the default. ``partial`` is whether components
    were left out.
    """

    attributes: tuple[str, ...]
    measures: tuple[str, ...]
    series_only: bool
    dimension_at_observation: str | None
    order: tuple[SortKey, ...]
    partial: bool


def layout(schema: DataSchema, query: DataQuery) -> Layout:
    """Resolve the words of the query against a schema; raises ``SemanticError``."""
    attributes = _attributes(schema, query.attributes)
    measures = _measures(schema, query.measures)
    at_observation = any(schema.by_id[a].level is Level.OBSERVATION for a in attributes)
    series_only = not measures and not at_observation
    at = _at_observation(schema, query.dimension_at_observation)
    order, grouped = _order(schema, query, at, series_only)
    if not grouped:
        if at not in (None, ALL_DIMENSIONS):
            raise SemanticError(
                f"This sort order takes series apart, which dimensionAtObservation={at} forbids. "
                "Sort by series_key first, or ask for dimensionAtObservation=AllDimensions."
            )
        at = ALL_DIMENSIONS
    return Layout(
        attributes,
        measures,
        series_only,
        at,
        order,
        partial=len(attributes) < len(schema.attributes) or len(measures) < len(schema.measures),
    )


def plain(
    schema: DataSchema,
    query: DataQuery,
    look: Layout,
    files: Files,
    *,
    within: Condition = EVERYTHING,
) -> Statement:
    """The rows of one version that match the query and lie ``within``."""
    return _rows(schema, query, look, _From(_source(schema), (list(files),)), within)


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
    columns = ", ".join(quoted(c) for c in (*schema.columns, *_instants(schema)))
    source = f"(SELECT {columns} FROM {_source(schema)}"
    values: tuple[object, ...] = (list(new),)
    if old:
        source += f" EXCEPT SELECT {columns} FROM {_source(schema)}"
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
    """Keys of the matching rows of ``old`` that ``new`` has no row for."""
    keys = ", ".join(quoted(c) for c in schema.key)
    where = Condition.join("AND", [within, *conditions(schema, query)])
    on = " AND ".join(f"o.{quoted(c)} = n.{quoted(c)}" for c in schema.key)
    gone = f" AND NOT EXISTS (SELECT 1 FROM {_source(schema)} n WHERE {on})" if new else ""
    sql = f"SELECT {keys} FROM {_source(schema)} o WHERE {where.sql}{gone} ORDER BY {keys}"
    extra: tuple[object, ...] = (list(new),) if new else ()
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
    if look.series_only:
        picked = [
            quoted(c) if c in schema.series_key else f"max({quoted(c)}) AS {quoted(c)}"
            for c in columns
        ]
        group = ", ".join(quoted(c) for c in schema.series_key)
        tail = f" GROUP BY {group}"
        ends = Condition("")
    else:
        picked = [quoted(c) for c in columns]
        tail = ""
        ends = _first_and_last(schema, query)
    sql = f"SELECT {', '.join(picked)} FROM {source.sql} WHERE {where.sql}{tail}{ends.sql}"
    sql += " ORDER BY " + ", ".join(_sort_term(schema, k) for k in look.order)
    paging: tuple[object, ...] = ()
    if query.limit is not None:
        sql += " LIMIT ?"
        paging += (query.limit,)
    if query.offset:
        sql += " OFFSET ?"
        paging += (query.offset,)
    return Statement(sql, (*source.values, *where.values, *ends.values, *paging), columns)


def _source(schema: DataSchema) -> str:
    """Files (the one parameter) as a table that has every column of the schema.

    The empty first part gives columns that no file has yet, as when an attribute was added.
    """
    texts = [f"NULL::VARCHAR AS {quoted(c)}" for c in schema.columns]
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


def _first_and_last(schema: DataSchema, query: DataQuery) -> Condition:
    """Keep the first and the last n observations of each series, in order of time."""
    if schema.time is None or (query.first_n is None and query.last_n is None):
        return Condition("")
    series = ", ".join(quoted(c) for c in schema.series_key)
    parts = []
    for n, direction in ((query.first_n, "ASC"), (query.last_n, "DESC")):
        if n is None:
            continue
        order = ", ".join(f"{quoted(c)} {direction}" for c in (START, END, schema.time.id))
        parts.append(
            Condition(f"row_number() OVER (PARTITION BY {series} ORDER BY {order}) <= ?", (n,))
        )
    kept = Condition.join("OR", parts)
    return Condition(f" QUALIFY {kept.sql}", kept.values)


def _attributes(schema: DataSchema, words: Sequence[str]) -> tuple[str, ...]:
    wanted: set[str] = set()
    for word in words:
        match word:
            case "dsd" | "all":
                wanted.update(a.id for a in schema.attributes)
            case "dataset":
                wanted.update(a.id for a in schema.attributes_at(Level.DATASET))
            case "series":
                wanted.update(a.id for a in schema.attributes_at(Level.SERIES))
            case "obs":
                wanted.update(a.id for a in schema.attributes_at(Level.OBSERVATION))
            case "none" | "msd":
                pass  # observations carry no reference metadata attributes here
            case _:
                wanted.add(_component(schema, word, schema.attributes, "attribute"))
    return tuple(a.id for a in schema.attributes if a.id in wanted)


def _measures(schema: DataSchema, words: Sequence[str]) -> tuple[str, ...]:
    wanted: set[str] = set()
    for word in words:
        match word:
            case "all":
                wanted.update(m.id for m in schema.measures)
            case "none":
                pass
            case _:
                wanted.add(_component(schema, word, schema.measures, "measure"))
    return tuple(m.id for m in schema.measures if m.id in wanted)


def _component(schema: DataSchema, id_: str, among: Sequence[Component], what: str) -> str:
    if all(c.id != id_ for c in among):
        has = ", ".join(c.id for c in among) or "none"
        raise SemanticError(f"{schema.dataflow} has no {what} {id_} (it has {has}).")
    return id_


def _at_observation(schema: DataSchema, asked: str | None) -> str | None:
    if asked is None:
        return None
    if asked.lower() == ALL_DIMENSIONS.lower():
        return ALL_DIMENSIONS
    if asked == "TimeDimension" and schema.time is not None:  # spelling of early REST versions
        return schema.time.id
    if asked not in schema.key:
        raise SemanticError(
            f"{asked} is not a dimension of {schema.dataflow}. "
            f"dimensionAtObservation is one of {', '.join(schema.key)} or AllDimensions."
        )
    return asked


def _order(
    schema: DataSchema, query: DataQuery, at: str | None, series_only: bool
) -> tuple[tuple[SortKey, ...], bool]:
    """The full sort order, and whether it keeps the observations of a series together."""
    last = at if at not in (None, ALL_DIMENSIONS) else (schema.time.id if schema.time else None)
    head = [d for d in schema.key if d != last]
    default = [SortKey(d) for d in (*head, *((last,) if last else ()))]
    if series_only:
        default = [SortKey(d) for d in schema.series_key]
    order: dict[str, SortKey] = {}
    for asked in query.sort:
        for one in _expand(schema, asked, head):
            if series_only and one.component not in schema.series_key:
                raise SemanticError(
                    f"Without observations the answer cannot be sorted by {one.component}."
                )
            order.setdefault(one.component, one)
    for one in default:
        order.setdefault(one.component, one)
    keys = tuple(order.values())
    grouped = at == ALL_DIMENSIONS or {k.component for k in keys[: len(head)]} == set(head)
    return keys, grouped or series_only


def _expand(schema: DataSchema, asked: SortKey, series: Sequence[str]) -> list[SortKey]:
    match asked.component:
        case "*":
            ids: Sequence[str] = schema.key
        case "series_key":
            ids = series
        case id_:
            if id_ not in schema.by_id:
                raise SemanticError(f"{schema.dataflow} has no component {id_} to sort by.")
            ids = (id_,)
    return [SortKey(i, asked.descending) for i in ids]


def _sort_term(schema: DataSchema, key: SortKey) -> str:
    component = schema.by_id[key.component]
    direction = "DESC" if key.descending else "ASC"
    column = quoted(component.id)
    if component.role is Role.TIME:
        return ", ".join(f"{c} {direction}" for c in (quoted(START), quoted(END), column))
    if component.is_numeric:
        return f"try_cast({column} AS DOUBLE) {direction} NULLS LAST, {column} {direction}"
    return f"{column} {direction} NULLS LAST"
