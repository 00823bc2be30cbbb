"""How values and periods look to a reader, without changing what they say.

A value is text in its lexical form. It is shown with grouped digits; when it has more than two
decimals it is shown rounded (the larger, the fewer decimals) and :attr:`Figure.exact` holds the
whole of it, so that a page can say so. Nothing here computes with values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel.dates import format_date, format_datetime, format_skeleton
from babel.numbers import format_decimal

from hub.model.periods import parse

__all__ = ["Figure", "day", "figure", "moment", "period_name"]

#: Decimals that are always shown as they are.
SHOWN_DECIMALS = 2

#: Significant digits of a value that is shown rounded, and its most decimals.
_DIGITS, _MOST = 4, 6


@dataclass(frozen=True, slots=True)
class Figure:
    """A value as shown; ``exact`` is its full text where the shown one is rounded."""

    shown: str
    exact: str | None = None


def figure(value: str, locale: str) -> Figure:
    """The figure of a measure's value; text that is no number is shown as it is."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return Figure(value)
    if not number.is_finite():
        return Figure(value)
    decimals = max(0, -int(number.as_tuple().exponent))
    if decimals <= SHOWN_DECIMALS:
        return Figure(_grouped(number, decimals, locale))
    shown = min(max(_DIGITS - 1 - number.adjusted(), 1), _MOST)
    rounded = round(number, min(shown, decimals)).normalize()
    text = _grouped(rounded, max(0, -int(rounded.as_tuple().exponent)), locale)
    return Figure(text, value)


def _grouped(number: Decimal, decimals: int, locale: str) -> str:
    form = "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(format_decimal(number, format=form, locale=locale))


def moment(when: datetime, locale: str) -> str:
    """A point in time for a reader, in UTC, to the minute; a naive one is UTC."""
    return f"{format_datetime(_utc(when), 'd MMM y, HH:mm', locale=locale)} UTC"


def day(when: datetime, locale: str) -> str:
    """The day of a point in time for a reader, in UTC."""
    return str(format_date(_utc(when).date(), "d MMM y", locale=locale))


def _utc(when: datetime) -> datetime:
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


_YEAR = re.compile(r"^\d{4}(-A1)?$")
_MONTH = re.compile(r"^\d{4}-(M?\d{2})$")
_PART = re.compile(r"^(\d{4})-([QSTW])(\d{1,2})$")
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_PART_NAMES = {
    "en": {"Q": "Q{n} {y}", "S": "H{n} {y}", "T": "T{n} {y}", "W": "week {n}, {y}"},
    "es": {"Q": "T{n} {y}", "S": "S{n} {y}", "T": "C{n} {y}", "W": "sem. {n}, {y}"},
}


@lru_cache(maxsize=4096)
def period_name(text: str, locale: str) -> str:
    """A time period for a reader: ``Jan 2025``, ``Q1 2025``, ``Jan-May 2026``.

    One that has no shorter name is shown as it is written.
    """
    if _YEAR.match(text):
        return text[:4]
    if part := _PART.match(text):
        names = _PART_NAMES[locale[:2]]
        return names[part[2]].format(n=int(part[3]), y=part[1])
    try:
        span = parse(text)
    except ValueError:
        return text
    first, last = span.start.date(), (span.end - timedelta(days=1)).date()
    if _MONTH.match(text):
        return _month(first, locale)
    if _DAY.match(text):
        return str(format_date(first, "medium", locale=locale))
    return _range(first, last, locale) if "/" in text else text


def _month(day: date, locale: str) -> str:
    return str(format_skeleton("yMMM", day, locale=locale)).replace(" de ", " ")


def _range(first: date, last: date, locale: str) -> str:
    whole_months = first.day == 1 and (last + timedelta(days=1)).day == 1
    if not whole_months:
        ends = [str(format_date(d, "medium", locale=locale)) for d in (first, last)]
        return "\u2013".join(ends)
    if first.year != last.year:
        return f"{_month(first, locale)}\u2013{_month(last, locale)}"
    start = str(format_date(first, "MMM", locale=locale))
    return f"{start}\u2013{_month(last, locale)}"
