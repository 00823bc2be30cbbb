"""The reporting calendar: which period is due when, and what came of it. Values only, no I/O.

The idea is that of the release calendar of SDMX 2.1 (Section 3A, content constraints): a
periodicity, and the time after which data are expected and then late. The delay counts from the
end of each period, so that it means the same for months and for years.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Any

from hub.model.gregorian import add_months
from hub.model.periods import parse
from hub.model.schema import StructureRef

__all__ = ["Delivery", "Due", "Schedule", "Status", "Summary", "calendar_of", "summary_of"]

#: Months of a period by its frequency (code of CL_FREQ).
_MONTHS: Mapping[str, int] = {"A": 12, "S": 6, "T": 4, "Q": 3, "M": 1}
_DELAY = re.compile(r"P(?=\d)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<days>\d+)D)?")
_KEYS = {"frequency", "delay", "tolerance", "since", "until", "cumulative"}


class Status(StrEnum):
    """What is known of a period.

    ``EXPECTED`` is not due yet; ``DUE`` is, but within the tolerance; ``OVERDUE`` is beyond it;
    ``ON_TIME`` and ``LATE`` have come.
    """

    EXPECTED = "expected"
    DUE = "due"
    OVERDUE = "overdue"
    ON_TIME = "on_time"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When data of a provision agreement are due.

    ``delay`` are months and days after the end of a period, ``tolerance`` days after that.
    ``since`` and ``until`` are the first and last period. ``cumulative``: a delivery for January
    to a month is one for that month.
    """

    agreement: StructureRef
    frequency: str
    delay: tuple[int, int]
    tolerance: int
    since: str
    until: str | None = None
    cumulative: bool = False

    @classmethod
    def read(cls, agreement: str, given: Mapping[str, str]) -> Schedule:
        """An entry of a calendar file. Raises ``ValueError`` saying what is wrong."""
        unknown, missing = given.keys() - _KEYS, {"frequency", "delay", "since"} - given.keys()
        if unknown or missing:
            raise ValueError(
                f"{agreement}: keys that are missing {sorted(missing)}, that nobody knows"
                f" {sorted(unknown)}"
            )
        if given["frequency"] not in _MONTHS:
            raise ValueError(f"{agreement}: the frequency is one of {', '.join(_MONTHS)}")
        if given.get("cumulative", "no") not in ("yes", "no"):
            raise ValueError(f"{agreement}: cumulative is yes or no")
        tolerance = _duration(given.get("tolerance", "P0D"))
        if tolerance[0]:
            raise ValueError(f"{agreement}: the tolerance is in days, such as P7D")
        for name in ("since", "until"):
            if name in given and parse(given[name]).frequency != given["frequency"]:
                raise ValueError(f"{agreement}: {name} is no period of {given['frequency']}")
        return cls(
            StructureRef.parse(agreement),
            given["frequency"],
            _duration(given["delay"]),
            tolerance[1],
            given["since"],
            given.get("until"),
            given.get("cumulative") == "yes",
        )


@dataclass(frozen=True, slots=True)
class Delivery:
    """A period that figures came for, and when they first did (aware, UTC)."""

    frequency: str
    period: str
    starts: datetime
    ends: datetime
    came_at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """A period of a schedule. ``days`` after the due date it came, or has not come until now."""

    schedule: Schedule
    period: str
    due: date
    status: Status
    came_at: datetime | None
    days: int

    @property
    def came(self) -> bool:
        """Whether figures of the period are there."""
        return self.came_at is not None

    @property
    def open(self) -> bool:
        """Whether it is due and has not come."""
        return self.status in (Status.DUE, Status.OVERDUE)


@dataclass(frozen=True, slots=True)
class Summary:
    """Completeness and timeliness of some periods that were due.

    ``days`` is the median of the days after the due date that they came; ``None`` when none did.
    """

    due: int
    came: int
    on_time: int
    overdue: int
    days: float | None

    def to_dict(self) -> dict[str, Any]:
        """As JSON can state it."""
        return {name: getattr(self, name) for name in self.__slots__}


def calendar_of(schedule: Schedule, deliveries: Iterable[Delivery], today: date) -> list[Due]:
    """All periods that are over, oldest first, and the one that is not."""
    came = [d for d in deliveries if d.frequency == schedule.frequency or schedule.cumulative]
    months = _MONTHS[schedule.frequency]
    start = parse(schedule.since).start
    last = None if schedule.until is None else parse(schedule.until).start
    found: list[Due] = []
    while last is None or start <= last:
        end = add_months(start, months)
        found.append(_due(schedule, (start, end), came, today))
        if end.date() > today:
            break
        start = end
    return found


def _due(
    schedule: Schedule, span: tuple[datetime, datetime], came: Sequence[Delivery], today: date
) -> Due:
    start, end = span
    months, days = schedule.delay
    due = (add_months(end, months) + timedelta(days=days)).date()
    first = min(
        (
            d.came_at
            for d in came
            if d.ends == end and (d.starts <= start if schedule.cumulative else d.starts == start)
        ),
        default=None,
    )
    after = ((today if first is None else first.date()) - due).days
    if first is not None:
        status = Status.ON_TIME if after <= schedule.tolerance else Status.LATE
    elif after <= 0:
        status = Status.EXPECTED
    else:
        status = Status.DUE if after <= schedule.tolerance else Status.OVERDUE
    return Due(schedule, _name(schedule.frequency, start), due, status, first, after)


def summary_of(periods: Iterable[Due], today: date) -> Summary:
    """How complete and how timely; periods that are not due yet do not count."""
    counted = [one for one in periods if one.due < today or one.came]
    came = [one for one in counted if one.came]
    return Summary(
        due=len(counted),
        came=len(came),
        on_time=sum(one.status is Status.ON_TIME for one in came),
        overdue=sum(one.status is Status.OVERDUE for one in counted),
        days=float(median(one.days for one in came)) if came else None,
    )


def _name(frequency: str, start: datetime) -> str:
    if frequency == "A":
        return f"{start.year}"
    if frequency == "M":
        return f"{start.year}-{start.month:02d}"
    return f"{start.year}-{frequency}{(start.month - 1) // _MONTHS[frequency] + 1}"


def _duration(text: str) -> tuple[int, int]:
    """Months and days of ``P1M6D``."""
    match = _DELAY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no time such as P45D, P2M or P1M7D")
    years, months, days = (int(match[name] or 0) for name in ("years", "months", "days"))
    return 12 * years + months, days
