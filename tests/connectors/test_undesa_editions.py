"""UN DESA migrant stock in its other layouts: the sheet export of 2019, the tidy file of 2024."""

from __future__ import annotations

import csv
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest
from outcome import Outcome
from workbooks import Page, load, save

from connectors import catalogue

STOCK, ORIGIN = "int/undesa_stock", "int/undesa_stock_origin"
FOLDER = "undesa-migrant-stock"

Read = Callable[..., Outcome]
Reread = Callable[[Page], Outcome]


@pytest.fixture(scope="module")
def real(read: Read, shared_data: Callable[[str], Path]) -> Outcome:
    return read(STOCK, shared_data(f"{FOLDER}/UN_MigrantStockBySexByDestination_2019.csv"))


@pytest.fixture(scope="module")
def extract() -> Page:
    (path,) = (path for path in catalogue.samples(STOCK) if path.suffix == ".csv")
    return load(path)[path.name]


@pytest.fixture
def page(extract: Page) -> Page:
    return Page(deepcopy(extract.rows))


@pytest.fixture
def reread(read: Read, tmp_path: Path) -> Reread:
    return lambda page: read(STOCK, save({"": page}, tmp_path / "stock.csv"))


def test_2019_in_full(real: Outcome) -> None:
    """276 places in 7 years and 3 columns by sex, less the three printed twice."""
    assert {f.severity.value for f in real.findings} == {"note"}
    world = {"REF_AREA": "001", "TIME_PERIOD": "2019"}
    assert real.value(**world, SEX="_T") == "271642105"
    assert real.value(**world, SEX="F") == "130154101"
    assert real.value(REF_AREA="USA", TIME_PERIOD="1990", SEX="M") == "11372985"
    assert real.value(REF_AREA="150", TIME_PERIOD="1990", SEX="_T") == "49608231"
    assert len(real.frame) == 276 * 21


def test_the_year_between_is_no_part_of_the_five_yearly_series(real: Outcome) -> None:
    assert set(real.frame.query("TIME_PERIOD == '2019'")["FREQ"]) == {"A"}
    assert set(real.frame.query("TIME_PERIOD != '2019'")["FREQ"]) == {"A5"}


def test_types_of_data_as_2019_writes_them(real: Outcome) -> None:
    definitions = real.frame.drop_duplicates("REF_AREA").set_index("REF_AREA")["DEFINITION"]
    assert definitions["CAN"] == "FB"
    assert definitions["001"] is None
    assert set(definitions.dropna()) == {"FB", "FB_R", "FC", "FC_R", "FBC", "FBC_R", "IMP", "IMP_R"}


def test_notes_of_another_sheet_are_said_once(real: Outcome) -> None:
    finding = real.only()
    assert (finding.rule, finding.column, finding.found) == ("NOTE_UNKNOWN", "Notes", "35")


@pytest.mark.parametrize(
    ("label", "found", "expected"),
    [("Haiti", "19,760", "18756"), ("Caribbean", "1,532,706", None)],
)
def test_a_wrong_figure_of_2019_is_one_finding(
    label: str, found: str, expected: str | None, page: Page, reread: Reread
) -> None:
    row, _ = page.find(label)
    column = page.rows[row].index("18,756") if label == "Haiti" else 5
    page.rows[row][column] = found
    (finding,) = (f for f in reread(page).findings if f.severity.value == "error")
    assert (finding.rule, finding.row, finding.expected) == (
        "TOTAL_MISMATCH", row + 1, expected or finding.expected,
    )  # fmt: skip


def test_a_comma_in_the_wrong_place_is_no_number(page: Page, reread: Reread) -> None:
    row, _ = page.find("Haiti")
    page.rows[row][5] = "18,75"
    (finding,) = (f for f in reread(page).findings if f.severity.value == "error")
    assert (finding.rule, finding.row, finding.found) == ("NUMBER_EXPECTED", row + 1, "18,75")


def test_a_place_of_2019_nobody_knows(page: Page, reread: Reread) -> None:
    row, column = page.find("Belize")
    page.rows[row][column] = "British Honduras"
    (finding,) = (f for f in reread(page).findings if f.severity.value == "error")
    assert (finding.rule, finding.row) == ("LABEL_UNKNOWN", row + 1)


@pytest.fixture(scope="module")
def origins(read: Read, shared_data: Callable[[str], Path]) -> tuple[Outcome, list[dict[str, str]]]:
    path = shared_data(f"{FOLDER}/undesa_stocks_2024rev_pilot_1990_2015.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return read(ORIGIN, path), list(csv.DictReader(file))


def test_2024_adds_up_to_the_file(origins: tuple[Outcome, list[dict[str, str]]]) -> None:
    outcome, rows = origins
    assert outcome.findings == []
    assert len(outcome.frame) == len(rows) == 14016
    frame = outcome.frame
    for year in ("1990", "2015"):
        here = frame[frame["TIME_PERIOD"] == year]["OBS_VALUE"].map(int).sum()
        assert here == sum(float(row["n"]) for row in rows if row["t"] == year)
    assert here == 21525170


def test_an_origin_is_a_citizenship_where_citizens_are_counted(
    origins: tuple[Outcome, list[dict[str, str]]],
) -> None:
    frame = origins[0].frame
    by_citizenship = frame["CITIZENSHIP"] != "_T"
    assert set(frame[by_citizenship]["REF_AREA"]) == {"CHN", "CYM", "JPN", "LBY", "SUR"}
    assert set(frame[by_citizenship]["COUNTRY_BIRTH"]) == {"_T"}
    assert set(frame[by_citizenship]["DEFINITION"]) == {"FC", "FC_R"}
    assert set(frame[~by_citizenship]["DEFINITION"]) == {"FB", "FB_R", "FBC_R"}


def test_origins_that_are_no_country(origins: tuple[Outcome, list[dict[str, str]]]) -> None:
    outcome, rows = origins
    assert {"OOO", "XCX"} <= {row["from"] for row in rows}
    codes = set(outcome.frame["COUNTRY_BIRTH"]) | set(outcome.frame["CITIZENSHIP"])
    assert {"_O", "830"} <= codes
    assert not {"OOO", "XCX"} & codes


def test_flags_nobody_knows_are_one_finding(read: Read, tmp_path: Path) -> None:
    (path,) = catalogue.samples(ORIGIN)
    pages = load(path)
    (page,) = pages.values()
    for row in page.rows[1:4]:
        row[-4:] = ["0", "0", "1", "0"]
    findings = [
        f for f in read(ORIGIN, save(pages, tmp_path / path.name)).findings
        if f.severity.value == "error"
    ]  # fmt: skip
    assert [(f.rule, f.row, f.found) for f in findings] == [("LABEL_UNKNOWN", 2, "0010")]
