"""Answering availability queries: distinct values, time coverage and counts of a selection.

Each dataset of the data query gives one :class:`Coverage`. A component's values are found by one
pass over its column, never by grouping the cube; where nothing is filtered the answer for a set of
files is kept, for files never change. (:mod:`hub.store.availability` serves the pages: it knows
every series, and so which codes go together.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import duckdb

from hub.errors import NoResults, SemanticError, Unavailable
from hub.model.schema import DataSchema, Role
from hub.query.availability import AvailabilityQuery, Mode
from hub.query.model import DataQuery, Key
from hub.store.conditions import Condition, conditions
from hub.store.engine import Engine
from hub.store.observations import END, START
from hub.store.releases import Pointer
from hub.store.resolve import Part, resolve
from hub.store.select import engine, pointers_of, refuse_unclear
from hub.store.sql import quoted
from hub.store.statement import table_of

if TYPE_CHECKING:
    from hub.store.home import Hub

__all__ = ["Available", "Coverage", "available"]


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


@dataclass(frozen=True, slots=True)
class Available:
    """The answer to an availability query and the releases it was read from."""

    coverages: tuple[Coverage, ...]
    pointers: tuple[Pointer, ...]

    @property
    def released_at(self) -> datetime | None:
        """When the newest of what it tells of was released."""
        return max((p.released_at for p in self.pointers), default=None)


def available(hub: Hub, query: AvailabilityQuery) -> Available:
    """What there is for a query.

    Raises ``NotFound``, ``SemanticError``, ``RequestSyntaxError`` as a data query does, and
    ``NoResults`` when no value is available.
    """
    parts = resolve(hub.structures, query.data)
    pointers = pointers_of(hub, parts, query.data.as_of)
    found, refused = [], None
    for part in parts:
        try:
            found.append(_coverage(hub, part, query, pointers.values()))
        except SemanticError as error:  # a query need not fit all of several structures
            refused = refused or error
    if not found and refused is not None:
        raise refused
    coverages = tuple(c for c in found if c.values or c.start is not None)
    if not coverages:
        raise NoResults("No data match the query.")
    return Available(coverages, tuple(sorted(pointers.values(), key=lambda p: p.dataflow)))


@dataclass(frozen=True, slots=True)
class _Rows:
    """A table expression and its parameters."""

    sql: str
    values: tuple[object, ...]


def _coverage(
    hub: Hub, part: Part, query: AvailabilityQuery, pointers: Iterable[Pointer]
) -> Coverage:
    schema = part.schema
    wanted = _components(schema, query)
    rows = _rows(hub, part, query.data, [p for p in pointers if p.dataflow in part.flows])
    own = {c for c in wanted if query.mode is Mode.AVAILABLE and _restricts(schema, query.data, c)}
    values: dict[str, tuple[str, ...]] = {}
    start = end = None
    series = observations = 0
    shared = tuple(c for c in wanted if c not in own)
    for components in (shared, *((c,) for c in wanted if c in own)):
        seen = query.data
        if components is not shared:
            seen = _without(schema, seen, components[0])
        found = _scan(hub, part, seen, rows, components)
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


def _rows(hub: Hub, part: Part, query: DataQuery, pinned: Sequence[Pointer]) -> _Rows | None:
    """The rows to look at: those of the pinned versions, or those that changed."""
    files = [f for p in pinned for f in hub.observations.files(p.dataflow, p.version)]
    refuse_unclear(hub, part, files)
    table = table_of(part.schema)
    if query.updated_after is None:
        return _Rows(table, (files,)) if files else None
    before = [hub.releases.as_of(p.dataflow, query.updated_after) for p in pinned]
    old = [f for p in before if p for f in hub.observations.files(p.dataflow, p.version)]
    new_only, old_only = sorted(set(files) - set(old)), sorted(set(old) - set(files))
    refuse_unclear(hub, part, old_only)
    added, gone = _less(table, new_only, old_only), _less(table, old_only, new_only)
    sides = [side for side in (added, gone) if side is not None]
    if not sides:
        return None
    union = " UNION ALL ".join(side.sql for side in sides)
    return _Rows(f"({union})", tuple(v for side in sides for v in side.values))


def _less(table: str, files: list[str], but: list[str]) -> _Rows | None:
    if not files:
        return None
    if not but:
        return _Rows(f"(FROM {table})", (files,))
    return _Rows(f"(FROM {table} EXCEPT FROM {table})", (files, but))


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
    hub: Hub, part: Part, query: DataQuery, rows: _Rows | None, components: tuple[str, ...]
) -> _Found:
    schema = part.schema
    restricting = conditions(schema, query)  # checks the query even where there is nothing
    if rows is None:
        return _Found({})
    where = Condition.join("AND", [part.within, *restricting])
    listed = tuple(c for c in components if schema.time is None or c != schema.time.id)
    time = len(listed) < len(components)
    scan = _Scan(
        schema, listed, time, query.updated_after is not None, rows, where.sql, where.values
    )
    if not restricting and query.updated_after is None:
        return _kept(engine(hub), _Frozen(scan))
    return _run(engine(hub), scan)


@dataclass(frozen=True, slots=True)
class _Scan:
    """One statement: distinct values of ``listed``, coverage, counts."""

    schema: DataSchema
    listed: tuple[str, ...]
    time: bool
    changes: bool
    rows: _Rows
    where: str
    values: tuple[object, ...]


class _Frozen:
    """A scan as the key of a cache: the same statement over the same files."""

    def __init__(self, scan: _Scan) -> None:
        self.scan = scan
        files = tuple(tuple(v) if isinstance(v, list) else v for v in scan.rows.values)
        self._key = (scan.schema, scan.listed, scan.time, scan.where, scan.values, files)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frozen) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@lru_cache(maxsize=128)
def _kept(engine_: Engine, frozen: _Frozen) -> _Found:
    return _run(engine_, frozen.scan)


def _run(engine_: Engine, scan: _Scan) -> _Found:
    schema = scan.schema
    observations = "count(*)"
    if scan.changes:  # a revised observation is there twice, as it was and as it is
        observations = f"count(DISTINCT row({_list(schema.key)}))"
    picked = [
        f"list_sort(list(DISTINCT {q}) FILTER (WHERE {q} IS NOT NULL))"
        for q in map(quoted, scan.listed)
    ]
    picked += [f"min({START})", f"max({END})"] if scan.time else ["NULL", "NULL"]
    picked += [observations]
    source = f"FROM {scan.rows.sql} WHERE {scan.where}"
    parameters = [*scan.rows.values, *scan.values]
    with closing(engine_.cursor()) as cursor:
        try:
            row = cursor.execute(f"SELECT {', '.join(picked)} {source}", parameters).fetchall()[0]
            *lists, start, end, counted = row
            if not counted:
                return _Found({})
            values = dict(zip(scan.listed, (tuple(v or ()) for v in lists), strict=True))
            varying = [d for d in schema.series_key if len(values.get(d, ("", ""))) > 1]
            series = 1
            if varying:
                distinct = f"SELECT count(*) FROM (SELECT DISTINCT {_list(varying)} {source})"
                series = int(cursor.execute(distinct, parameters).fetchall()[0][0])
        except duckdb.OutOfMemoryException:
            raise Unavailable(
                "The answer needs more memory than this service has now. "
                "Ask for less, or try again later."
            ) from None
    return _Found(values, start, end, series, int(counted))


def _list(columns: Iterable[str]) -> str:
    return ", ".join(map(quoted, columns))
