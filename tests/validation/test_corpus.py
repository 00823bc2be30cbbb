"""The figures of the corpus in ``docs/rules.md`` are true: all planted faults are found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from figures import FORMATS, KINDS, figures, workbook_figures

STORED = json.loads(
    (Path(__file__).parents[2] / "docs" / "rules-corpus.json").read_text("utf-8")
)  # fmt: skip
#: What SDMX-ML and SDMX-JSON cannot say: they give an attribute of a series once, and the key of a
#: series in JSON has a place for every dimension.
UNSAID = {
    "sdmx-ml": {"SERIES_ATTRIBUTE_INCONSISTENT"},
    "sdmx-json": {"DIMENSION_MISSING", "SERIES_ATTRIBUTE_INCONSISTENT"},
}


@pytest.mark.parametrize("format_", FORMATS)
def test_every_planted_fault_is_found_once_in_every_format(format_: str) -> None:
    made = figures(format_)
    assert {rule: found for rule, (planted, found) in made.items() if planted != found} == {}
    unsaid = next((rules for name, rules in UNSAID.items() if format_.startswith(name)), set())
    assert {plant.rule for plant in KINDS} - made.keys() == unsaid
    assert made == STORED[format_]


def test_every_planted_fault_is_found_once_in_a_national_workbook() -> None:
    made = workbook_figures()
    assert {rule: found for rule, (planted, found) in made.items() if planted != found} == {}
    assert made == STORED["xlsx"]


def test_the_figures_are_those_of_the_formats_there_are() -> None:
    assert STORED.keys() == {*FORMATS, "xlsx"}
