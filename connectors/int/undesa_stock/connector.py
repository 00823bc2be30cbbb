"""United Nations, Population Division: international migrant stock by sex and destination.

``int/undesa_population`` reads the table beside it, which has the same layout, with this ``cut``.
Years are repeated under a header for each sex; areas stand with their location code, the mark of a
note, and the type of data behind the estimate. A row is known by its label and its location code
together, ``Kenya (404)``. The header texts of each edition are in ``source.yaml``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from connectors.framework.crosstab import Crosstab, Cut, Head
from connectors.framework.cutting import Region, Source, header_missing, row_heads
from connectors.framework.faults import Place
from connectors.framework.labels import LabelMap
from connectors.framework.sheet import Kind, Sheet, Workbook
from connectors.framework.text import normalise
from connectors.framework.times import year_in
from hub.model.findings import Severity

_HEADERS = ("area", "note", "location", "type")


def cut(book: Workbook, source: Source) -> Cut:
    """The one table, its columns by sex and year; both sexes are males and females."""
    edition, sheet = _sheet(book, source)
    if sheet is None:
        return Cut([])
    header, at = _header(sheet, [edition[name] for name in _HEADERS], source)
    if header is None:
        return Cut([])
    area, note, location, kind = at
    columns, sexes, years = _columns(sheet, header, max(at) + 1, edition, source)
    if not columns:
        return Cut([])
    inside = [head.column for head in columns]
    # Columns left of the labels hold a running number.
    ignored = [note, location, kind, *range(area)]
    first = columns[0].row + 1
    region = Region(sheet, range(first, sheet.height), area, inside, ignored)
    above = _above(sheet, region.lines, area, location, edition.get("headings", ()))
    row_map = source.maps[edition["map"]]
    rows = row_heads(region, source, row_map, name=lambda line, label: above[line].format(label))
    lines = [head.row for head in rows]
    inner = replace(region, lines=lines)
    comments = _comments(inner, note, edition["note"], _notes(book, edition), source)
    table = Crosstab(
        sheet=sheet,
        # The asterisk only says that there may be a note; its number has a column of its own.
        rows=[Head(head.label, head.row, head.column) for head in rows],
        columns=columns,
        columns_at=np.tile(np.array(inside, dtype=np.intp), (len(rows), 1)),
        row_header=edition["area"],
        row_map=row_map,
        title=sheet.place(header, area),
        column_codes={
            "FREQ": ["A5" if year % 5 == 0 else "A" for year in years],
            "SEX": sexes,
            "TIME_PERIOD": [str(year) for year in years],
        },
        attributes={
            "DEFINITION": _definitions(sheet, lines, kind, edition["type"], source),
            "COMMENT_OBS": comments,
        },
        fixed={"SOURCE": _citation(sheet, source)},
        sums=_sums(sexes, years),
        year=max(years),
    )
    return Cut([table])


def _sheet(book: Workbook, source: Source) -> tuple[Mapping[str, Any], Sheet | None]:
    """The edition that the file is of, and the sheet with its table.

    A sheet that the record does not know is a finding.
    """
    editions: Sequence[Mapping[str, Any]] = source.record.layout["editions"]
    for edition in editions:
        found = book.sheet(edition["sheet"]) if "sheet" in edition else None
        if (
            "sheet" not in edition
            and len(book.sheets) == 1
            and book.sheets[0].find(edition["area"])
        ):
            found = book.sheets[0]
        if found is None:
            continue
        for sheet in book:
            if sheet is not found and normalise(sheet.name) not in source.record.ignored_sheets:
                source.faults.add(
                    "SHEET_UNKNOWN",
                    Place(sheet.name),
                    f"The record of the source does not know the sheet {sheet.name!r}; remove it,"
                    " or have the record say what it is.",
                    found=sheet.name,
                )
        return edition, found
    wanted = editions[0]["sheet"]
    source.faults.add(
        "SHEET_MISSING",
        Place(),
        f"The file has no sheet {wanted!r}, where the table stands, and is no export of that sheet"
        " known so far; send the whole workbook.",
        expected=wanted,
    )
    return editions[0], None


def _above(
    sheet: Sheet, lines: Sequence[int], area: int, location: int, headings: Collection[str]
) -> dict[int, str]:
    """What goes around the label of each row: ``{} (404)``, with its location code.

    A row with figures and no code is a heading; ``headings`` are those that go before the labels
    below them.
    """
    around, before = {}, ""
    for line in lines:
        code = str(sheet.text[line, location]).strip()
        around[line] = f"{before}{{}} ({code})" if code else "{}"
        if not code and sheet.kind[line, location + 1 :].any():
            label = str(sheet.text[line, area]).strip()
            before = f"{label}: " if label in headings else ""
    return around


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
    sheet: Sheet, header: int, first: int, edition: Mapping[str, Any], source: Source
) -> tuple[list[Head], list[str], list[int]]:
    """Heads, sexes and years of the columns of figures.

    The years stand in the row of the headers or in the next one, the groups by sex above them.
    """
    sexes = {normalise(label): code for label, code in edition["sexes"].items()}
    filled = sheet.kind[header, first:] != Kind.EMPTY
    years_in = header
    if any(normalise(str(text)) in sexes for text in sheet.text[header, first:][filled]):
        years_in = min(header + 1, sheet.height - 1)
    above = next(
        (row for row in range(years_in - 1, -1, -1) for _, text in sheet.texts(row)
         if normalise(text) in sexes), None,
    )  # fmt: skip
    if above is None:
        header_missing(sheet, next(iter(edition["sexes"])), source)
        return [], [], []
    groups = sheet.spread(above)
    heads: list[Head] = []
    codes: list[str] = []
    years: list[int] = []
    sound = True
    for column in range(first, sheet.width):
        if sheet.kind[years_in, column] == Kind.EMPTY:
            continue
        text, group = str(sheet.text[years_in, column]), groups[column]
        year, code = year_in(text), sexes.get(normalise(group))
        if year is None or code is None:
            sound = False
            wrong = text if year is None else group
            source.faults.add(
                "LABEL_UNKNOWN",
                sheet.place(years_in if year is None else above, column, wrong),
                f"The header {wrong!r} is neither a year nor one of the groups by sex; correct it.",
                found=wrong,
                expected="a year" if year is None else " / ".join(edition["sexes"]),
            )
            continue
        heads.append(Head(f"{group}, {year}", years_in, column))
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
    sheet: Sheet, lines: Sequence[int], column: int, header: str, source: Source
) -> list[str | None]:
    """DEFINITION of each row from the type of data behind it; groups have none.

    A source without a map of types counts everybody: the type says nothing of its figures.
    """
    if "types" not in source.maps:
        return [None] * len(lines)
    labels: LabelMap = source.maps["types"]
    found: list[str | None] = []
    for line in lines:
        said = str(sheet.text[line, column]).strip()
        entry = labels.find(said)
        if said and entry is None:
            source.faults.add(
                "LABEL_UNKNOWN",
                sheet.place(line, column, header),
                f"Nobody has said yet what the type of data {said!r} means; correct it, or ask the"
                f" hub's office to add it to the connector ({labels.name}).",
                found=said,
                expected=f"a label of {labels.name}",
            )
        found.append(entry.codes["DEFINITION"] if entry else None)
    return found


def _notes(book: Workbook, edition: Mapping[str, Any]) -> dict[str, str] | None:
    """Notes by number from their sheet; ``None`` where the edition, one sheet, has none."""
    if "notes" not in edition:
        return None
    notes: dict[str, str] = {}
    listed = book.sheet(edition["notes"])
    if listed is not None and listed.kind.size:
        numbered = listed.kind == Kind.NUMBER
        first = int(np.argmax(numbered.any(axis=0)))  # wherever the sheet begins
        for line in np.flatnonzero(numbered[:, first]).tolist():
            notes[str(listed.text[line, first])] = " ".join(t for _, t in listed.texts(line))
    return notes


def _comments(
    table: Region, column: int, header: str, notes: Mapping[str, str] | None, source: Source
) -> list[str | None]:
    """The note of each line of the table, by the mark in its Notes column.

    That an edition comes without its notes is said once.
    """
    sheet, lines = table.sheet, table.lines
    marks = [str(sheet.text[line, column]).strip() for line in lines]
    if notes is None:
        marked = [line for line, mark in zip(lines, marks, strict=True) if mark]
        if marked:
            source.faults.add(
                "NOTE_UNKNOWN",
                sheet.place(marked[0], column, header),
                f"{len(marked)} rows carry marks of notes that stand in another sheet of the"
                " publisher's workbook; their figures are published without the notes.",
                found=str(len(marked)),
                severity=Severity.NOTE,
            )
        return [None] * len(lines)
    for line, mark in zip(lines, marks, strict=True):
        if mark and mark not in notes:
            source.faults.add(
                "NOTE_UNKNOWN",
                sheet.place(line, column, header),
                f"The sheet of notes has no note {mark!r}; add it.",
                found=mark,
                severity=Severity.WARNING,
            )
    return [notes.get(mark) for mark in marks]


def _citation(sheet: Sheet, source: Source) -> str:
    """How the publisher asks to be cited, else its name."""
    lines = sheet.starting(source.record.text("citation"))
    if not lines:
        return source.record.publisher["name"]
    return str(sheet.text[lines[0]]).split(":", 1)[1].strip()
