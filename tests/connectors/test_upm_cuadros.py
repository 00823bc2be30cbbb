"""Mexico UPM 3.1.1, 3.1.3, 3.2.1, 3.2.4 and 5.1 in the layouts described, with things changed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from layouts import MONTHS
from outcome import Outcome
from upm_tables import notes, upm_rows, upm_tree
from workbooks import Cell, Page, load, save, shifted

from connectors import catalogue

IRREGULAR, RETURNS = "mex/upm_irregular_nationality", "mex/upm_returns"
CORNER = "Continente/ país de nacionalidad"
TITLE = "3.1.1 Eventos de personas en situación migratoria irregular en México, según continente y"
VALUES = {"HND": [3, 4, 5, 0], "GTM": [10, 0, 7, 2], "VEN": [40, 1, 30, 3], "XXA": [1, 0, 0, 0]}

Read = Callable[..., Outcome]
Reread = Callable[[Page], Outcome]


@pytest.fixture
def page() -> Page:
    """January and February under Presentados, Canalizados and Subtotal, ten months to come."""
    rows: list[list[Cell]] = [[""] * 42 for _ in range(5)]
    rows[1][2], rows[2][2] = TITLE, "país de nacionalidad, 2023"
    tops: list[Cell] = []
    for month in (*MONTHS, "Total"):
        tops += [month, "", ""]
    kinds: list[Cell] = ["Presentados", "Canalizados", "Subtotal"]
    rows += [["", "", CORNER, *tops], ["", "", "", *kinds * 13]]
    wide = {}
    for code, (a, b, c, d) in VALUES.items():
        wide[code] = [a, b, a + b, c, d, c + d, *[0] * 30, a + c, b + d, a + b + c + d]
    table = upm_rows(upm_tree(set(VALUES)), wide)
    for row in table:
        if row[2]:
            row[9:39] = ["."] * 30
    rows += [*table, *notes(42)]
    return Page(rows, [((5, c), (5, c + 2)) for c in range(3, 42, 3)])


@pytest.fixture
def reread(read: Read, tmp_path: Path) -> Reread:
    return lambda page: read(IRREGULAR, save({"Cuadro 3.1.1": page}, tmp_path / "c311.xlsx"))


def test_people_presented_channelled_and_both(page: Page, reread: Reread) -> None:
    outcome = reread(page)
    assert outcome.findings == []
    key = {"CITIZENSHIP": "VEN", "TIME_PERIOD": "2023-02"}
    assert outcome.value(**key, MEASURE="IRREGULAR_PRESENTED") == "30"
    assert outcome.value(**key, MEASURE="IRREGULAR_CHANNELLED") == "3"
    assert outcome.value(**key, MEASURE="IRREGULAR_EVENTS") == "33"
    assert (
        outcome.value(CITIZENSHIP="_T", TIME_PERIOD="2023-01", MEASURE="IRREGULAR_EVENTS") == "59"
    )


def test_months_to_come_and_the_total_of_the_year_are_no_observations(
    page: Page, reread: Reread
) -> None:
    frame = reread(page).frame
    assert set(frame["TIME_PERIOD"]) == {"2023-01", "2023-02"}
    assert len(frame) == 5 * 3 * 2
    assert set(frame["OBS_STATUS"]) == {"P"}


def test_a_dash_is_zero_and_a_point_is_no_figure(page: Page, reread: Reread) -> None:
    row, _ = page.find("  Guatemala")
    page.rows[row][4] = "."
    page.rows[page.find("  Honduras")[0]][7] = "-"
    outcome = reread(page)
    key = {"TIME_PERIOD": "2023-01", "MEASURE": "IRREGULAR_CHANNELLED", "CITIZENSHIP": "GTM"}
    frame = outcome.frame
    cell = frame[(frame[list(key)] == list(key.values())).all(axis=1)].iloc[0]
    assert (cell["OBS_VALUE"], cell["OBS_STATUS"]) == (None, "O")
    assert outcome.value(**{**key, "TIME_PERIOD": "2023-02", "CITIZENSHIP": "HND"}) == "0"


@pytest.mark.parametrize(
    ("label", "column"), [("  Venezuela", 3), ("  Venezuela", 5), ("América", 7)]
)
def test_a_wrong_figure_is_one_finding_at_its_cell(
    label: str, column: int, page: Page, reread: Reread
) -> None:
    row, _ = page.find(label)
    right = int(page.rows[row][column])
    page.rows[row][column] = right + 7
    finding = reread(page).only()
    assert (finding.rule, finding.row) == ("TOTAL_MISMATCH", row + 1)
    assert (finding.found, finding.expected) == (str(right + 7), str(right))


def test_a_new_kind_of_figures_is_named(page: Page, reread: Reread) -> None:
    page.rows[6][4] = "Detenidos"
    finding = reread(page).only()
    assert (finding.rule, finding.row, finding.found) == ("LABEL_UNKNOWN", 7, "Detenidos")
    assert finding.column == "Detenidos"


def test_a_year_must_stand_in_the_title(page: Page, reread: Reread) -> None:
    page.rows[2][2] = "país de nacionalidad"
    finding = reread(page).only()
    assert (finding.rule, finding.row, finding.column) == ("PERIOD_UNREADABLE", 2, "C")


def test_a_month_that_stands_twice_is_refused(page: Page, reread: Reread) -> None:
    page.rows[5][6] = "Enero"
    assert {f.rule for f in reread(page).findings} == {"HEADER_DIFFERS"}


def test_kinds_in_another_order_and_the_table_elsewhere(page: Page, reread: Reread) -> None:
    before = reread(page).frame
    for row in page.rows[6:]:
        if len(row) > 8 and any(row[3:]):
            row[3:6], row[6:9] = [row[5], row[3], row[4]], [row[8], row[6], row[7]]
    moved = Page(
        shifted(page.rows, 2, 1),
        [((a + 2, b + 1), (c + 2, d + 1)) for (a, b), (c, d) in page.merged],
    )
    after = reread(moved)
    assert after.findings == []
    columns = list(before.columns)
    assert after.frame.sort_values(columns, ignore_index=True).equals(
        before.sort_values(columns, ignore_index=True)
    )


def test_a_second_page_goes_on_with_the_same_table(page: Page, reread: Reread) -> None:
    before = reread(page).frame
    row, _ = page.find("  Venezuela")
    page.rows[row:row] = [list(page.rows[1]), list(page.rows[2]), *map(list, page.rows[5:7])]
    page.rows[row + 1][2] = ""
    outcome = reread(page)
    assert outcome.findings == []
    assert outcome.frame.equals(before)
    page.rows[row + 3][4] = "Canalizadas"
    assert {f.rule for f in reread(page).findings} == {"HEADER_DIFFERS"}


def test_a_nationality_nobody_knows_is_named(page: Page, reread: Reread) -> None:
    row, column = page.find("  Honduras")
    page.rows[row][column] = "  Honduraz"
    finding = reread(page).only()
    assert (finding.rule, finding.row, finding.column) == ("LABEL_UNKNOWN", row + 1, CORNER)
    assert (finding.found, finding.suggestion) == ("Honduraz", "Honduras")


def test_the_year_of_one_header_row_counts_people_presented(
    read: Read, shared_data: Callable[[str], Path]
) -> None:
    (path,) = catalogue.samples(IRREGULAR)
    frame = read(IRREGULAR, path).frame
    assert set(frame["MEASURE"]) == {"IRREGULAR_PRESENTED"}
    copy = read(
        "mex/iom_irregular_nationality", shared_data("iom-gdidata/irreg_mexico_nat.csv")
    ).frame
    theirs = copy[copy["TIME_PERIOD"] == "2020-02"].set_index("CITIZENSHIP")["OBS_VALUE"]
    ours = frame[frame["TIME_PERIOD"] == "2020-02"].set_index("CITIZENSHIP")["OBS_VALUE"]
    assert ours["HND"] == theirs["HND"]
    assert int(ours["_T"]) == theirs.astype(int).sum()


def test_returns_without_types_are_all_returns(read: Read, tmp_path: Path) -> None:
    (path,) = catalogue.samples(RETURNS)
    whole = read(RETURNS, path).frame
    ((name, page),) = load(path).items()
    kept = [0, 1, 2, 6, 10, 14, 18]
    rows = [[row[c] for c in kept] for row in page.rows]
    rows[3] = ["", "", CORNER, *MONTHS[:3], "Total"]
    rows[1][2] = "3.2.1 Eventos de devolución de extranjeros, según país de nacionalidad, 2022"
    del rows[4]
    outcome = read(RETURNS, save({name: Page(rows)}, tmp_path / "c321.xlsx"))
    assert outcome.findings == []
    all_types = whole[whole["MEASURE"] == "RETURNS_MADE"].reset_index(drop=True)
    assert outcome.frame[sorted(all_types)].equals(all_types[sorted(all_types)])


def test_children_under_twelve_alone_are_told_apart(read: Read) -> None:
    (path,) = catalogue.samples("mex/upm_irregular_sex_age")
    outcome = read("mex/upm_irregular_sex_age", path)
    key = {"TIME_PERIOD": "2018-01", "AGE": "Y_LT12"}
    assert outcome.value(**key, SEX="M", TRAVEL_CONDITION="UNACC") == "14"
    assert outcome.value(**key, SEX="F", TRAVEL_CONDITION="ACC") == "371"
    assert outcome.value(**key, SEX="_T", TRAVEL_CONDITION="_T") == str(396 + 371 + 14 + 11)


def test_a_state_is_all_its_posts(read: Read) -> None:
    (path,) = catalogue.samples("mex/upm_repatriations")
    outcome = read("mex/upm_repatriations", path)
    assert outcome.value(BORDER_POINT="MEX_ST_BCN", TIME_PERIOD="2023-01") == "5200"
    assert set(outcome.frame["COUNTRY_COUNTERPART"]) == {"USA"}


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_the_binary_workbook_that_the_publisher_ships_says_the_same(
    read: Read, tmp_path: Path
) -> None:
    (path,) = catalogue.samples(RETURNS)
    profile = (tmp_path / "profile").as_uri()
    command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to"]
    subprocess.run(
        [*command, "xls:MS Excel 97", "--outdir", tmp_path, path], check=True, timeout=120
    )
    outcome = read(RETURNS, tmp_path / f"{path.stem}.xls")
    assert outcome.findings == []
    assert outcome.frame.equals(read(RETURNS, path).frame)
