"""Mexico UPM 1.3.1 on the publisher's file, whole and with one thing changed in it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest
from outcome import Outcome
from workbooks import Cell, Page, load, save, shifted

ID = "mex/upm_air_entries"
FILE = "mexico-upm/c131_2026_05.xls"
SHEET = "Cuadro 1.3.1"
CORNER = "Continente/ país de nacionalidad"

Read = Callable[..., Outcome]


@pytest.fixture(scope="module")
def original(shared_data: Callable[[str], Path]) -> Page:
    return load(shared_data(FILE))[SHEET]


@pytest.fixture
def page(original: Page) -> Page:
    return Page(deepcopy(original.rows), original.merged)


@pytest.fixture(scope="module")
def real(read: Read, shared_data: Callable[[str], Path]) -> Outcome:
    return read(ID, shared_data(FILE))


@pytest.fixture
def reread(read: Read, tmp_path: Path) -> Callable[[Page], Outcome]:
    return lambda page: read(ID, save({SHEET: page}, tmp_path / "c131.xlsx"))


def test_the_printed_totals_are_observations(real: Outcome) -> None:
    assert real.findings == []
    assert len(real.frame) == 209 * 30
    assert real.value(CITIZENSHIP="_T", BORDER_POINT="_T") == "13169132"
    assert real.value(CITIZENSHIP="MEX", BORDER_POINT="_T") == "3658180"
    assert real.value(CITIZENSHIP="_FOR", BORDER_POINT="_T") == "9510952"
    assert real.value(CITIZENSHIP="NAM", BORDER_POINT="MEX_CUN") == "8"


def test_nationalities_add_up_to_the_foreigners(real: Outcome) -> None:
    areas = real.frame[~real.frame["CITIZENSHIP"].isin(["_T", "_FOR", "MEX"])]
    by_airport = areas.groupby("BORDER_POINT")["OBS_VALUE"].agg(lambda v: sum(map(int, v)))
    foreign = real.frame[real.frame["CITIZENSHIP"] == "_FOR"].set_index("BORDER_POINT")
    assert by_airport.to_dict() == foreign["OBS_VALUE"].map(int).to_dict()


def test_cancun_says_what_the_worked_answer_says(
    real: Outcome, shared_data: Callable[[str], Path]
) -> None:
    codes = {"Estados Unidos": "USA", "Canadá": "CAN", "Reino Unido": "GBR", "Argentina": "ARG",
             "Francia": "FRA", "Colombia": "COL", "Alemania": "DEU", "España": "ESP",
             "Chile": "CHL", "Brasil": "BRA", "TOTAL extranjeros": "_FOR"}  # fmt: skip
    answer = shared_data("mexico-upm/upm_cancun_nacionalidad_2026_ene-may.csv")
    with answer.open(encoding="utf-8", newline="") as file:
        rows = {
            row["pais"]: row["entradas_extranjeros_2026_ene_may"] for row in csv.DictReader(file)
        }
    for country, code in codes.items():
        assert real.value(CITIZENSHIP=code, BORDER_POINT="MEX_CUN") == rows[country]


def test_the_cumulative_period_is_a_range_and_figures_are_provisional(real: Outcome) -> None:
    assert set(real.frame["TIME_PERIOD"]) == {"2026-01-01/P5M"}
    assert set(real.frame["FREQ"]) == {"_U"}
    assert set(real.frame["OBS_STATUS"]) == {"P"}
    assert real.frame["SOURCE"].iloc[0].startswith("Unidad de Política Migratoria")


def test_people_without_a_country_have_codes(real: Outcome) -> None:
    assert real.value(CITIZENSHIP="XXA", BORDER_POINT="_T") == "9"
    assert real.value(CITIZENSHIP="XXX", BORDER_POINT="_T") == "9518"


def test_footnotes_become_comments_of_their_rows_and_columns(real: Outcome) -> None:
    comments = real.frame.set_index(["CITIZENSHIP", "BORDER_POINT"])["COMMENT_OBS"]
    assert comments["USA", "MEX_CUN"] == "Incluye a los nacidos en Puerto Rico."
    assert comments["SRB", "MEX_MEX"].startswith("Incluye información de nacionales de Yugoslavia")
    assert comments["FRA", "_O_AIR"].startswith("Incluye la diferencia entre el conteo")
    assert comments["FRA", "MEX_CUN"] is None


def test_regions_are_not_published(real: Outcome) -> None:
    assert not real.frame["CITIZENSHIP"].str.match(r"^\d").any()
    assert not real.frame.duplicated(["CITIZENSHIP", "BORDER_POINT"]).any()


def test_columns_in_any_order_on_each_page(
    page: Page, real: Outcome, reread: Callable[[Page], Outcome]
) -> None:
    headers = [r for r, row in enumerate(page.rows) if row[2] == CORNER]
    for number, start in enumerate(headers):
        end = headers[number + 1] if number + 1 < len(headers) else len(page.rows)
        order = [*range(3 + number, 31), *range(3, 3 + number)]
        for r in range(start, end):
            page.rows[r][3:31] = [page.rows[r][c] for c in order]
    mixed = reread(page)
    assert mixed.findings == []
    key = ["CITIZENSHIP", "BORDER_POINT"]
    moved = mixed.frame.sort_values(key).reset_index(drop=True)
    assert moved.equals(real.frame.sort_values(key).reset_index(drop=True))


def test_the_table_may_stand_elsewhere(
    page: Page, real: Outcome, reread: Callable[[Page], Outcome]
) -> None:
    moved = reread(Page(shifted(page.rows, 3, 2)))
    assert moved.findings == []
    assert moved.frame.equals(real.frame)


def test_a_row_may_come_or_go(page: Page, reread: Callable[[Page], Outcome]) -> None:
    row, _ = page.find("Tokelau")
    page.rows[row] = ["" if c == "Tokelau" else c for c in page.rows[row]]
    page.rows[row][2] = "Checoslovaquia 2"
    outcome = reread(page)
    assert outcome.findings == []
    assert outcome.value(CITIZENSHIP="CSK", BORDER_POINT="_T") == "1"
    assert "TKL" not in set(outcome.frame["CITIZENSHIP"])


def test_an_unknown_label_is_one_finding(page: Page, reread: Callable[[Page], Outcome]) -> None:
    row, column = page.find("Noruega")
    page.rows[row][column] = "Norruega"
    finding = reread(page).only()
    assert (finding.rule, finding.sheet, finding.row) == ("LABEL_UNKNOWN", SHEET, row + 1)
    assert (finding.column, finding.found, finding.suggestion) == (CORNER, "Norruega", "Noruega")


@pytest.mark.parametrize("region", ["Europa", "América del Sur", "Extranjeros"])
def test_an_unknown_region_is_one_finding(
    region: str, page: Page, reread: Callable[[Page], Outcome]
) -> None:
    row, column = page.find(region)
    page.rows[row][column] = "Xyz"
    assert reread(page).only().row == row + 1


def test_an_airport_nobody_knows_is_one_finding(
    page: Page, reread: Callable[[Page], Outcome]
) -> None:
    for row in page.rows:
        for c, cell in enumerate(row):
            if cell == "Tampico, A. I.":
                row[c] = "Tampiko, A. I."
    finding = reread(page).only()
    assert (finding.rule, finding.row, finding.column) == ("LABEL_UNKNOWN", 5, "Tampiko, A. I.")
    assert finding.suggestion == "Tampico, A. I."


def test_a_header_changed_on_one_page_is_one_finding(
    page: Page, reread: Callable[[Page], Outcome]
) -> None:
    row, column = page.find("Mérida, A. I.", 2)
    page.rows[row][column] = "Merida 2, A. I."
    finding = reread(page).only()
    assert (finding.rule, finding.row) == ("HEADER_DIFFERS", row + 1)


@pytest.mark.parametrize(("label", "said"), [("Chile", "n.d."), ("Asia", "x"), ("Chile", "52,932")])
def test_text_in_a_number_cell_is_one_finding(
    label: str, said: str, page: Page, reread: Callable[[Page], Outcome]
) -> None:
    row, _ = page.find(label)
    page.rows[row][3] = said
    finding = reread(page).only()
    assert (finding.rule, finding.row) == ("NUMBER_EXPECTED", row + 1)
    assert (finding.column, finding.found) == ("Cancún, A. I.", said)


def test_a_blank_cell_is_not_a_zero(page: Page, reread: Callable[[Page], Outcome]) -> None:
    row, _ = page.find("Anguila")
    page.rows[row][3] = ""
    assert reread(page).only().rule == "NUMBER_EXPECTED"


def test_a_dash_is_a_zero(page: Page, reread: Callable[[Page], Outcome]) -> None:
    row, _ = page.find("Anguila")
    page.rows[row][3] = "-"
    outcome = reread(page)
    assert outcome.findings == []
    assert outcome.value(CITIZENSHIP="AIA", BORDER_POINT="MEX_CUN") == "0"


@pytest.mark.parametrize(
    ("label", "column"),
    [
        ("Canadá", 3),  # a country at an airport
        ("Canadá", 34),  # the total of a country
        ("América del Norte", 5),  # a region at an airport
        ("América", 34),  # the total of a region
        ("Total General", 34),  # the grand total
        ("Nacionales", 7),
        ("Apátridas", 3),
        ("Total General", 9),
    ],
)
def test_a_wrong_figure_is_one_finding_at_its_cell(
    label: str, column: int, page: Page, reread: Callable[[Page], Outcome]
) -> None:
    row, _ = page.find(label)
    right = int(page.rows[row][column])
    page.rows[row][column] = right + 1
    finding = reread(page).only()
    header = str(page.rows[4][column])
    assert (finding.rule, finding.row, finding.column) == ("TOTAL_MISMATCH", row + 1, header)
    assert (finding.found, finding.expected) == (str(right + 1), str(right))


def test_three_faults_are_three_findings(page: Page, reread: Callable[[Page], Outcome]) -> None:
    label, _ = page.find("Ghana")
    text, _ = page.find("Japón")
    total, _ = page.find("Oceanía")
    page.rows[label][2], page.rows[text][4] = "Gana", "muchos"
    page.rows[total][34] = int(page.rows[total][34]) - 10
    outcome = reread(page)
    places = {(f.rule, f.row, f.column) for f in outcome.findings}
    assert len(outcome.findings) == 3
    assert places == {
        ("LABEL_UNKNOWN", label + 1, CORNER),
        ("NUMBER_EXPECTED", text + 1, 'Cd. de México, A. I. "Benito Juárez"'),
        ("TOTAL_MISMATCH", total + 1, "Total"),
    }


def test_a_row_that_stands_twice_is_one_finding(
    page: Page, reread: Callable[[Page], Outcome]
) -> None:
    row, _ = page.find("Tonga")
    zero: list[Cell] = [0 if isinstance(c, (int, float)) else c for c in page.rows[row]]
    zero[2] = "  TONGA"
    page.rows[row + 3][:] = zero
    finding = reread(page).only()
    assert (finding.rule, finding.row) == ("DUPLICATE_LABEL", row + 4)


def test_rows_of_a_region_that_are_gone_are_missed(
    page: Page, reread: Callable[[Page], Outcome]
) -> None:
    first, last = page.find("Belice")[0], page.find("Panamá")[0]
    for row in range(first, last + 1):
        page.rows[row] = [""] * len(page.rows[row])
    finding = reread(page).only()
    assert (finding.rule, finding.row) == ("LABEL_MISSING", page.find("América Central")[0] + 1)


def test_figures_without_a_header_are_one_finding(
    page: Page, reread: Callable[[Page], Outcome]
) -> None:
    row, _ = page.find("Tonga")
    page.rows[row][31] = 5
    finding = reread(page).only()
    assert (finding.rule, finding.row, finding.column) == ("VALUE_OUTSIDE_TABLE", row + 1, "AF")


def test_a_row_without_a_label_is_one_finding(
    page: Page, reread: Callable[[Page], Outcome]
) -> None:
    row, _ = page.find("Apátridas")
    page.rows[row][2] = ""
    finding = reread(page).only()
    assert (finding.rule, finding.row, finding.column) == ("LABEL_MISSING", row + 1, "C")


def test_a_title_without_a_period_is_refused(page: Page, reread: Callable[[Page], Outcome]) -> None:
    title = str(page.rows[1][2])
    page.rows[1][2] = title.replace("enero-mayo de 2026", "2026")
    finding = reread(page).only()
    assert (finding.rule, finding.row, finding.column) == ("PERIOD_UNREADABLE", 2, "C")


def test_places_of_observations(real: Outcome) -> None:
    frame = real.frame
    ordinal = int(
        frame.index[(frame["CITIZENSHIP"] == "SRB") & (frame["BORDER_POINT"] == "MEX_MTY")][0]
    )
    header = 'Monterrey, A. I. "Gral. Mariano Escobedo"'
    (cell,) = real.message.locate([ordinal], "OBS_VALUE")
    assert (cell.sheet, cell.row, cell.column) == (SHEET, 121, header)
    (label,) = real.message.locate([ordinal], "CITIZENSHIP")
    assert (label.row, label.column) == (121, CORNER)
    (airport,) = real.message.locate([ordinal], "BORDER_POINT")
    assert (airport.row, airport.column) == (5, header)
