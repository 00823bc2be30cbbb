"""Are periods periods, and of the frequency stated? TIME_FORMAT, TIME_FREQUENCY."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from hub.model.frequencies import FREQUENCIES, fits
from hub.model.periods import CALENDAR_YEAR, PeriodError, YearStart, parse, parse_year_start
from hub.model.schema import DataSchema
from hub.validation.faults import Faults
from hub.validation.phrases import say
from hub.validation.suggest import period as suggest_period
from hub.validation.view import Column, Mask, View

__all__ = ["Times", "explain"]

_YEAR_START = "REPORTING_YEAR_START_DAY"


def explain(text: str, year_start: YearStart = CALENDAR_YEAR) -> str | None:
    """What a text should be to be a period, in words; ``None`` when it is one."""
    try:
        parse(text, year_start)
    except PeriodError as error:
        return say("period" if error.reason == "form" else error.reason, **error.details)
    return None


class Times:
    """Checks the time dimension; each distinct period, and pair with a frequency, once."""

    def __init__(self, schema: DataSchema) -> None:
        self._time = schema.time.id if schema.time else None
        self._frequency = next((d.id for d in schema.dimensions if d.id == "FREQ"), None)
        self._moves = _YEAR_START in schema.by_id
        self._explain = lru_cache(maxsize=65_536)(explain)
        self._suggest = lru_cache(maxsize=65_536)(suggest_period)
        self._fits = lru_cache(maxsize=65_536)(_fits)

    def __call__(self, view: View, faults: Faults) -> None:
        """Report the cells of a block that hold no period, or one of another frequency."""
        column = view.column(self._time) if self._time else None
        if self._time is None or column is None:
            return
        for year_start, within in self._year_starts(view):
            self._format(view, faults, column, year_start, within)
            if self._frequency is not None:
                self._fit(view, faults, column, year_start, within)

    def _year_starts(self, view: View) -> list[tuple[YearStart, Mask | None]]:
        """First days of reporting years and the rows they hold for (``None``: all)."""
        starts = view.column(_YEAR_START) if self._moves else None
        if starts is None or starts.missing.all():
            return [(CALENDAR_YEAR, None)]
        found: dict[YearStart, Mask] = {CALENDAR_YEAR: starts.missing}
        for position in starts.used.tolist():
            try:
                start = parse_year_start(starts.values[position])
            except PeriodError:
                continue  # the value is reported by its type; without it no period can be judged
            rows = starts.rows_of([position])
            found[start] = found[start] | rows if start in found else rows
        return list(found.items())

    def _format(
        self, view: View, faults: Faults, column: Column, start: YearStart, within: Mask | None
    ) -> None:
        assert self._time is not None
        rows = column.rows_where(lambda text: self._explain(text, start) is not None)
        if rows is not None and within is not None:
            rows &= within
        if rows is None or not rows.any():
            return
        faults.rows(
            "TIME_FORMAT",
            view,
            rows,
            self._time,
            lambda text: self._explain(text or "", start) or "",
            suggest=self._suggest,
        )
        view.mark(self._time, rows)

    def _fit(
        self, view: View, faults: Faults, column: Column, start: YearStart, within: Mask | None
    ) -> None:
        assert self._time is not None
        assert self._frequency is not None
        frequency = view.column(self._frequency)
        if frequency is None:
            return
        rows = view.sound(self._time) & view.sound(self._frequency)
        rows &= ~column.missing & ~frequency.missing
        if within is not None:
            rows &= within
        for position in frequency.used.tolist():
            code = frequency.values[position]
            of_code = rows if len(frequency.used) == 1 else rows & frequency.rows_of([position])
            present = column.used if of_code.all() else np.unique(column.codes[of_code])
            bad = [i for i in present.tolist() if not self._fits(code, column.values[i], start)]
            if bad:
                self._misfit(view, faults, of_code & column.rows_of(bad), code)

    def _misfit(self, view: View, faults: Faults, rows: Mask, code: str) -> None:
        assert self._time is not None
        expected = say("frequency", code=code, example=FREQUENCIES[code].example)
        faults.rows("TIME_FREQUENCY", view, rows, self._time, expected)
        view.mark(self._time, rows)


def _fits(code: str, text: str, year_start: YearStart) -> bool:
    return fits(code, parse(text, year_start))
