"""Schedules, what is due, and what came of it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import icalendar as ical
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model.calendar import Delivery, Schedule, Status, calendar_of, summary_of
from hub.model.icalendar import Event, icalendar
from hub.model.periods import parse

AGREEMENT = "MIGHUB:PA_X(1.0.0)"


def schedule(**given: str) -> Schedule:
    return Schedule.read(
        AGREEMENT, {"frequency": "M", "delay": "P1M6D", "since": "2026-01", **given}
    )


def came(period: str, when: str, frequency: str = "M") -> Delivery:
    span = parse(period)
    at = datetime.fromisoformat(when).replace(tzinfo=UTC)
    return Delivery(frequency, period, span.start, span.end, at)


def test_months_are_due_after_their_delay_and_the_running_one_is_shown() -> None:
    found = calendar_of(schedule(), [], date(2026, 3, 10))
    assert [(one.period, one.due, one.status) for one in found] == [
        ("2026-01", date(2026, 3, 7), Status.OVERDUE),
        ("2026-02", date(2026, 4, 7), Status.EXPECTED),
        ("2026-03", date(2026, 5, 7), Status.EXPECTED),
    ]
    assert [one.days for one in found] == [3, -28, -58]


@pytest.mark.parametrize(
    ("when", "status", "days"),
    [
        ("2026-03-01", Status.ON_TIME, -6),
        ("2026-03-07", Status.ON_TIME, 0),
        ("2026-03-14", Status.ON_TIME, 7),
        ("2026-03-15", Status.LATE, 8),
    ],
)
def test_what_came_is_on_time_within_the_tolerance(when: str, status: Status, days: int) -> None:
    one, *_ = calendar_of(schedule(tolerance="P7D"), [came("2026-01", when)], date(2026, 6, 1))
    assert (one.status, one.days) == (status, days)


@pytest.mark.parametrize(
    ("today", "status"),
    [
        (date(2026, 3, 7), Status.EXPECTED),
        (date(2026, 3, 8), Status.DUE),
        (date(2026, 3, 14), Status.DUE),
        (date(2026, 3, 15), Status.OVERDUE),
    ],
)
def test_what_has_not_come_is_due_and_then_overdue(today: date, status: Status) -> None:
    assert calendar_of(schedule(tolerance="P7D"), [], today)[0].status is status


def test_the_first_delivery_counts_and_another_frequency_does_not() -> None:
    deliveries = [
        came("2026-01", "2026-05-01"),
        came("2026-01", "2026-03-01"),
        came("2026", "2026-02-01", "A"),
        came("2026-01-01/P2M", "2026-03-02", "_U"),
    ]
    one, two, *_ = calendar_of(schedule(), deliveries, date(2026, 6, 1))
    assert (one.came, str(one.came_at)[:10], two.came) == (True, "2026-03-01", False)


def test_a_cumulative_delivery_is_one_for_its_last_month() -> None:
    deliveries = [
        came("2026-01", "2026-03-01", "M"),
        came("2026-01-01/P3M", "2026-05-01", "_U"),
        came("2025", "2026-02-01", "A"),
    ]
    found = calendar_of(schedule(cumulative="yes", since="2025-12"), deliveries, date(2026, 6, 1))
    assert [one.period for one in found if one.came] == ["2025-12", "2026-01", "2026-03"]


@pytest.mark.parametrize(
    ("frequency", "since", "names"),
    [
        ("A", "2024", ["2024", "2025", "2026"]),
        ("S", "2025-S1", ["2025-S1", "2025-S2", "2026-S1"]),
        ("Q", "2025-Q3", ["2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"]),
        ("T", "2025-T2", ["2025-T2", "2025-T3", "2026-T1", "2026-T2"]),
    ],
)
def test_periods_have_the_names_of_sdmx(frequency: str, since: str, names: list[str]) -> None:
    found = calendar_of(
        schedule(frequency=frequency, since=since, delay="P1Y"), [], date(2026, 6, 15)
    )
    assert [one.period for one in found] == names
    for one in found:
        assert parse(one.period).frequency == frequency


def test_a_schedule_that_ended_expects_no_more() -> None:
    found = calendar_of(schedule(until="2026-02"), [], date(2026, 12, 1))
    assert [one.period for one in found] == ["2026-01", "2026-02"]


@pytest.mark.parametrize(
    "given",
    [
        {"frequency": "W"}, {"delay": "45D"}, {"delay": "P"}, {"tolerance": "P1M"},
        {"since": "2026"}, {"until": "2026-Q1"}, {"cumulative": "true"}, {"when": "soon"},
    ],
)  # fmt: skip
def test_a_schedule_that_cannot_be_meant_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        schedule(**given)


def test_a_board_counts_what_was_due() -> None:
    deliveries = [came("2026-01", "2026-03-01"), came("2026-02", "2026-05-07")]
    today = date(2026, 7, 1)
    found = summary_of(calendar_of(schedule(tolerance="P7D"), deliveries, today), today)
    assert (found.due, found.came, found.on_time, found.overdue, found.days) == (4, 2, 1, 2, 12.0)


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=200)


@given(st.lists(st.tuples(texts, st.dates(date(1990, 1, 1), date(2099, 1, 1)), texts), max_size=4))
def test_a_feed_reads_back_as_it_was(rows: list[tuple[str, date, str]]) -> None:
    events = [Event(f"{i}@hub", day, summary, text) for i, (summary, day, text) in enumerate(rows)]
    feed = icalendar("Fechas, año; mes", events, datetime(2026, 1, 1, tzinfo=UTC))
    assert all(len(line) <= 75 for line in feed.split(b"\r\n"))
    read = list(ical.Calendar.from_ical(feed).walk("VEVENT"))
    assert [e.decoded("dtstart") for e in read] == [day for _, day, _ in rows]
    assert [str(e["uid"]) for e in read] == [one.uid for one in events]
    for event, one in zip(read, events, strict=True):
        assert (str(event.get("summary", "")), str(event.get("description", ""))) == (
            one.summary, one.description,
        )  # fmt: skip
