"""UN DESA's population beside the migrant stock: the publisher's workbook, and its table 3."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from outcome import Outcome
from python_calamine import CalamineWorkbook
from workbooks import Page, load, save

from connectors import catalogue

ID = "int/undesa_population"
FILE = "undesa-migrant-stock/undesa_pd_2020_ims_stock_by_sex_and_destination.xlsx"

Read = Callable[..., Outcome]


@pytest.fixture(scope="module")
def real(read: Read, shared_data: Callable[[str], Path]) -> Outcome:
    return read(ID, shared_data(FILE))


def test_thousands_stay_as_printed(real: Outcome) -> None:
    assert real.findings == []
    assert len(real.frame) == 283 * 3 * 7
    mexico = {"REF_AREA": "MEX", "TIME_PERIOD": "2015"}
    assert real.value(**mexico, SEX="_T") == "121858.251"
    assert real.value(REF_AREA="001", TIME_PERIOD="2020", SEX="M") == "3929973.953"
    assert set(real.frame["UNIT_MULT"]) == {"3"}
    assert set(real.frame["MEASURE"]) == {"STOCK_POP"}
    assert set(real.frame["FREQ"]) == {"A5"}
    # The type of data in the table is about the migrants.
    assert "DEFINITION" not in real.frame or real.frame["DEFINITION"].isna().all()


def test_figures_not_broken_down_by_sex_are_missing(real: Outcome) -> None:
    blank = real.frame[real.frame["OBS_VALUE"].isna()]
    assert len(blank) == 476
    assert set(blank["OBS_STATUS"]) == {"O"}
    assert set(blank["SEX"]) == {"M", "F"}


def test_migrants_over_population_is_the_publishers_percentage(
    real: Outcome, read: Read, shared_data: Callable[[str], Path]
) -> None:
    """Table 3 of the workbook divides the one by the other: both tables were read right."""
    path = shared_data(FILE)
    migrants = read("int/undesa_stock", path)
    with CalamineWorkbook.from_path(path) as book:
        rows = book.get_sheet_by_name("Table 3").to_python(skip_empty_area=False)
    head = next(n for n, row in enumerate(rows) if "Location code" in row)
    code = rows[head].index("Location code")
    printed = {row[code]: row[code + 8] for row in rows[head + 1 :]}
    for area, location in (("MEX", 484), ("CRI", 188), ("001", 900), ("GUF", 254), ("ARE", 784)):
        key = {"REF_AREA": area, "TIME_PERIOD": "2020", "SEX": "_T"}
        share = Decimal(migrants.value(**key)) / Decimal(real.value(**key)) / 10
        assert share == pytest.approx(Decimal(printed[location]), abs=Decimal("1e-9"))


def test_a_figure_that_does_not_add_up(read: Read, tmp_path: Path) -> None:
    (sample,) = catalogue.samples(ID)
    pages: dict[str, Page] = load(sample)
    row, _ = pages["Table 2"].find("   Mexico")
    pages["Table 2"].rows[row][7] = float(pages["Table 2"].rows[row][7]) + 0.001
    finding = read(ID, save(pages, tmp_path / "population.xlsx")).only()
    assert (finding.rule, finding.row) == ("TOTAL_MISMATCH", row + 1)


def test_a_workbook_without_the_table(read: Read, tmp_path: Path) -> None:
    (sample,) = catalogue.samples(ID)
    pages = load(sample)
    del pages["Table 2"]
    assert read(ID, save(pages, tmp_path / "population.xlsx")).only().rule == "SHEET_MISSING"
