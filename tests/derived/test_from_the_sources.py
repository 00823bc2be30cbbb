"""The hub's indicators are computed again from the publishers' files, without the hub.

Nothing of the hub's code is used for that: files are read with ``csv`` and the workbook cell by
cell, and all arithmetic is decimal.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from derived_inputs import Key, indicators
from python_calamine import CalamineWorkbook

from hub.store.home import Hub
from registry.app import create_app

#: The twelve pilot countries with their location code in the workbook.
PILOT = {
    "BLZ": 84, "CRI": 188, "SLV": 222, "GTM": 320, "GUY": 328, "HND": 340,
    "JAM": 388, "MEX": 484, "NIC": 558, "PAN": 591, "LCA": 662, "SUR": 740,
}  # fmt: skip
API = "/api/provenance/MIGHUB/DF_MIG_INDICATOR/1.0.0"
WORKBOOK = "undesa-migrant-stock/undesa_pd_2020_ims_stock_by_sex_and_destination.xlsx"

Shared = Callable[[str], Path]


def records(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def rounded(value: Decimal, decimals: int) -> str:
    text = f"{value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def table(path: Path, sheet: str) -> dict[tuple[int, int], Decimal]:
    """Both sexes of a table of the workbook: figure by location code and year."""
    with CalamineWorkbook.from_path(path) as book:
        rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    head = next(n for n, row in enumerate(rows) if "Location code" in row)
    code = rows[head].index("Location code")
    years = range(code + 2, code + 9)
    return {
        (int(row[code]), int(rows[head][column])): Decimal(repr(row[column]))
        for row in rows[head + 1 :]
        for column in years
        if row[code] != "" and isinstance(row[column], float)
    }


def of_pilot(found: dict[Key, str]) -> dict[tuple[str, str], str]:
    return {
        (area, period): value
        for (freq, area, other, sex, breakdown, period), value in found.items()
        if area in PILOT and (freq, other, sex, breakdown) == ("A", "_T", "_T", "_T")
    }


def test_10_7_3_of_the_pilot_countries_to_the_last_digit(full: Hub, shared_data: Shared) -> None:
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    months: dict[str, set[str]] = defaultdict(set)
    for one in records(shared_data("iom-missing-migrants/mmp_americas_2014_2020.csv")):
        sums[one["geo"], one["t"][:4]] += Decimal(one["dead"])
        months[one["t"][:4]].add(one["t"][5:7])
    expected = {
        (area, year): rounded(dead, 0)
        for (area, year), dead in sums.items()
        if area in PILOT and len(months[year]) == 12
    }
    assert len(expected) > 20
    assert of_pilot(indicators(full, "SM_DTH_MIGR")) == expected


def test_10_7_4_of_the_pilot_countries_to_the_last_digit(full: Hub, shared_data: Shared) -> None:
    people = table(shared_data(WORKBOOK), "Table 2")
    refugees: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for one in records(shared_data("unhcr-refugees/population.csv")):
        for column in ("refugees", "oip"):
            refugees[one["coo_iso"], one["year"]] += Decimal(one[column] or 0)
    expected = {}
    for (area, year), count in refugees.items():
        residents = people.get((PILOT.get(area, -1), int(year)))
        if residents is not None:
            share = 100_000 * count / (1000 * residents + count)
            expected[area, year] = rounded(share, 2)
    assert {area for area, _ in expected} == set(PILOT)
    assert of_pilot(indicators(full, "SM_POP_REFG_OR")) == expected


def test_the_share_of_migrants_is_the_publishers_own(full: Hub, shared_data: Shared) -> None:
    """Table 3 of the workbook has the share as UN DESA computed it, for every area and group."""
    printed = table(shared_data(WORKBOOK), "Table 3")
    found = indicators(full, "MIG_STOCK_SHARE")
    ours = {
        (area, period): value
        for (_, area, _, sex, _, period), value in found.items()
        if sex == "_T"
    }
    for area, code in {**PILOT, "001": 900, "419": 904, "USA": 840}.items():
        for year in range(1990, 2021, 5):
            assert ours[area, str(year)] == rounded(printed[code, year], 2), (area, year)
    assert len(ours) >= len(printed)


def test_returns_by_mexico_per_inhabitant(full: Hub, shared_data: Shared) -> None:
    people = table(shared_data(WORKBOOK), "Table 2")
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for one in records(shared_data("iom-gdidata/irreg_mexico_exp.csv")):
        sums[one["nat"], one["t"][:4]] += int(one["n"])
    found = {
        (area, period): value
        for (_, area, other, *_, period), value in indicators(full, "RETURN_RATE").items()
        if other == "MEX" and area in PILOT
    }
    expected = {
        (area, year): rounded(Decimal(100 * count) / people[PILOT[area], int(year)], 2)
        for (area, year), count in sums.items()
        if area in PILOT and int(year) % 5 == 0
    }
    assert len(expected) > 10
    assert found == expected


def cell(rows: list[list[Any]], address: str) -> Any:
    letters = address.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return rows[int(address[len(letters) :]) - 1][column - 1]


@pytest.mark.parametrize("area", ["SLV", "MEX", "JAM"])
def test_provenance_goes_down_to_the_cells(full: Hub, shared_data: Shared, area: str) -> None:
    """The cells that the answer names, read from the files, give the indicator again."""
    client = create_app(full).test_client()
    series = f"A.{area}.SM_POP_REFG_OR._T._T._T._T.PER_100000_POP"
    answer = client.get(f"{API}/{series}?c[TIME_PERIOD]=2015&inputs=true").json
    (one,) = answer["observations"]
    assert one["computed"]["indicator"] == "SDG_10_7_4"
    with shared_data("unhcr-refugees/population.csv").open(encoding="utf-8-sig", newline="") as f:
        lines = list(csv.reader(f))
    with CalamineWorkbook.from_path(shared_data(WORKBOOK)) as book:
        sheet = book.get_sheet_by_name("Table 2").to_python(skip_empty_area=False)
    parts = {part["input"]: part for part in one["inputs"]}
    counted = Decimal(0)
    for name in ("refugees", "protected"):
        for input_ in parts[name]["observations"]:
            assert input_["source"]["file"]["name"] == "population.csv"
            printed = sum(
                Decimal(cell(lines, place["cell"]) or 0) for place in input_["source"]["cells"]
            )
            assert printed == Decimal(input_["value"] or 0)
            counted += printed
    ((people,),) = (
        [[place["cell"] for place in one["source"]["cells"]] for one in part["observations"]]
        for part in (parts["population"],)
    )
    residents = 1000 * Decimal(repr(cell(sheet, people[0])))
    assert one["value"] == rounded(100_000 * counted / (counted + residents), 2)
    # Each input can be asked about in turn.
    for part in one["inputs"]:
        for input_ in part["observations"]:
            (below,) = client.get(input_["provenance"]).json["observations"]
            assert below["value"] == input_["value"]
            assert below["computed"] is None


def test_every_incident_behind_a_year_is_named(full: Hub, shared_data: Shared) -> None:
    client = create_app(full).test_client()
    answer = client.get(
        f"{API}/A.MEX.SM_DTH_MIGR._T._T._T._T.DEATHS?c[TIME_PERIOD]=2019&inputs=true"
    ).json
    (one,) = answer["observations"]
    (part,) = one["inputs"]
    assert len(part["observations"]) == 12
    named = [place["cell"] for month in part["observations"] for place in month["source"]["cells"]]
    incidents = [
        f"E{n}"
        for n, line in enumerate(
            records(shared_data("iom-missing-migrants/mmp_americas_2014_2020.csv")), 2
        )
        if line["geo"] == "MEX" and line["t"].startswith("2019")
    ]
    assert sorted(named) == sorted(incidents)


def test_the_page_tells_the_formula_and_leads_on(full: Hub) -> None:
    client = create_app(full).test_client()
    address = (
        "/data/MIGHUB/DF_MIG_INDICATOR/1.0.0/provenance/"
        "A.HND.SM_POP_REFG_OR._T._T._T._T.PER_100000_POP?time=2010"
    )
    for language, heading in (("en", "How the hub computed it"), ("es", "Cómo lo calculó")):
        text = client.get(address, headers={"Accept-Language": language}).text
        assert heading in text
        assert "100000 * (refugees + protected) / (refugees + protected + population)" in text
    assert "× 1,000" in text  # the population is in thousands
    link = "/data/MIGHUB/DF_MIG_STOCK/1.0.0/provenance/A5.HND.STOCK_POP."
    assert link in text
    below = text[text.index(link) :]
    page = client.get(below[: below.index('"')])
    assert page.status_code == 200
    assert "Table 2" in page.text
