"""Make the sample extracts of the connectors from the publishers' files.

``python tests/connectors/make_samples.py FOLDER``, where FOLDER holds the publishers' files as
``docs/connectors.md`` lists them. The figures are the publishers' own; only whole rows, columns
and blocks are left out.
"""

from __future__ import annotations

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


def undesa(source: Path, target: Path) -> Path:
    """All rows, the years from 2010 on, and the notes."""
    pages = load(source)
    page = pages["Table 1"]
    header, _ = page.find("Location code")
    kept = [
        c for c, cell in enumerate(page.rows[header]) if not isinstance(cell, float) or cell >= 2010
    ]
    groups = [c for c, cell in enumerate(page.rows[header - 3]) if str(cell).startswith("Inter")]
    rows = [[row[c] for c in kept] for row in page.rows]
    for column in groups:
        # The group's header stands over its first year, which may have been left out.
        to = next(i for i, c in enumerate(kept) if c >= column)
        rows[header - 3][to] = page.rows[header - 3][column]
    starts = [c for c, cell in enumerate(rows[header - 3]) if str(cell).startswith("Inter")]
    merged = [((header - 3, c), (header - 1, c + 2)) for c in starts]
    notes = Page([row[:2] for row in pages["Notes"].rows])
    return save(
        {"Table 1": Page(rows, merged), "Notes": notes},
        target / "undesa_pd_2020_ims_stock_by_sex_and_destination_extract.xlsx",
    )


def main(shared: Path) -> None:
    """Write all samples."""
    folders = {
        name: _ROOT / name / "sample"
        for name in ("mex/upm_air_entries", "dom/bcrd_air_arrivals", "int/undesa_stock")
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
        undesa(
            shared
            / "undesa-migrant-stock"
            / "undesa_pd_2020_ims_stock_by_sex_and_destination.xlsx",
            folders["int/undesa_stock"],
        ),
    ]
    for path in made:
        print(path.relative_to(_ROOT), path.stat().st_size)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
