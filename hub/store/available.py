"""Answering availability queries: distinct values, time coverage and counts of a selection.

Each dataset of the data query gives one :class:`Coverage`. A component's values are found by one
pass over its column, never by grouping the cube; where nothing is filtered the answer for a set of
files is kept, for files never change. (:mod:`hub.store.availability` serves the pages: it knows
every series, and so which codes go together.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from hub.errors import SemanticError
from hub.model.schema import DataSchema, Role
from hub.query.availability import AvailabilityQuery, Mode
from hub.query.model import DataQuery, Key
from hub.store.asked import Asked, asked
from hub.store.conditions import Condition, conditions
from hub.store.engine import Engine
from hub.store.observations import END, PROVIDER, START
from hub.store.resolve import Part
from hub.store.rows import Pointers, difference, pointers_at, rows
from hub.store.select import engine, refuse_unclear
from hub.store.sql import quoted
from hub.store.statement import instants
from hub.store.unmatched import nothing
from hub.views import Relation

if TYPE_CHECKING:
    from hub.store.home import Hub

__all__ = ["Coverage", "available"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is available of one dataset.

    ``values`` are the sorted values of each component asked for that has any, without time.
    ``start`` and ``end`` are the instants that its time periods cover (UTC, ``end`` exclusive),
    ``None`` when time was not asked for. ``series`` and ``observations`` count what the data query
    selects, whatever the mode.
    """

    part: Part
    values: Mapping[str, tuple[str, ...]]
    start: datetime | None
    end: datetime | None
    series: int
    observations: int


def available(
    hub: Hub, query: AvailabilityQuery, about: Asked | None = None
) -> tuple[Coverage, ...]:
    """What there is for a query; ``about`` is what it asks about, if that is known already.

    Raises ``NotFound``, ``SemanticError``, ``RequestSyntaxError`` as a data query does, and
    ``NoResults`` when no value is available.
    """
    about = about or asked(hub, query.data)
    found, refused = [], None
    for part in about.parts:
        try:
            found.append(_coverage(hub, part, query, about.pointers))
        except SemanticError as error:  # a query need not fit all of several structures
            refused = refused or error
    if not found and refused is not None:
        raise refused
    coverages = tuple(c for c in found if c.values or c.start is not None)
    if not coverages:
        raise nothing(hub.structures, query.data)
    return coverages


def _coverage(hub: Hub, part: Part, query: AvailabilityQuery, pointers: Pointers) -> Coverage:
    schema = part.schema
    wanted = _components(schema, query)
    own = {c for c in wanted if query.mode is Mode.AVAILABLE and _restricts(schema, query.data, c)}
    values: dict[str, tuple[str, ...]] = {}
    start = end = None
    series = observations = 0
    shared = tuple(c for c in wanted if c not in own)
    for components in (shared, *((c,) for c in wanted if c in own)):
        seen = query.data
        if components is not shared:
            seen = _without(schema, seen, components[0])
        found = _scan(hub, part, seen, _rows(hub, part, seen, pointers), components)
        values.update(found.values)
        if found.start is not None:
            start, end = found.start, found.end
        if components is shared:
            series, observations = found.series, found.observations
    ordered = {c: values[c] for c in wanted if values.get(c)}
    return Coverage(part, ordered, start, end, series, observations)


def _components(schema: DataSchema, query: AvailabilityQuery) -> tuple[str, ...]:
    """Ids in the order of the structure; raises ``SemanticError`` for one that it lacks."""
    if not query.components:
        return schema.key
    for id_ in query.components:
        known = schema.by_id.get(id_)
        if known is None or known.role is Role.MEASURE:
            raise SemanticError(
                f"{id_} is not a dimension of {schema.dataflow}. It has {', '.join(schema.key)}."
            )
    return tuple(c for c in schema.columns if c in query.components)


def _rows(hub: Hub, part: Part, query: DataQuery, pointers: Pointers) -> Relation | None:
    """The rows to look at: those that readers see, or those that changed."""
    if query.updated_after is None:
        found = rows(hub, part, query, pointers)
        refuse_unclear(hub, part, found)
        return found
    before = pointers_at(hub, part.flows, query.updated_after)
    new, old = difference(hub, part, query, pointers, before)
    refuse_unclear(hub, part, new)
    refuse_unclear(hub, part, old)
    columns = ", ".join(map(quoted, (*part.schema.columns, PROVIDER, *instants(part.schema))))
    both = (_less(columns, new, old), _less(columns, old, new))
    sides = [side for side in both if side is not None]
    if not sides:
        return None
    union = " UNION ALL ".join(side.sql for side in sides)
    return Relation(f"({union})", tuple(v for side in sides for v in side.values))


def _less(columns: str, found: Relation | None, but: Relation | None) -> Relation | None:
    if found is None:
        return None
    if but is None:
        return Relation(f"(SELECT {columns} FROM {found.sql})", found.values)
    sql = f"(SELECT {columns} FROM {found.sql} EXCEPT DISTINCT SELECT {columns} FROM {but.sql})"
    return Relation(sql, found.values + but.values)


def _restricts(schema: DataSchema, query: DataQuery, component: str) -> bool:
    """Whether the query has a restriction on the component."""
    return _without(schema, query, component) != query


def _without(schema: DataSchema, query: DataQuery, component: str) -> DataQuery:
    """The query without its restriction on one component."""
    changed = replace(query, filters=tuple(f for f in query.filters if f.component != component))
    if schema.time is not None and component == schema.time.id:
        return replace(changed, start_period=None, end_period=None)
    if component in schema.series_key:
        place = schema.series_key.index(component)
        return replace(changed, keys=tuple(_blanked(key, place) for key in query.keys))
    return changed


def _blanked(key: Key, place: int) -> Key:
    return tuple(() if i == place else codes for i, codes in enumerate(key))


@dataclass(frozen=True, slots=True)
class _Found:
    values: Mapping[str, tuple[str, ...]]
    start: datetime | None = None
    end: datetime | None = None
    series: int = 0
    observations: int = 0


def _scan(
    hub: Hub, part: Part, query: DataQuery, found: Relation | None, components: tuple[str, ...]
) -> _Found:
    schema = part.schema
    restricting = conditions(schema, query)  # checks the query even where there is nothing
    if found is None:
        return _Found({})
    where = Condition.join("AND", [part.within, *restricting])
    listed = tuple(c for c in components if schema.time is None or c != schema.time.id)
    time = len(listed) < len(components)
    scan = _Scan(
        schema, listed, time, query.updated_after is not None, found, where.sql, where.values
    )
    if not restricting and query.updated_after is None:
        return _kept(engine(hub), scan)
    return _run(engine(hub), scan)


@dataclass(frozen=True, slots=True)
class _Scan:
    """One statement: distinct values of ``listed``, coverage, counts."""

    schema: DataSchema
    listed: tuple[str, ...]
    time: bool
    changes: bool
    rows: Relation
    where: str
    values: tuple[object, ...]


@lru_cache(maxsize=128)
def _kept(engine_: Engine, scan: _Scan) -> _Found:
    return _run(engine_, scan)


def _run(engine_: Engine, scan: _Scan) -> _Found:
    schema = scan.schema
    observations = "count(*)"
    if scan.changes:  # a revised observation is there twice, as it was and as it is
        observations = f"count(DISTINCT ({_list(schema.key)}))"
    picked = [f"distinct_values({q})" for q in map(quoted, scan.listed)]
    picked += [f"min({START})", f"max({END})"] if scan.time else ["NULL", "NULL"]
    picked += [observations]
    source = f"FROM {scan.rows.sql} WHERE {scan.where}"
    parameters = [*scan.rows.values, *scan.values]
    (row,) = engine_.rows(f"SELECT {', '.join(picked)} {source}", parameters)
    *lists, start, end, counted = row
    if not counted:
        return _Found({})
    values = dict(zip(scan.listed, (tuple(v or ()) for v in lists), strict=True))
    varying = [d for d in schema.series_key if len(values.get(d, ("", ""))) > 1]
    series = 1
    if varying:
        distinct = f"SELECT count(*) FROM (SELECT DISTINCT {_list(varying)} {source})"
        series = int(engine_.scalar(distinct, parameters))
    return _Found(values, start, end, series, int(counted))


def _list(columns: Iterable[str]) -> str:
    return ", ".join(map(quoted, columns))
