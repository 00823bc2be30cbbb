"""Tables with years down the side and kinds of figures across, cut by what the record says.

``layout.years_down`` of the record describes the table::

    years_down:
      corner: [Year]            # texts at the head of the column of years
      columns: columns          # label map of the headers; the entries decide the codes
      states: {p: P, r: A}      # letters behind a year that give its OBS_STATUS
      sums:                     # columns that add up
        - {total: Total arrivals, parts: [Residents, Non-residents]}

A page may repeat the header; columns may stand in any order. Columns whose entry has no codes are
read and checked and give no observation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from connectors.framework.crosstab import Crosstab, Cut, Head
from connectors.framework.cutting import (
    Region,
    Source,
    column_heads,
    header_missing,
    read_notes,
    row_heads,
    status_of_book,
)
from connectors.framework.faults import Place
from connectors.framework.labels import LEAF, Entry, LabelKind, LabelMap
from connectors.framework.sheet import Kind, Sheet, Workbook
from connectors.framework.text import normalise, split_marks

__all__ = ["cut"]

_KEYS = {"corner", "columns", "states", "sums"}
_YEAR = re.compile(r"((?:18|19|20)\d\d)\s*\(?([a-z])?\)?")


def cut(book: Workbook, source: Source) -> Cut:
    """The one table of the file that has the corner; other tables with figures are findings."""
    given: Mapping[str, Any] = source.record.layout["years_down"]
    if not {"corner", "columns"} <= given.keys() <= _KEYS:
        raise ValueError(f"layout.years_down of {source.record.id}: keys are {sorted(_KEYS)}")
    found = [(sheet, places) for sheet in book if (places := sheet.find(*given["corner"]))]
    _others(book, [sheet for sheet, _ in found], source)
    if len(found) != 1:
        sheets = list(book)
        where = found[1][0] if found else next(iter(sheets), None)
        if where is None or not any((s.kind != Kind.EMPTY).any() for s in sheets):
            blank = "The file is blank; send the publisher's file."
            source.faults.add("SHEET_MISSING", Place(), blank)
        else:
            first, *others = given["corner"]
            header_missing(where, first, source, *others)
        return Cut([])
    sheet, corners = found[0]
    table = _table(sheet, corners, given, status_of_book(book, source), source)
    return Cut([] if table is None else [table])


def _others(book: Workbook, known: Sequence[Sheet], source: Source) -> None:
    """Report sheets with figures that nobody reads; tables of a page that only lay it out do not
    have any.
    """
    for sheet in book:
        if sheet in known or normalise(sheet.name) in source.record.ignored_sheets:
            continue
        csv = source.record.csv if book.plain else {}
        thousands = csv.get("thousands", "")
        texts = (str(text).replace(thousands, "") for text in sheet.text.ravel())
        if (sheet.kind == Kind.NUMBER).any() or any(re.fullmatch(r"\d+", t) for t in texts):
            source.faults.add(
                "SHEET_UNKNOWN",
                Place(sheet.name),
                f"Nobody has said yet what {sheet.name!r} holds, which has figures; remove it, or"
                " have the connector looked at.",
                found=sheet.name,
            )


def _table(
    sheet: Sheet,
    corners: Sequence[tuple[int, int]],
    given: Mapping[str, Any],
    status: str,
    source: Source,
) -> Crosstab | None:
    pages = [column_heads(sheet, row, column + 1) for row, column in corners]
    names = [normalise(head.label) for head in pages[0]]
    for heads in pages:
        said = [normalise(head.label) for head in heads]
        if sorted(said) != sorted(names) or len(set(said)) != len(said) or not said:
            source.faults.add(
                "HEADER_DIFFERS",
                Place(sheet.name, (heads or pages[0])[0].row + 1),
                "A header stands twice, or the columns of this page are not those of the first;"
                " write the same headers on every page, each once.",
            )
            return None
    columns = pages[0]
    labels = source.maps[given["columns"]]
    _all_columns(sheet, columns, labels, source)
    ends = [*(row for row, _ in corners[1:]), sheet.height]
    regions: list[tuple[Region, list[int]]] = []
    for (row, first), heads, end in zip(corners, pages, ends, strict=True):
        at = {normalise(head.label): head.column for head in heads}
        inside = [at[name] for name in names]
        regions.append((Region(sheet, range(row + 1, end), first, inside), inside))
    years = _years(regions, given.get("states") or {}, status, source)
    rows: list[Head] = []
    columns_at: list[list[int]] = []
    for region, inside in regions:
        found = row_heads(region, source, years)
        rows += found
        columns_at += [inside] * len(found)
    entries = [labels.find(head.label) for head in columns]
    return Crosstab(
        sheet=sheet,
        rows=rows,
        columns=columns,
        columns_at=np.array(columns_at, dtype=np.intp).reshape(len(rows), len(columns)),
        row_header=str(sheet.text[corners[0]]).strip(),
        row_map=years,
        column_map=labels,
        title=Place(sheet.name, corners[0][0] + 1),
        fixed={"FREQ": "A"},
        sums=_sums(names, given.get("sums") or ()),
        absent=[j for j, entry in enumerate(entries) if entry is not None and not entry.codes],
        notes=read_notes(sheet, range(sheet.height), corners[0][1]),
    )


def _all_columns(sheet: Sheet, columns: Sequence[Head], labels: LabelMap, source: Source) -> None:
    """Report columns that every file has and this one lacks."""
    present = {normalise(head.label) for head in columns}
    for entry in labels.entries:
        if entry.kind is not LabelKind.IGNORED and normalise(entry.label) not in present:
            header_missing(sheet, entry.label, source, row=columns[0].row)


def _years(
    regions: Sequence[tuple[Region, Sequence[int]]],
    states: Mapping[str, str],
    status: str,
    source: Source,
) -> LabelMap:
    """A label map of the years in the column of years; other labels are unknown to it."""
    entries: dict[str, Entry] = {}
    for region, _ in regions:
        for line in region.lines:
            label = split_marks(str(region.sheet.text[line, region.label_column]))[0]
            match = _YEAR.fullmatch(normalise(label))
            if match is None or (match[2] and match[2] not in states):
                continue
            codes = {"TIME_PERIOD": match[1], "OBS_STATUS": states.get(match[2] or "", status)}
            entries.setdefault(normalise(label), Entry(label, "", LEAF, LabelKind.AREA, codes))
    return LabelMap("the years", ("TIME_PERIOD", "OBS_STATUS"), entries.values())


def _sums(names: Sequence[str], given: Sequence[Mapping[str, Any]]) -> list[tuple[int, list[int]]]:
    at = {name: j for j, name in enumerate(names)}
    found = []
    for each in given:
        total, parts = normalise(each["total"]), [normalise(part) for part in each["parts"]]
        if total in at and all(part in at for part in parts):
            found.append((at[total], [at[part] for part in parts]))
    return found
