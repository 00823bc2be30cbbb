"""The codelists the hub ships: complete, consistent, and true to the standards they follow."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable
from datetime import date
from fnmatch import fnmatch
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sdmx.model.common import Code, Codelist

import codelists

LISTS = {each.id: each for each in codelists.load()}
AREA = LISTS["CL_AREA"]

#: Pilot countries of the regional platform.
PILOTS = ["BLZ", "CRI", "GTM", "GUY", "HND", "JAM", "LCA", "MEX", "NIC", "PAN", "SLV", "SUR"]

#: Sizes of SDMX's own lists, as its registry publishes them.
SDMX_SIZES = {
    "CL_FREQ": ("2.1", 34),
    "CL_SEX": ("2.1", 7),
    "CL_OBS_STATUS": ("2.3", 20),
    "CL_CONF_STATUS": ("1.3", 11),
    "CL_UNIT_MULT": ("1.1", 31),
    "CL_DECIMALS": ("1.0", 16),
    "CL_TIME_PER_COLLECT": ("1.0", 8),
}


def noted(code: Code, id_: str) -> str | None:
    return next((a.title for a in code.annotations if a.id == id_), None)


def by_note(codelist: Codelist, id_: str) -> dict[str, str]:
    """Annotation value to code; fails when a value stands twice."""
    pairs = [(value, c.id) for c in codelist if (value := noted(c, id_))]
    twice = [value for value, n in Counter(v for v, _ in pairs).items() if n > 1]
    assert not twice, f"{id_} given to two codes: {twice}"
    return dict(pairs)


@pytest.mark.parametrize("codelist", LISTS.values(), ids=list(LISTS))
def test_every_list_is_named_and_says_what_it_is(codelist: Codelist) -> None:
    assert set(codelist.name.localizations) == {"en", "es", "fr", "nl"}
    assert (codelist.is_final, codelist.is_external_reference) == (True, False)
    assert codelist.maintainer is not None
    assert codelist.maintainer.id in {"SDMX", "MIGHUB"}
    assert len(codelist) > 0


@pytest.mark.parametrize("codelist", LISTS.values(), ids=list(LISTS))
def test_names_of_codes_are_clean_and_unique(codelist: Codelist) -> None:
    for language in ("en", "es"):
        names = [code.name.localizations[language] for code in codelist]
        assert all(name == name.strip() and "  " not in name for name in names)
        if codelist.id not in {"CL_LOCATION"}:  # provinces of two countries share names
            assert [n for n, count in Counter(names).items() if count > 1] == []


@pytest.mark.parametrize(("id_", "expected"), SDMX_SIZES.items(), ids=list(SDMX_SIZES))
def test_cross_domain_lists_keep_their_agency_version_and_all_codes(
    id_: str, expected: tuple[str, int]
) -> None:
    codelist = LISTS[id_]
    assert codelist.maintainer is not None
    assert (codelist.maintainer.id, codelist.version, len(codelist)) == ("SDMX", *expected)


def test_cross_domain_lists_are_those_sdmx_publishes(shared_data: Callable[[str], Path]) -> None:
    for id_ in SDMX_SIZES:
        path = shared_data(f"sdmx-structures/statcodelists/{id_}.csv")
        lines = path.read_text("utf-8").splitlines()[1:]
        published = {line.split(",")[0] for line in lines if re.match(r"^[\w-]+,", line)}
        assert published == set(LISTS[id_].items), id_


def test_the_area_list_has_every_iso_country() -> None:
    iso = [c.id for c in AREA if noted(c, "ISO2") and c.id != "XKX"]
    assert len(iso) == 249
    assert set(PILOTS) <= set(iso)
    assert all(re.fullmatch("[A-Z]{3}", code) for code in iso)


def test_namibia_is_no_missing_value() -> None:
    assert noted(AREA["NAM"], "ISO2") == "NA"
    assert by_note(AREA, "ISO2")["NA"] == "NAM"


def test_area_maps_are_one_to_one() -> None:
    assert by_note(AREA, "ISO2")["XK"] == "XKX"
    m49 = by_note(AREA, "M49")
    assert (m49["084"], m49["516"], m49["530"], m49["830"]) == ("BLZ", "NAM", "ANT", "830")
    assert by_note(AREA, "UN_LOCATION")["900"] == "001"


def test_withdrawn_areas_say_when_they_ended_and_what_came_after() -> None:
    withdrawn = [c for c in AREA if noted(c, "KIND") == "withdrawn"]
    assert {"ANT", "SCG", "YUG", "CSK", "SUN", "DDR", "YMD"} <= {c.id for c in withdrawn}
    for code in withdrawn:
        end = noted(code, "VALID_TO")
        assert end and date.fromisoformat(end) < date.today(), code.id
        start = noted(code, "VALID_FROM")
        assert start is None or start < end, code.id
        successors = (noted(code, "REPLACED_BY") or "").split()
        assert successors and all(s in AREA.items for s in successors), code.id
    assert noted(AREA["SCG"], "VALID_TO") == "2006-06-04"


def test_each_country_hangs_in_the_m49_tree() -> None:
    def ancestors(code: Code) -> list[str]:
        above: list[str] = []
        while isinstance(code.parent, Code):
            code = code.parent
            above.append(code.id)
        return above

    for code in AREA:
        if noted(code, "KIND") in {"area", "withdrawn"}:
            assert ancestors(code)[-1] == "001", code.id
    assert ancestors(AREA["MEX"]) == ["013", "419", "019", "001"]
    assert ancestors(AREA["SUR"]) == ["005", "419", "019", "001"]
    assert ancestors(AREA["JEY"]) == ["830", "154", "150", "001"]


def test_special_codes_of_areas() -> None:
    special = {c.id for c in AREA if noted(c, "KIND") == "special"}
    residuals = {f"_O_{r}" for r in ["NAM", "CAC", "SAM", "ASI", "EUR", "OCE", "AFR", "ROW"]}
    general = {"_T", "_FOR", "_O", "_U", "_Z", "XXA", "XXB", "XXC", "XXX"}
    assert special == general | residuals | {"_MAF_SXM"}
    assert AREA["_O_CAC"].parent is AREA["_O"]
    assert AREA["_MAF_SXM"].parent is AREA["MAF"].parent is AREA["SXM"].parent


def test_every_location_of_un_desa_has_a_code(shared_data: Callable[[str], Path]) -> None:
    path = shared_data("undesa-migrant-stock/undesa_pd_2020_ims_stock_by_sex_and_destination.xlsx")
    rows = CalamineWorkbook.from_path(path).get_sheet_by_name("Table 1").to_python()
    column = next(row.index("Location code") for row in rows if "Location code" in row)
    locations = {f"{int(r[column]):03d}" for r in rows if isinstance(r[column], float)}
    assert len(locations) > 250
    assert locations - by_note(AREA, "UN_LOCATION").keys() == set()


def test_ages_are_what_their_code_says() -> None:
    for code in LISTS["CL_AGE"]:
        low, high = noted(code, "AGE_MIN"), noted(code, "AGE_MAX")
        if match := re.fullmatch(r"Y(\d+)T(\d+)", code.id):
            assert (low, high) == match.groups()
            assert int(match[1]) < int(match[2])
        elif match := re.fullmatch(r"Y_GE(\d+)", code.id):
            assert (low, high) == (match[1], None)
        elif match := re.fullmatch(r"Y_LT(\d+)", code.id):
            assert (low, high) == ("0", str(int(match[1]) - 1))
        elif match := re.fullmatch(r"Y(\d+)", code.id):
            assert low == high == match[1]
        else:
            assert code.id in {"_T", "_U", "_Z"}


def test_national_age_bands_are_there() -> None:
    bands = "Y0T4 Y5T11 Y12T17 Y18T59 Y_GE60 Y_LT12 Y_LT18 Y_GE18 Y0T17 Y15T24 Y_GE65 Y_LT15"
    five_year = [f"Y{a}T{a + 4}" for a in range(0, 100, 5)]
    assert {*bands.split(), *five_year} <= LISTS["CL_AGE"].items.keys()


def test_codes_the_connectors_write_are_there() -> None:
    assert {"ENTRIES", "EXITS", "STOCK_FB", "RETURNS", "TRANSIT"} <= LISTS[
        "CL_MIG_MEASURE"
    ].items.keys()
    assert {"PS", "EV", "HH", "PT"} <= LISTS["CL_UNIT_MEASURE"].items.keys()
    assert {"_T", "_O", "_O_AIR", "_U", "MEX_CUN"} <= LISTS["CL_BORDER_POINT"].items.keys()


def test_border_points_lie_in_a_country_of_the_area_list() -> None:
    for code in LISTS["CL_BORDER_POINT"]:
        if not code.id.startswith("_"):
            assert code.id.split("_")[0] in AREA.items, code.id


def test_locations_lie_in_their_country() -> None:
    for code in LISTS["CL_LOCATION"]:
        if "-" in code.id:
            country = noted(code, "ISO3")
            assert country in AREA.items
            assert code.id.split("-")[0] == noted(AREA[country], "ISO2"), code.id


def test_data_files_ship_in_the_wheel() -> None:
    root = Path(codelists.__file__).resolve().parent.parent
    globs = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"][
        "package-data"
    ]["*"]
    for package in ("codelists", "dsd"):
        files = [p for p in (root / package).rglob("*") if p.is_file()]
        data = [p for p in files if p.suffix not in {".py", ".pyc"}]
        assert data and all(any(fnmatch(p.name, g) for g in globs) for p in data)
