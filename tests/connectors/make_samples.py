"""Make the sample extracts of the connectors from the publishers' files.

``python tests/connectors/make_samples.py FOLDER``, where FOLDER holds the publishers' files as
``docs/connectors.md`` lists them. The figures are the publishers' own; only whole rows, columns
and blocks are left out.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from workbooks import Page, load, save

_ROOT = Path(__file__).resolve().parent.parent.parent / "connectors"


def upm(source: Path, target: Path) -> Path:
    """Totals, América with its countries, Apátridas and No especificado; all airports."""
    page = load(source)["Cuadro 1.3.1"]
    first, _ = page.find("Continente/ país de nacionalidad")
    europe, _ = page.find("Continente/ país de nacionalidad", 1)
    stateless, column = page.find("Apátridas")
    venezuela, _ = page.find("Venezuela")
    marker: list[str | int | float | bool] = [""] * len(page.rows[0])
    marker[column] = (
        "Extracto para demostración: se recortaron Europa, Asia, Oceanía y África; las cifras son"
        " las publicadas."
    )
    assert first < venezuela < europe < stateless
    rows = [*page.rows[: venezuela + 2], *page.rows[stateless:], marker]
    rows[first - 1] = [""] * len(rows[0])
    return save({"Cuadro 1.3.1": Page(rows)}, target / "cuadro_1.3.1_2026_05_extracto.xlsx")


def bcrd(source: Path, target: Path, name: str, title: str, airports: tuple[str, ...]) -> Path:
    """Complete blocks of single airports."""
    ((sheet, page),) = load(source).items()
    starts = [r for r, row in enumerate(page.rows) if str(row[0]).startswith(title)]
    ends = [*starts[1:], len(page.rows)]
    rows = []
    for start, end in zip(starts, ends, strict=True):
        if str(page.rows[start + 1][0]).startswith(airports):
            rows += page.rows[start:end]
    return save({sheet: Page(rows)}, target / name)


def undesa(source: Path, target: Path, table: str, name: str) -> Path:
    """All rows of one table, the years from 2010 on, and the notes."""
    pages = load(source)
    page = pages[table]
    header, _ = page.find("Location code")
    kept = [
        c for c, cell in enumerate(page.rows[header]) if not isinstance(cell, float) or cell >= 2010
    ]
    above = page.rows[header - 3]
    groups = [c for c, cell in enumerate(above) if "mid-year" in str(cell)]
    rows = [[row[c] for c in kept] for row in page.rows]
    for column in groups:
        # The group's header stands over its first year, which may have been left out.
        to = next(i for i, c in enumerate(kept) if c >= column)
        rows[header - 3][to] = above[column]
    starts = [c for c, cell in enumerate(rows[header - 3]) if "mid-year" in str(cell)]
    merged = [((header - 3, c), (header - 1, c + 2)) for c in starts]
    notes = Page([row[:2] for row in pages["Notes"].rows])
    return save({table: Page(rows, merged), "Notes": notes}, target / name)


def undesa_2019(source: Path) -> Path:
    """All rows of the sheet export of 2019, the years 2015 and 2019."""
    ((_, page),) = load(source / "UN_MigrantStockBySexByDestination_2019.csv").items()
    header, _ = page.find("Notes")
    kept = [
        c
        for c, cell in enumerate(page.rows[header + 1])
        if c < page.find("Type of data (a)")[1] + 1 or str(cell) in {"2015", "2019"}
    ]
    for c, cell in enumerate(page.rows[header]):
        # The header of a group stands over its first year, which is left out.
        if c not in kept and cell:
            page.rows[header][next(to for to in kept if to > c)] = cell
    page.rows[:] = [[row[c] for c in kept] for row in page.rows]
    target = _ROOT / "int" / "undesa_stock" / "sample"
    return save({"": page}, target / "UN_MigrantStockBySexByDestination_2019_extract.csv")


def lines(source: Path, target: Path, *wanted: str, name: str = "") -> Path:
    """The header of a CSV file and the whole lines that match one of the expressions."""
    text = source.read_text("utf-8-sig").splitlines(keepends=True)
    kept = [line for line in text[1:] if any(re.search(each, line) for each in wanted)]
    target.mkdir(parents=True, exist_ok=True)
    path = target / (name or f"{source.stem}_extract.csv")
    path.write_text("".join([text[0], *kept]), "utf-8", newline="")
    return path


def unhcr(shared: Path) -> list[Path]:
    """Rows of four tables: Belize and pilot origins, decisions of Mexico, Pakistan."""
    source, target = shared / "unhcr-refugees", _ROOT / "int" / "unhcr_displacement" / "sample"
    return [
        lines(source / "population.csv", target, r"^201[78],.*,BLZ,[\d.,]*$", r"^2018,Unknown"),
        lines(
            source / "population.csv",
            target,
            # All countries of asylum of these origins: the indicator 10.7.4 is computed from them.
            r"^2015,[^,]*,\w*,(BLZ|CRI|GTM|GUY|HND|JAM|LCA|MEX|NIC|PAN|SLV|SUR),",
            name="refugees_2015_pilot_origins.csv",
        ),
        lines(
            source / "demographics.csv",
            target,
            r"Chiapas|Chihuahua|Huetar Norte",
            r"^2025,(Cuba|Haiti|Honduras),.*,(CRI|PAN|MEX),",
        ),
        lines(source / "asylum_decisions.csv", target, r"^201[78],.*,(MEX|BLZ|JAM),[GUJ],"),
        lines(source / "HDX_EndYearPopulationTotals.csv", target, r"^20(05|06|19),.*PAK", "UKN"),
    ]


#: Codes of a publisher's own, and areas without nationals: extracts go without their rows.
_PRIVATE = ("OOO", "XKX", "STL", "IOT", "HMD", "CCK", "CXR", "PCN")


def tidy(
    source: Path, target: Path, periods: tuple[str, ...], *, without: tuple[str, ...] = ()
) -> Path:
    """The lines of a tidy file that begin with one of ``periods`` and have no cell ``without``."""
    header, *lines = source.read_text("utf-8").splitlines()
    kept = [
        line
        for line in lines
        if line.startswith(periods) and not set(line.split(",")) & set(without)
    ]
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join([header, *kept, ""]), "utf-8")
    return target


def iom(shared: Path) -> list[Path]:
    """Whole months (or years) of IOM's tidy files."""
    gdi, digest = shared / "iom-gdidata", shared / "iom-amerdigest"
    first, half = ("-01", "-02", "-03"), ("-01", "-02", "-03", "-04", "-05", "-06")
    months = {
        "mex/iom_irregular_nationality/sample/irreg_mexico_nat_2018_q1": ("2018", first),
        "mex/iom_irregular_sex_age/sample/irreg_mexico_dmg_2018_q1": ("2018", first),
        "mex/iom_returns/sample/irreg_mexico_exp_2015_q1": ("2015", first),
        "hnd/iom_irregular_total/sample/irreg_honduras_2014": ("2014", ("-",)),
        "hnd/iom_irregular_sex_age/sample/irreg_honduras_dmg_2018_h1": ("2018", half),
        "hnd/iom_irregular_nationality/sample/irreg_honduras_nat_2018_h1": ("2018", half),
        "gtm/iom_returnees/sample/irreg_guatemala_2020_q1": ("2020", first),
        "pan/iom_darien_sex_age/sample/irreg_darien_dmg_2021_h1": ("2021", half),
    }
    made = []
    for path, (year, parts) in months.items():
        target = _ROOT / f"{path}.csv"
        name = target.stem.rsplit(f"_{year}", 1)[0]
        made.append(tidy(gdi / f"{name}.csv", target, tuple(year + part for part in parts)))
    panama = _ROOT / "pan/iom_darien_nationality/sample/irreg_darien_nat_extract.csv"
    years = ("2010-01", "2011-01", "2013-01", "2020-01")
    made.append(tidy(gdi / "irreg_darien_nat.csv", panama, years))
    usa = _ROOT / "usa/iom_encounters/sample/irreg_usa_extract.csv"
    made.append(
        tidy(gdi / "irreg_usa.csv", usa, ("2017-10", "2017-11", "2020-04"), without=_PRIVATE)
    )
    made += common(gdi)
    entries = _ROOT / "int/iom_regular_entries/sample/regin_2022_01.csv"
    made.append(tidy(digest / "regin.csv", entries, ("2022-01",), without=_PRIVATE))
    irregular = _ROOT / "int/iom_irregular_entries/sample/irreg_extract.csv"
    starts = ("2022-01,MEX", "2021-01,PAN")
    made.append(tidy(digest / "irreg.csv", irregular, starts, without=_PRIVATE))
    exits = _ROOT / "int/iom_regular_exits/sample/regout_2022_01_columns_in_order.csv"
    swapped = digest / "regout_AS_PUBLISHED_geo_nat_swapped.csv"
    tidy(swapped, exits, ("2022-01",), without=_PRIVATE)
    header, *lines = exits.read_text("utf-8").splitlines()
    in_order = [f"{t},{geo},{nat},{n}" for t, nat, geo, n in (line.split(",") for line in lines)]
    exits.write_text("\n".join([header, *in_order, ""]), "utf-8")
    return [*made, exits]


def common(gdi: Path) -> list[Path]:
    """Months that several countries of a route have in common."""
    year = tuple(f"2022-{month:02d}" for month in range(1, 13))
    half = tuple(f"2022-{month:02d}" for month in range(7, 13))
    # Of the southwest border only three nationalities: a month has hundreds of rows.
    others = {
        line.split(",")[6] for line in (gdi / "irreg_usa.csv").read_text("utf-8").splitlines()[1:]
    } - {"HND", "HTI", "VEN"}
    files: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "mex/iom_returns/sample/irreg_mexico_exp_2022": (year, _PRIVATE),
        "gtm/iom_returnees/sample/irreg_guatemala_2022": (year, ()),
        "pan/iom_darien_nationality/sample/irreg_darien_nat_h2_2022": (half, _PRIVATE),
        "hnd/iom_irregular_nationality/sample/irreg_honduras_nat_2022_h2": (
            half, (*_PRIVATE, "TWN"),
        ),
        # Of some nationalities the publisher gives two figures, or what they are is in doubt.
        "mex/iom_irregular_nationality/sample/irreg_mexico_nat_2022_h2": (
            half, (*_PRIVATE, "FRA", "GIN"),
        ),
        "usa/iom_encounters/sample/irreg_usa_h2_2022": (half, tuple(others)),
    }  # fmt: skip
    made = []
    for path, (months, without) in files.items():
        target = _ROOT / f"{path}.csv"
        source = gdi / f"{target.stem.split('_2')[0].removesuffix('_h2')}.csv"
        made.append(tidy(source, target, months, without=without))
    return made


def dtm(shared: Path) -> Path:
    """Records of one operation and of two rounds of another, in the service's own envelope."""
    name = "displacement-admin1-admin0pcode-hti"
    answer = json.loads((shared / "iom-dtm" / f"{name}.json").read_text("utf-8"))
    kept = [
        record
        for record in answer["result"]
        if record["operation"].startswith(("Hurricane Season", "Earthquake"))
        or (record["operation"], record["roundNumber"]) == ("Countrywide monitoring", 6)
    ]
    answer |= {"result": kept, "totalRecordsCount": len(kept)}
    path = _ROOT / "int" / "iom_dtm" / "sample" / f"{name}_extract.json"
    path.write_text(json.dumps(answer, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return path


def main(shared: Path) -> None:
    """Write all samples."""
    folders = {
        name: _ROOT / name / "sample"
        for name in (
            "mex/upm_air_entries",
            "dom/bcrd_air_arrivals",
            "int/undesa_stock",
            "int/undesa_population",
        )
    }
    for folder in folders.values():
        folder.mkdir(exist_ok=True)
    title = "LLEGADA MENSUAL"
    americas, punta_cana = (
        "AEROPUERTO INTERNACIONAL DE LAS AMERICAS",
        "AEROPUERTO INTERNACIONAL DE PUNTA CANA",
    )
    made = [
        upm(shared / "mexico-upm" / "c131_2026_05.xls", folders["mex/upm_air_entries"]),
        bcrd(
            shared / "dominican-republic-bcrd" / "lleg_nacionalidad_2026.xls",
            folders["dom/bcrd_air_arrivals"],
            "lleg_nacionalidad_2026_extracto.xlsx",
            title,
            (americas, punta_cana),
        ),
        bcrd(
            shared / "dominican-republic-bcrd" / "lleg_residencia_2025.xls",
            folders["dom/bcrd_air_arrivals"],
            "lleg_residencia_2025_extracto.xlsx",
            title,
            (americas,),
        ),
        *(
            undesa(
                shared
                / "undesa-migrant-stock"
                / "undesa_pd_2020_ims_stock_by_sex_and_destination.xlsx",
                folders[connector],
                table,
                name,
            )
            for connector, table, name in (
                (
                    "int/undesa_stock",
                    "Table 1",
                    "undesa_pd_2020_ims_stock_by_sex_and_destination_extract.xlsx",
                ),
                (
                    "int/undesa_population",
                    "Table 2",
                    "undesa_pd_2020_population_by_sex_extract.xlsx",
                ),
            )
        ),
    ]
    made.append(undesa_2019(shared / "undesa-migrant-stock"))
    made += [*unhcr(shared), dtm(shared)]
    made.append(
        lines(
            shared / "undesa-migrant-stock" / "undesa_stocks_2024rev_pilot_1990_2015.csv",
            _ROOT / "int" / "undesa_stock_origin" / "sample",
            "^(CRI|SUR),201[05],(NIC|COL|GUY|NLD|HTI|USA),",
        )
    )
    totals = _ROOT / "dom" / "bcrd_air_totals" / "sample" / "lleg_total_2026_extracto.xlsx"
    made.append(save(load(shared / "dominican-republic-bcrd" / "lleg_total_2026.xls"), totals))
    made.append(
        lines(
            shared / "iom-missing-migrants" / "mmp_americas_2014_2020.csv",
            _ROOT / "int" / "iom_missing_migrants" / "sample",
            "^2019",
        )
    )
    made += iom(shared)
    for path in made:
        print(path.relative_to(_ROOT), path.stat().st_size)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
