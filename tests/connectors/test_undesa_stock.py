"""UN DESA migrant stock 2020 on the publisher's workbook, whole and with one thing changed."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest
from outcome import Outcome
from workbooks import Page, load, save, shifted

from connectors import catalogue

ID = "int/undesa_stock"
FILE = "undesa-migrant-stock/undesa_pd_2020_ims_stock_by_sex_and_destination.xlsx"
AREA = "Region, development group, country or area"
BOTH = "International migrant stock at mid-year, both sexes combined"
MALES = "International migrant stock at mid-year, males"

Read = Callable[..., Outcome]
Pages = dict[str, Page]


@pytest.fixture(scope="module")
def original() -> Pages:
    """The shipped extract: all rows, the years 2010, 2015 and 2020."""
    path, *_ = (path for path in catalogue.samples(ID) if path.suffix == ".xlsx")
    return load(path)


@pytest.fixture(scope="module")
def sample(read: Read) -> Outcome:
    path, *_ = (path for path in catalogue.samples(ID) if path.suffix == ".xlsx")
    return read(ID, path)


@pytest.fixture
def pages(original: Pages) -> Pages:
    return {n: Page(deepcopy(p.rows), list(p.merged)) for n, p in original.items()}


@pytest.fixture(scope="module")
def real(read: Read, shared_data: Callable[[str], Path]) -> Outcome:
    return read(ID, shared_data(FILE))


@pytest.fixture
def reread(read: Read, tmp_path: Path) -> Callable[[Pages], Outcome]:
    return lambda pages: read(ID, save(pages, tmp_path / "stock.xlsx"))


def test_the_world_by_sex(real: Outcome) -> None:
    assert real.findings == []
    assert len(real.frame) == 283 * 3 * 7
    world = {"REF_AREA": "001", "TIME_PERIOD": "2020"}
    assert real.value(**world, SEX="_T") == "280598105"
    assert real.value(**world, SEX="M") == "145655844"
    assert real.value(**world, SEX="F") == "134942261"


def test_location_codes_become_area_codes(real: Outcome) -> None:
    key = {"TIME_PERIOD": "2020", "SEX": "_T"}
    assert real.value(**key, REF_AREA="MEX") == "1197624"
    assert real.value(**key, REF_AREA="NAM") == "109391"
    # Printed twice, as a region of the goals and as a sub-region of Oceania.
    assert real.value(**key, REF_AREA="927") == real.value(**key, REF_AREA="053") == "9067584"
    # The same name in two cases: a region of the goals and a region of M49.
    assert real.value(**key, REF_AREA="1830") == real.value(**key, REF_AREA="419") == "14794623"


def test_two_dots_are_an_observation_without_a_value(real: Outcome) -> None:
    blank = real.frame[real.frame["OBS_VALUE"].isna()]
    assert len(blank) == 122
    assert set(blank["OBS_STATUS"]) == {"O"}
    assert set(real.frame[real.frame["OBS_VALUE"].notna()]["OBS_STATUS"]) == {"E"}


def test_type_of_data_and_notes_are_attributes(real: Outcome) -> None:
    by_area = real.frame.drop_duplicates("REF_AREA").set_index("REF_AREA")
    assert by_area["DEFINITION"][["MEX", "CHL", "JPN", "CHN", "BEN"]].tolist() == [
        "FB_R", "FB", "FC", "FC", "FBC_R",
    ]  # fmt: skip
    assert by_area["DEFINITION"]["001"] is None
    assert (
        by_area["COMMENT_OBS"]["SDN"]
        == "The estimates for 1990 to 2005 refer to Sudan and South Sudan."
    )
    assert by_area["COMMENT_OBS"]["MEX"] is None


def test_the_table_may_stand_elsewhere(
    pages: Pages, sample: Outcome, reread: Callable[[Pages], Outcome]
) -> None:
    pages["Table 1"] = Page(
        shifted(pages["Table 1"].rows, 2, 1),
        [((a + 2, b + 1), (c + 2, d + 1)) for (a, b), (c, d) in pages["Table 1"].merged],
    )
    moved = reread(pages)
    assert moved.findings == []
    assert moved.frame.equals(sample.frame)


def test_groups_in_another_order_and_not_merged(
    pages: Pages, sample: Outcome, reread: Callable[[Pages], Outcome]
) -> None:
    page = pages["Table 1"]
    page.merged.clear()
    for row in page.rows:
        row[5:14] = [*row[11:14], *row[5:11]]
    turned = reread(pages)
    assert turned.findings == []
    key = ["REF_AREA", "SEX", "TIME_PERIOD"]
    ours, theirs = (f.sort_values(key).reset_index(drop=True) for f in (turned.frame, sample.frame))
    assert ours.equals(theirs)


@pytest.mark.parametrize(("column", "said"), [(1, "   Kenia"), (3, 405.0)])
def test_label_and_location_code_must_agree(
    column: int, said: str | float, pages: Pages, reread: Callable[[Pages], Outcome]
) -> None:
    row, _ = pages["Table 1"].find("   Kenya")
    pages["Table 1"].rows[row][column] = said
    finding = reread(pages).only()
    assert (finding.rule, finding.row, finding.column) == ("LABEL_UNKNOWN", row + 1, AREA)
    assert finding.suggestion == "Kenya (404)"


def test_text_in_a_number_cell_is_one_finding(
    pages: Pages, reread: Callable[[Pages], Outcome]
) -> None:
    row, _ = pages["Table 1"].find("   Mexico")
    pages["Table 1"].rows[row][8] = "n/a"
    finding = reread(pages).only()
    assert (finding.rule, finding.row) == ("NUMBER_EXPECTED", row + 1)
    assert finding.column == f"{MALES}, 2010"


@pytest.mark.parametrize("label", ["   Mexico", "  Central America", "WORLD", " AFRICA"])
def test_a_wrong_figure_is_one_finding_at_its_cell(
    label: str, pages: Pages, reread: Callable[[Pages], Outcome]
) -> None:
    row, _ = pages["Table 1"].find(label)
    pages["Table 1"].rows[row][7] = float(pages["Table 1"].rows[row][7]) + 1000
    finding = reread(pages).only()
    assert (finding.rule, finding.row) == ("TOTAL_MISMATCH", row + 1)
    assert finding.column == f"{BOTH}, 2020"


def test_a_type_of_data_nobody_knows(pages: Pages, reread: Callable[[Pages], Outcome]) -> None:
    row, _ = pages["Table 1"].find("   Peru")
    pages["Table 1"].rows[row][4] = "Q"
    finding = reread(pages).only()
    assert (finding.rule, finding.row, finding.column) == ("LABEL_UNKNOWN", row + 1, "Type of data")


def test_a_group_nobody_knows(pages: Pages, reread: Callable[[Pages], Outcome]) -> None:
    row, column = pages["Table 1"].find(MALES)
    pages["Table 1"].rows[row][column] = "International migrant stock at mid-year, boys"
    rules = {(f.rule, f.row) for f in reread(pages).findings}
    assert rules == {("LABEL_UNKNOWN", row + 1)}


def test_a_sheet_nobody_knows(pages: Pages, reread: Callable[[Pages], Outcome]) -> None:
    pages["Table 7"] = Page([["x"]])
    finding = reread(pages).only()
    assert (finding.rule, finding.sheet) == ("SHEET_UNKNOWN", "Table 7")


def test_a_workbook_without_the_table(pages: Pages, reread: Callable[[Pages], Outcome]) -> None:
    del pages["Table 1"]
    assert reread(pages).only().rule == "SHEET_MISSING"
