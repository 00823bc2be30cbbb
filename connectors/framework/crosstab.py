"""A table of a source file: heads of rows and columns, and the cells between them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from connectors.framework.faults import Faults, Place
from connectors.framework.labels import Entry, LabelMap
from connectors.framework.markers import Markers
from connectors.framework.sheet import Kind, Sheet
from connectors.framework.text import column_letter

if TYPE_CHECKING:
    from connectors.framework.listing import Listing

__all__ = ["Cells", "Crosstab", "Cut", "Head", "State", "read_cells", "read_figures"]


@dataclass(frozen=True, slots=True)
class Head:
    """What stands at the head of a row or column: the words, their footnote marks, the cell.

    ``row`` and ``column`` are 0-based indices of the cell in its sheet.
    """

    label: str
    row: int
    column: int
    marks: tuple[str, ...] = ()


@dataclass
class Crosstab:
    """A table in the source's own words, and what was found out about it.

    ``columns_at[i, j]`` is the sheet column of the cell at row ``i`` and column ``j`` (a table
    that goes on over pages may order its columns anew on each).

    Codes come from four places, which may not overlap: ``fixed`` for the whole table (read at
    ``title``), the label maps, and ``row_codes`` and ``column_codes``, lists of one code for each
    row or column. ``attributes`` are texts for each row (``None`` where there is none).
    ``sums`` are columns that must add up: (total, members). ``absent`` are columns that are
    printed and say nothing, such as months to come.
    """

    sheet: Sheet
    rows: list[Head]
    columns: list[Head]
    columns_at: NDArray[np.intp]
    row_header: str
    row_map: LabelMap
    column_map: LabelMap | None = None
    title: Place = field(default_factory=Place)
    fixed: Mapping[str, str] = field(default_factory=dict)
    row_codes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    column_codes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    attributes: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    sums: Sequence[tuple[int, Sequence[int]]] = ()
    absent: Collection[int] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    marks: tuple[str, ...] = ()
    year: int | None = None
    # Filled by the framework when labels are looked up.
    row_entries: list[Entry | None] = field(default_factory=list)
    column_entries: list[Entry | None] = field(default_factory=list)
    #: For each row the rows above it in the tree, nearest first.
    above: list[list[int]] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.rows), len(self.columns)

    def cell(self, i: int, j: int) -> Place:
        """The cell at row ``i`` and column ``j``, named as the file's reader sees it."""
        at = self.rows[i].row, int(self.columns_at[i, j])
        return self.sheet.place(*at, self.column_name(j))

    def row_place(self, i: int) -> Place:
        """The head of row ``i``."""
        return self.sheet.place(self.rows[i].row, self.rows[i].column, self.row_header)

    def column_place(self, j: int) -> Place:
        """The head of column ``j``."""
        return self.sheet.place(self.columns[j].row, self.columns[j].column, self.column_name(j))

    def column_name(self, j: int) -> str:
        """The header text of column ``j`` on one line."""
        return " ".join(self.columns[j].label.split())


@dataclass
class Cut:
    """What ``cut`` of a connector returns.

    ``sums`` are tables that must add up cell by cell: (index of the total, of its members); rows
    are matched by label and place in the tree, columns by label. ``listings`` are files of
    records.
    """

    tables: list[Crosstab]
    sums: Sequence[tuple[int, Sequence[int]]] = ()
    listings: Sequence[Listing] = ()


class State(IntEnum):
    """What became of a cell."""

    VALUE = 0
    MISSING = 1
    BAD = 2


@dataclass(frozen=True)
class Cells:
    """The cells of a table as arrays of its shape.

    ``value`` is the exact text of the number (``None`` unless ``VALUE``), ``number`` the same for
    sums (0 unless ``VALUE``), ``status`` the OBS_STATUS a marker gives (else ``None``).
    """

    value: NDArray[np.object_]
    number: NDArray[np.float64]
    status: NDArray[np.object_]
    state: NDArray[np.uint8]


def read_cells(table: Crosstab, markers: Markers, csv: Mapping[str, str], faults: Faults) -> Cells:
    """Read the numbers and markers of a table; anything else is ``NUMBER_EXPECTED``.

    ``csv`` is that of the record (see :func:`read_figures`).
    """
    at = (np.array([head.row for head in table.rows], dtype=np.intp)[:, None], table.columns_at)
    text = table.sheet.text[at]
    cells = read_figures(text, table.sheet.kind[at], markers, csv)
    for i, j in np.argwhere(cells.state == State.BAD):
        _not_a_number(table, int(i), int(j), str(text[i, j]), faults)
    return cells


def read_figures(
    text: NDArray[np.object_], kind: NDArray[np.uint8], markers: Markers, csv: Mapping[str, str]
) -> Cells:
    """Cells of any shape as numbers, markers or (``State.BAD``) neither.

    ``csv`` describes files whose numbers are text: ``thousands`` and ``decimal``, the signs;
    ``exponent: "yes"`` where large numbers are written ``1e+05``; ``whole: ".0"`` where whole
    numbers are written with that ending, which then goes.
    """
    if csv:
        text, kind = _numbers_in_text(text, kind, csv)
    is_number = kind == Kind.NUMBER
    state = np.where(is_number, State.VALUE, State.BAD).astype(np.uint8)
    value = np.full(text.shape, None, dtype=object)
    value[is_number] = text[is_number]
    status = np.full(text.shape, None, dtype=object)
    for said in set(text[~is_number].tolist()):
        marker = markers.of(said)
        if marker is not None:
            here = ~is_number & (text == said)
            state[here] = State.MISSING if marker.value is None else State.VALUE
            value[here], status[here] = marker.value, marker.status
    number = np.zeros(text.shape)
    number[state == State.VALUE] = value[state == State.VALUE].astype(np.float64)
    return Cells(value, number, status, state)


def _numbers_in_text(
    text: NDArray[np.object_], kind: NDArray[np.uint8], csv: Mapping[str, str]
) -> tuple[NDArray[np.object_], NDArray[np.uint8]]:
    thousands, decimal = csv.get("thousands", ""), csv.get("decimal", ".")
    whole = rf"\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+|\d+" if thousands else r"\d+"
    # The same few texts stand in many cells.
    index, said = pd.factorize(text.ravel())
    words = pd.Series(said, dtype="str").str.strip()
    is_number = words.str.fullmatch(rf"-?(?:{whole})(?:{re.escape(decimal)}\d+)?")
    plain = words.str.replace(thousands, "", regex=False) if thousands else words
    plain = plain.str.replace(decimal, ".", regex=False)
    if "whole" in csv:
        plain = plain.str.removesuffix(csv["whole"].replace(decimal, "."))
    if csv.get("exponent") == "yes":
        powers = words.str.fullmatch(r"-?\d(?:\.\d+)?[eE]\+?\d\d?")
        plain = plain.where(~powers, words.map(_plain))
        is_number |= powers
    words = plain.where(is_number, words)
    return (
        words.to_numpy(dtype=object)[index].reshape(text.shape),
        np.where(is_number.to_numpy()[index].reshape(text.shape), Kind.NUMBER, kind).astype(
            np.uint8
        ),
    )


def _plain(word: str) -> str:
    """``1e+05`` as ``100000``; other words as they are."""
    return f"{Decimal(word):f}" if re.fullmatch(r"-?\d(?:\.\d+)?[eE]\+?\d\d?", word) else word


def _not_a_number(table: Crosstab, i: int, j: int, said: str, faults: Faults) -> None:
    where = f"the cell {column_letter(int(table.columns_at[i, j]))}{table.rows[i].row + 1}"
    row = table.rows[i].label.strip()
    if said:
        message = (
            f"In {row!r}, {where} holds the text {said!r} where a number is due; write the number,"
            " or a marker that the source's record explains."
        )
    else:
        # The reader of workbooks hands over a formula's error as a blank cell.
        message = (
            f"In {row!r}, {where} is blank, or a formula in it fails, where a number is due; write"
            " the number."
        )
    faults.add(
        "NUMBER_EXPECTED",
        table.cell(i, j),
        message,
        found=said,
        expected="a number",
    )
