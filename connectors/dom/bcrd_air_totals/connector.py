"""Dominican Republic, BCRD: monthly air arrivals of residents and non-residents, by airport.

One table: groups of passengers, each with its airports in the rows below. Each group becomes a
table of its own; groups add up to the ones above them, cell by cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from connectors.framework.labels import Entry
from connectors.framework.sheet import Kind, Sheet, Workbook
from connectors.framework.text import normalise, split_marks
from connectors.framework.times import month_number, year_in

#: What the row of a group is called among its airports, so that groups can be compared.
_TOTAL = "TOTAL"


@dataclass
class _Group:
    """A group of passengers: its row, the row after its airports, what it is, and of what part."""

    row: int
    end: int
    entry: Entry
    under: int | None


def cut(book: Workbook, source: Source) -> Cut:
    """One crosstab for each group."""
    sheet = only_sheet(book, source)
    if sheet is None:
        return Cut([])
    corners = sheet.find(source.record.text("corner"))
    if len(corners) != 1:
        header_missing(sheet, source.record.text("corner"), source)
        return Cut([])
    corner = corners[0]
    columns = _columns(sheet, corner, source)
    groups = _groups(sheet, corner, source)
    year = _year(sheet, corner, source)
    if columns is None or groups is None or year is None:
        return Cut([])
    notes = _notes(sheet, corner[0])
    tables = [_table(sheet, corner[1], group, columns, year, notes, source) for group in groups]
    parents = sorted({group.under for group in groups if group.under is not None})
    sums = [(p, [i for i, group in enumerate(groups) if group.under == p]) for p in parents]
    return Cut(tables, sums)


def _columns(
    sheet: Sheet, corner: tuple[int, int], source: Source
) -> list[tuple[Head, int | None]] | None:
    """Heads of the total (``None``) and of the months (1 to 12) that have figures.

    Months to come are blank from top to bottom.
    """
    row, first = corner
    found: list[tuple[Head, int | None]] = []
    sound = True
    for line in (row, row + 1):
        for column, text in sheet.texts(line):
            label, marks = split_marks(text)
            month = month_number(label, source.record.language)
            is_total = normalise(label) == normalise(_TOTAL)
            if column <= first or not (month or is_total):
                if column > first and line > row:
                    sound = False
                    source.faults.add(
                        "LABEL_UNKNOWN",
                        sheet.place(line, column, label.strip()),
                        f"The header {label.strip()!r} is neither a month nor the total; write the"
                        " month.",
                        found=label.strip(),
                        expected="a month",
                    )
                continue
            if (sheet.kind[row + 2 :, column] == Kind.NUMBER).any():
                found.append((Head(label.strip(), line, column, marks), month))
    said = [month for _, month in found]
    if sound and (said.count(None) != 1 or len(said) != len(set(said)) or len(said) < 2):
        sound = False
        header_missing(sheet, f"{_TOTAL}, ENERO", source, row=row + 1)
    return sorted(found, key=lambda each: each[1] or 0) if sound else None


def _groups(sheet: Sheet, corner: tuple[int, int], source: Source) -> list[_Group] | None:
    """The groups in their order; one that is missing, or in the wrong place, is a finding."""
    labels = source.maps["groups"]
    groups: list[_Group] = []
    for line in range(corner[0] + 1, sheet.height):
        label = str(sheet.text[line, corner[1]])
        found = labels.candidates(label)
        if not found:
            continue
        above = next((i for i in range(len(groups) - 1, -1, -1)
                      if groups[i].entry.level < found[0].level), None)  # fmt: skip
        names = [] if above is None else [normalise(groups[above].entry.label)]
        entry = labels.find(label, names)
        if entry is None or any(group.entry is entry for group in groups):
            source.faults.add(
                "DUPLICATE_LABEL" if entry else "LABEL_UNKNOWN",
                sheet.place(line, corner[1]),
                f"The group {label.strip()!r} stands here in the wrong place or for the second"
                " time; put the groups back in their order.",
                found=label.strip(),
            )
            return None
        if groups:
            groups[-1].end = line
        groups.append(_Group(line, sheet.height, entry, above))
    missing = [entry for entry in labels.entries if all(g.entry is not entry for g in groups)]
    for entry in missing:
        source.faults.add(
            "LABEL_MISSING",
            Place(sheet.name),
            f"No row says {entry.label!r}{f' under {entry.under!r}' if entry.under else ''}, which"
            " every file of the source has; put it back.",
            expected=entry.label,
        )
    return None if missing else groups


def _year(sheet: Sheet, corner: tuple[int, int], source: Source) -> int | None:
    """The year that stands above the table."""
    cells = sheet.text[: corner[0]].ravel().tolist()
    years = {year for text in cells if (year := year_in(str(text))) is not None}
    if len(years) == 1:
        return years.pop()
    source.faults.add(
        "PERIOD_UNREADABLE",
        sheet.place(0, corner[1]),
        "The lines above the table name no year, or several; write the year of the figures.",
        found=", ".join(str(year) for year in sorted(years)),
        expected="a year",
    )
    return None


def _table(
    sheet: Sheet,
    column: int,
    group: _Group,
    columns: Sequence[tuple[Head, int | None]],
    year: int,
    notes: Mapping[str, str],
    source: Source,
) -> Crosstab:
    at = [head.column for head, _ in columns]
    labels = source.maps["airports"]
    rows = row_heads(
        Region(sheet, range(group.row, group.end), column, at),
        source,
        labels,
        name=lambda line, label: _TOTAL if line == group.row else label.strip(),
    )
    name, about = source.record.publisher["name"], notes.get("1")
    return Crosstab(
        sheet=sheet,
        rows=rows,
        columns=[head for head, _ in columns],
        columns_at=np.tile(np.array(at, dtype=np.intp), (len(rows), 1)),
        row_header=source.record.text("corner"),
        row_map=labels,
        title=sheet.place(group.row, column),
        fixed={**group.entry.codes, "SOURCE": f"{name}. {about}" if about else name},
        column_codes={"TIME_PERIOD": [f"{year}-{m:02d}" if m else "" for _, m in columns]},
        sums=[(0, range(1, len(columns)))],
        absent=[0],
        notes=notes,
        marks=("*",) if "*" in notes else (),
        year=year,
    )


def _notes(sheet: Sheet, row: int) -> dict[str, str]:
    notes: dict[str, str] = {}
    for column in range(sheet.width):
        notes |= read_notes(sheet, range(row, sheet.height), column)
    return notes
