"""A consumer's query turned round: which of its codes can be asked for, and in which time.

What is found here is never less than the query selects. It looks at each component alone, and
only at dimensions and time, so that cells are kept or left whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.model.periods import CALENDAR_YEAR, PeriodError, YearStart, parse, parse_year_start
from hub.model.schema import Component, DataSchema
from hub.query.model import Comparison, DataQuery, Filter, Operator
from hub.structures.schema import allowed_codes

__all__ = ["Wanted", "wanted"]

_TESTS: Mapping[Operator, Callable[[str, str], bool]] = {
    Operator.EQ: str.__eq__,
    Operator.NE: str.__ne__,
    Operator.CO: str.__contains__,
    Operator.NC: lambda code, value: value not in code,
    Operator.SW: str.startswith,
    Operator.EW: str.endswith,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Codes of the dimensions that a query restricts, and the instants its periods lie between.

    ``start`` is inclusive, ``end`` exclusive; ``None`` is open.
    """

    codes: Mapping[str, frozenset[str]]
    start: datetime | None = None
    end: datetime | None = None


def wanted(schema: DataSchema, query: DataQuery) -> Wanted:
    """What a query may select of a dataflow, component by component.

    A query that does not fit the schema restricts nothing here: who applies it refuses it.
    """
    codes: dict[str, frozenset[str]] = {}
    for place, dimension in enumerate(schema.dimensions):
        asked = _in_keys(query, place)
        if asked is not None:
            codes[dimension.id] = asked
    start, end = query.start_period, query.end_period
    year = parse_year_start(query.reporting_year_start) if query.reporting_year_start else None
    bounds = [_bounds(start, None, year), _bounds(None, end, year)]
    for one in query.filters:
        component = schema.by_id.get(one.component)
        if component is None or component.id not in schema.key:
            continue
        if component is schema.time:
            bounds.append(_of_filter(one, year))
        elif (found := _passing(schema, component, one)) is not None:
            codes[component.id] = found & codes.get(component.id, found)
    starts = [s for s, _ in bounds if s is not None]
    ends = [e for _, e in bounds if e is not None]
    return Wanted(codes, max(starts, default=None), min(ends, default=None))


def _in_keys(query: DataQuery, place: int) -> frozenset[str] | None:
    """Codes that the keys name at a place; ``None`` when one of them takes any."""
    found: set[str] = set()
    for key in query.keys:
        codes = key[place] if place < len(key) else ()
        if not codes:
            return None
        found.update(codes)
    return frozenset(found) if query.keys else None


def _passing(schema: DataSchema, component: Component, given: Filter) -> frozenset[str] | None:
    """Codes of a component that a filter lets through; ``None`` when that cannot be told."""
    allowed = allowed_codes(schema, component.id)
    if allowed is None:
        return None
    return frozenset(
        code
        for code in allowed
        if any(all(_holds(code, c) for c in alternative) for alternative in given.alternatives)
    )


def _holds(code: str, comparison: Comparison) -> bool:
    test = _TESTS.get(comparison.operator)
    return test is None or test(code, comparison.value)  # order of texts is the engine's affair


def _of_filter(given: Filter, year: YearStart | None) -> tuple[datetime | None, datetime | None]:
    """The span that holds everything a filter on time lets through."""
    spans = [_of_alternative(alternative, year) for alternative in given.alternatives]
    if not spans:
        return None, None
    starts, ends = [s for s, _ in spans if s is not None], [e for _, e in spans if e is not None]
    return (
        min(starts) if len(starts) == len(spans) else None,
        max(ends) if len(ends) == len(spans) else None,
    )


def _of_alternative(
    comparisons: Iterable[Comparison], year: YearStart | None
) -> tuple[datetime | None, datetime | None]:
    starts, ends = [], []
    for one in comparisons:
        lower = one.value if one.operator in (Operator.EQ, Operator.GE, Operator.GT) else None
        upper = one.value if one.operator in (Operator.EQ, Operator.LE, Operator.LT) else None
        start, end = _bounds(lower, upper, year)
        starts += [start] if start is not None else []
        ends += [end] if end is not None else []
    return max(starts, default=None), min(ends, default=None)


def _bounds(
    lower: str | None, upper: str | None, year: YearStart | None
) -> tuple[datetime | None, datetime | None]:
    try:
        return (
            parse(lower, year or CALENDAR_YEAR).start if lower else None,
            parse(upper, year or CALENDAR_YEAR).end if upper else None,
        )
    except PeriodError:
        return None, None  # who applies the query says what is wrong with it
