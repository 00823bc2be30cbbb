"""Dominican Republic BCRD: the file of totals, whole and with one thing changed."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest
from outcome import Outcome
from workbooks import Page, load, save, shifted

from connectors import catalogue

ID = "dom/bcrd_air_totals"

Read = Callable[..., Outcome]
Reread = Callable[[Page], Outcome]


@pytest.fixture(scope="module")
def sample(read: Read) -> Outcome:
    (path,) = catalogue.samples(ID)
    return read(ID, path)


@pytest.fixture(scope="module")
def original() -> Page:
    (path,) = catalogue.samples(ID)
    return load(path)["2026"]


@pytest.fixture
def page(original: Page) -> Page:
    return Page(deepcopy(original.rows))


@pytest.fixture
def reread(read: Read, tmp_path: Path) -> Reread:
    return lambda page: read(ID, save({"2026": page}, tmp_path / "lleg_total.xlsx"))


def test_the_publishers_file(
    read: Read, sample: Outcome, shared_data: Callable[[str], Path]
) -> None:
    outcome = read(ID, shared_data("dominican-republic-bcrd/lleg_total_2026.xls"))
    assert outcome.findings == []
    assert len(outcome.frame) == 7 * 9 * 6
    assert outcome.frame.equals(sample.frame)
    whole = {"CITIZENSHIP": "_T", "COUNTRY_RESIDENCE": "_T", "BORDER_POINT": "_T"}
    assert outcome.value(**whole, TIME_PERIOD="2026-01") == "945866"
    values = outcome.frame
    for component, code in whole.items():
        values = values[values[component] == code]
    assert values["OBS_VALUE"].map(float).sum() == 5445356


def test_it_says_the_same_as_the_file_by_nationality(
    read: Read, sample: Outcome, shared_data: Callable[[str], Path]
) -> None:
    other = read(
        "dom/bcrd_air_arrivals", shared_data("dominican-republic-bcrd/lleg_nacionalidad_2026.xls")
    )
    key = ["BORDER_POINT", "CITIZENSHIP", "COUNTRY_RESIDENCE", "TIME_PERIOD"]
    both = sample.frame.merge(other.frame, on=key, suffixes=("", "_other"))
    assert len(both) == len(sample.frame)
    gap = both["OBS_VALUE"].map(float) - both["OBS_VALUE_other"].map(float)
    assert gap.abs().max() < 0.001


def test_the_same_words_mean_different_things(sample: Outcome) -> None:
    key = {"BORDER_POINT": "_T", "TIME_PERIOD": "2026-02"}
    found = {
        (c, r): float(sample.value(**key, CITIZENSHIP=c, COUNTRY_RESIDENCE=r))
        for c in ("DOM", "_FOR") for r in ("DOM", "_FOR")
    }  # fmt: skip
    assert found["DOM", "DOM"] == pytest.approx(44263.8, abs=0.1)
    assert found["DOM", "_FOR"] == pytest.approx(105541.9, abs=0.1)


def test_months_to_come_give_nothing(sample: Outcome) -> None:
    assert set(sample.frame["TIME_PERIOD"]) == {f"2026-{month:02d}" for month in range(1, 7)}
    assert sample.frame["COMMENT_OBS"].str.contains("Cifras sujetas").all()


def test_the_table_may_start_elsewhere(page: Page, sample: Outcome, reread: Reread) -> None:
    moved = reread(Page(shifted(page.rows, 3, 2)))
    assert moved.findings == []
    assert moved.frame.equals(sample.frame)


@pytest.mark.parametrize(("row", "column"), [(7, 3), (10, 4), (29, 5), (46, 6)])
def test_a_wrong_figure_is_one_finding_at_its_cell(
    row: int, column: int, page: Page, reread: Reread
) -> None:
    page.rows[row][column] = float(page.rows[row][column]) + 5
    finding = reread(page).only()
    assert (finding.rule, finding.row) == ("TOTAL_MISMATCH", row + 1)


def test_a_blank_in_a_month_that_is_over_is_one_finding(page: Page, reread: Reread) -> None:
    page.rows[9][4] = ""
    finding = reread(page).only()
    assert (finding.rule, finding.row, finding.column) == ("NUMBER_EXPECTED", 10, "FEBRERO")


def test_groups_in_another_order_are_refused(page: Page, reread: Reread) -> None:
    row, column = page.find("RESIDENTES")
    page.rows[row][column] = "NO RESIDENTES"
    assert {f.rule for f in reread(page).findings} == {"DUPLICATE_LABEL"}


def test_a_group_that_is_gone_is_named(page: Page, reread: Reread) -> None:
    row, _ = page.find("EXTRANJEROS", 1)
    del page.rows[row : row + 9]
    finding = reread(page).only()
    assert (finding.rule, finding.expected) == ("LABEL_MISSING", "EXTRANJEROS")
    assert "NO RESIDENTES" in finding.message


def test_an_airport_nobody_knows_is_one_finding_in_each_group(page: Page, reread: Reread) -> None:
    for row in page.rows:
        if str(row[1]).strip() == "CIBAO":
            row[1] = "  BARAHONA"
    findings = reread(page).findings
    assert {(f.rule, f.found) for f in findings} == {("LABEL_UNKNOWN", "BARAHONA")}
