"""What the answer to a data query looks like for one dataflow: columns, grouping, sort order.

The words of a query (``attributes=series``, ``sort=series_key``, ``dimensionAtObservation``) are
resolved here against a schema, once, for the statement and for the writer of the message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.errors import SemanticError
from hub.model.schema import Component, DataSchema, Level
from hub.query.model import ALL_DIMENSIONS, DataQuery, SortKey

__all__ = ["Layout", "layout"]


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
        partial=len(measures) < len(schema.measures)
        or not {a.id for a in schema.attributes if not a.metadata} <= set(attributes),
    )


def _attributes(schema: DataSchema, words: Sequence[str]) -> tuple[str, ...]:
    wanted: set[str] = set()
    for word in words:
        match word:
            case "all":
                wanted.update(a.id for a in schema.attributes)
            case "dsd" | "msd":
                wanted.update(a.id for a in schema.attributes if a.metadata is (word == "msd"))
            case "dataset":
                wanted.update(a.id for a in schema.attributes_at(Level.DATASET))
            case "series":
                wanted.update(a.id for a in schema.attributes_at(Level.SERIES))
            case "obs":
                wanted.update(a.id for a in schema.attributes_at(Level.OBSERVATION))
            case "none":
                pass
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
