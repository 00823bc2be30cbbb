"""Filling reporting workbooks as a spreadsheet program would: figures, and totals that add up."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from connectors.reporting.form import Form, Table

Figure = Callable[[Table, int, int], int | str | None]


def corner(sheet: Any, table: Table) -> tuple[int, int]:
    """Row and column (from 1) of the cell above the labels of the rows."""
    for row in sheet.iter_rows(max_row=10, max_col=1):
        if row[0].value == table.corner:
            return row[0].row, 1
    raise AssertionError(f"no corner {table.corner} on {sheet.title}")


def cells(sheet: Any, table: Table) -> Iterator[tuple[int, int, Any]]:
    """Index of row and column in the table, and the cell, of all that is no group."""
    top, left = corner(sheet, table)
    for i, row in enumerate(table.rows):
        if row.kind != "group":
            for j in range(len(table.columns)):
                yield i, j, sheet.cell(top + 1 + i, left + 1 + j)


def fill(content: bytes, form: Form, figure: Figure, target: Path) -> dict[str, dict[Any, int]]:
    """Fill all entries; totals become the sums that their formulas stand for.

    Returns for each table its figures by row and column.
    """
    book = load_workbook(io.BytesIO(content))
    told: dict[str, dict[Any, int]] = {}
    for table in form.tables:
        given = told[table.id] = {}
        at = {(i, j): cell for i, j, cell in cells(book[table.sheet], table)}
        for (i, j), cell in at.items():
            if "total" not in (table.rows[i].kind, table.columns[j].kind):
                cell.value = figure(table, i, j)
                if isinstance(cell.value, int):
                    given[i, j] = cell.value
        for (i, j), cell in at.items():
            if "total" in (table.rows[i].kind, table.columns[j].kind):
                parts = [
                    value
                    for (r, c), value in given.items()
                    if (r == i or (table.rows[i].kind == "total" and table.rows[r].kind == "entry"))
                    and (
                        c == j
                        or (
                            table.columns[j].kind == "total"
                            and table.columns[c].kind == "entry"
                            and table.columns[c].over == table.columns[j].over
                        )
                    )
                ]
                cell.value = sum(parts) if parts else None
    book.save(target)
    return told
