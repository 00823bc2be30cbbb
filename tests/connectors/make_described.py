"""Make the samples of sources whose layout is described: ``make_described.py FOLDER``.

FOLDER holds the tidy copies that IOM compiled (``iom-gdidata``). Where these have the figures, a
sample carries them in the publisher's layout as described; its README says what else it holds.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from layouts import MONTHS, added, pdf, sheet
from make_invented import invented
from upm_tables import ROOT, notes, upm_rows, upm_tree
from workbooks import Cell, Page, save

Figures = dict[tuple[str, ...], int]


def tidy(path: Path, months: Sequence[str], *keys: str) -> Figures:
    """The sum of ``n`` by month and ``keys``."""
    found: Figures = defaultdict(int)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["t"] in months:
                found[(row["t"], *(row[key] for key in keys))] += int(row["n"])
    return dict(found)


def upm_irregular_nationality(shared: Path) -> Path:
    months = [f"2020-{m:02d}" for m in (1, 2, 3)]
    figures = tidy(shared / "irreg_mexico_nat.csv", months, "nat")
    private = {"OOO": "XXX", "STL": "XXA"}
    values: dict[str, list[int]] = {}
    for (month, code), n in figures.items():
        row = values.setdefault(private.get(code, code), [0] * 4)
        row[months.index(month)] += n
        row[3] += n
    rows: list[list[Cell]] = [[""] * 7 for _ in range(3)]
    rows[1][2] = (
        "3.1.1 Eventos de extranjeros presentados ante la autoridad migratoria, según continente y"
        " país de nacionalidad, 2020"
    )
    rows.append([])
    rows.append(["", "", "Continente/ país de nacionalidad", *MONTHS[:3], "Total"])
    rows += [[""] * 7, *upm_rows(upm_tree(set(values)), values), [""] * 7, *notes(7)]
    rows[3] = [""] * 7
    path = ROOT / "mex/upm_irregular_nationality/sample/cuadro_3.1.1_2020_ene-mar.xlsx"
    return save({"Cuadro 3.1.1": Page(rows)}, path)


def upm_irregular_sex_age(shared: Path) -> Path:
    months = [f"2018-{m:02d}" for m in (1, 2, 3)]
    figures = tidy(shared / "irreg_mexico_dmg.csv", months, "age", "sex")
    groups = {
        "18 años y más": "18+",
        "12 a 17 años": "12-17",
        "0 a 11 años acompañados": "under 12, accompanied",
        "0 a 11 años no acompañados": "under 12, unaccompanied",
    }

    def of(ages: Sequence[str], *sexes: str) -> list[Cell]:
        by = [sum(figures[m, a, s] for a in ages for s in sexes) for m in months]
        return [*by, sum(by)]

    young = list(groups.values())[1:]
    lines: list[tuple[str, list[Cell]]] = [
        ("Total general", of([*groups.values()], "male", "female"))
    ]
    for label, age in groups.items():
        if age == "12-17":
            lines.append(("Menores de 18 años", of(young, "male", "female")))
        if age == young[1]:
            lines.append(("0 a 11 años", of(young[1:], "male", "female")))
        lines.append((label, of([age], "male", "female")))
        lines += [("  Hombres", of([age], "male")), ("  Mujeres", of([age], "female"))]
    rows: list[list[Cell]] = [[""] * 7 for _ in range(4)]
    rows[1][2] = (
        "3.1.3 Eventos de extranjeros presentados ante la autoridad migratoria, según grupos de"
        " edad, condición de viaje y sexo, 2018"
    )
    rows.append(["", "", "Grupos de edad, condición de viaje y sexo", *MONTHS[:3], "Total"])
    rows += [["", "", label, *cells] for label, cells in lines]
    rows += [[""] * 7, *notes(7)]
    path = ROOT / "mex/upm_irregular_sex_age/sample/cuadro_3.1.3_2018_ene-mar.xlsx"
    return save({"Cuadro 3.1.3": Page(rows)}, path)


def upm_returns(shared: Path) -> Path:
    months = [f"2022-{m:02d}" for m in (1, 2, 3)]
    figures = tidy(shared / "irreg_mexico_exp.csv", months, "nat", "type")
    types = ("deportation", "assisted return", "assisted return of children")
    values: dict[str, list[int]] = {}
    for (month, code, kind), n in figures.items():
        row = values.setdefault({"OOO": "XXX", "STL": "XXA"}.get(code, code), [0] * 16)
        for at in (months.index(month), 3):
            row[at * 4 + types.index(kind)] += n
            row[at * 4 + 3] += n
    rows: list[list[Cell]] = [[""] * 19 for _ in range(3)]
    rows[1][2] = (
        "3.2.4 Eventos de devolución de extranjeros por la autoridad migratoria mexicana, según"
        " continente, país de nacionalidad y tipo, 2022"
    )
    tops: list[Cell] = []
    for month in (*MONTHS[:3], "Total"):
        tops += [month, "", "", ""]
    kinds = ["Deportación", "Retorno asistido", "Retorno asistido de menores", "Subtotal"]
    rows.append(["", "", "Continente/ país de nacionalidad", *tops])
    rows.append(["", "", "", *kinds * 4])
    rows += [[""] * 19, *upm_rows(upm_tree(set(values)), values), [""] * 19, *notes(19)]
    merged = [((3, c), (3, c + 3)) for c in (3, 7, 11, 15)] + [((3, 2), (4, 2))]
    path = ROOT / "mex/upm_returns/sample/cuadro_3.2.4_2022_ene-mar.xlsx"
    return save({"Cuadro 3.2.4": Page(rows, merged)}, path)


def spanish_names() -> dict[str, str]:
    """Names of areas by code as publishers write them."""
    shared = ROOT / "framework" / "spellings" / "es.csv"
    listed = ROOT.parent / "codelists" / "CL_AREA" / "codes.csv"
    names: dict[str, str] = {}
    for path, label in ((shared, "label"), (listed, "name_es")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                names.setdefault(row["code"], row[label])
    return names


def darien_rows(shared: Path) -> list[list[str]]:
    """January to September 2022: header, total, countries by size, Otros; later months blank."""
    names = {"OOO": "Otros", "BRA": "Brasil (1)", "CHL": "Chile (1)", "COG": "Congo"}
    spanish = spanish_names()
    months = [f"2022-{m:02d}" for m in range(1, 10)]
    found = tidy(shared / "irreg_darien_nat.csv", months, "nat")
    codes = sorted(
        {code for _, code in found},
        key=lambda c: (c == "OOO", -sum(found.get((m, c), 0) for m in months)),
    )
    rows = [[found.get((m, code), 0) for m in months] for code in codes]
    total = [sum(column) for column in zip(*rows, strict=True)]
    labels = ["Total", *(names.get(c) or spanish[c] for c in codes)]
    short = [month[:3].lower() for month in MONTHS]
    return [
        ["País", *short, "Total"],
        *(
            [label, *(f"{n:,}" if n else "-" for n in row), "", "", "", f"{sum(row):,}"]
            for label, row in zip(labels, [total, *rows], strict=True)
        ),
    ]


def darien(shared: Path, path: Path, *, ruled: bool = True) -> Path:
    """Two pages: a cover, and the table with its title and notes."""
    cover = ["República de Panamá", "Servicio Nacional de Migración", "Estadísticas de irregulares"]
    title = "IRREGULARES EN TRÁNSITO POR DARIÉN, POR PAÍS SEGÚN ORDEN DE IMPORTANCIA: AÑO 2022"
    table = darien_rows(shared)
    notes = ["(1) Hijos de ciudadanos haitianos.", "Fuente: Servicio Nacional de Migración."]
    return pdf(path, [cover, [title, "", *table, *notes]], ruled=ruled)


def igm_returns(shared: Path) -> Path:
    figures = tidy(shared / "irreg_guatemala.csv", ["2020-01"], "age", "sex", "origin")
    groups = {
        "Adultos": ("adult", ("Hombres", "Mujeres")),
        "Niñez y adolescencia acompañada": ("accompanied child", ("Niños", "Niñas")),
        "Niñez y adolescencia no acompañada": ("unaccompanied child", ("Niños", "Niñas")),
    }
    lines: list[list[Cell]] = []
    for group, (age, words) in groups.items():
        by = {
            word: tuple(figures.get(("2020-01", age, sex, o), 0) for o in ("USA", "MEX"))
            for word, sex in zip(words, ("male", "female"), strict=True)
        }
        lines += [[group, *added(by.values())], *([f"  {w}", *n] for w, n in by.items())]
    heads = [line for line in lines if not str(line[0]).startswith(" ")]
    total = [sum(int(line[i]) for line in heads) for i in (1, 2)]
    rows = [["Total", *total], *lines]
    rows = [[row[0], *row[1:], int(row[1]) + int(row[2])] for row in rows]
    rows.append(["Unidades familiares", "n.d.", "n.d.", "n.d."])
    page = sheet(
        "Personas guatemaltecas retornadas de Estados Unidos y México, enero de 2020",
        "Grupo de edad y sexo",
        [["Estados Unidos", "México", "Total"]],
        rows,
        ["Fuente: Instituto Guatemalteco de Migración."],
    )
    return save({"Retornos": page}, ROOT / "gtm/igm_returns/sample/retornos_2020_01.xlsx")


def main(shared: Path) -> None:
    """Write all samples."""
    made = [
        upm_irregular_nationality(shared),
        upm_irregular_sex_age(shared),
        upm_returns(shared),
        darien(shared, ROOT / "pan/snm_darien/sample/IRREGULARES-POR-DARIEN-SEPTIEMBRE-2022.pdf"),
        igm_returns(shared),
        *invented(),
    ]
    for path in made:
        print(path.relative_to(ROOT), path.stat().st_size)


if __name__ == "__main__":
    main(Path(sys.argv[1]) / "iom-gdidata")
