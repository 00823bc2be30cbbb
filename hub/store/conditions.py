"""Conditions of a data query as SQL: keys, component filters, periods.

Every value travels as a bound parameter; only column names, which come from a schema, are part of
the text. A condition on codes compares texts, so a code nobody knows simply matches nothing
(SDMX REST 2.2 tips: unknown codes in a key are ignored).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from hub.errors import RequestSyntaxError, SemanticError
from hub.model.periods import CALENDAR_YEAR, Period, PeriodError, YearStart, parse, parse_year_start
from hub.model.schema import Component, CubeRegion, DataSchema, KeySet, Role, TimeLimit
from hub.query.model import Comparison, DataQuery, Filter, Key, Operator
from hub.store.observations import END, START
from hub.store.sql import quoted

__all__ = ["Condition", "allowed", "conditions", "listed"]

Value = str | float | datetime

_TEXT = {
    Operator.EQ: "{} = ?",
    Operator.NE: "{} IS DISTINCT FROM ?",
    Operator.LT: "{} < ?",
    Operator.LE: "{} <= ?",
    Operator.GT: "{} > ?",
    Operator.GE: "{} >= ?",
    Operator.CO: "contains({}, ?)",
    Operator.NC: "NOT coalesce(contains({}, ?), false)",
    Operator.SW: "starts_with({}, ?)",
    Operator.EW: "suffix({}, ?)",
}

#: Operators that look at the text of a value whatever its type.
_ON_TEXT = frozenset({Operator.CO, Operator.NC, Operator.SW, Operator.EW})


@dataclass(frozen=True, slots=True)
class Condition:
    """A piece of SQL with its parameters, in order."""

    sql: str
    values: tuple[Value, ...] = ()

    @staticmethod
    def join(word: str, parts: Iterable[Condition]) -> Condition:
        """``parts`` joined by ``AND`` or ``OR``, in parentheses."""
        listed = list(parts)
        return Condition(
            "(" + f" {word} ".join(p.sql for p in listed) + ")",
            tuple(v for p in listed for v in p.values),
        )


def conditions(schema: DataSchema, query: DataQuery) -> list[Condition]:
    """What rows must meet, to be joined by AND.

    Raises ``SemanticError`` when the query names what the schema does not have,
    ``RequestSyntaxError`` when a value cannot be read (a period, a number).
    """
    year = _year_start(query)
    found = []
    keyed = _keys(schema, query)
    if keyed is not None:
        found.append(keyed)
    for one in query.filters:
        component = schema.by_id.get(one.component)
        if component is None:
            raise SemanticError(
                f"{schema.dataflow} has no component {one.component}. "
                f"It has {', '.join(schema.columns)}."
            )
        found.append(_filter(component, one, year))
    found.extend(_periods(schema, query, year))
    return found


def allowed(region: CubeRegion) -> Condition:
    """Rows inside a cube region of a content constraint (outside, when it excludes)."""
    parts = [
        Condition(f"{quoted(component)} IN ({', '.join('?' * len(codes))})", tuple(sorted(codes)))
        for component, codes in region.values
        if codes
    ]
    parts += [_within(limit) for _, limit in region.times]
    for component, code, limit in region.valid:
        other = Condition(f"{quoted(component)} IS DISTINCT FROM ?", (code,))
        parts.append(Condition.join("OR", (other, _within(limit))))
    return _inside(Condition.join("AND", [Condition("true"), *parts]), included=region.included)


def listed(keys: KeySet) -> Condition:
    """Rows with a key that a key set lists (without, when it excludes)."""
    groups = [
        Condition.join("OR", (_combination(ids, key) for key in sorted(combinations)))
        for ids, combinations in keys.groups
    ]
    if not groups:
        return Condition("true")
    return _inside(Condition.join("OR", groups), included=keys.included)


def _combination(ids: tuple[str, ...], key: tuple[str, ...]) -> Condition:
    return Condition.join(
        "AND", (Condition(f"{quoted(i)} = ?", (c,)) for i, c in zip(ids, key, strict=True))
    )


def _within(limit: TimeLimit) -> Condition:
    """Rows whose period lies in a limit."""
    parts = [Condition("true")]
    if limit.start is not None:
        parts.append(Condition(f"{quoted(START)} >= ?", (limit.start,)))
    if limit.end is not None:
        parts.append(Condition(f"{quoted(END)} <= ?", (limit.end,)))
    return Condition.join("AND", parts)


def _inside(inside: Condition, *, included: bool) -> Condition:
    if included:
        return inside
    return Condition(f"NOT coalesce({inside.sql}, false)", inside.values)


def _keys(schema: DataSchema, query: DataQuery) -> Condition | None:
    wanted = []
    for key in query.keys:
        _check_length(schema, key, short=query.short_keys)
        if not any(key):
            return None  # one of the alternatives is everything
        wanted.append(_key(schema, key))
    return Condition.join("OR", wanted) if wanted else None


def _check_length(schema: DataSchema, key: Key, *, short: bool) -> None:
    dimensions = schema.series_key
    if len(key) > len(dimensions) or (len(key) < len(dimensions) and not short):
        raise SemanticError(
            f"The key has {len(key)} parts but {schema.dataflow} has {len(dimensions)} "
            f"dimensions: {'.'.join(dimensions)}."
        )


def _key(schema: DataSchema, key: Key) -> Condition:
    parts = []
    for dimension, codes in zip(schema.series_key, key, strict=False):
        if len(codes) == 1:
            parts.append(Condition(f"{quoted(dimension)} = ?", codes))
        elif codes:
            marks = ", ".join("?" * len(codes))
            parts.append(Condition(f"{quoted(dimension)} IN ({marks})", codes))
    return Condition.join("AND", parts)


def _filter(component: Component, given: Filter, year: YearStart) -> Condition:
    return Condition.join(
        "OR",
        (
            Condition.join("AND", (_compare(component, c, year) for c in alternative))
            for alternative in given.alternatives
        ),
    )


def _compare(component: Component, comparison: Comparison, year: YearStart) -> Condition:
    operator, value = comparison.operator, comparison.value
    column = quoted(component.id)
    if operator not in _ON_TEXT:
        if component.role is Role.TIME:
            return _time(operator, _period(f"c[{component.id}]", value, year))
        if component.is_numeric:
            return _number(component, operator, value)
    return Condition(_TEXT[operator].format(column), (value,))


def _number(component: Component, operator: Operator, value: str) -> Condition:
    try:
        number = float(value)
    except ValueError:
        raise RequestSyntaxError(f"c[{component.id}] takes a number, not {value!r}.") from None
    if not math.isfinite(number):
        raise RequestSyntaxError(f"c[{component.id}] takes a finite number, not {value!r}.")
    return Condition(_TEXT[operator].format(f"number({quoted(component.id)})"), (number,))


def _time(operator: Operator, period: Period) -> Condition:
    """Comparison of spans: an observation equals a period when it lies inside it."""
    starts, ends = quoted(START), quoted(END)
    inside = Condition(f"({starts} >= ? AND {ends} <= ?)", (period.start, period.end))
    match operator:
        case Operator.EQ:
            return inside
        case Operator.NE:
            return Condition(f"NOT {inside.sql}", inside.values)
        case Operator.GE:
            return Condition(f"{starts} >= ?", (period.start,))
        case Operator.GT:
            return Condition(f"{starts} >= ?", (period.end,))
        case Operator.LE:
            return Condition(f"{ends} <= ?", (period.end,))
        case _:
            return Condition(f"{ends} <= ?", (period.start,))


def _periods(schema: DataSchema, query: DataQuery, year: YearStart) -> list[Condition]:
    given = (
        ("startPeriod", query.start_period, Operator.GE),
        ("endPeriod", query.end_period, Operator.LE),
    )
    found = []
    for name, text, operator in given:
        if text is None:
            continue
        if schema.time is None:
            raise SemanticError(f"{name} cannot be used: {schema.dataflow} has no time dimension.")
        found.append(_time(operator, _period(name, text, year)))
    return found


def _period(name: str, text: str, year: YearStart) -> Period:
    try:
        return parse(text, year)
    except PeriodError:
        raise RequestSyntaxError(
            f"{name} must be a period such as 2026, 2026-05, 2026-Q2 or 2026-05-17, not {text!r}."
        ) from None


def _year_start(query: DataQuery) -> YearStart:
    if query.reporting_year_start is None:
        return CALENDAR_YEAR
    return parse_year_start(query.reporting_year_start)
