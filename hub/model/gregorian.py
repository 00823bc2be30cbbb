"""Arithmetic of the Gregorian calendar, held between the years 1 and 9999.

Durations are added as XML Schema Part 2, Appendix E says. What would leave the calendar stops at
its end, so that ``9999`` can stand for "open" in a query.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

__all__ = ["PeriodError", "add", "add_months", "days_in_month", "first_day", "moment"]


class PeriodError(ValueError):
    """A text that is no period.

    ``reason`` names why, for messages in other languages: ``form``, ``year``, ``month``, ``day``,
    ``time``, ``number``, ``duration``, ``range_start``. ``details`` are the values it speaks of.
    """

    def __init__(self, reason: str, sentence: str, **details: object) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.details = {name: str(value) for name, value in details.items()}


def add(instant: datetime, delta: timedelta) -> datetime:
    """``instant + delta``, held at the ends of the calendar."""
    try:
        return instant + delta
    except OverflowError:
        return datetime.max if delta > timedelta(0) else datetime.min


def add_months(instant: datetime, months: int) -> datetime:
    """``instant`` plus calendar months; a day past the month's end becomes its last day.

    31 January + 1 month is 28 or 29 February.
    """
    year, month = divmod(instant.year * 12 + instant.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return datetime.max if year > 9999 else datetime.min
    day = min(instant.day, days_in_month(year, month + 1))
    return instant.replace(year=year, month=month + 1, day=day)


def days_in_month(year: int, month: int) -> int:
    """28 to 31."""
    if month == 12:
        return 31
    return (date(year, month + 1, 1) - date(year, month, 1)).days


def first_day(year: int, month: int, day: int) -> datetime:
    """Midnight at the start of a day.

    Raises ``PeriodError`` when the calendar has no such day.
    """
    if year < 1:
        raise PeriodError("year", "there is no year 0000")
    if not 1 <= month <= 12:
        raise PeriodError("month", f"there is no month {month:02}", month=f"{month:02}")
    last = days_in_month(year, month)
    if not 1 <= day <= last:
        name = f"{year:04}-{month:02}"
        raise PeriodError(
            "day",
            f"the month {name} has {last} days, there is no day {day:02}",
            month=name,
            last=last,
            day=f"{day:02}",
        )
    return datetime(year, month, day)


def moment(day: datetime, hour: int, minute: int, second: int, microsecond: int) -> datetime:
    """A time of a day. ``24:00:00`` is the end of the day, as in ``xs:dateTime``.

    Raises ``PeriodError`` when a clock has no such time.
    """
    if hour == 24 and not (minute or second or microsecond):
        return add(day, timedelta(days=1))
    if hour > 23 or minute > 59 or second > 59:
        name = f"{hour:02}:{minute:02}:{second:02}"
        raise PeriodError("time", f"there is no time {name}", time=name)
    return day.replace(hour=hour, minute=minute, second=second, microsecond=microsecond)
