"""Tables of one column of labels and headers in one or more rows, cut by what the record says.

``layout.grid`` of the record describes the table; ``docs/connectors.md`` explains its keys. Most
national tables are of this form: nationalities, places or categories by month, some with kinds
of figures under each month.
"""

from __future__ import annotations

import re
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
    status_of,
)
from connectors.framework.faults import Place
from connectors.framework.grid_header import TOTAL, Column, Header, Level, alike, read_header, sums
from connectors.framework.labels import LabelMap
from connectors.framework.markers import Markers
from connectors.framework.sheet import Kind, Sheet, Workbook
from connectors.framework.text import normalise
from connectors.framework.times import month_names, part_said, read_span, span_period, year_in

__all__ = ["cut"]

_KEYS = {"title", "corner", "rows", "columns", "totals", "sheets", "pages"}


@dataclass(frozen=True)
class _Grid:
    """``layout.grid`` of a record."""

    titles: Mapping[str, Mapping[str, str]]
    corners: tuple[str, ...]
    rows: str
    levels: tuple[Level, ...]
    sheets: str | None
    pages: bool


def cut(book: Workbook, source: Source) -> Cut:
    """The table of each sheet (or of the one sheet) that the record describes."""
    grid = _grid(source)
    found = list(_sheets(book, grid, source))
    tables = [_table(sheet, codes, grid, source) for sheet, codes in found]
    return Cut([table for table in tables if table is not None])


def _grid(source: Source) -> _Grid:
    given = source.record.layout["grid"]
    if not {"title", "corner", "rows", "columns"} <= given.keys() <= _KEYS:
        raise ValueError(f"layout.grid of {source.record.id} has other keys than {sorted(_KEYS)}")
    totals = frozenset(normalise(word) for word in given.get("totals", ()))
    levels = tuple(
        Level(
            period=level.get("period"),
            labels=source.maps[level["map"]] if "map" in level else None,
            alone=level.get("alone", {}),
            totals=totals,
        )
        for level in given["columns"]
    )
    return _Grid(
        _titled(given["title"]),
        tuple(given["corner"]),
        given["rows"],
        levels,
        given.get("sheets"),
        given.get("pages") == "yes",
    )


def _titled(given: Sequence[str] | Mapping[str, Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    """Beginnings of titles and the codes that each gives, the longest first."""
    codes = given if isinstance(given, Mapping) else {title: {} for title in given}
    return {title: codes[title] for title in sorted(codes, key=len, reverse=True)}


def _sheets(
    book: Workbook, grid: _Grid, source: Source
) -> Sequence[tuple[Sheet, Mapping[str, str]]]:
    """The sheets to read, with the codes that their names give."""
    if grid.pages:
        return [(sheet, {}) for sheet in _page(book, grid, source)]
    if grid.sheets is None or not any((sheet.kind != Kind.EMPTY).any() for sheet in book):
        sheet = only_sheet(book, source)
        return [] if sheet is None else [(sheet, {})]
    return _named(book, source.maps[grid.sheets], source)


def _page(book: Workbook, grid: _Grid, source: Source) -> Sequence[Sheet]:
    """The page with the table; where none has all of it, the one that is nearest."""
    whole = [sheet for sheet in book if sheet.find(*grid.corners) and _titles(sheet, grid)]
    if len(whole) > 1:
        source.faults.add(
            "HEADER_DIFFERS",
            Place(whole[1].name),
            "The table stands on a second page; the connector reads one that is on one page. Have"
            " it looked at.",
            found=whole[1].name,
        )
        return []
    near = [sheet for sheet in book if sheet.find(*grid.corners) or _titles(sheet, grid)]
    return (whole or near or book.sheets)[:1]


def _named(
    book: Workbook, labels: LabelMap, source: Source
) -> Sequence[tuple[Sheet, Mapping[str, str]]]:
    """Each sheet whose name the map knows, with its codes; other sheets are reported."""
    found = []
    missing = {tuple(entry.codes.items()): entry.label for entry in reversed(labels.entries)}
    for sheet in book:
        if normalise(sheet.name) in source.record.ignored_sheets:
            continue
        entry = labels.find(sheet.name)
        if entry is None:
            source.faults.add(
                "SHEET_UNKNOWN",
                Place(sheet.name),
                f"Nobody has said yet what the sheet {sheet.name!r} holds; remove it, or ask the"
                f" hub's office to add it to the connector ({labels.name}).",
                found=sheet.name,
                suggestion=labels.suggestion(sheet.name),
            )
            continue
        missing.pop(tuple(entry.codes.items()), None)
        found.append((sheet, entry.codes))
    for label in missing.values():
        source.faults.add(
            "SHEET_MISSING",
            Place(label),
            f"The sheet {label!r} is missing; send the publisher's whole file.",
            expected=label,
        )
    return found


def _titles(sheet: Sheet, grid: _Grid) -> list[tuple[int, int]]:
    return sorted(place for title in grid.titles for place in sheet.starting(title))


def _table(sheet: Sheet, codes: Mapping[str, str], grid: _Grid, source: Source) -> Crosstab | None:
    corners, titles = sheet.find(*grid.corners), _titles(sheet, grid)
    if not corners or not titles:
        first, *others = grid.corners if titles else grid.titles
        header_missing(sheet, first, source, *others)
        return None
    pages = [read_header(sheet, corner, grid.levels, source) for corner in corners]
    headers = [page for page in pages if page is not None]
    period = _period(sheet, titles, corners[0][0], grid, source)
    if period is None or len(headers) < len(pages) or not alike(sheet, headers, source):
        return None
    said = normalise(str(sheet.text[titles[0]]))
    by_title = next(
        given for begin, given in grid.titles.items() if said.startswith(normalise(begin))
    )
    columns = _until_today(sheet, corners, headers, source)
    labels = source.maps[grid.rows]
    rows: list[Head] = []
    columns_at: list[list[int]] = []
    ends = [*(row for row, _ in corners[1:]), sheet.height]
    for (_, label_column), header, end in zip(corners, headers, ends, strict=True):
        at = {column.says: column.head.column for column in header.columns}
        inside = [at[column.says] for column in columns]
        unread = [*header.ignored, *(c for s, c in at.items() if c not in inside)]
        region = Region(sheet, range(header.last + 1, end), label_column, inside, unread)
        found = row_heads(region, source, labels)
        rows += found
        columns_at += [inside] * len(found)
    given = {name: [column.codes.get(name, "") for column in columns] for name in _names(columns)}
    return Crosstab(
        sheet=sheet,
        rows=rows,
        columns=[column.head for column in columns],
        columns_at=np.array(columns_at, dtype=np.intp).reshape(len(rows), len(columns)),
        row_header=str(sheet.text[corners[0]]).strip(),
        row_map=labels,
        title=sheet.place(*titles[0]),
        fixed={
            **codes,
            **by_title,
            **headers[0].alone,
            **period.fixed,
            "OBS_STATUS": status_of(sheet, source.record),
        },
        column_codes={**given, **period.of(columns)},
        sums=sums(columns),
        absent=[j for j, column in enumerate(columns) if column.silent],
        notes=read_notes(sheet, range(sheet.height), corners[0][1]),
        year=period.year,
    )


def _names(columns: Sequence[Column]) -> list[str]:
    return sorted({name for column in columns for name in column.codes})


@dataclass(frozen=True)
class _Period:
    """Codes of the period: of the table, or of each column whose level ``level`` says it."""

    fixed: Mapping[str, str]
    level: int | None = None
    year: int | None = None

    def of(self, columns: Sequence[Column]) -> dict[str, list[str]]:
        if self.level is None:
            return {}
        said = [column.says[self.level] for column in columns]
        months = self.fixed["FREQ"] == "M"
        return {"TIME_PERIOD": [f"{self.year}-{text}" if months else text for text in said]}


def _period(
    sheet: Sheet, titles: Sequence[tuple[int, int]], corner: int, grid: _Grid, source: Source
) -> _Period | None:
    """The period that titles and headers name between them."""
    kinds = [level.period for level in grid.levels]
    language, known = source.record.language, _words(grid, source)
    lines = [(row, column, str(sheet.text[row, column])) for row, column in titles]
    # The year may stand in a line of its own between the title and the header.
    between = range(titles[0][0] + 1, corner)
    lines += [(row, column, text) for row in between for column, text in sheet.texts(row)]
    if "month" in kinds:
        years = {year for *_, text in lines if (year := year_in(text)) is not None}
        if len(years) == 1:
            return _Period({"FREQ": "M"}, kinds.index("month"), years.pop())
    else:
        spans: set[tuple[int, int, int]] = set()
        for row, column, text in lines:
            span = read_span(text, language, known)
            said = None if span else part_said(_untitled(text, grid), language, known)
            if said is not None:
                _unreadable(sheet, (row, column), said, source)
                return None
            year = year_in(text)
            if span is not None or year is not None:
                spans.add(span or (year or 0, 1, 12))
        if "year" in kinds and all(span[1:] == (1, 12) for span in spans):
            return _Period({"FREQ": "A"}, kinds.index("year"))
        if "year" not in kinds and len(spans) == 1:
            (span,) = spans
            freq, time = span_period(*span)
            return _Period({"FREQ": freq, "TIME_PERIOD": time}, None, span[0])
    row, column, text = lines[0]
    source.faults.add(
        "PERIOD_UNREADABLE",
        sheet.place(row, column),
        "The title names no period, or several; write the one of the figures in every title.",
        found=text.strip(),
        expected="a year",
    )
    return None


def _unreadable(sheet: Sheet, cell: tuple[int, int], said: str, source: Source) -> None:
    """Report a line that speaks of a part of a year in words that are no period."""
    names = month_names(source.record.language)
    example = f"{names[0]}-{names[2]} 2023"
    source.faults.add(
        "PERIOD_UNREADABLE",
        sheet.place(*cell),
        f"The words {said!r} are no period that the hub can read, and a part of a year is not the"
        f" whole year: write the months in full, as in {example!r}, or the year alone if the"
        " figures are of all of it.",
        found=str(sheet.text[cell]).strip(),
        expected=f"months in full and a year, as in {example}",
    )


def _untitled(text: str, grid: _Grid) -> str:
    """What a title says after the words by which it is found."""
    said = normalise(text)
    begin = next((b for b in map(normalise, grid.titles) if said.startswith(b)), "")
    return said[len(begin) :]


def _words(grid: _Grid, source: Source) -> frozenset[str]:
    """The words of titles and labels that the layout knows: none of them is a misspelt month."""
    labels = {entry.label for labels in source.maps.values() for entry in labels.entries}
    said = " ".join((*labels, *grid.corners, *grid.titles))
    return frozenset(re.findall(r"[a-z]+", normalise(said)))


def _until_today(
    sheet: Sheet, corners: Sequence[tuple[int, int]], headers: Sequence[Header], source: Source
) -> list[Column]:
    """The columns of the first page without those of months to come.

    A publisher may print the whole year from January on, the rest of it blank, dashed or zero:
    periods after the last one with a figure other than zero are no observations.
    """
    kinds = [level.get("period") for level in source.record.layout["grid"]["columns"]]
    columns = headers[0].columns
    if "month" not in kinds:
        return columns
    at = kinds.index("month")
    ends = [*(row for row, _ in corners[1:]), sheet.height]
    last = ""
    for header, end in zip(headers, ends, strict=True):
        for column in header.columns:
            cells = sheet.text[header.last + 1 : end, column.head.column]
            if column.says[at] > last and not _nothing(cells.tolist(), source.record.markers):
                last = column.says[at]
    return [column for column in columns if column.says[at] in (TOTAL, *_up_to(last))]


def _nothing(cells: Sequence[str], markers: Markers) -> bool:
    """Whether no cell says more than zero, blank or that there is no figure."""
    told = {text.strip() for text in cells} - {"", "0"}
    found = [markers.of(text) for text in told]
    return all(marker is not None and marker.value in ("0", None) for marker in found)


def _up_to(month: str) -> list[str]:
    return [f"{number:02d}" for number in range(1, int(month or 0) + 1)]
