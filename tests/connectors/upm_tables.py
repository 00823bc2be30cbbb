"""Tables of the Mexican bulletin: rows by continent and country, and the notes below them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

from workbooks import Cell

ROOT = Path(__file__).resolve().parent.parent.parent / "connectors"


def upm_tree(codes: set[str]) -> list[tuple[str, int, str]]:
    """Rows of a UPM table: label, level, code; continents and regions that have rows."""
    path = ROOT / "mex" / "upm_air_entries" / "nationalities.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    left, tree = set(codes), []
    for row in rows:
        if row["kind"] == "aggregate" and row["level"] in ("2", "3"):
            tree.append((row["label"], int(row["level"]), ""))
        elif row["CITIZENSHIP"] in left:
            left.discard(row["CITIZENSHIP"])
            tree.append((row["label"], int(row["level"] or 9), row["CITIZENSHIP"]))
    assert not left, left
    kept = []
    for at, (label, level, code) in enumerate(tree):
        if code or any(inner for _, _, inner in _below(tree, at)):
            kept.append((label, level, code))
    return kept


def _below(tree: Sequence[tuple[str, int, str]], at: int) -> list[tuple[str, int, str]]:
    """The rows that belong to the row ``at``."""
    level = tree[at][1]
    return list(takewhile(lambda row: row[1] > level, tree[at + 1 :]))


def upm_rows(tree: list[tuple[str, int, str]], values: dict[str, list[int]]) -> list[list[Cell]]:
    """Lines of a UPM table with its totals, ``-`` for zero, a blank line between continents."""
    width = len(next(iter(values.values())))

    def line(label: str, figures: list[int]) -> list[Cell]:
        return ["", "", label, *(figure or "-" for figure in figures)]

    def total(codes: Sequence[str]) -> list[int]:
        return [sum(values[code][i] for code in codes) for i in range(width)]

    rows = [line("Total general", total(list(values))), [""] * (width + 3)]
    for at, (label, level, code) in enumerate(tree):
        if level == 2 and at:
            rows.append([""] * (width + 3))
        figures = values[code] if code else total([c for _, _, c in _below(tree, at) if c])
        rows.append(line(label if level == 2 else f"  {label}", figures))
    return rows


NOTES = (
    "(-) Significa cero.",
    "Las cifras se refieren a eventos debido a que una misma persona pudo haber sido registrada en"
    " más de una ocasión.",
    "Información preliminar.",
    "Fuente: Unidad de Política Migratoria, Registro e Identidad de Personas, SEGOB, con base en"
    " información registrada en las estaciones migratorias, oficinas centrales y locales del INM.",
)


def notes(width: int) -> list[list[Cell]]:
    return [["", "", text, *[""] * (width - 3)] for text in NOTES]
