"""The reporting calendar."""

from __future__ import annotations

from hub.model.calendar import Status
from hub.store.reporting import LAST
from registry.calendar import MOST
from registry.describe.common import UNEXPECTED, error, ref
from registry.describe.model import Answer, Operation, Parameter, number, text

__all__ = ["OPERATIONS"]

_BAD = {400: error("A parameter cannot be read.")}
_WHOSE = (
    text("area", "Only this country, a code of CL_AREA.", "MEX"),
    text("provider", "Only this data provider.", "MEX_UPM"),
    number(
        "last", f"Periods of each agreement, up to {MOST}; boards count them.", 1,
        default=str(LAST),
    ),
)  # fmt: skip
_STATUS = Parameter(
    "status",
    f"Only periods of these, with commas between: {', '.join(Status)}.",
    {"type": "string"},
    Status.OVERDUE.value,
)

OPERATIONS = (
    Operation(
        "calendar",
        "/api/calendar",
        "What is due from whom, what came, how late",
        "A row for each period of each agreement that has a schedule, and for each country how "
        "many of the periods that were due came, and how many on time. `days` counts from the due "
        "date to the day figures of the period were first received, or to today.",
        {200: Answer("The calendar.", ref("Calendar")), **_BAD, **UNEXPECTED},
        parameters=(*_WHOSE, _STATUS),
    ),
    Operation(
        "calendarFeed",
        "/api/calendar.ics",
        "What has not come yet, for calendar programs",
        "An iCalendar feed (RFC 5545) with a day for each period that is still to come.",
        {200: Answer("The feed.", {"text/calendar": None}), **_BAD, **UNEXPECTED},
        parameters=_WHOSE,
    ),
)
