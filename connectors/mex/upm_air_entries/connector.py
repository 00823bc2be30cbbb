"""Mexico, UPMRIP: cuadro 1.3.1, air entries by nationality and airport.

One table that runs over several pages, each with its title and its own header row; the order of
the airports is free. Rows are totals, continents, sub-regions and countries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from connectors.framework.crosstab import Crosstab, Cut, Head
from connectors.framework.cutting import (
    Region,
    Source,
    column_heads,
    header_missing,
    only_sheet,
    read_notes,
    row_heads,
    status_of,
)
from connectors.framework.sheet import Sheet, Workbook
from connectors.framework.text import closest, normalise
from connectors.framework.times import read_span, span_period


def cut(book: Workbook, source: Source) -> Cut:
    """The pages of the table as one crosstab."""
    sheet = only_sheet(book, source)
    if sheet is None:
        return Cut([])
    corners = sheet.find(source.record.text("corner"))
    if not corners:
        header_missing(sheet, source.record.text("corner"), source)
        return Cut([])
    period = _period(sheet, source)
    pages = [column_heads(sheet, row, column + 1) for row, column in corners]
    columns = _columns(sheet, pages, source)
    if period is None or columns is None:
        return Cut([])
    rows: list[Head] = []
    columns_at = []
    ends = [row for row, _ in corners[1:]] + [sheet.height]
    for (top, label_column), heads, end in zip(corners, pages, ends, strict=True):
        at = {normalise(head.label): head.column for head in heads}
        inside = [at[normalise(head.label)] for head in columns]
        region = Region(sheet, range(top + 1, end), label_column, inside)
        found = row_heads(region, source, source.maps["nationalities"])
        rows += found
        columns_at += [inside] * len(found)
    year, first, last = period
    freq, time = span_period(year, first, last)
    label_column = corners[0][1]
    total = next(j for j, h in enumerate(columns) if _says(h, source.record.text("total")))
    table = Crosstab(
        sheet=sheet,
        rows=rows,
        columns=columns,
        columns_at=np.array(columns_at, dtype=np.intp).reshape(len(rows), len(columns)),
        row_header=source.record.text("corner"),
        row_map=source.maps["nationalities"],
        column_map=source.maps["airports"],
        title=sheet.place(*sheet.starting(source.record.text("title"))[0]),
        fixed={
            "FREQ": freq,
            "TIME_PERIOD": time,
            "OBS_STATUS": status_of(sheet, source.record),
            **_printed_source(sheet, source),
        },
        sums=[(total, [j for j in range(len(columns)) if j != total])],
        notes=read_notes(sheet, range(sheet.height), label_column),
        year=year,
    )
    return Cut([table])


def _period(sheet: Sheet, source: Source) -> tuple[int, int, int] | None:
    """Year, first and last month that the titles of all pages name."""
    titles = sheet.starting(source.record.text("title"))
    if not titles:
        header_missing(sheet, source.record.text("title"), source)
        return None
    spans = {read_span(str(sheet.text[place]), source.record.language): place for place in titles}
    if len(spans) == 1 and (span := next(iter(spans))) is not None:
        return span
    place = spans.get(None, titles[-1])
    source.faults.add(
        "PERIOD_UNREADABLE",
        sheet.place(*place),
        "The title names no period such as 'enero-mayo de 2026', or the pages name different"
        " ones; write the same period in the title of every page.",
        found=str(sheet.text[place]).strip(),
        expected="enero-<mes> de <año>",
    )
    return None


def _columns(sheet: Sheet, pages: Sequence[Sequence[Head]], source: Source) -> list[Head] | None:
    """The columns of the table with their marks on any page, in the order of the first page.

    Pages must have the same headers. Where they differ, the page that is unlike the others has
    the fault; then there is no table.
    """
    names = [[normalise(head.label) for head in heads] for heads in pages]
    usual = set(Counter(frozenset(page) for page in names).most_common(1)[0][0])
    complete = True
    for page, heads in zip(names, pages, strict=True):
        odd = [h for n, h in zip(page, heads, strict=True) if n not in usual or page.count(n) > 1]
        for head in odd:
            source.faults.add(
                "HEADER_DIFFERS",
                sheet.place(head.row, head.column, head.label),
                f"The header {head.label!r} stands twice in its row, or not on the other pages of"
                " the table; write the same headers on every page, each once.",
                found=head.label,
                suggestion=closest(head.label, usual - set(page)),
            )
        for name in sorted(usual - set(page)) if not odd else ():
            header_missing(sheet, name, source, row=heads[0].row if heads else None)
        complete = complete and set(page) == usual and not odd
    if not any(_says(head, source.record.text("total")) for head in pages[0]):
        header_missing(sheet, source.record.text("total"), source)
        return None
    if not complete:
        return None
    marks: dict[str, dict[str, None]] = {name: {} for name in usual}
    for page, heads in zip(names, pages, strict=True):
        for name, head in zip(page, heads, strict=True):
            marks[name].update(dict.fromkeys(head.marks))
    return [
        Head(head.label, head.row, head.column, tuple(marks[name]))
        for name, head in zip(names[0], pages[0], strict=True)
    ]


def _says(head: Head, label: str) -> bool:
    return normalise(head.label) == normalise(label)


def _printed_source(sheet: Sheet, source: Source) -> dict[str, str]:
    lines = sheet.starting(source.record.text("source"))
    if not lines:
        return {"SOURCE": source.record.publisher["name"]}
    return {"SOURCE": " ".join(str(sheet.text[lines[-1]]).split(":", 1)[1].split())}
