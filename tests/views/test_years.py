"""The status of a year that is the sum of its months."""

from __future__ import annotations

import duckdb
import pytest

from hub.views.years import of_all_months


@pytest.mark.parametrize(
    ("months", "year"),
    [("AAA", "A"), ("NNN", "N"), ("AAN", "N"), ("ASA", "S"), ("AEN", "E"), ("PDA", "P")],
)
def test_no_mark_of_a_month_is_taken_for_normal(months: str, year: str) -> None:
    rows = ", ".join(f"('{status}')" for status in months)
    query = f'SELECT {of_all_months("OBS_STATUS")} FROM (VALUES {rows}) r("OBS_STATUS")'
    assert duckdb.sql(query).fetchall() == [(year,)]
