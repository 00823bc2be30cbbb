"""Which rows of a block a rule about single observations may be about, from its dictionaries.

The answers may name rows too many, never too few: what is named is judged by
:mod:`hub.validation.field.cells`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from hub.validation.field.context import FieldContext, Validities
from hub.validation.field.kinds import (
    Accounts,
    Cells,
    Embargo,
    Future,
    Kind,
    Margins,
    Scope,
    Sender,
    Side,
    Validity,
)
from hub.validation.view import Column, Mask, View

__all__ = ["ByRow", "Some", "both", "in_scope", "of_codes"]

_LONG_AGO, _FAR_AHEAD = np.iinfo(np.int64).min, np.iinfo(np.int64).max


Floats = npt.NDArray[np.float64]
#: Some rows of a block: all, none, or a mask.
Some: TypeAlias = Mask | bool

_VALUE = {
    "positive": lambda value: value > 0,
    "negative": lambda value: value < 0,
    "fraction": lambda value: value != np.trunc(value),
}


def of_codes(view: View, component: str, codes: Collection[str]) -> Some:
    """Rows that have one of some codes."""
    column = view.column(component)
    return False if column is None else _where(column, lambda text: text in codes)


def _where(column: Column, test: Callable[[str], bool]) -> Some:
    """Rows whose text passes a test."""
    used = column.used.tolist()
    fit = [place for place in used if test(column.values[place])]
    if not fit:
        return False
    if len(fit) == len(used):
        return True if not column.missing.any() else ~column.missing
    return column.rows_of(fit)


def in_scope(view: View, scope: Scope) -> Some:
    """Rows that a rule is about."""
    rows: Some = True
    for component, codes in scope.where.items():
        rows = both(rows, of_codes(view, component, codes))
    for component, codes in scope.unless.items():
        rows = both(rows, _not(of_codes(view, component, codes)))
        column = view.column(component)
        if "" in codes:
            rows = both(rows, column is not None and ~column.missing)
    return rows


def both(one: Some, other: Some) -> Some:
    """Rows that are in both."""
    if one is False or other is False:
        return False
    if one is True or other is True:
        return other if one is True else one
    rows: Mask = one & other
    return rows if rows.any() else False


def either(one: Some, other: Some) -> Some:
    """Rows that are in one of two."""
    if one is True or other is True:
        return True
    if one is False or other is False:
        return other if one is False else one
    rows: Mask = one | other
    return rows


def _not(rows: Some) -> Some:
    return not rows if isinstance(rows, bool) else ~rows


class ByRow:
    """Finds the rows of one rule.

    ``begins`` and ``ends`` of :meth:`__call__` are the instants that the period of each row covers,
    in microseconds since 1970.
    """

    def __init__(self, kind: Kind, scope: Scope, context: FieldContext, view: View) -> None:
        self._kind = kind
        self._scope = scope
        self._context = context
        self._schema = view.schema
        self._now = int(context.now.astimezone(UTC).timestamp() * 1_000_000)
        self._validity: dict[str, Validities] = {}
        if isinstance(kind, Validity):
            for dimension in kind.dimensions:
                codelist = view.schema.by_id[dimension].codelist
                known = context.validity(codelist) if codelist is not None else {}
                self._validity[dimension] = known
        self._areas: frozenset[str] | None = None
        if isinstance(kind, Sender):
            self._areas = context.areas(view.schema.dataflow, kind.dimension)

    def __call__(
        self, view: View, value: Floats, periods: tuple[npt.NDArray[np.int64], ...] | None
    ) -> Some:
        """Rows of a block. ``value`` is not a number where there is no value."""
        rows = in_scope(view, self._scope)
        return False if rows is False else both(rows, self._found(view, value, periods))

    def _found(  # noqa: PLR0911 - one line for each kind
        self, view: View, value: Floats, periods: tuple[npt.NDArray[np.int64], ...] | None
    ) -> Some:
        match self._kind:
            case Cells() as kind:
                return _cells(kind, view, value)
            case Validity() as kind:
                return periods is not None and self._outside(kind, view, *periods)
            case Future() as kind:
                return periods is not None and self._ahead(kind, *periods) & ~np.isnan(value)
            case Sender() as kind:
                column, allowed = view.column(kind.dimension), self._areas
                if allowed is None or column is None:
                    return False
                return _where(column, lambda text: text not in allowed)
            case Embargo() as kind:
                timed = _where(column, bool) if (column := view.column(kind.time)) else False
                return either(timed, of_codes(view, kind.component, kind.codes))
            case Margins() as kind:
                return _margins(kind, view)
            case Accounts() as kind:
                return self._accounts(kind, view)
        return True

    def _ahead(
        self, kind: Future, starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
    ) -> Mask:
        """Rows of periods that have not begun, or have and have not ended."""
        ahead: Mask = starts > self._now
        return ~ahead & (ends > self._now) if kind.begun else ahead

    def _outside(
        self, kind: Validity, view: View, starts: npt.NDArray[np.int64],
        ends: npt.NDArray[np.int64],
    ) -> Some:  # fmt: skip
        found: Some = False
        for dimension, known in self._validity.items():
            column = view.column(dimension)
            if column is None:
                continue
            first = np.full(len(column.values) + 1, _LONG_AGO)
            last = np.full(len(column.values) + 1, _FAR_AHEAD)
            for position in column.used.tolist():
                since, until = known.get(column.values[position], (None, None))
                if since is not None and kind.begun:
                    first[position] = _instant(since)
                if until is not None and kind.ended:
                    last[position] = _instant(_later(until, kind.grace))
            if ends.min() > first.max() and starts.max() <= last.min():
                continue
            found = either(found, (starts > last[column.codes]) | (ends <= first[column.codes]))
        return found

    def _accounts(self, kind: Accounts, view: View) -> Some:
        flow = view.schema.dataflow
        found: Some = False
        for side in (kind.stock, kind.inflow, kind.outflow):
            if side.dataflow == f"{flow.agency}:{flow.id}":
                found = either(found, _side(side, kind.dimensions, view))
        return found


def _cells(kind: Cells, view: View, value: Floats) -> Some:
    found: Some = True
    for component, codes in (kind.codes or {}).items():
        found = both(found, of_codes(view, component, codes))
    for pair, same in ((kind.same, True), (kind.differ, False)):
        if pair and found is not False:
            equal = _equal(view, pair)
            found = both(found, equal if same else ~equal)
    if found is False:
        return False
    if kind.value is not None:
        return both(found, _VALUE[kind.value](value))
    return both(found, ~np.isnan(value))


def _equal(view: View, pair: Sequence[str]) -> Mask:
    """Rows in which two components have the same text."""
    one, other = (view.column(name) for name in pair)
    if one is None or other is None:
        return np.zeros(view.rows, dtype=bool)
    place = {text: number for number, text in enumerate(one.values)}
    table = np.array([*(place.get(text, -2) for text in other.values), -2], np.int64)
    same: Mask = one.codes == table[other.codes]
    return same


def _margins(kind: Margins, view: View) -> Some:
    """Rows that stand in a margin: all dimensions broken down but one, or all, at their total."""
    apart = np.zeros(view.rows, np.int8)
    for dimension in kind.breakdowns:
        total = of_codes(view, dimension, (kind.total,))
        if total is not True:
            apart += ~total if total is not False else np.int8(1)
    rows: Mask = apart <= 1
    return rows if rows.any() else False


def _side(side: Side, dimensions: Sequence[str], view: View) -> Some:
    codes = dict(side.where)
    for dimension in view.schema.series_key:
        if dimension not in dimensions:
            codes.setdefault(dimension, ("_T",))
    return in_scope(view, Scope(codes, {}))


def _instant(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1_000_000)


def _later(day: date, years: int) -> date:
    last = 28 if (day.month, day.day) == (2, 29) else day.day
    return day.replace(year=min(day.year + years, 9999), day=last)
