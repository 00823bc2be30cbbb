"""A table of a workbook: found by its corner, rows and columns by their labels, then its sums."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from connectors.framework.checks import Equation, mismatches
from connectors.framework.crosstab import Cells, State, read_figures
from connectors.framework.sheet import Kind, Sheet
from connectors.framework.text import normalise
from connectors.reporting.find_table import Found, find
from connectors.reporting.form import Table
from connectors.reporting.marks import MARKERS
from connectors.reporting.reading import COLUMN, ROW, SHEET, Reading

__all__ = ["read_table", "wrong_number"]


def read_table(reading: Reading, table: Table) -> pd.DataFrame:
    """The figures of a table, one row each: codes, value, status of a sign, and where it stands.

    What is wrong is in the faults of ``reading``; figures that cannot be read are left out.
    """
    sheet = reading.sheet(table.sheet, table.id)
    if sheet is None:
        reading.fault("workbook_sheet_missing", table.sheet, sheet=table.sheet)
        return pd.DataFrame()
    if not reading.own(sheet, table.id) or (found := find(reading, table, sheet)) is None:
        return pd.DataFrame()
    rows = np.array([found.rows[i] for i in found.row_order], dtype=np.intp)
    columns = np.array([found.columns[j] for j in found.column_order], dtype=np.intp)
    at = np.ix_(rows, columns)
    text, kind = sheet.text[at], sheet.kind[at]
    cells = read_figures(text, kind, MARKERS, {})
    blank = (kind == Kind.EMPTY) | (np.char.strip(text.astype(str)) == "")
    _check_cells(reading, table, sheet, found, cells, blank, text)
    _check_sums(reading, table, sheet, found, cells, blank)
    return _frame(reading, table, sheet, found, cells, blank)


def wrong_number(
    reading: Reading, sheet: Sheet, row: int, column: int, *, counts: bool, bad: bool
) -> bool:
    """Whether a cell that is not blank holds no figure, or none that can be a count; reported."""
    said = str(sheet.text[row, column]).strip()
    if bad:
        digits = normalise(said).replace(" ", "").replace(".", "").replace(",", "").strip("'’")
        name = "workbook_text_number" if digits.isdigit() else "workbook_text"
        reading.fault(name, sheet.name, row, column, found=said)
        return True
    if counts and sheet.kind[row, column] == Kind.NUMBER and not said.isdigit():
        reading.fault("workbook_count", sheet.name, row, column, found=said)
        return True
    return False


def _check_cells(
    reading: Reading,
    table: Table,
    sheet: Sheet,
    found: Found,
    cells: Cells,
    blank: NDArray[np.bool_],
    text: NDArray[np.object_],
) -> None:
    doubtful = cells.state == State.BAD
    if table.counts:
        digits = np.char.isdigit(np.char.strip(text.astype(str)))
        doubtful |= (cells.state == State.VALUE) & ~digits
    for i, j in np.argwhere(doubtful & ~blank):
        bad = bool(cells.state[i, j] == State.BAD)
        at = found.at(int(i), int(j))
        if wrong_number(reading, sheet, *at, counts=table.counts, bad=bad):
            cells.state[i, j] = State.BAD


def _sums(table: Table, found: Found) -> list[tuple[tuple[int, int], list[tuple[int, int]]]]:
    """Each total that is there with its parts, as places in the table as it was found."""
    rows = [table.rows[i] for i in found.row_order]
    columns = [table.columns[j] for j in found.column_order]
    entries = [i for i, row in enumerate(rows) if row.kind == "entry"]
    sums = []
    for i, row in enumerate(rows):
        below = entries if row.kind == "total" else [i]
        for j, column in enumerate(columns):
            if row.kind != "total" and column.kind != "total":
                continue
            beside = [j]
            if column.kind == "total":
                beside = [
                    n
                    for n, other in enumerate(columns)
                    if other.kind == "entry" and other.over == column.over
                ]
            sums.append(((i, j), [(r, c) for r in below for c in beside]))
    return sums


def _check_sums(
    reading: Reading,
    table: Table,
    sheet: Sheet,
    found: Found,
    cells: Cells,
    blank: NDArray[np.bool_],
) -> None:
    width = cells.state.shape[1]
    bad = (cells.state == State.BAD) & ~blank
    missing = (cells.state == State.MISSING) | blank
    equations, totals = [], set()
    for (i, j), parts in _sums(table, found):
        r, c = np.array(parts, dtype=np.intp).reshape(-1, 2).T
        totals.add(i * width + j)
        if blank[i, j]:
            told = (cells.state[r, c] == State.VALUE).any()
            if told and not bad[r, c].any() and not (cells.state[r, c] == State.MISSING).any():
                reading.fault("workbook_formula", sheet.name, *found.at(i, j))
            continue
        equations.append(Equation(i * width + j, r * width + c, ""))
    for wrong in mismatches(
        equations, cells.number.ravel(), missing.ravel(), bad.ravel(), _tolerance(table)
    ):
        i, j = divmod(wrong.cell, width)
        name = "workbook_total" if wrong.cell in totals else "workbook_part"
        reading.fault(
            name, sheet.name, *found.at(i, j),
            found=_figure(wrong.found), expected=_figure(wrong.expected),
        )  # fmt: skip


def _tolerance(table: Table) -> float:
    """Counts add up to the unit; sums of fractions miss by what a double cannot hold."""
    return 0.0 if table.counts else 1e-6


def _figure(value: float) -> str:
    return f"{value:.12g}"


def _frame(
    reading: Reading,
    table: Table,
    sheet: Sheet,
    found: Found,
    cells: Cells,
    blank: NDArray[np.bool_],
) -> pd.DataFrame:
    kept = ((cells.state == State.VALUE) | (cells.state == State.MISSING)) & ~blank
    value, status = cells.value.copy(), cells.status
    zero = _zeros(reading, table, found, cells, blank)
    value[zero] = "0"
    i, j = np.nonzero(kept | zero)
    rows = [dict(table.rows[n].codes) for n in found.row_order]
    columns = [dict(table.columns[n].codes) for n in found.column_order]
    given: dict[str, object] = {c: np.full(len(i), v, object) for c, v in table.fixed}
    for heads, index in ((rows, i), (columns, j)):
        for component in heads[0] if heads else ():
            codes = np.array([head[component] for head in heads], dtype=object)
            given[component] = codes[index]
    given[reading.schema.primary_measure.id] = value[i, j]
    given["OBS_STATUS"] = status[i, j]
    given[SHEET] = np.full(len(i), sheet.name, object)
    given[ROW] = np.array([found.rows[found.row_order[n]] for n in i], dtype=np.int64)
    given[COLUMN] = np.array([found.columns[found.column_order[n]] for n in j], dtype=np.int64)
    return pd.DataFrame(given)


def _zeros(
    reading: Reading, table: Table, found: Found, cells: Cells, blank: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Blank cells that the office says are zero: those of the periods that have figures here."""
    zero = np.zeros(blank.shape, dtype=bool)
    if reading.said.get("BLANK") != "ZERO":
        return zero
    over = np.array([table.columns[j].over for j in found.column_order], dtype=object)
    for period in dict.fromkeys(over.tolist()):
        here = over == period
        if (cells.state[:, here] == State.VALUE).any():
            zero[:, here] = blank[:, here]
    # A total whose parts are not all known is not known.
    for (i, j), parts in _sums(table, found):
        r, c = np.array(parts, dtype=np.intp).reshape(-1, 2).T
        if not (zero[r, c] | (cells.state[r, c] == State.VALUE) & (cells.number[r, c] == 0)).all():
            zero[i, j] = False
    return zero
