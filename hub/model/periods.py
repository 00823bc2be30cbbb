"""Time periods: what the lexical forms of SDMX mean as spans of time.

Every form of ``ObservationalTimePeriod`` (SDMX 2.1 and 3.0, ``SDMXCommon.xsd``; meaning in
Section 6, Technical Notes, 4.2) is read to a :class:`Period`:

=====================  ==========================  =========
form                   example                     frequency
=====================  ==========================  =========
Gregorian year         ``2020``                    ``A``
Gregorian year month   ``2020-05``                 ``M``
Gregorian day          ``2020-05-17``              ``D``
point in time          ``2020-05-17T10:30:00Z``    none
reporting period       ``2020-A1 -S2 -T3 -Q4 -M05  the letter
                       -W23 -D366``
time range             ``2026-01-01/P5M``          none
=====================  ==========================  =========

Each may end in a time zone (``Z``, ``-05:00``). Instants are naive UTC; without a zone the local
time is taken as UTC, SDMX's own default. ``end`` is exclusive. The calendar is checked: a month
13, a 30 February, a week 53 in a year of 52 or a day 366 in a year of 365 is no period.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, cast

import numpy as np
import pyarrow as pa

from hub.model.gregorian import PeriodError, add, add_months, first_day, moment

__all__ = [
    "CALENDAR_YEAR",
    "Form",
    "Period",
    "PeriodError",
    "YearStart",
    "add_months",
    "parse",
    "parse_year_start",
    "spans",
    "window",
]


class Form(StrEnum):
    """The family a lexical form belongs to."""

    GREGORIAN = "gregorian"
    REPORTING = "reporting"
    POINT = "point"
    RANGE = "range"


class YearStart(NamedTuple):
    """First day of a reporting year (the attribute ``REPORTING_YEAR_START_DAY``)."""

    month: int
    day: int


#: The reporting year that SDMX assumes when the data states none.
CALENDAR_YEAR = YearStart(1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time: ``start`` inclusive, ``end`` exclusive, both naive UTC.

    ``frequency`` is the letter of a regular period (``A S T Q M W D``) and ``None`` for a point
    in time or a range. A point lasts one microsecond, the resolution of the columns, so that the
    comparisons of spans hold for it too.
    """

    start: datetime
    end: datetime
    frequency: str | None
    form: Form


_ZONE = r"(?P<zone>Z|[+-](?:14:00|(?:0[0-9]|1[0-3]):[0-5][0-9]))?"
_TIME = (
    r"T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?"
)
_DURATION = re.compile(
    r"P(?!$)(?:(?P<years>[0-9]{1,9})Y)?(?:(?P<months>[0-9]{1,9})M)?(?:(?P<days>[0-9]{1,9})D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]{1,9})H)?(?:(?P<minutes>[0-9]{1,9})M)?"
    r"(?:(?P<seconds>[0-9]{1,9})(?:\.(?P<fraction>[0-9]{1,9}))?S)?)?"
)
_GREGORIAN = re.compile(
    rf"(?P<year>[0-9]{{4}})(?:-(?P<month>[0-9]{{2}})(?:-(?P<day>[0-9]{{2}})(?:{_TIME})?)?)?{_ZONE}"
)
_REPORTING = re.compile(
    r"(?P<year>[0-9]{4})-"
    r"(?:(?P<months>[ASTQ])(?P<part>[0-9])|(?P<month>M)(?P<m>[0-9]{2})|(?P<week>W)(?P<w>[0-9]{2})"
    rf"|(?P<day>D)(?P<d>[0-9]{{3}})){_ZONE}"
)
_YEAR_START = re.compile(rf"--(?P<month>[0-9]{{2}})-(?P<day>[0-9]{{2}}){_ZONE}")

#: Months in one reporting period.
_MONTHS = {"A": 12, "S": 6, "T": 4, "Q": 3, "M": 1}

_TICK = timedelta(microseconds=1)


@lru_cache(maxsize=16_384)
def parse(text: str, year_start: YearStart = CALENDAR_YEAR) -> Period:
    """Read one period.

    ``year_start`` is the first day of the reporting year; it moves reporting periods only. A
    reporting year has the name of the calendar year in which it starts.

    Raises
    ------
    PeriodError
        ``text`` is no lexical form of a period, or names a period the calendar does not have.
        (A ``ValueError``.)

    """
    start, slash, duration = text.partition("/")
    if slash:
        return _range(text, start, duration)
    if match := _GREGORIAN.fullmatch(text):
        return _gregorian(match)
    if match := _REPORTING.fullmatch(text):
        return _reporting(match, year_start)
    raise PeriodError("form", f"{text!r} is not a time period of SDMX")


def window(
    start_period: str | None, end_period: str | None
) -> tuple[datetime | None, datetime | None]:
    """The span a query asks for, as ``(first instant, exclusive end)``; ``None`` is open.

    ``startPeriod`` counts from the first instant of its period and ``endPeriod`` to the last
    instant of its own, so data of any frequency that lies inside matches (SDMX REST 1.5, 4.4).

    Raises ``PeriodError`` when a text is no period.
    """
    first = parse(start_period).start if start_period is not None else None
    last = parse(end_period).end if end_period is not None else None
    return first, last


def spans(
    values: pa.Array[Any] | pa.ChunkedArray[Any], year_start: YearStart = CALENDAR_YEAR
) -> tuple[pa.Array[Any], pa.Array[Any]]:
    """Start and exclusive end of each period of a column, as ``timestamp[us]``, naive UTC.

    ``values`` are texts, dictionary encoded or not, of shape ``(n,)``; each distinct text is read
    once. A null gives nulls.

    Raises ``PeriodError`` when a text is no period: store only what was validated.
    """
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if not pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_encode()
    coded = cast("pa.DictionaryArray[Any, Any]", whole)
    texts = coded.dictionary.to_pylist()
    used = np.zeros(len(texts), dtype=bool)
    used[coded.indices.drop_null().to_numpy()] = True
    periods = [
        parse(text, year_start) if wanted and text is not None else None
        for text, wanted in zip(texts, used.tolist(), strict=True)
    ]
    stamp = pa.timestamp("us")
    starts = pa.array([p and p.start for p in periods], stamp)
    ends = pa.array([p and p.end for p in periods], stamp)
    return starts.take(coded.indices), ends.take(coded.indices)


def parse_year_start(text: str) -> YearStart:
    """Read ``--MM-DD`` (``xs:gMonthDay``), the start day of a reporting year.

    Raises ``PeriodError`` when it has another form or there is no such day.
    """
    match = _YEAR_START.fullmatch(text)
    if match is None:
        raise PeriodError("form", f"{text!r} is not a day of the year written as --MM-DD")
    start = YearStart(int(match["month"]), int(match["day"]))
    first_day(2000, *start)  # a leap year: --02-29 is a day
    return start


def _gregorian(match: re.Match[str]) -> Period:
    year = int(match["year"])
    if match["month"] is None:
        start = first_day(year, 1, 1)
        return _period(start, add_months(start, 12), "A", Form.GREGORIAN, match["zone"])
    if match["day"] is None:
        start = first_day(year, int(match["month"]), 1)
        return _period(start, add_months(start, 1), "M", Form.GREGORIAN, match["zone"])
    start = first_day(year, int(match["month"]), int(match["day"]))
    if match["hour"] is None:
        end = add(start, timedelta(days=1))
        return _period(start, end, "D", Form.GREGORIAN, match["zone"])
    point = _clock(start, match)
    return _period(point, add(point, _TICK), None, Form.POINT, match["zone"])


def _reporting(match: re.Match[str], year_start: YearStart) -> Period:
    year = int(match["year"])
    letter = match["months"] or match["month"] or match["week"] or match["day"]
    number = int(match["part"] or match["m"] or match["w"] or match["d"])
    base, days_in_year = _base(letter, year, year_start)
    if letter in _MONTHS:
        length = _MONTHS[letter]
        last = 12 // length
        start, end = add_months(base, (number - 1) * length), add_months(base, number * length)
    else:
        days = 7 if letter == "W" else 1
        last = days_in_year // days
        start = add(base, timedelta(days=(number - 1) * days))
        end = add(base, timedelta(days=number * days))
    if not 1 <= number <= last:
        raise PeriodError(
            "number",
            f"the year {year} has {last} periods {letter}, there is no {letter}{number}",
            year=year,
            letter=letter,
            last=last,
            number=number,
        )
    return _period(start, end, letter, Form.REPORTING, match["zone"])


def _base(letter: str, year: int, year_start: YearStart) -> tuple[datetime, int]:
    """First instant of the reporting year and its length in days (Technical Notes 4.2.5)."""
    start, following = (_year_begins(letter, each, year_start) for each in (year, year + 1))
    begin = datetime.min if start < 1 else datetime.fromordinal(start)
    return begin, following - start


def _year_begins(letter: str, year: int, year_start: YearStart) -> int:
    """Day number on which a reporting year begins; weeks count from the nearest Monday."""
    cycle = 146_097 if year > 9999 else 0  # days in the 400 years after which dates repeat
    day = first_day(year - 400 if cycle else year, *year_start).toordinal() + cycle
    if letter == "W":
        weekday = (day + 6) % 7
        day += -weekday if weekday <= 3 else 7 - weekday
    return day


def _range(text: str, start: str, duration: str) -> Period:
    match = _GREGORIAN.fullmatch(start)
    if match is None or match["day"] is None:
        raise PeriodError(
            "range_start",
            f"{text!r}: the start of a time range must be a date or a date and time",
        )
    length = _DURATION.fullmatch(duration)
    if length is None:
        raise PeriodError("duration", f"{duration!r} is not a duration such as P5M, P1Y or P7D")
    begin = first_day(int(match["year"]), int(match["month"]), int(match["day"]))
    if match["hour"] is not None:
        begin = _clock(begin, match)
    months = 12 * int(length["years"] or 0) + int(length["months"] or 0)
    try:
        rest = timedelta(
            days=int(length["days"] or 0),
            hours=int(length["hours"] or 0),
            minutes=int(length["minutes"] or 0),
            seconds=int(length["seconds"] or 0),
            microseconds=_microseconds(length["fraction"]),
        )
    except OverflowError:
        rest = timedelta.max
    end = add(add_months(begin, months), rest)
    if end <= begin:
        raise PeriodError("duration", f"{duration!r} lasts no time; a range must be longer")
    return _period(begin, end, None, Form.RANGE, match["zone"])


def _period(
    start: datetime, end: datetime, frequency: str | None, form: Form, zone: str | None
) -> Period:
    """The period in UTC, from its local instants."""
    if zone and zone != "Z":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
        offset = offset if zone[0] == "-" else -offset
        start, end = add(start, offset), add(end, offset)
    return Period(start, end, frequency, form)


def _microseconds(fraction: str | None) -> int:
    """Decimals of a second; what is finer than a microsecond is below our resolution."""
    return int((fraction or "0")[:6].ljust(6, "0"))


def _clock(day: datetime, match: re.Match[str]) -> datetime:
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"])
    return moment(day, hour, minute, second, _microseconds(match["fraction"]))
