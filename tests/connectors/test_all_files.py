"""Every publisher's file that a connector claims: figures equal to the file's own, faults named.

One line a file: the connector, the findings it must come to, and how much of what the file prints
stays out of the message because of them. What a file prints is summed here by other means.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest
from outcome import Outcome
from python_calamine import CalamineWorkbook

from connectors.framework.px import read_px

Read = Callable[..., Outcome]
Printed = Callable[[Path], Decimal]
Published = Callable[[Outcome], Decimal]


def column(name: str) -> Printed:
    """The sum of a column of a CSV file; cells that are no numbers count nothing."""

    def total(path: Path) -> Decimal:
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = [row[name] for row in csv.DictReader(file)]
        return sum(map(number, cells), Decimal(0))

    return total


def columns(*names: str) -> Printed:
    """The sum of several columns of a CSV file."""
    return lambda path: sum((column(name)(path) for name in names), Decimal(0))


def number(cell: str) -> Decimal:
    try:
        return Decimal(cell.replace(",", "").strip())
    except ArithmeticError:
        return Decimal(0)


def cell(sheet: str, row: str, header: str) -> Printed:
    """The figure of a workbook in the row that says ``row`` and the column that says ``header``."""

    def found(path: Path) -> Decimal:
        with CalamineWorkbook.from_path(path) as book:
            rows = book.get_sheet_by_name(sheet or book.sheet_names[0]).to_python()
        at = next(c for r in rows for c, said in enumerate(r) if str(said).strip() == header)
        lines = [r for r in rows if row in [str(said).strip() for said in r]]
        return next(figure for r in lines if (figure := number(str(r[at]))))

    return found


def records(name: str) -> Printed:
    """The sum of a field of the records of a JSON answer."""

    def total(path: Path) -> Decimal:
        answer = json.loads(path.read_text("utf-8"), parse_float=Decimal)
        return sum((Decimal(r.get(name) or 0) for r in answer["result"]), Decimal(0))

    return total


def cube_total(path: Path) -> Decimal:
    """All figures of BEXSTA that are for both sexes, all births and all kinds of places."""
    cube = read_px(path.read_bytes(), path.name)
    cells = cube.text.reshape([len(d.codes) for d in cube.dimensions])[0, 0, :, 0, 0]
    return sum(map(number, cells), Decimal(0))


def where(**codes: str) -> Published:
    """The sum of the published figures with these codes."""

    def total(outcome: Outcome) -> Decimal:
        frame = outcome.frame
        for component, code in codes.items():
            frame = frame[frame[component] == code]
        return sum((Decimal(v) for v in frame["OBS_VALUE"].dropna()), Decimal(0))

    return total


EVERYTHING = where()


@dataclass(frozen=True)
class File:
    """A file, its connector, what it prints, what of that is published, and its findings."""

    connector: str
    path: str
    printed: Printed
    published: Published = EVERYTHING
    findings: dict[str, int] = field(default_factory=dict)
    #: What is printed and neither published nor set apart, by reason of the findings.
    held_back: str = "0"


PRIVATE = {"CODE_PRIVATE warning": 2}
FILES = [
    File("mex/upm_air_entries", "mexico-upm/c131_2026_05.xls",
         cell("Cuadro 1.3.1", "Total General", "Total"),
         where(CITIZENSHIP="_T", BORDER_POINT="_T")),
    File("dom/bcrd_air_arrivals", "dominican-republic-bcrd/lleg_nacionalidad_2026.xls",
         cell("", "TOTAL", "TOTAL"),
         where(CITIZENSHIP="_T", COUNTRY_RESIDENCE="_T", BORDER_POINT="_T")),
    File("dom/bcrd_air_arrivals", "dominican-republic-bcrd/lleg_residencia_2025.xls",
         cell("", "TOTAL", "TOTAL"),
         where(CITIZENSHIP="_T", COUNTRY_RESIDENCE="_T", BORDER_POINT="_T")),
    File("dom/bcrd_air_totals", "dominican-republic-bcrd/lleg_total_2026.xls",
         cell("", "TOTAL PASAJEROS", "TOTAL"),
         where(CITIZENSHIP="_T", COUNTRY_RESIDENCE="_T", BORDER_POINT="_T")),
    File("pan/iom_darien_sex_age", "iom-gdidata/irreg_darien_dmg.csv", column("n")),
    File("pan/iom_darien_nationality", "iom-gdidata/irreg_darien_nat.csv", column("n"),
         findings={"LABEL_UNKNOWN error": 1, "OWN_NATIONALS error": 1, **PRIVATE}, held_back="8"),
    File("gtm/iom_returnees", "iom-gdidata/irreg_guatemala.csv", column("n")),
    File("hnd/iom_irregular_total", "iom-gdidata/irreg_honduras.csv", column("n")),
    File("hnd/iom_irregular_sex_age", "iom-gdidata/irreg_honduras_dmg.csv", column("n")),
    File("hnd/iom_irregular_nationality", "iom-gdidata/irreg_honduras_nat.csv", column("n"),
         findings={"CODE_DOUBTFUL error": 1, "CODE_PRIVATE warning": 1}),
    File("hnd/iom_irregular_nationality",
         "iom-gdidata/vintages/irreg_honduras_nat_13362fb.csv", column("n"),
         findings={"DUPLICATE_LABEL error": 25, "CODE_DOUBTFUL error": 1,
                   "CODE_PRIVATE warning": 3}),
    File("hnd/iom_irregular_nationality",
         "iom-gdidata/vintages/irreg_honduras_nat_ce8f9c0.csv", column("n")),
    File("mex/iom_irregular_sex_age", "iom-gdidata/irreg_mexico_dmg.csv", column("n")),
    File("mex/iom_returns", "iom-gdidata/irreg_mexico_exp.csv", column("n")),
    File("mex/iom_irregular_nationality", "iom-gdidata/irreg_mexico_nat.csv", column("n"),
         findings={"DUPLICATE_LABEL error": 18, **PRIVATE}),
    File("mex/iom_irregular_nationality", "iom-gdidata/vintages/irreg_mexico_nat_1267fd3.csv",
         column("n"), findings={"DUPLICATE_LABEL error": 34, **PRIVATE}),
    File("mex/iom_irregular_nationality", "iom-gdidata/vintages/irreg_mexico_nat_96990bc.csv",
         column("n"), findings={"DUPLICATE_LABEL error": 33, "CODE_PRIVATE warning": 3}),
    File("usa/iom_encounters", "iom-gdidata/irreg_usa.csv", column("n"),
         findings={"CODE_PRIVATE warning": 1}),
    File("int/iom_irregular_entries", "iom-amerdigest/irreg.csv", column("n"),
         findings={"NUMBER_EXPECTED error": 1, "ROWS_MISSING warning": 1, **PRIVATE}),
    File("int/iom_regular_entries", "iom-amerdigest/regin.csv", column("n"),
         findings={"ORIGIN_IMPOSSIBLE error": 2, **PRIVATE}),
    File("int/iom_regular_exits", "iom-amerdigest/regout_AS_PUBLISHED_geo_nat_swapped.csv",
         column("n"), findings={"COLUMNS_SWAPPED error": 1}, held_back="12927238"),
    File("int/iom_missing_migrants", "iom-missing-migrants/mmp_americas_2014_2020.csv",
         column("dead"), where(SERIES="SM_DTH_MIGR", COUNTRY_COUNTERPART="_T"),
         {"RECORD_REPEATED warning": 1}),
    File("int/iom_dtm", "iom-dtm/displacement-admin0-admin0pcode-hti.json",
         records("numPresentIdpInd"), where(SEX="_T"), {"TOTAL_MISMATCH warning": 3}),
    File("int/iom_dtm", "iom-dtm/displacement-admin1-admin0pcode-hti.json",
         records("numPresentIdpInd"), where(SEX="_T"), {"TOTAL_MISMATCH warning": 2}),
    File("int/unhcr_displacement", "unhcr-refugees/HDX_AsylumApplications.csv",
         column("Applications")),
    File("int/unhcr_displacement", "unhcr-refugees/HDX_Demographics.csv", column("Total"),
         where(SEX="_T", AGE="_T")),
    File("int/unhcr_displacement", "unhcr-refugees/HDX_EndYearPopulationTotals.csv",
         columns("REF", "IDP", "ASY", "OOC", "STA", "OIP")),
    File("int/unhcr_displacement", "unhcr-refugees/asylum_applications.csv", column("applied")),
    File("int/unhcr_displacement", "unhcr-refugees/asylum_decisions.csv", column("dec_total"),
         where(MEASURE="ASYLUM_DECIDED"), {"TOTAL_MISMATCH warning": 2}),
    File("int/unhcr_displacement", "unhcr-refugees/demographics.csv", column("total"),
         where(SEX="_T", AGE="_T")),
    File("int/unhcr_displacement", "unhcr-refugees/population.csv", column("refugees"),
         where(POPULATION_TYPE="REF")),
    File("int/unhcr_displacement", "unhcr-refugees/solutions.csv", column("resettlement"),
         where(MEASURE="DISP_RESETTLED")),
    File("int/undesa_stock", "undesa-migrant-stock/UN_MigrantStockBySexByDestination_2019.csv",
         lambda _: Decimal(271642105), where(REF_AREA="001", SEX="_T", TIME_PERIOD="2019"),
         {"NOTE_UNKNOWN note": 1}),
    File("int/undesa_stock",
         "undesa-migrant-stock/undesa_pd_2020_ims_stock_by_sex_and_destination.xlsx",
         lambda _: Decimal(280598105), where(REF_AREA="001", SEX="_T", TIME_PERIOD="2020")),
    File("int/undesa_population",
         "undesa-migrant-stock/undesa_pd_2020_ims_stock_by_sex_and_destination.xlsx",
         lambda _: Decimal("7794798.729"), where(REF_AREA="001", SEX="_T", TIME_PERIOD="2020")),
    File("int/undesa_stock_origin",
         "undesa-migrant-stock/undesa_stocks_2024rev_pilot_1990_2015.csv", column("n")),
    File("int/oecd_flows", "oecd-dsd-mig/DF_MIG_B11_World_2012_2022.csv", column("OBS_VALUE"),
         findings={"NOT_A_COUNT warning": 9}),
    File("grl/population_birthplace", "px-greenland/BEXSTA_windows_1252.px", cube_total,
         where(COUNTRY_BIRTH="_T", SEX="_T")),
]  # fmt: skip
#: Files that hold no figures of a source: look-up lists, a worked answer, tests of a file format.
NO_SOURCE = {
    "mexico-upm/upm_cancun_nacionalidad_2026_ene-may.csv",
    "iom-gdidata/countrynames.csv",
    "iom-dtm/displacement-country-list.json",
    "iom-dtm/displacement-operation-list.json",
    "px-greenland/CONTVARIABLE_multiple_languages.px",
    "px-greenland/TIMEVAL_short.px",
    "px-greenland/semicolon_in_values.px",
}


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.path)
def test_a_file_goes_through_with_its_own_figures(
    file: File, read: Read, shared_data: Callable[[str], Path]
) -> None:
    path = shared_data(file.path)
    outcome = read(file.connector, path)
    found = Counter(f"{f.rule} {f.severity.value}" for f in outcome.findings)
    assert dict(found) == file.findings
    for finding in outcome.findings:
        # What is wrong with a file as a whole has no row; everything else says where it is.
        assert finding.row is not None or finding.rule == "COLUMNS_SWAPPED", finding
    printed = file.printed(path)
    assert printed > 0
    published = Decimal(0) if outcome.frame.empty else file.published(outcome)
    apart = sum(map(Decimal, outcome.apart["OBS_VALUE"])) if len(outcome.apart) else Decimal(0)
    # Binary fractions of a workbook do not add up to the last digit.
    assert abs(published + apart + Decimal(file.held_back) - printed) < Decimal("0.001")


def test_every_file_is_claimed_or_is_no_source(shared_data: Callable[[str], Path]) -> None:
    root = shared_data("README.md").parent
    files = {str(path.relative_to(root)) for path in root.rglob("*.*") if path.is_file()}
    claimed = {file.path for file in FILES}
    structures = {name for name in files if name.startswith("sdmx-structures/")}
    assert files - structures - {"README.md"} == claimed | NO_SOURCE
