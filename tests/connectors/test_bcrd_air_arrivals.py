"""Dominican Republic BCRD on the publisher's two files, whole and with one thing changed."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest
from outcome import Outcome
from workbooks import Page, load, save, shifted

from connectors import catalogue

ID = "dom/bcrd_air_arrivals"
FOLDER = "dominican-republic-bcrd"
LAST = "AEROPUERTO INTERNACIONAL DE PUNTA CANA"

Read = Callable[..., Outcome]


@pytest.fixture(scope="module")
def nationality(read: Read, shared_data: Callable[[str], Path]) -> Outcome:
    return read(ID, shared_data(f"{FOLDER}/lleg_nacionalidad_2026.xls"))


@pytest.fixture(scope="module")
def residence(read: Read, shared_data: Callable[[str], Path]) -> Outcome:
    return read(ID, shared_data(f"{FOLDER}/lleg_residencia_2025.xls"))


@pytest.fixture(scope="module")
def original(shared_data: Callable[[str], Path]) -> Page:
    return load(shared_data(f"{FOLDER}/lleg_nacionalidad_2026.xls"))["2026"]


@pytest.fixture(scope="module")
def extract() -> Page:
    (path, _) = catalogue.samples(ID)
    return load(path)["2026"]


@pytest.fixture
def whole(original: Page) -> Page:
    """All blocks of the publisher's file."""
    return Page(deepcopy(original.rows), original.merged)


@pytest.fixture
def page(extract: Page) -> Page:
    """Two blocks of it, in the shipped extract."""
    return Page(deepcopy(extract.rows))


@pytest.fixture(scope="module")
def sample(read: Read) -> Outcome:
    return read(ID, catalogue.samples(ID)[0])


@pytest.fixture
def reread(read: Read, tmp_path: Path) -> Callable[[Page], Outcome]:
    return lambda page: read(ID, save({"2026": page}, tmp_path / "lleg.xlsx"))


def test_by_nationality(nationality: Outcome) -> None:
    assert nationality.findings == []
    assert len(nationality.frame) == 9 * 72 * 6
    key = {"BORDER_POINT": "_T", "TIME_PERIOD": "2026-01"}
    assert nationality.value(**key, CITIZENSHIP="_T", COUNTRY_RESIDENCE="_T") == "945866"
    united_states = nationality.frame[nationality.frame["CITIZENSHIP"] == "USA"]
    assert set(united_states["COUNTRY_RESIDENCE"]) == {"_FOR"}
    whole = united_states[united_states["BORDER_POINT"] == "_T"]["OBS_VALUE"].map(float).sum()
    assert whole == pytest.approx(1557622.535104629)


def test_by_residence(residence: Outcome) -> None:
    assert residence.findings == []
    assert len(residence.frame) == 9 * 72 * 12
    key = {"BORDER_POINT": "DOM_PUJ", "TIME_PERIOD": "2025-12"}
    assert residence.value(**key, CITIZENSHIP="_T", COUNTRY_RESIDENCE="_T") == "578052.000000002"
    assert set(residence.frame.query("COUNTRY_RESIDENCE == 'USA'")["CITIZENSHIP"]) == {"_FOR"}


def test_the_same_words_mean_different_things(nationality: Outcome) -> None:
    key = {"BORDER_POINT": "DOM_SDQ", "TIME_PERIOD": "2026-01"}
    values = {
        (c, r): nationality.value(**key, CITIZENSHIP=c, COUNTRY_RESIDENCE=r)
        for c, r in (("DOM", "DOM"), ("_FOR", "DOM"), ("DOM", "_FOR"), ("_FOR", "_FOR"))
    }
    assert values == {
        ("DOM", "DOM"): "66129.53392503413",
        ("_FOR", "DOM"): "12255.29635142869",
        ("DOM", "_FOR"): "52442.2791644597",
        ("_FOR", "_FOR"): "98897.89055907747",
    }
    assert nationality.value(**key, CITIZENSHIP="_O_ASI") == "1284.682733663029"
    assert nationality.value(**key, CITIZENSHIP="_O_ROW") == "554.8146709318463"


def test_months_to_come_are_absent_and_other_zeros_are_not(
    nationality: Outcome, residence: Outcome
) -> None:
    assert set(nationality.frame["TIME_PERIOD"]) == {f"2026-{m:02d}" for m in range(1, 7)}
    assert len(set(residence.frame["TIME_PERIOD"])) == 12
    key = {"BORDER_POINT": "DOM_BRX", "TIME_PERIOD": "2026-06"}
    assert nationality.value(**key, CITIZENSHIP="_T", COUNTRY_RESIDENCE="_T") == "0"


def test_fractions_are_estimates_and_notes_are_kept(
    nationality: Outcome, residence: Outcome
) -> None:
    assert set(nationality.frame["OBS_STATUS"]) == {"E"}
    assert set(nationality.frame["UNIT_MEASURE"]) == {"EV"}
    assert set(nationality.frame["COMMENT_OBS"]) >= {"Cifras sujetas a rectificación"}
    assert residence.frame["SOURCE"].str.contains("Hasta enero del año 2021").all()


def test_scotland_has_no_code_and_must_stay_zero(
    read: Read, shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    pages = load(shared_data(f"{FOLDER}/lleg_residencia_2025.xls"))
    page = pages["2025"]
    row, _ = page.find("   Escocia", 8)
    page.rows[row][4] = 7.0
    finding = read(ID, save(pages, tmp_path / "lleg.xlsx")).only()
    assert (finding.rule, finding.row, finding.found) == ("CODE_MISSING", row + 1, "7")


def test_the_table_may_start_in_another_column(
    page: Page, sample: Outcome, reread: Callable[[Page], Outcome]
) -> None:
    moved = reread(Page(shifted(page.rows, 2, 3)))
    assert moved.findings == []
    assert moved.frame.equals(sample.frame)


def test_months_in_any_order(
    page: Page, sample: Outcome, reread: Callable[[Page], Outcome]
) -> None:
    for row in page.rows:
        row[4:16] = reversed(row[4:16])
        if "M E S E S*" in row:
            row[4:16] = reversed(row[4:16])
    turned = reread(page)
    assert turned.findings == []
    assert turned.frame.equals(sample.frame)


def test_an_unknown_label_is_one_finding(page: Page, reread: Callable[[Page], Outcome]) -> None:
    row, column = page.find("   Polonia", 1)
    page.rows[row][column] = "   Polonja"
    finding = reread(page).only()
    assert (finding.rule, finding.row, finding.column) == ("LABEL_UNKNOWN", row + 1, "NACIONALIDAD")
    assert finding.suggestion == "Polonia"


def test_a_label_in_the_wrong_place_is_one_finding(
    page: Page, reread: Callable[[Page], Outcome]
) -> None:
    row, column = page.find("NO RESIDENTES", 1)
    page.rows[row][column] = "NO RESIDENTE"
    finding = reread(page).only()
    assert (finding.rule, finding.row) == ("LABEL_UNKNOWN", row + 1)


def test_an_unknown_airport_is_one_finding(page: Page, reread: Callable[[Page], Outcome]) -> None:
    row, column = page.find(LAST)
    page.rows[row][column] = "AEROPUERTO INTERNACIONAL EL KATEY"
    finding = reread(page).only()
    assert (finding.rule, finding.row) == ("LABEL_UNKNOWN", row + 1)


def test_text_in_a_number_cell_is_one_finding(
    page: Page, reread: Callable[[Page], Outcome]
) -> None:
    row, _ = page.find("   Brasil", 1)
    page.rows[row][6] = "1.234,5"
    finding = reread(page).only()
    assert (finding.rule, finding.row, finding.column) == ("NUMBER_EXPECTED", row + 1, "MAR.")


@pytest.mark.parametrize(
    ("label", "block", "column", "header"),
    [("   Brasil", 4, 6, "MAR."), ("TOTAL", 3, 3, "TOTAL"), ("EUROPA", 0, 5, "FEB.")],
)
def test_a_wrong_figure_is_one_finding_at_its_cell(
    label: str,
    block: int,
    column: int,
    header: str,
    whole: Page,
    reread: Callable[[Page], Outcome],
) -> None:
    rows = [r for r, row in enumerate(whole.rows) if row[2] == label]
    row = rows[block]
    whole.rows[row][column] = float(whole.rows[row][column]) + 0.25
    finding = reread(whole).only()
    assert (finding.rule, finding.row, finding.column) == ("TOTAL_MISMATCH", row + 1, header)


def test_a_month_nobody_can_read_is_one_finding(
    page: Page, reread: Callable[[Page], Outcome]
) -> None:
    row, column = page.find("MAR.", 1)
    page.rows[row][column] = "MRZ."
    finding = reread(page).only()
    assert (finding.rule, finding.row, finding.column) == ("LABEL_UNKNOWN", row + 1, "MRZ.")


def test_two_years_in_one_title_are_refused(page: Page, reread: Callable[[Page], Outcome]) -> None:
    row, _ = page.find(LAST)
    page.rows[row][0] = LAST + ", 2025"
    finding = reread(page).only()
    assert (finding.rule, finding.found) == ("PERIOD_UNREADABLE", "2025, 2026")


def test_a_block_that_is_gone_is_one_finding(
    whole: Page, reread: Callable[[Page], Outcome]
) -> None:
    start, _ = whole.find(LAST)
    end, _ = whole.find("AEROPUERTO INTERNACIONAL DE LA ROMANA")
    del whole.rows[start - 1 : end - 1]
    finding = reread(Page(whole.rows)).only()
    assert (finding.rule, finding.row) == ("TOTAL_MISMATCH", 2)


def test_an_airport_nobody_knows_makes_no_noise(
    whole: Page, reread: Callable[[Page], Outcome]
) -> None:
    row, column = whole.find(LAST)
    whole.rows[row][column] = "AEROPUERTO INTERNACIONAL DE PUNTA CANA II"
    finding = reread(whole).only()
    assert (finding.rule, finding.row) == ("LABEL_UNKNOWN", row + 1)
