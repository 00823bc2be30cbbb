"""Times of SDMX-CSV with ``timeFormat=normalized``: every period as a date of ISO 8601.

The standard asks for the finest form that the frequencies of the message need, at the moment a
period was collected. A stream does not know its finest frequency beforehand, nor the hub a moment
of collection, so a period is always written as the day it begins on, and a point in time (or a
period that begins within a day) as a date and time. Source: SDMX-CSV field guide, optional
parameters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from hub.messages.columns import coded, map_values
from hub.model.periods import CALENDAR_YEAR, Form, PeriodError, YearStart, parse, parse_year_start
from hub.model.schema import DataSchema

__all__ = ["normalized", "normalized_times"]

_YEAR_START = "REPORTING_YEAR_START_DAY"
_ZONE = re.compile(r"(?:Z|[+-]\d\d:\d\d)$")


def normalized(text: str, year_start: YearStart = CALENDAR_YEAR) -> str:
    """One period as a date, or date and time; what is no period stays as it is."""
    try:
        period = parse(text, year_start)
    except PeriodError:
        return text
    start: datetime = period.start
    if period.form is not Form.POINT and start.time() == time.min:
        return start.date().isoformat()
    return start.isoformat() + ("Z" if _ZONE.search(text.partition("/")[0]) else "")


def normalized_times(batch: pa.RecordBatch, schema: DataSchema) -> pa.DictionaryArray:
    """The time column of ``batch`` normalised, by each row's own start of the reporting year."""
    assert schema.time is not None
    times = coded(batch.column(schema.time.id))
    if _YEAR_START not in batch.schema.names:
        return map_values(times, lambda texts: [normalized(t) for t in texts])
    days = coded(batch.column(_YEAR_START))
    found = map_values(times, lambda texts: [normalized(t) for t in texts]).cast(pa.string())
    for day in pc.unique(days).to_pylist():
        start = _year_start(day)
        if start == CALENDAR_YEAR:
            continue
        other = map_values(times, partial(_all, start)).cast(pa.string())
        here = pc.fill_null(pc.equal(days.cast(pa.string()), day), False)
        found = pc.if_else(here, other, found)
    return coded(found)


def _all(start: YearStart, texts: Sequence[str]) -> list[str]:
    return [normalized(text, start) for text in texts]


def _year_start(day: str | None) -> YearStart:
    try:
        return CALENDAR_YEAR if day is None else parse_year_start(day)
    except PeriodError:
        return CALENDAR_YEAR
