"""Dominican Republic, BCRD: monthly air arrivals by nationality or by residence.

One block for the nation and one for each airport, all with the same rows. Above a block stand
its title, the airport and the year, in one cell or several; the table starts in whatever column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from connectors.framework.crosstab import Crosstab, Cut, Head
from connectors.framework.cutting import (
    Region,
    Source,
    header_missing,
    only_sheet,
    read_notes,
    row_heads,
)
from connectors.framework.faults import Place
from connectors.framework.sheet import Kind, Sheet, Workbook
from connectors.framework.text import normalise, split_marks
from connectors.framework.times import month_number, year_in


@dataclass
class _Block:
    """A block: its header row and label column, the lines above it, the line after it."""

    row: int
    column: int
    kind: str
    top: int
    end: int


def cut(book: Workbook, source: Source) -> Cut:
    """One crosstab for each block; the nation must be the sum of its airports."""
    sheet = only_sheet(book, source)
    if sheet is None:
        return Cut([])
    tables: list[Crosstab] = []
    nation: list[int] = []
    airports: list[int] = []
    blocks = _blocks(sheet, source)
    for block in blocks:
        table = _table(sheet, block, source)
        if table is not None:
            is_nation = table.fixed["BORDER_POINT"] == "_T"
            (nation if is_nation else airports).append(len(tables))
            tables.append(table)
    _leave_out_months_to_come(tables)
    whole = bool(airports) and len(tables) == len(blocks)
    sums = [(total, airports) for total in nation[:1] if whole]
    return Cut(tables, sums)


def _blocks(sheet: Sheet, source: Source) -> list[_Block]:
    record = source.record
    kinds = {normalise(record.text(kind)): kind for kind in ("nationality", "residence")}
    corners = sheet.find(record.text("nationality"), record.text("residence"))
    titles = [row for row, _ in sheet.starting(record.text("title"))]
    if not corners:
        header_missing(sheet, record.text("nationality"), source)
    blocks = []
    for index, (row, column) in enumerate(corners):
        floor = corners[index - 1][0] if index else -1
        above = [title for title in titles if floor < title < row]
        below = [title for title in titles if title > row]
        if not above:
            header_missing(sheet, record.text("title"), source, row=row)
            continue
        kind = kinds[sheet.normal[row, column]]
        blocks.append(_Block(row, column, kind, above[0], below[0] if below else sheet.height))
    return blocks


def _table(sheet: Sheet, block: _Block, source: Source) -> Crosstab | None:
    header = next(
        (row for row in (block.row, block.row + 1) if _months(sheet, row, block, source)), None
    )
    if header is None:
        header_missing(sheet, "ENE.", source, row=block.row + 1)
        return None
    months = _months(sheet, header, block, source)
    totals = [
        column
        for column in range(block.column + 1, sheet.width)
        if sheet.normal[header, column] == normalise(source.record.text("total"))
    ]
    year, airport = _title(sheet, block, source)
    if year is None or airport is None:
        return None
    strange = [
        (column, text)
        for column, text in sheet.texts(header)
        if column > block.column and column not in (*totals, *months.values())
    ]
    for column, text in strange:
        source.faults.add(
            "LABEL_UNKNOWN",
            sheet.place(header, column, text.strip()),
            f"The header {text.strip()!r} is neither a month nor the total; write the month.",
            found=text.strip(),
            expected="a month",
        )
    if strange:
        return None
    if len(totals) != 1:
        header_missing(sheet, source.record.text("total"), source, row=header)
        return None
    columns = [_head(sheet, header, column) for column in (totals[0], *months.values())]
    at = [head.column for head in columns]
    row_map = source.maps[f"rows_{block.kind}"]
    region = Region(sheet, range(header + 1, block.end), block.column, at)
    rows = row_heads(region, source, row_map)
    notes = _notes(sheet, block)
    comments, about = [notes[mark] for mark in ("*",) if mark in notes], notes.get("1")
    name = source.record.publisher["name"]
    return Crosstab(
        sheet=sheet,
        rows=rows,
        columns=columns,
        columns_at=np.tile(np.array(at, dtype=np.intp), (len(rows), 1)),
        row_header=str(sheet.text[block.row, block.column]).strip(),
        row_map=row_map,
        title=airport[1],
        fixed={
            "BORDER_POINT": airport[0],
            "SOURCE": f"{name}. {about}" if about else name,
        },
        column_codes={
            "TIME_PERIOD": ["", *(f"{year}-{month:02d}" for month in months)],
        },
        sums=[(0, range(1, len(columns)))],
        absent=[0],
        notes={"*": " ".join(comments)} if comments else {},
        marks=("*",) if comments else (),
        year=year,
    )


def _head(sheet: Sheet, row: int, column: int) -> Head:
    label, marks = split_marks(str(sheet.text[row, column]))
    return Head(label.strip(), row, column, marks)


def _months(sheet: Sheet, row: int, block: _Block, source: Source) -> dict[int, int]:
    """Columns of the header row by month, in the order of the months."""
    if row >= sheet.height:
        return {}
    found: dict[int, int] = {}
    for column, text in sheet.texts(row):
        month = month_number(split_marks(text)[0], source.record.language)
        if month is None or column <= block.column:
            continue
        if month in found:
            source.faults.add(
                "HEADER_DIFFERS",
                sheet.place(row, column, text.strip()),
                f"The month {text.strip()!r} stands twice in its header row; keep one of them.",
                found=text.strip(),
            )
        found.setdefault(month, column)
    return dict(sorted(found.items()))


def _title(
    sheet: Sheet, block: _Block, source: Source
) -> tuple[int | None, tuple[str, Place] | None]:
    """Year and airport of a block from the lines above it.

    A block without the name of an airport is the nation's.
    """
    record = source.record
    cells = [
        (row, column, str(sheet.text[row, column]))
        for row in range(block.top, block.row)
        for column in range(sheet.width)
        if sheet.kind[row, column] != Kind.EMPTY
    ]
    years = {year for _, _, text in cells if (year := year_in(text)) is not None}
    place = sheet.place(block.top, cells[0][1])
    if len(years) != 1:
        source.faults.add(
            "PERIOD_UNREADABLE",
            place,
            "The lines above the table name no year, or several; write the year of the figures.",
            found=", ".join(str(year) for year in sorted(years)),
            expected="a year",
        )
        return None, None
    year = years.pop()
    named = [
        (row, column, text)
        for row, column, text in cells
        if normalise(text).startswith(
            (normalise(record.text("airport")), normalise(record.text("nation")))
        )
    ]
    if not named:
        return year, (_airport_code(record.text("nation"), place, source) or "_T", place)
    row, column, text = named[0]
    name = text.replace(str(year), "").strip().rstrip(",").strip()
    place = sheet.place(row, column)
    code = _airport_code(name, place, source)
    return year, None if code is None else (code, place)


def _airport_code(name: str, place: Place, source: Source) -> str | None:
    labels = source.maps["airports"]
    entry = labels.find(name)
    if entry is None:
        source.faults.add(
            "LABEL_UNKNOWN",
            place,
            f"Nobody has said yet which airport {name!r} is; correct the name, or ask the hub's"
            f" office to add it to the connector ({labels.name}).",
            found=name,
            expected=f"a label of {labels.name}",
            suggestion=labels.suggestion(name),
        )
        return None
    return entry.codes["BORDER_POINT"]


def _notes(sheet: Sheet, block: _Block) -> dict[str, str]:
    """Notes under the block, in whatever column they stand."""
    notes: dict[str, str] = {}
    for column in range(sheet.width):
        notes |= read_notes(sheet, range(block.row + 1, block.end), column)
    return notes


def _leave_out_months_to_come(tables: Sequence[Crosstab]) -> None:
    """Mark the months after the last one in which any block has a figure other than zero.

    The publisher prints the months to come as zero, and a month that is over is never zero in
    every row of every airport.
    """
    last = ""
    for table in tables:
        rows = np.array([head.row for head in table.rows], dtype=np.intp)[:, None]
        said = table.sheet.text[rows, table.columns_at]
        for j, period in enumerate(table.column_codes["TIME_PERIOD"]):
            if period > last and not np.isin(said[:, j].astype(str), ["0", ""]).all():
                last = period
    for table in tables:
        periods = table.column_codes["TIME_PERIOD"]
        table.absent = [j for j, period in enumerate(periods) if period > last or not period]
