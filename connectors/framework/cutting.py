"""What connectors share when they cut a sheet into tables.

Each line of the sheet is understood as a row, a note or furniture, or it is a finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from connectors.framework.crosstab import Head
from connectors.framework.faults import Faults, Place
from connectors.framework.labels import LabelMap
from connectors.framework.record import SourceRecord
from connectors.framework.sheet import Kind, Sheet, Workbook
from connectors.framework.text import closest, column_letter, normalise, split_marks
from hub.model.findings import Severity

__all__ = [
    "Region",
    "Source",
    "column_heads",
    "header_missing",
    "only_sheet",
    "read_notes",
    "row_heads",
    "status_of",
    "status_of_book",
]

# "1 Incluye ...", "1/ Hasta ...", "(1) Hijos ...", "*Cifras ..."; not "1.3.1 Entradas ...".
_NOTE = re.compile(
    r"^\s*(?:(?P<number>\d{1,2})(?:/|\s)|\((?P<inside>\d{1,2})\)|(?P<stars>\*+))"
    r"\s*(?P<text>\S.*?)\s*$",
    re.DOTALL,
)


@dataclass(frozen=True)
class Source:
    """What ``cut`` of a connector works with: its record, its label maps, the place for faults."""

    record: SourceRecord
    maps: Mapping[str, LabelMap]
    faults: Faults


def only_sheet(book: Workbook, source: Source) -> Sheet | None:
    """The one sheet of a workbook that has one; others are findings unless they are blank."""
    filled = [sheet for sheet in book if bool((sheet.kind != Kind.EMPTY).any())]
    for extra in filled[1:]:
        source.faults.add(
            "SHEET_UNKNOWN",
            Place(extra.name),
            f"The source has one sheet and the file has a second, {extra.name!r}; remove it, or"
            " have the connector looked at.",
            found=extra.name,
        )
    if not filled:
        source.faults.add("SHEET_MISSING", Place(), "The file is blank; send the publisher's file.")
    return filled[0] if filled else None


def header_missing(
    sheet: Sheet, header: str, source: Source, *others: str, row: int | None = None
) -> None:
    """Report that ``header`` is nowhere in the sheet (or not in its row, 0-based).

    ``others`` are the words that may stand in its place.
    """
    texts = [text for line in range(sheet.height) for _, text in sheet.texts(line)]
    close = next((near for one in (header, *others) if (near := closest(one, texts))), None)
    either = " / ".join(repr(one) for one in (header, *others))
    source.faults.add(
        "HEADER_MISSING",
        Place(sheet.name, None if row is None else row + 1),
        f"No cell says {either}, by which the table is found; put the header back, or have the"
        " connector looked at if the publisher changed the layout.",
        expected=" / ".join((header, *others)),
        suggestion=close,
    )


def column_heads(sheet: Sheet, row: int, first: int) -> list[Head]:
    """Heads of the columns of a header row, from column ``first`` on; spacer columns have none."""
    heads = []
    for column in range(first, sheet.width):
        if sheet.kind[row, column] != Kind.EMPTY:
            label, marks = split_marks(str(sheet.text[row, column]))
            heads.append(Head(label, row, column, marks))
    return heads


@dataclass(frozen=True)
class Region:
    """Where the rows of a table stand: lines, the column of labels, the columns of figures.

    ``ignored`` are further columns that may be filled (codes, numbers of notes).
    """

    sheet: Sheet
    lines: Sequence[int]
    label_column: int
    columns: Sequence[int]
    ignored: Sequence[int] = ()


def row_heads(
    region: Region,
    source: Source,
    labels: LabelMap,
    *,
    name: Callable[[int, str], str] | None = None,
) -> list[Head]:
    """Heads of the rows of a region; each other line is a note, furniture or a finding.

    A row with figures and no label is a finding and has the empty label.

    A filled cell in a row and in a column that is none of the region's is
    ``VALUE_OUTSIDE_TABLE``. ``name`` makes the name a row has in its map from the line and its
    label (the label itself by default).
    """
    sheet, label_column = region.sheet, region.label_column
    heads = []
    filled = sheet.kind != Kind.EMPTY
    for line in region.lines:
        label = str(sheet.text[line, label_column])
        text, marks = split_marks(label)
        text = name(line, text) if name and text else text
        if _is_furniture(sheet, line, source.record):
            continue
        if not filled[line, region.columns].any():
            if label:
                _line_without_figures(sheet.place(line, label_column), text, source, labels)
            continue
        heads.append(Head(text, line, label_column, marks))
        if not label:
            source.faults.add(
                "LABEL_MISSING",
                sheet.place(line, label_column),
                "The row has figures and no label; write what they are of.",
                expected="a label",
            )
    outside = np.ones(sheet.width, dtype=bool)
    outside[[label_column, *region.columns, *region.ignored]] = False
    _outside(sheet, [head.row for head in heads], filled & outside, source)
    return heads


def _is_furniture(sheet: Sheet, line: int, record: SourceRecord) -> bool:
    """Whether every text of the line is a note or furniture, and there are no figures."""
    if (sheet.kind[line] == Kind.NUMBER).any():
        return False
    known = (*record.furniture, *record.statuses, record.sample.marker or "\0")
    return all(
        _NOTE.match(text) or normalise(text).startswith(known) for _, text in sheet.texts(line)
    )


def _line_without_figures(place: Place, label: str, source: Source, labels: LabelMap) -> None:
    if labels.candidates(label):
        source.faults.add(
            "NUMBER_EXPECTED",
            place,
            f"The row {label.strip()!r} has no figures; write them.",
            found="",
            expected="numbers",
        )
        return
    source.faults.add(
        "TEXT_UNKNOWN",
        place,
        "The line is neither a row nor a note known so far; see that it says nothing about the"
        " figures.",
        found=label.strip(),
        suggestion=labels.suggestion(label),
        severity=Severity.WARNING,
    )


def _outside(sheet: Sheet, lines: Sequence[int], filled: NDArray[np.bool_], source: Source) -> None:
    """Report columns that hold something in rows of the table and have no header, each once."""
    for column in np.flatnonzero(filled[lines].any(axis=0)):
        cells = [line for line in lines if filled[line, column]]
        source.faults.add(
            "VALUE_OUTSIDE_TABLE",
            sheet.place(cells[0], int(column)),
            f"The column {column_letter(int(column))} has no header and is filled in {len(cells)}"
            f" rows of the table, first in row {cells[0] + 1}; write the header or clear it.",
            found=str(sheet.text[cells[0], column]),
        )


def read_notes(sheet: Sheet, lines: Iterable[int], column: int) -> dict[str, str]:
    """Texts of the numbered and starred notes that stand in ``column``, by mark."""
    notes = {}
    for line in lines:
        match = _NOTE.match(str(sheet.text[line, column]))
        if match is not None and sheet.kind[line, column] == Kind.TEXT:
            mark = match["number"] or match["inside"] or match["stars"]
            notes[mark] = " ".join(match["text"].split())
    return notes


def status_of(sheet: Sheet, record: SourceRecord) -> str:
    """The OBS_STATUS that a line of the sheet announces, or the source's usual one."""
    for line in range(sheet.height):
        for _, text in sheet.texts(line):
            for announcement, status in record.statuses.items():
                if normalise(text).startswith(announcement):
                    return status
    return record.status


def status_of_book(book: Workbook, source: Source) -> str:
    """The OBS_STATUS that any sheet of the file announces, or the source's usual one."""
    said = {status_of(sheet, source.record) for sheet in book} - {source.record.status}
    return said.pop() if len(said) == 1 else source.record.status
