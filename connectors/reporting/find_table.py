"""Where a table stands on its sheet: rows and columns by their labels, whatever their order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from connectors.framework.sheet import Kind, Sheet
from connectors.framework.text import normalise
from connectors.reporting.form import Table
from connectors.reporting.reading import Reading

__all__ = ["Found", "find"]


@dataclass
class Found:
    """Sheet rows and columns of a table's rows and columns, by their index in the table."""

    rows: dict[int, int] = field(default_factory=dict)
    columns: dict[int, int] = field(default_factory=dict)

    @property
    def row_order(self) -> list[int]:
        """Rows that were found, in the order of the sheet."""
        return sorted(self.rows, key=self.rows.__getitem__)

    @property
    def column_order(self) -> list[int]:
        """Columns that were found, in the order of the sheet."""
        return sorted(self.columns, key=self.columns.__getitem__)

    def at(self, i: int, j: int) -> tuple[int, int]:
        """Sheet row and column of the i-th row and j-th column that were found."""
        return self.rows[self.row_order[i]], self.columns[self.column_order[j]]


def find(reading: Reading, table: Table, sheet: Sheet) -> Found | None:
    """Find a table; ``None`` when its corner is not there.

    Reports labels that are missing, changed, unknown or given twice, and cells outside the table.
    """
    corner = _corner(table, sheet)
    if corner is None:
        reading.fault("workbook_header_missing", sheet.name, header=table.corner)
        return None
    top, left = corner
    claimed = np.zeros(sheet.kind.shape, dtype=bool)
    claimed[: top - 1, left] = sheet.kind[: top - 1, left] == Kind.TEXT
    claimed[top - 1 : top + 1, left:] = True
    found = Found()
    strange = list(_columns(reading, table, sheet, corner, found))
    _rows(reading, table, sheet, corner, found, claimed)
    for column in [*found.columns.values(), *strange]:
        claimed[list(found.rows.values()), column] = True
    claimed[top:, strange] = True
    reading.outside(sheet, claimed)
    return found if found.rows and found.columns else None


def _corner(table: Table, sheet: Sheet) -> tuple[int, int] | None:
    """The cell above the labels of the rows: where several say the same, the one with headers."""
    wanted, labels = normalise(table.corner), {normalise(c.label) for c in table.columns}
    best, most = None, 0
    for row, column in np.argwhere(sheet.kind == Kind.TEXT):
        if row and normalise(sheet.text[row, column]) == wanted:
            here = sum(normalise(text) in labels for _, text in sheet.texts(int(row)))
            if best is None or here > most:
                best, most = (int(row), int(column)), here
    return best


def _columns(
    reading: Reading, table: Table, sheet: Sheet, corner: tuple[int, int], found: Found
) -> Iterator[int]:
    """Find the columns; gives those whose header is unknown or stands for the second time."""
    top, left = corner
    known = {(normalise(c.over), normalise(c.label)): j for j, c in enumerate(table.columns)}
    spread = sheet.spread(top - 1)
    unknown: list[int] = []
    for column in range(left + 1, sheet.width):
        label = str(sheet.text[top, column]).strip()
        if not label and sheet.kind[top - 1, column] == Kind.EMPTY:
            continue
        j = known.get((normalise(spread[column]), normalise(label)))
        if j is None:
            unknown.append(column)
        elif j in found.columns:
            said = f"{spread[column]} {label}"
            reading.fault("workbook_header_twice", sheet.name, top, column, found=said)
            yield column
        else:
            found.columns[j] = column
    yield from unknown
    _tell_columns(reading, table, sheet, corner, found, unknown, spread)


def _tell_columns(
    reading: Reading,
    table: Table,
    sheet: Sheet,
    corner: tuple[int, int],
    found: Found,
    unknown: list[int],
    spread: list[str],
) -> None:
    """Report columns without a known header, and missing ones; a changed header is one fault."""
    top, left = corner
    overs = {normalise(c.over) for c in table.columns}
    told: set[int] = set()
    for column in unknown:
        j = column - left - 1
        if j in told:
            continue
        due = table.columns[j] if j < len(table.columns) and j not in found.columns else None
        if due is not None and normalise(spread[column]) not in overs:
            same = [n for n, c in enumerate(table.columns) if c.over == due.over]
            told.update(same)
            reading.fault(
                "workbook_header_differs", sheet.name, top - 1, left + 1 + same[0],
                found=spread[column], expected=due.over,
            )  # fmt: skip
        elif due is not None:
            told.add(j)
            said = str(sheet.text[top, column]).strip()
            reading.fault(
                "workbook_header_differs", sheet.name, top, column,
                found=said, expected=due.label,
            )  # fmt: skip
        else:
            said = f"{spread[column]} {sheet.text[top, column]}".strip()
            reading.fault("workbook_header_unknown", sheet.name, top, column, found=said)
    for j, head in enumerate(table.columns):
        if j not in found.columns and j not in told:
            header = f"{head.over} {head.label}"
            reading.fault("workbook_column_missing", sheet.name, top, header=header)


def _rows(
    reading: Reading,
    table: Table,
    sheet: Sheet,
    corner: tuple[int, int],
    found: Found,
    claimed: NDArray[np.bool_],
) -> None:
    top, left = corner
    known = {normalise(r.label): i for i, r in enumerate(table.rows) if r.kind != "group"}
    groups = {normalise(r.label) for r in table.rows if r.kind == "group"}
    strange: list[tuple[int, int]] = []
    last = -1
    for row in range(top + 1, sheet.height):
        label = str(sheet.text[row, left]).strip()
        if not label:
            filled = np.flatnonzero(sheet.kind[row] != Kind.EMPTY)
            if len(filled):
                reading.fault("workbook_row_blank", sheet.name, row, int(filled[0]))
                claimed[row] = True
            continue
        claimed[row, left] = True
        i = known.get(normalise(label))
        if i is not None and i in found.rows:
            reading.fault("workbook_row_twice", sheet.name, row, left, found=label)
            claimed[row] = True
        elif i is not None:
            found.rows[i] = row
            last = i
        elif normalise(label) not in groups:
            strange.append((row, last))
            claimed[row] = True
    _tell_rows(reading, table, sheet, corner, found, strange)


def _tell_rows(
    reading: Reading,
    table: Table,
    sheet: Sheet,
    corner: tuple[int, int],
    found: Found,
    strange: list[tuple[int, int]],
) -> None:
    """Report rows without a known label (``strange``, each after a known one), and missing ones.

    A strange row where a missing one should stand is that one with another name: one fault.
    """
    top, left = corner
    known = [i for i, row in enumerate(table.rows) if row.kind != "group"]
    told: set[int] = set()
    for row, before in strange:
        label = str(sheet.text[row, left]).strip()
        due = next((i for i in known if i > before), None)
        if due is not None and due not in found.rows and due not in told:
            told.add(due)
            expected = table.rows[due].label
            reading.fault(
                "workbook_row_differs", sheet.name, row, left, found=label, expected=expected
            )
        else:
            reading.fault("workbook_row_unknown", sheet.name, row, left, found=label)
    for i in known:
        if i not in found.rows and i not in told:
            above = [found.rows[n] for n in found.rows if n < i]
            row = max(above, default=top) + 1
            reading.fault(
                "workbook_row_missing", sheet.name, row, left,
                label=table.rows[i].label, expected=table.rows[i].label,
            )  # fmt: skip
