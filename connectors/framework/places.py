"""Where in a file each observation stands, and the printed words that its codes come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from connectors.framework.adding import MEMBERS
from connectors.framework.crosstab import Crosstab, Head
from connectors.framework.listing import Listing
from connectors.framework.mapping import COLUMN, ROW, TABLE, codes_of
from connectors.framework.sheet import Sheet
from hub.model.cells import address, column_letter
from hub.model.schema import DataSchema
from hub.plugins import Grid, Traced

__all__ = ["around", "cells", "cells_of", "trace"]

#: Rows and columns of a sheet that are shown whole, and around a cell of a larger one.
_ROWS, _COLUMNS = 40, 14
_ABOVE, _BESIDE = 8, 4


def cells(
    frame: pd.DataFrame, tables: Sequence[Crosstab | Listing], first: int, rows: int
) -> tuple[pa.Array[pa.StringScalar], pa.Array[pa.StringScalar]]:
    """Sheets and addresses of ``rows`` observations of a tidy frame from ``first`` on."""
    sheets, found = cells_of(frame.iloc[first : first + rows], tables)
    return pa.array(sheets, pa.string()), pa.array(found, pa.string())


def cells_of(
    frame: pd.DataFrame, tables: Sequence[Crosstab | Listing], prefix: str = ""
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Sheets and addresses of all observations of a frame; its columns may have a ``prefix``.

    A figure that several records add up to has each of their cells on a line of its own.
    """
    table, i, j = (frame[f"{prefix}{name}"].to_numpy() for name in (TABLE, ROW, COLUMN))
    sheets = np.full(len(frame), None, dtype=object)
    found = np.full(len(frame), None, dtype=object)
    for index, given in enumerate(tables):
        here = np.flatnonzero(table == index)
        if not here.size:
            continue
        line, column = _rows_and_columns(given, i[here], j[here])
        letters = np.array([column_letter(n) for n in range(int(column.max()) + 1)], dtype=object)
        sheets[here] = given.sheet.name
        found[here] = letters[column] + (line + 1).astype(str).astype(object)
    if f"{prefix}{MEMBERS}" in frame:
        members = frame[f"{prefix}{MEMBERS}"].to_numpy()
        for n in np.flatnonzero(~pd.isna(members)):
            given = tables[table[n]]
            rows, columns = (np.array(at, dtype=np.intp) for at in zip(*members[n], strict=True))
            places = zip(*_rows_and_columns(given, rows, columns), strict=True)
            sheets[n] = "\n".join([given.sheet.name] * len(members[n]))
            found[n] = "\n".join(address(int(i_), int(j_)) for i_, j_ in places)
    return sheets, found


def _rows_and_columns(
    given: Crosstab | Listing, i: NDArray[np.intp], j: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    if isinstance(given, Listing):
        columns = np.array([head.column for head in given.figures], dtype=np.intp)
        return given.lines[i], columns[j]
    lines = np.array([head.row for head in given.rows], dtype=np.intp)
    return lines[i], given.columns_at[i, j]


def trace(
    frame: pd.DataFrame,
    tables: Sequence[Crosstab | Listing],
    schema: DataSchema,
    ordinal: int,
) -> list[Traced]:
    """Where the codes of an observation come from, in the order of the structure."""
    row = frame.iloc[ordinal]
    given = tables[int(row[TABLE])]
    i, j = int(row[ROW]), int(row[COLUMN])
    placed = _of_listing(given, i, j) if isinstance(given, Listing) else _of_table(given, i, j)
    said = {one.component: one for one in placed}
    found = []
    for component in schema.key:
        code = str(row[component])
        one = said.get(component)
        found.append(
            Traced(component, code)
            if one is None
            else Traced(component, code, one.label, one.sheet, one.cell, one.map)
        )
    return found


def _of_table(table: Crosstab, i: int, j: int) -> Iterator[Traced]:
    maps = (table.row_map, table.column_map)
    for component, (axis, _) in codes_of(table).items():
        head = table.columns[j] if axis else table.rows[i]
        labels = maps[axis]
        known = labels is not None and component in labels.components
        yield _headed(component, table.sheet, head, labels.name if known and labels else None)


def _of_listing(listing: Listing, i: int, j: int) -> Iterator[Traced]:
    line = int(listing.lines[i])
    columns = {c: (key.column, key.labels) for key in listing.keys for c in key.components}
    columns |= {c: (column, None) for c, column in listing.computed_from.items()}
    for component, (column, labels) in columns.items():
        label = str(listing.sheet.text[line, column])
        name = labels.name if labels is not None and component in labels.components else None
        yield Traced(component, "", label, listing.sheet.name, address(line, column), name)
    for component in listing.figure_map.components:
        yield _headed(component, listing.sheet, listing.figures[j], listing.figure_map.name)


def _headed(component: str, sheet: Sheet, head: Head, labels: str | None) -> Traced:
    where = address(head.row, head.column)
    return Traced(component, "", " ".join(head.label.split()), sheet.name, where, labels)


def around(sheet: Sheet, places: Sequence[tuple[int, int]]) -> Grid:
    """The sheet around the first of some cells, with the rows and columns of the others."""
    row, column = places[0]
    rows = _near(row, sheet.height, _ROWS, _ABOVE, [r for r, _ in places])
    columns = _near(column, sheet.width, _COLUMNS, _BESIDE, [c for _, c in places])
    text = sheet.text[np.ix_(rows, columns)]
    return Grid(sheet.name, rows, columns, [[str(cell) for cell in line] for line in text])


def _near(at: int, size: int, whole: int, beside: int, also: Sequence[int]) -> list[int]:
    if size <= whole:
        return list(range(size))
    wanted = {*range(at - beside, at + beside + 1), *also}
    return sorted(n for n in wanted if 0 <= n < size)
