"""Answering data queries: from a query to blocks, following what was released.

:func:`select` does all that can fail before the first row is asked for: it checks the query against
the schemas of its datasets, whose versions are pinned (readers follow pointers only), and makes the
statements. The blocks then stream. Where the rows come from, :mod:`hub.store.rows` knows;
changes since an instant (``updatedAfter``) are the difference between those of two instants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa

from hub.errors import NotImplementedByHub, SemanticError
from hub.model.dataset import Action, Block
from hub.model.schema import DataSchema, StructureRef
from hub.model.stored import reading_order
from hub.query.model import ALL_DIMENSIONS, DataQuery
from hub.store import whole
from hub.store.asked import Asked, asked
from hub.store.bounds import at_most
from hub.store.dialect import Files
from hub.store.engine import Engine
from hub.store.engines import engine
from hub.store.layout import Layout, layout
from hub.store.observations import PROVIDER
from hub.store.releases import Pointer
from hub.store.resolve import Part
from hub.store.rows import (
    Pointers,
    changes,
    difference,
    keeping,
    pinned,
    pointers_at,
    rows,
)
from hub.store.statement import Statement, changed, deleted, none, plain
from hub.store.unmatched import nothing
from hub.store.withdrawn import withdrawn
from hub.views import Relation

if TYPE_CHECKING:
    from hub.store.home import Hub

__all__ = ["Selection", "engine", "publishers", "refuse_unclear", "select"]


@dataclass(frozen=True, slots=True)
class _Step:
    """One statement of an answer and what its rows are.

    ``keep`` keeps rows that are to be computed and all asked for, and gives them as they are kept.
    """

    schema: DataSchema
    action: Action
    statement: Statement
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    keep: Callable[[], Relation] | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """An answer about to be read.

    ``schemas`` are those of its datasets. ``pointers`` are the releases it was read from: the
    answer stays the same as long as they do. ``attributes`` and ``measures`` are the ids asked
    for, ``None`` when nothing was left out; ``series_only`` is an answer without observations;
    ``dimension_at_observation`` is the layout a writer must use (``None``: the default).
    """

    schemas: tuple[DataSchema, ...]
    pointers: tuple[Pointer, ...]
    attributes: frozenset[str] | None
    measures: frozenset[str] | None
    series_only: bool
    dimension_at_observation: str | None
    _engine: Engine
    _steps: tuple[_Step, ...]
    _page: tuple[int, int | None] = (0, None)

    def exceeds(self, most: int) -> bool:
        """Whether there are more rows than ``most``, on all pages together.

        What is stored bounds what can match, so that nothing is counted where all of it is few.
        """
        statements = [step.statement.unsorted or step.statement for step in self._steps]
        if at_most(statements) <= most:
            return False
        found = 0
        for one in statements:
            sql = f"SELECT count(*) FROM (SELECT 1 FROM ({one.sql}) LIMIT {most - found + 1})"
            found += int(self._engine.scalar(sql, one.values))
            if found > most:
                return True
        return False

    def blocks(self) -> Iterator[Block]:
        """The rows; each call runs the query anew."""
        offset, limit = self._page
        ordinal = 0
        for step in self._steps:
            for batch in self._batches(step):
                skipped = min(offset, batch.num_rows)
                offset -= skipped
                taken = batch.num_rows - skipped
                if limit is not None:
                    taken = min(taken, limit - ordinal)
                if taken > 0:
                    rows = batch.slice(skipped, taken)
                    yield Block(
                        step.schema, step.action, rows, ordinal, step.valid_from, step.valid_to
                    )
                    ordinal += taken
                if limit is not None and ordinal >= limit:
                    return

    def _batches(self, step: _Step) -> Iterator[pa.RecordBatch]:
        files = step.statement.whole if step.keep is None else _files(step.keep())
        lying = None if files is None else whole.in_order(files, reading_order(step.schema))
        if lying is None:
            return self._engine.batches(step.schema, step.statement)
        return whole.read(step.schema, lying, step.statement.columns)


def select(hub: Hub, query: DataQuery, about: Asked | None = None) -> Selection:
    """Prepare the answer to a query; ``about`` is what it asks about, if that is known already.

    Raises ``NotFound`` (no such dataflow), ``SemanticError`` (the query does not fit the
    structure), ``RequestSyntaxError`` (a value cannot be read), ``NoResults`` (nothing was ever
    released, or nothing changed) or ``NotImplementedByHub`` (see :func:`refuse_unclear`). That
    the answer is empty otherwise shows when the blocks are read.
    """
    with hub.catalogue.snapshot():
        return _selected(hub, query, about or asked(hub, query))


def _selected(hub: Hub, query: DataQuery, about: Asked) -> Selection:
    parts, looks = _fitting(about.parts, query)
    several = len(parts) > 1 or query.updated_after is not None or query.include_history
    per_step = replace(query, offset=0, limit=_reach(query)) if several else query
    steps = tuple(
        step
        for part, look in zip(parts, looks, strict=True)
        for step in _steps(hub, part, look, per_step, about.pointers)
    )
    if not steps:
        raise nothing(hub.structures, query)
    partial = any(look.partial for look in looks)
    return Selection(
        schemas=_distinct(step.schema for step in steps),
        pointers=about.releases,
        attributes=frozenset(a for k in looks for a in k.attributes) if partial else None,
        measures=frozenset(m for k in looks for m in k.measures) if partial else None,
        series_only=all(look.series_only for look in looks),
        dimension_at_observation=_at_observation(looks),
        _engine=engine(hub),
        _steps=steps,
        _page=(query.offset, query.limit) if several else (0, None),
    )


def publishers(hub: Hub, dataflow: StructureRef) -> frozenset[str]:
    """Ids of the data providers whose observations readers see in a dataflow."""
    found = pinned(hub, dataflow)
    return frozenset() if found is None else _providers(engine(hub), found)


@lru_cache(maxsize=256)
def _providers(engine_: Engine, found: Relation) -> frozenset[str]:
    sql = f"SELECT DISTINCT {PROVIDER} FROM {found.sql} WHERE {PROVIDER} IS NOT NULL"
    return frozenset(provider for (provider,) in engine_.rows(sql, found.values))


def refuse_unclear(hub: Hub, part: Part, rows_: Relation | None) -> None:
    """Raise ``NotImplementedByHub`` when some of the rows may belong to the part or not."""
    if part.unclear is None or rows_ is None:
        return
    found = f"SELECT true FROM {rows_.sql} WHERE {part.unclear.sql} LIMIT 1"
    if engine(hub).scalar(found, (*rows_.values, *part.unclear.values)):
        raise NotImplementedByHub(
            f"Several providers may report the same cells of {part.flows[0]}, and some of its "
            "observations do not say which of them they are of. Ask for the whole dataflow."
        )


def _reach(query: DataQuery) -> int | None:
    """Rows that one of several statements may contribute to a page."""
    return None if query.limit is None else query.offset + query.limit


def _fitting(parts: Sequence[Part], query: DataQuery) -> tuple[list[Part], list[Layout]]:
    """The parts the query fits. It need not fit all of several, but must fit one."""
    kept: list[tuple[Part, Layout]] = []
    first: SemanticError | None = None
    for part in parts:
        try:
            look = layout(part.schema, query)
            plain(part.schema, query, look, none(part.schema))
        except SemanticError as error:
            first = first or error
        else:
            kept.append((part, look))
    if not kept and first is not None:
        raise first
    return [p for p, _ in kept], [k for _, k in kept]


def _steps(
    hub: Hub,
    part: Part,
    look: Layout,
    query: DataQuery,
    pointers: Pointers,
) -> Iterator[_Step]:
    if query.include_history:
        yield from _history(hub, part, look, query)
        return
    if query.updated_after is not None:
        before = pointers_at(hub, part.flows, query.updated_after)
        new, old = difference(hub, part, query, pointers, before)
        refuse_unclear(hub, part, new)
        refuse_unclear(hub, part, old)
        yield from _changes(part, look, query, new, old)
        return
    found = rows(hub, part, query, pointers)
    refuse_unclear(hub, part, found)
    if found is not None:
        action = Action.MERGE if look.partial else Action.REPLACE
        statement = plain(part.schema, query, look, found, within=part.within)
        all_computed = statement.entire and statement.whole is None and query.as_of is None
        keep = keeping(hub, part, pointers) if all_computed else None
        yield _Step(part.schema, action, statement, keep=keep)


def _history(hub: Hub, part: Part, look: Layout, query: DataQuery) -> Iterator[_Step]:
    """For each release what it changed (SDMX REST: ``includeHistory``)."""
    for one in changes(hub, part, query):
        refuse_unclear(hub, part, one.new)
        refuse_unclear(hub, part, one.old)
        yield from _changes(part, look, query, one.new, one.old, one.released_at)


def _changes(
    part: Part,
    look: Layout,
    query: DataQuery,
    new: Relation | None,
    old: Relation | None,
    at: datetime | None = None,
) -> Iterator[_Step]:
    """What went, what came or was revised, and what attributes series lost, in this order.

    ``new`` and ``old`` are rows that only the later and only the earlier state may have. ``at`` is
    the instant of the change, where a message tells it.
    """
    schema = part.schema
    if old is not None:
        gone = deleted(schema, query, new, old, within=part.within)
        yield _Step(schema, Action.DELETE, gone, valid_to=at)
    if new is not None:
        action = Action.MERGE if look.partial else Action.REPLACE
        come = changed(schema, query, look, new, old, within=part.within)
        yield _Step(schema, action, come, valid_from=at)
    lost = withdrawn(schema, query, look, new, old, within=part.within)
    if lost is not None:
        yield _Step(schema, Action.DELETE, lost, valid_to=at)


def _files(rows: Relation) -> Files:
    return next(value for value in rows.values if isinstance(value, Files))


def _distinct(schemas: Iterable[DataSchema]) -> tuple[DataSchema, ...]:
    return tuple({schema.dataflow: schema for schema in schemas}.values())


def _at_observation(looks: Sequence[Layout]) -> str | None:
    asked = {look.dimension_at_observation for look in looks}
    return asked.pop() if len(asked) == 1 else ALL_DIMENSIONS
