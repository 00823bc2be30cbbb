"""United Nations, Population Division: international migrant stock by sex and destination.

The sheet "Table 1" of the 2020 workbook: years repeated under a merged header for each sex; areas
with their location code, the number of a note, and the type of data behind the estimate. A row is
known by its label and its location code together, ``Kenya (404)``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from connectors.framework.crosstab import Crosstab, Cut, Head
from connectors.framework.cutting import Region, Source, header_missing, row_heads
from connectors.framework.faults import Place
from connectors.framework.labels import LabelMap
from connectors.framework.sheet import Kind, Sheet, Workbook
from connectors.framework.text import normalise
from connectors.framework.times import year_in
from hub.model.findings import Severity


def cut(book: Workbook, source: Source) -> Cut:
    """The one table, its columns by sex and year; both sexes are males and females."""
    sheet = _sheet(book, source)
    if sheet is None:
        return Cut([])
    record = source.record
    names = ("area", "note", "location", "type")
    header, at = _header(sheet, [record.text(name) for name in names], source)
    if header is None:
        return Cut([])
    area, note, location, kind = at
    columns, sexes, years = _columns(sheet, header, max(at) + 1, source)
    if not columns:
        return Cut([])
    inside = [head.column for head in columns]
    # Columns left of the labels hold a running number.
    ignored = [note, location, kind, *range(area)]
    region = Region(sheet, range(header + 1, sheet.height), area, inside, ignored)
    rows = row_heads(
        region,
        source,
        source.maps["areas"],
        name=lambda line, label: f"{label.strip()} ({sheet.text[line, location]})",
    )
    lines = [head.row for head in rows]
    table = Crosstab(
        sheet=sheet,
        # The asterisk only says that there may be a note; its number has a column of its own.
        rows=[Head(head.label, head.row, head.column) for head in rows],
        columns=columns,
        columns_at=np.tile(np.array(inside, dtype=np.intp), (len(rows), 1)),
        row_header=record.text("area"),
        row_map=source.maps["areas"],
        title=sheet.place(header, area),
        column_codes={"SEX": sexes, "TIME_PERIOD": [str(year) for year in years]},
        attributes={
            "DEFINITION": _definitions(sheet, lines, kind, source),
            "COMMENT_OBS": _comments(book, sheet, lines, note, source),
        },
        fixed={"SOURCE": _citation(sheet, source)},
        sums=_sums(sexes, years),
        year=max(years),
    )
    return Cut([table])


def _sheet(book: Workbook, source: Source) -> Sheet | None:
    """The sheet with the table; a sheet that the record does not know is a finding."""
    wanted = source.record.text("sheet")
    table = book.sheet(wanted)
    if table is None:
        source.faults.add(
            "SHEET_MISSING",
            Place(),
            f"The file has no sheet {wanted!r}, where the table stands; send the whole workbook.",
            expected=wanted,
        )
        return None
    for sheet in book:
        if sheet is not table and normalise(sheet.name) not in source.record.ignored_sheets:
            source.faults.add(
                "SHEET_UNKNOWN",
                Place(sheet.name),
                f"The record of the source does not know the sheet {sheet.name!r}; remove it, or"
                " have the record say what it is.",
                found=sheet.name,
            )
    return table


def _header(
    sheet: Sheet, headers: Sequence[str], source: Source
) -> tuple[int | None, tuple[int, ...]]:
    """The header row and the columns of the named headers in it."""
    places = sheet.find(headers[0])
    if not places:
        header_missing(sheet, headers[0], source)
        return None, ()
    row = places[0][0]
    at = []
    for header in headers:
        found = [column for r, column in sheet.find(header) if r == row]
        if len(found) != 1:
            header_missing(sheet, header, source, row=row)
            return None, ()
        at.append(found[0])
    return row, tuple(at)


def _columns(
    sheet: Sheet, header: int, first: int, source: Source
) -> tuple[list[Head], list[str], list[int]]:
    """Heads, sexes and years of the columns of figures."""
    sexes = {normalise(label): code for label, code in source.record.layout["sexes"].items()}
    above = next(
        (row for row in range(header - 1, -1, -1) for _, text in sheet.texts(row)
         if normalise(text) in sexes), None,
    )  # fmt: skip
    if above is None:
        header_missing(sheet, next(iter(source.record.layout["sexes"])), source)
        return [], [], []
    groups = sheet.spread(above)
    heads: list[Head] = []
    codes: list[str] = []
    years: list[int] = []
    sound = True
    for column in range(first, sheet.width):
        if sheet.kind[header, column] == Kind.EMPTY:
            continue
        text, group = str(sheet.text[header, column]), groups[column]
        year, code = year_in(text), sexes.get(normalise(group))
        if year is None or code is None:
            sound = False
            source.faults.add(
                "LABEL_UNKNOWN",
                sheet.place(
                    header if year is None else above, column, text if year is None else group
                ),
                f"The header {(text if year is None else group)!r} is neither a year nor one of the"
                " groups by sex; correct it.",
                found=text if year is None else group,
                expected="a year" if year is None else " / ".join(source.record.layout["sexes"]),
            )
            continue
        heads.append(Head(f"{group}, {year}", header, column))
        codes.append(code)
        years.append(year)
    return (heads, codes, years) if sound else ([], [], [])


def _sums(sexes: Sequence[str], years: Sequence[int]) -> list[tuple[int, list[int]]]:
    keys = list(zip(sexes, years, strict=True))
    return [
        (j, [keys.index(("M", year)), keys.index(("F", year))])
        for j, (sex, year) in enumerate(keys)
        if sex == "_T" and ("M", year) in keys and ("F", year) in keys
    ]


def _definitions(
    sheet: Sheet, lines: Sequence[int], column: int, source: Source
) -> list[str | None]:
    """DEFINITION of each row from the type of data behind it; groups have none."""
    labels: LabelMap = source.maps["types"]
    found: list[str | None] = []
    for line in lines:
        said = str(sheet.text[line, column]).strip()
        entry = labels.find(said)
        if said and entry is None:
            source.faults.add(
                "LABEL_UNKNOWN",
                sheet.place(line, column, source.record.text("type")),
                f"Nobody has said yet what the type of data {said!r} means; correct it, or add it"
                f" to {labels.name}.",
                found=said,
                expected=f"a label of {labels.name}",
            )
        found.append(entry.codes["DEFINITION"] if entry else None)
    return found


def _comments(
    book: Workbook, sheet: Sheet, lines: Sequence[int], column: int, source: Source
) -> list[str | None]:
    """The note of each row, by the number in its Notes column, from the sheet Notes."""
    notes: dict[str, str] = {}
    listed = book.sheet(source.record.text("notes"))
    if listed is not None:
        for line in range(listed.height):
            if listed.kind[line, 0] == Kind.NUMBER:
                notes[str(listed.text[line, 0])] = " ".join(t for _, t in listed.texts(line))
    found: list[str | None] = []
    for line in lines:
        mark = str(sheet.text[line, column]).strip()
        if mark and mark not in notes:
            source.faults.add(
                "NOTE_UNKNOWN",
                sheet.place(line, column, source.record.text("note")),
                f"The sheet of notes has no note {mark!r}; add it.",
                found=mark,
                severity=Severity.WARNING,
            )
        found.append(notes.get(mark))
    return found


def _citation(sheet: Sheet, source: Source) -> str:
    """How the publisher asks to be cited, else its name."""
    lines = sheet.starting(source.record.text("citation"))
    if not lines:
        return source.record.publisher["name"]
    return str(sheet.text[lines[0]]).split(":", 1)[1].strip()
