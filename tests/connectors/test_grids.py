"""Returns, residence and border tables of Central America in the layouts described."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from outcome import Outcome
from workbooks import Page, load, save

from codelists.text_yaml import DataFileError
from connectors import catalogue
from connectors.framework import area_names
from hub.model.cells import address
from hub.structures.repository import StructureSet
from hub.validation import render

Read = Callable[..., Outcome]


def sample(connector: str) -> dict[str, Page]:
    (path,) = catalogue.samples(connector)
    return load(path)


def test_households_are_never_added_to_persons(read: Read, tmp_path: Path) -> None:
    connector = "gtm/igm_returns"
    pages = sample(connector)
    (page,) = pages.values()
    row, _ = page.find("Unidades familiares")
    page.rows[row][1:4] = [900_000, 1, 900_001]
    outcome = read(connector, save(pages, tmp_path / "a.xlsx"))
    assert outcome.findings == []
    assert outcome.value(UNIT_MEASURE="HH", COUNTRY_COUNTERPART="_T") == "900001"
    persons = outcome.frame[outcome.frame["UNIT_MEASURE"] == "PS"]
    assert "FAMILY" not in set(persons["TRAVEL_CONDITION"])
    assert int(persons["OBS_VALUE"].astype(int).max()) == 7477


def test_the_way_of_return_where_an_edition_tells_it(read: Read, tmp_path: Path) -> None:
    rows = [
        ["Personas guatemaltecas retornadas, marzo de 2023", "", "", "", "", ""],
        ["Grupo de edad y sexo", "Estados Unidos", "", "México", "", "Total"],
        ["", "Vía aérea", "Subtotal", "Vía terrestre", "Subtotal", ""],
        ["Total", 30, 30, 20, 20, 50],
        ["Adultos", 30, 30, 20, 20, 50],
        ["Hombres", 20, 20, 15, 15, 35],
        ["Mujeres", 10, 10, 5, 5, 15],
        ["Vuelos", 2, 2, 0, 0, 2],
    ]
    page = Page([list(row) for row in rows], [((1, 1), (1, 2)), ((1, 3), (1, 4))])
    outcome = read("gtm/igm_returns", save({"R": page}, tmp_path / "r.xlsx"))
    assert outcome.findings == []
    key = {"SEX": "M", "COUNTRY_COUNTERPART": "USA"}
    assert outcome.value(**key, TRANSPORT_MODE="AIR") == "20"
    assert outcome.value(**key, TRANSPORT_MODE="_T") == "20"
    assert outcome.value(SEX="F", COUNTRY_COUNTERPART="_T", TRANSPORT_MODE="_T") == "15"
    assert set(outcome.frame["UNIT_MEASURE"]) == {"PS"}


def test_months_without_countries_are_of_all_countries(read: Read, tmp_path: Path) -> None:
    rows = [
        ["Personas salvadoreñas retornadas, 2023", "", "", ""],
        ["Sexo y grupo de edad", "enero", "febrero", "Total"],
        ["Total", 30, 20, 50], ["Adultos", 25, 20, 45], ["Hombres", 20, 15, 35],
        ["Mujeres", 5, 5, 10], ["Menores de edad", 5, 0, 5], ["Niños", 3, 0, 3], ["Niñas", 2, 0, 2],
    ]  # fmt: skip
    page = Page([list(row) for row in rows])
    outcome = read("slv/dgme_returns", save({"R": page}, tmp_path / "r.xlsx"))
    assert outcome.findings == []
    assert set(outcome.frame["COUNTRY_COUNTERPART"]) == {"_T"}
    assert outcome.value(SEX="M", AGE="Y_LT18", TIME_PERIOD="2023-01") == "3"


def test_two_authorities_of_honduras_send_under_their_own_agreements() -> None:
    foreign, interior = (
        catalogue.record(each) for each in ("hnd/conmigho_returns", "hnd/iom_irregular_total")
    )
    assert foreign.provider == "HND_CONMIGHO" != interior.provider


def test_united_figures_name_each_country_as_the_reporting_area(read: Read) -> None:
    (path,) = catalogue.samples("int/iom_ntmi_returns")
    outcome = read("int/iom_ntmi_returns", path)
    assert outcome.value(REF_AREA="HND", AGE="Y_LT18", TIME_PERIOD="2018-02") == "1010"
    assert set(outcome.frame["REF_AREA"]) == {"SLV", "GTM", "HND"}
    assert set(outcome.frame["OBS_STATUS"]) == {"P"}


def test_both_sheets_of_a_border_workbook(read: Read, tmp_path: Path) -> None:
    connector = "cri/dgme_movements"
    pages = sample(connector)
    whole = read(connector, save(pages, tmp_path / "a.xlsx"))
    key = {"CITIZENSHIP": "NIC", "BORDER_POINT": "CRI_PBL"}
    assert whole.value(**key, MEASURE="ENTRIES") == "21000"
    assert whole.value(**key, MEASURE="EXITS") == "21007"
    assert whole.value(CITIZENSHIP="NIC", BORDER_POINT="_T", TRANSPORT_MODE="LAND", MEASURE="EXITS")
    only = {"Entradas": pages["Entradas"]}
    missing = read(connector, save(only, tmp_path / "b.xlsx")).only()
    assert (missing.rule, missing.sheet) == ("SHEET_MISSING", "Salidas")
    pages["Resumen"] = pages["Entradas"]
    unknown = read(connector, save(pages, tmp_path / "c.xlsx")).only()
    assert (unknown.rule, unknown.found) == ("SHEET_UNKNOWN", "Resumen")


def test_a_wrong_figure_of_one_sheet_is_one_finding(read: Read, tmp_path: Path) -> None:
    connector = "cri/dgme_movements"
    pages = sample(connector)
    page = pages["Salidas"]
    row = next(r for r, cells in enumerate(page.rows) if str(cells[0]).strip() == "España")
    page.rows[row][4] = 5
    finding = read(connector, save(pages, tmp_path / "a.xlsx")).only()
    assert (finding.rule, finding.sheet, finding.row) == ("TOTAL_MISMATCH", "Salidas", row + 1)
    assert finding.column == "Vía terrestre Peñas Blancas"


def test_every_type_of_permit_is_a_code_below_a_broad_one(
    read: Read, structures: StructureSet, tmp_path: Path
) -> None:
    connector = "pan/snm_residence"
    pages = sample(connector)
    outcome = read(connector, save(pages, tmp_path / "a.xlsx"))
    assert outcome.value(PERMIT_CATEGORY="PAN_RETIRED", MEASURE="RESIDENCE_GRANTED") == "151"
    assert set(outcome.frame["MEASURE"]) == {"RESIDENCE_GRANTED", "RESIDENCE_REFUSED"}
    (page,) = pages.values()
    row, _ = page.find("Jubilado y pensionado")
    page.rows[row][0] = "Visa de marino"
    finding = read(connector, save(pages, tmp_path / "b.xlsx")).only()
    assert (finding.rule, finding.found) == ("LABEL_UNKNOWN", "Visa de marino")


def test_entries_and_exits_in_one_figure_are_neither(read: Read) -> None:
    (path,) = catalogue.samples("nic/dgme_movements")
    outcome = read("nic/dgme_movements", path)
    assert set(outcome.frame["MEASURE"]) == {"MOVEMENTS"}
    assert outcome.value(CITIZENSHIP="_FOR", BORDER_POINT="NIC_PBL") == "41200"
    assert set(outcome.frame["TIME_PERIOD"]) == {"2023-01-01/P3M"}


def test_names_of_areas_are_whole_names() -> None:
    names = area_names.area_names("es")
    assert (names["dominica"], names["republica dominicana"]) == ("DMA", "DOM")
    assert (names["niger"], names["nigeria"]) == ("NER", "NGA")
    assert "corea" not in names and "africa" not in names


def test_a_name_of_two_areas_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "es.csv").write_text("label,code\nBelice,BHS\n", "utf-8")
    monkeypatch.setattr(area_names, "_SPELLINGS", tmp_path)
    area_names.area_names.cache_clear()
    with pytest.raises(DataFileError, match="Belice"):
        area_names.area_names("es")
    area_names.area_names.cache_clear()


def test_invented_figures_are_said_to_be() -> None:
    said = {id_: catalogue.record(id_).sample for id_ in catalogue.ids()}
    told = {
        id_ for id_, s in said.items() if "invented" in s.note["en"] or "made up" in s.note["en"]
    }
    assert len(told) > 6
    assert {id_ for id_, s in said.items() if s.invented} == told


@pytest.mark.parametrize(
    ("connector", "title"),
    [
        ("hnd/conmigho_returns", "Hondureños retornados por país, enero-marso de 2023"),
        ("hnd/conmigho_returns", "Hondureños retornados por país, enero-febero de 2023"),
        ("hnd/conmigho_returns", "Hondureños retornados por país, marso de 2023"),
        ("hnd/conmigho_returns", "Hondureños retornados por país, enero y febrero de 2023"),
        ("hnd/conmigho_returns", "Hondureños retornados, primer trimestre de 2023"),
        ("gtm/igm_returns", "Personas guatemaltecas retornadas, enerx de 2020"),
        ("nic/dgme_movements", "Movimientos migratorios por puesto, enero-marzp de 2023"),
        ("pan/snm_residence", "Permisos de residencia según tipo, enero-junoi de 2023"),
        ("jam/pioj_deportees", "Deportees by Sending Country and Sex, Januery-March 2019"),
        ("guy/bos_airport_movements", "Arrivals and departures by airport, January-March"),
    ],
)
def test_a_part_of_a_year_is_never_read_as_the_year(
    connector: str, title: str, read: Read, tmp_path: Path
) -> None:
    pages = sample(connector)
    row, column = _title(next(iter(pages.values())))
    next(iter(pages.values())).rows[row][column] = title
    outcome = read(connector, save(pages, tmp_path / "a.xlsx"))
    finding = outcome.only()
    assert (finding.rule, finding.row, finding.found) == ("PERIOD_UNREADABLE", row + 1, title)
    assert outcome.frame.empty
    assert "todo el año" in render(finding, "es")


def test_a_year_below_months_that_are_none_is_not_the_year(read: Read, tmp_path: Path) -> None:
    pages = sample("hnd/conmigho_returns")
    (page,) = pages.values()
    row, column = _title(page)
    page.rows[row][column] = "Hondureños retornados por país de procedencia, enero-marzo"
    page.rows[row + 1][column] = "2023"
    finding = read("hnd/conmigho_returns", save(pages, tmp_path / "a.xlsx")).only()
    assert (finding.rule, finding.row) == ("PERIOD_UNREADABLE", row + 1)


@pytest.mark.parametrize("said", ["2023", "por género, 2023", "de Reino Unido, 2023", "año 2023"])
def test_a_title_with_a_year_alone_is_of_the_year(said: str, read: Read, tmp_path: Path) -> None:
    pages = sample("hnd/conmigho_returns")
    (page,) = pages.values()
    row, column = _title(page)
    page.rows[row][column] = f"Hondureños retornados {said}"
    outcome = read("hnd/conmigho_returns", save(pages, tmp_path / "a.xlsx"))
    assert outcome.findings == []
    assert set(outcome.frame["TIME_PERIOD"]) == {"2023"}


def _title(page: Page) -> tuple[int, int]:
    return next((r, c) for r, row in enumerate(page.rows) for c, cell in enumerate(row) if cell)


def test_a_header_that_is_missing_is_named_with_all_that_may_stand_there(
    read: Read, tmp_path: Path
) -> None:
    pages = sample("hnd/conmigho_returns")
    (page,) = pages.values()
    row, column = page.find("País de procedencia")
    page.rows[row][column] = "Pais de origen"
    corner = read("hnd/conmigho_returns", save(pages, tmp_path / "a.xlsx")).only()
    assert corner.rule == "HEADER_MISSING"
    assert "dice 'País de procedencia' / 'País', por la que" in render(corner, "es")
    assert corner.expected == "País de procedencia / País"
    pages = sample("hnd/conmigho_returns")
    (page,) = pages.values()
    row, column = _title(page)
    page.rows[row][column] = "Migrantes, 2023"
    title = read("hnd/conmigho_returns", save(pages, tmp_path / "b.xlsx")).only()
    assert {"Personas hondureñas retornadas", "Hondureños retornados"} == set(
        str(title.expected).split(" / ")
    )


def test_a_finding_names_the_cell_and_who_adds_a_label(read: Read, tmp_path: Path) -> None:
    pages = sample("hnd/conmigho_returns")
    (page,) = pages.values()
    row, _ = page.find("México")
    column = next(c for c, cell in enumerate(page.rows[row]) if isinstance(cell, int | float))
    page.rows[row][column] = "muchos"
    finding = read("hnd/conmigho_returns", save(pages, tmp_path / "a.xlsx")).findings[0]
    assert (finding.rule, finding.row) == ("NUMBER_EXPECTED", row + 1)
    assert finding.cell == address(row, column) != finding.column
    pages = sample("hnd/conmigho_returns")
    (page,) = pages.values()
    page.rows[row][0] = "Mexicali"
    label = read("hnd/conmigho_returns", save(pages, tmp_path / "b.xlsx")).findings[0]
    assert (label.rule, label.cell) == ("LABEL_UNKNOWN", address(row, 0))
    assert "pida a la oficina del centro que la añada al conector (" in render(label, "es")


def test_a_record_names_its_cell(read: Read, tmp_path: Path) -> None:
    path = catalogue.samples("gtm/iom_returnees")[0]
    pages = load(path)
    (page,) = pages.values()
    column = page.rows[0].index("n")
    page.rows[2][column] = "many"
    written = save(pages, tmp_path / path.name)
    finding = read("gtm/iom_returnees", written).findings[0]
    assert (finding.row, finding.column, finding.cell) == (3, "n", address(2, column))
