"""Time periods: every lexical form, the calendar, the arithmetic, the columns."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model.gregorian import add_months
from hub.model.periods import (
    Form,
    PeriodError,
    YearStart,
    parse,
    parse_year_start,
    spans,
    window,
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.conformance(
    "v1.period.year",
    "v1.period.month",
    "v1.period.day",
    "v1.period.instant",
    "v1.period.reporting_year",
    "v1.period.reporting_semester",
    "v1.period.reporting_trimester",
    "v1.period.reporting_quarter",
    "v1.period.reporting_month",
    "v1.period.reporting_week",
    "v1.period.reporting_day",
    "v1.period.range",
    "v1.period.zone",
)
@pytest.mark.parametrize(
    ("text", "start", "end", "frequency"),
    [
        ("2020", "2020-01-01", "2021-01-01", "A"),
        ("2020-12", "2020-12-01", "2021-01-01", "M"),
        ("2020-02-29", "2020-02-29", "2020-03-01", "D"),
        ("2020-A1", "2020-01-01", "2021-01-01", "A"),
        ("2020-S2", "2020-07-01", "2021-01-01", "S"),
        ("2020-T3", "2020-09-01", "2021-01-01", "T"),
        ("2020-Q1", "2020-01-01", "2020-04-01", "Q"),
        ("2020-M05", "2020-05-01", "2020-06-01", "M"),
        ("2021-W01", "2021-01-04", "2021-01-11", "W"),
        ("2020-W53", "2020-12-28", "2021-01-04", "W"),
        ("2020-D060", "2020-02-29", "2020-03-01", "D"),
        ("2020-D366", "2020-12-31", "2021-01-01", "D"),
        ("2020-D010", "2020-01-10", "2020-01-11", "D"),  # a published pattern refuses this one
        ("2026-01-01/P5M", "2026-01-01", "2026-06-01", None),
        ("2026-01-31/P1M", "2026-01-31", "2026-02-28", None),
        ("2024-02-29/P1Y", "2024-02-29", "2025-02-28", None),
        ("2026-01-01/P1Y2M3DT4H5M6.5S", "2026-01-01", "2027-03-04T04:05:06.500000", None),
        ("2026-01-01T12:00:00/PT36H", "2026-01-01T12:00:00", "2026-01-03T00:00:00", None),
        ("2020-05-17T10:30:00", "2020-05-17T10:30:00", "2020-05-17T10:30:00.000001", None),
        ("2020-05-17T24:00:00", "2020-05-18T00:00:00", "2020-05-18T00:00:00.000001", None),
        ("2020-05-17T10:30:00.25Z", "2020-05-17T10:30:00.25", "2020-05-17T10:30:00.250001", None),
        # zones: local midnight in UTC
        ("2020Z", "2020-01-01", "2021-01-01", "A"),
        ("2020-05:00", "2020-01-01T05:00", "2021-01-01T05:00", "A"),
        ("2020-06-05:00", "2020-06-01T05:00", "2020-07-01T05:00", "M"),
        ("2020-Q3+02:00", "2020-06-30T22:00", "2020-09-30T22:00", "Q"),
        ("2026-01-01-06:00/P5M", "2026-01-01T06:00", "2026-06-01T06:00", None),
    ],
)
def test_each_form_means_its_span(text: str, start: str, end: str, frequency: str | None) -> None:
    period = parse(text)
    assert (period.start, period.end) == (at(start), at(end))
    assert period.frequency == frequency


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2020", Form.GREGORIAN),
        ("2020-05-17T00:00:00", Form.POINT),
        ("2020-W05", Form.REPORTING),
        ("2020-01-01/P1D", Form.RANGE),
    ],
)
def test_the_form_is_told(text: str, form: Form) -> None:
    assert parse(text).form is form


@pytest.mark.conformance("v1.period.refused")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "form"),
        ("20x0", "form"),
        (" 2020", "form"),
        ("2020\n", "form"),
        ("20", "form"),
        ("12020", "form"),
        ("-2020", "form"),
        ("2020-5", "form"),
        ("202005", "form"),
        ("2020M05", "form"),
        ("2020-M5", "form"),
        ("2020-q1", "form"),
        ("2020-H1", "form"),
        ("2020-01-01T10:00", "form"),
        ("2020-01-01 10:00:00", "form"),
        ("2020+14:30", "form"),
        ("٢٠٢٠", "form"),
        ("0000", "year"),
        ("2020-13", "month"),
        ("2020-00", "month"),
        ("2021-02-29", "day"),
        ("2021-02-30", "day"),
        ("1900-02-29", "day"),
        ("2020-04-31", "day"),
        ("2020-01-00", "day"),
        ("2020-01-01T25:00:00", "time"),
        ("2020-01-01T24:00:01", "time"),
        ("2020-01-01T10:60:00", "time"),
        ("2020-01-01T10:00:60", "time"),
        ("2020-A2", "number"),
        ("2020-S3", "number"),
        ("2020-T4", "number"),
        ("2020-Q0", "number"),
        ("2020-Q5", "number"),
        ("2020-M13", "number"),
        ("2020-W00", "number"),
        ("2021-W53", "number"),
        ("2020-W54", "number"),
        ("2021-D366", "number"),
        ("2020-D000", "number"),
        ("2020-D367", "number"),
        ("2026-01-01/", "duration"),
        ("2026-01-01/P", "duration"),
        ("2026-01-01/PT", "duration"),
        ("2026-01-01/P1YT", "duration"),
        ("2026-01-01/P2W", "duration"),
        ("2026-01-01/-P1M", "duration"),
        ("2026-01-01/P1.5M", "duration"),
        ("2026-01-01/P0D", "duration"),
        ("2026-01-01/2026-02-01", "duration"),
        ("2026/P1Y", "range_start"),
        ("2026-01/P1M", "range_start"),
        ("2026-02-30/P1M", "day"),
        ("2026-01-01/P1M/P1M", "duration"),
    ],
)
def test_what_is_no_period_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(PeriodError) as caught:
        parse(text)
    assert caught.value.reason == reason
    assert isinstance(caught.value, ValueError)


@pytest.mark.conformance("v1.period.reporting_start_day")
@pytest.mark.parametrize(
    ("text", "start_day", "start", "end"),
    [
        # the two worked examples of the Technical Notes
        ("2010-Q2", "--07-01", "2010-10-01", "2011-01-01"),
        ("2011-W36", "--07-01", "2012-03-05", "2012-03-12"),
        ("2000-A1", "--04-06", "2000-04-06", "2001-04-06"),
        ("2019-D366", "--07-01", "2020-06-30", "2020-07-01"),  # this reporting year has 29 February
        ("2020-M02", "--01-31", "2020-02-29", "2020-03-31"),
        ("2020", "--07-01", "2020-01-01", "2021-01-01"),  # Gregorian forms do not move
    ],
)
def test_reporting_years_start_where_the_data_says(
    text: str, start_day: str, start: str, end: str
) -> None:
    period = parse(text, parse_year_start(start_day))
    assert (period.start, period.end) == (at(start), at(end))


def test_a_day_beyond_a_shifted_reporting_year_is_refused() -> None:
    with pytest.raises(PeriodError):
        parse("2020-D366", YearStart(7, 1))  # July 2020 to June 2021 has no 29 February


@pytest.mark.parametrize("text", ["07-01", "--7-1", "--13-01", "--02-30", "--04-31", ""])
def test_a_year_start_must_be_a_day_of_the_year(text: str) -> None:
    with pytest.raises(PeriodError):
        parse_year_start(text)


def test_the_ends_of_the_calendar_hold() -> None:
    assert parse("9999").end == datetime.max
    assert parse("9999-W52").frequency == "W"
    assert parse("9999-D365").end == datetime.max
    assert parse("0001+14:00").start == datetime.min
    assert parse("2020-01-01/P999999999Y").end == datetime.max


@pytest.mark.conformance("v1.period.reporting_week", "v1.period.reporting_day")
@given(st.dates(date(1, 1, 4), date(9999, 12, 1)))
def test_weeks_and_days_agree_with_the_iso_calendar(day: date) -> None:
    midnight = datetime.combine(day, datetime.min.time())
    year, week, weekday = day.isocalendar()
    assert parse(f"{year:04}-W{week:02}").start == midnight - timedelta(days=weekday - 1)
    assert parse(f"{day.year:04}-D{day.timetuple().tm_yday:03}").start == midnight
    assert parse(day.isoformat()).start == midnight


@given(
    st.integers(1, 9998), st.sampled_from("ASTQMWD"), st.sampled_from([(1, 1), (7, 1), (10, 15)])
)
def test_reporting_periods_tile_their_year(year: int, letter: str, start: tuple[int, int]) -> None:
    first = YearStart(*start)
    digits = {"M": 2, "W": 2, "D": 3}.get(letter, 1)
    found = []
    for number in range(1, 10**digits):
        try:
            found.append(parse(f"{year:04}-{letter}{number:0{digits}}", first))
        except PeriodError:
            break
    assert all(a.end == b.start for a, b in pairwise(found))
    following = parse(f"{year + 1:04}-{letter}{1:0{digits}}", first)
    assert found[-1].end == following.start


@given(
    st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)),
    st.integers(-13 * 60, 14 * 60),
)
def test_zones_are_turned_into_utc(moment: datetime, minutes: int) -> None:
    sign = "-" if minutes < 0 else "+"
    text = f"{moment.isoformat()}{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    expected = datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
    assert parse(text).start == expected


@given(st.datetimes(datetime(1600, 1, 1), datetime(2400, 1, 1)), st.integers(-2400, 2400))
def test_adding_months_moves_the_month_and_holds_the_day(moment: datetime, months: int) -> None:
    moved = add_months(moment, months)
    assert moved.year * 12 + moved.month == moment.year * 12 + moment.month + months
    assert moved.day == moment.day or (
        (moved + timedelta(days=1)).day == 1 and moved.day < moment.day
    )
    assert moved.time() == moment.time()


@given(st.text(max_size=30))
def test_no_text_makes_it_fail_otherwise(text: str) -> None:
    try:
        period = parse(text)
    except PeriodError:
        return
    assert period.start < period.end


@pytest.mark.conformance(
    "v1.period.first_instant", "v1.period.last_instant", "v1.period.frequencies"
)
@pytest.mark.parametrize(
    ("asked", "observed", "inside"),
    [
        (("2012", "2012"), "2012-12", True),
        (("2012", "2012"), "2012-Q4", True),
        (("2012", "2012"), "2012-W52", True),
        (("2012", "2012"), "2012-12-31T23:59:59", True),
        (("2012", "2012"), "2013", False),
        (("2012-02", None), "2012", False),
        ((None, "2012-06-30"), "2012-S1", True),
        (("2012-05-01T00:00:00", None), "2012-05", True),
        (("2010-Q3", None), "2010-07", True),
    ],
)
def test_a_window_takes_what_lies_inside_it(
    asked: tuple[str | None, str | None], observed: str, inside: bool
) -> None:
    first, last = window(*asked)
    period = parse(observed)
    assert inside == (
        (first is None or period.start >= first) and (last is None or period.end <= last)
    )


def test_a_column_gives_start_and_end_of_each_row() -> None:
    texts = ["2020", None, "2020-05", "2020"]
    for values in (
        pa.array(texts),
        pa.array(texts).dictionary_encode(),
        pa.chunked_array([texts[:1], texts[1:]]),
        pa.array(["1999", *texts]).dictionary_encode().slice(1),
    ):
        starts, ends = spans(values)
        assert starts.type == ends.type == pa.timestamp("us")
        year = datetime(2020, 1, 1)
        assert starts.to_pylist() == [year, None, datetime(2020, 5, 1), year]
        assert ends.to_pylist()[2] == datetime(2020, 6, 1)


def test_a_column_refuses_a_text_that_is_no_period_only_where_it_stands_in_a_row() -> None:
    with pytest.raises(PeriodError):
        spans(pa.array(["2020", "20x0"]))
    unused = pa.DictionaryArray.from_arrays(pa.array([0, 0]), pa.array(["2020", "20x0"]))
    starts, _ = spans(unused)
    assert starts.null_count == 0


def test_a_column_follows_the_reporting_year() -> None:
    starts, _ = spans(pa.array(["2010-Q2"]), YearStart(7, 1))
    assert starts.to_pylist() == [datetime(2010, 10, 1)]
