"""Which periods fit which frequency codes."""

from __future__ import annotations

import pytest

from hub.model.frequencies import FREQUENCIES, fits
from hub.model.periods import parse

PERIODS = {
    "year": "2020",
    "reporting year": "2020-A1",
    "semester": "2020-S1",
    "trimester": "2020-T2",
    "quarter": "2020-Q3",
    "month": "2020-05",
    "reporting month": "2020-M05",
    "week": "2020-W05",
    "day": "2020-05-17",
    "reporting day": "2020-D138",
    "point": "2020-05-17T10:00:00",
    "months": "2020-01-01/P5M",
    "five years": "2015-07-01/P5Y",
    "week from Sunday": "2020-02-02/P7D",
}
EVERY = set(PERIODS)


@pytest.mark.parametrize(
    ("code", "fitting"),
    [
        ("A", {"year", "reporting year"}),
        ("OA", {"year", "reporting year"}),
        ("A5", {"year", "reporting year", "five years"}),
        ("A10", {"year", "reporting year"}),
        ("A_3", {"trimester"}),
        ("S", {"semester"}),
        ("Q", {"quarter"}),
        ("M", {"month", "reporting month"}),
        ("OM", {"month", "reporting month"}),
        ("W", {"week", "week from Sunday"}),
        ("W2", {"week"}),
        ("D", {"day", "reporting day"}),
        ("B", set()),  # 17 May 2020 is a Sunday
        ("H", {"point", "months", "five years", "week from Sunday"}),
        ("I", EVERY),
        ("_O", EVERY),
        ("_U", EVERY),
        ("_Z", EVERY),
    ],
)
def test_a_frequency_takes_its_own_periods_only(code: str, fitting: set[str]) -> None:
    assert {name for name, text in PERIODS.items() if fits(code, parse(text))} == fitting


def test_business_days_are_monday_to_friday() -> None:
    assert fits("B", parse("2020-05-18"))
    assert not fits("B", parse("2020-05-16"))


def test_a_code_nobody_knows_is_not_judged() -> None:
    assert fits("LUNAR", parse("2020-W05"))


def test_every_code_has_an_example_that_fits() -> None:
    for code, frequency in FREQUENCIES.items():
        for example in frequency.example.split(" (")[0].split(", "):
            assert fits(code, parse(example)), (code, example)
