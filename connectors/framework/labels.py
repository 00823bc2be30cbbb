"""Label maps: which codes each printed label stands for.

A map is a CSV beside the connector. Columns: ``label`` as printed; ``under``, the label of an
ancestor row when the same words mean different things in different places ("Otros" under Asia);
``level``, the depth of the row in the table's tree (0 is the top; blank is a leaf); ``kind``;
``valid_from`` and ``valid_to``, the years of data in which the label has this meaning; ``note``;
and one column for each component the label decides, named as the component.

A label matches when it is the same text, accents, case and spaces aside. Nothing else matches:
a near miss is only ever a suggestion in the finding.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from codelists.text_yaml import DataFileError
from connectors.framework.text import closest, normalise

__all__ = ["LEAF", "Entry", "LabelKind", "LabelMap"]

#: Level of a row that has no rows of its own.
LEAF = 9
_PLAIN = ("label", "under", "level", "kind", "valid_from", "valid_to", "note")


class LabelKind(StrEnum):
    """What a labelled row or column is.

    ``AREA`` a thing of its own; ``AGGREGATE`` the sum of the rows below it in the tree;
    ``RESIDUAL`` what is not listed; ``GROUP`` a sum of rows elsewhere, outside the tree;
    ``ZERO`` a thing that no code stands for and whose figures are all zero, or the file is
    refused; ``IGNORED`` what the dataflow has no place for, for the reason in its note, and no
    part of any sum. Whether a row is published does not depend on its kind: it is when it has
    codes.
    """

    AREA = "area"
    AGGREGATE = "aggregate"
    RESIDUAL = "residual"
    GROUP = "group"
    ZERO = "zero"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a map. ``codes`` holds the components that the label decides."""

    label: str
    under: str
    level: int
    kind: LabelKind
    codes: Mapping[str, str]
    valid: tuple[int | None, int | None] = (None, None)
    note: str = ""

    def valid_in(self, year: int) -> bool:
        """Whether the label has this meaning in data of ``year``."""
        first, last = self.valid
        return (first is None or first <= year) and (last is None or year <= last)


class LabelMap:
    """A label map. ``name`` is its file name; ``components`` are those it decides."""

    def __init__(self, name: str, components: Collection[str], entries: Iterable[Entry]) -> None:
        self.name = name
        self.components = tuple(components)
        self.entries = tuple(entries)
        self._by_label: dict[str, list[Entry]] = {}
        for entry in self.entries:
            known = self._by_label.setdefault(normalise(entry.label), [])
            if any(_collide(entry, other) for other in known):
                raise DataFileError(f"{name}: {entry.label!r} is given twice")
            known.append(entry)

    @classmethod
    def read(cls, path: Path) -> LabelMap:
        """Read a map.

        Raises ``DataFileError`` naming the row: a missing column, an empty label, a kind nobody
        knows, a level or year that is no number, a label that is given twice with one meaning.
        """
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, restkey="", strict=True)
            columns = list(rows.fieldnames or ())
            if not {"label", "kind"} <= set(columns) or len(set(columns)) != len(columns):
                raise DataFileError(f"{path.name}: the columns label and kind are due, each once")
            components = [column for column in columns if column not in _PLAIN]
            entries = [_entry(f"{path.name}, row {rows.line_num}", r, components) for r in rows]
        return cls(path.name, components, entries)

    def candidates(self, label: str, year: int | None = None) -> list[Entry]:
        """Entries of ``label`` that hold in ``year``, whatever they stand under."""
        found = self._by_label.get(normalise(label), [])
        return [entry for entry in found if year is None or entry.valid_in(year)]

    def find(self, label: str, above: Sequence[str] = (), year: int | None = None) -> Entry | None:
        """The entry of ``label`` for a row below the rows ``above`` (normal form, nearest first).

        The entry that names the nearest of them goes first, one that names none goes last; where
        two would do, nothing is chosen.
        """
        found = self.candidates(label, year)
        for ancestor in above:
            placed = [
                entry for entry in found if entry.under and normalise(entry.under) == ancestor
            ]
            if placed:
                return placed[0]
        free = [entry for entry in found if not entry.under]
        return free[0] if len(free) == 1 else None

    def suggestion(self, label: str) -> str | None:
        """The known label that is spelled most like ``label``, for a person to consider."""
        return closest(label, (entry.label for entry in self.entries))


def _collide(one: Entry, other: Entry) -> bool:
    if normalise(one.under) != normalise(other.under):
        return False
    first = max(one.valid[0] or 0, other.valid[0] or 0)
    last = min(one.valid[1] or 9999, other.valid[1] or 9999)
    return first <= last


def _entry(where: str, row: Mapping[str, str | None], components: Collection[str]) -> Entry:
    if "" in row or None in row.values():
        raise DataFileError(f"{where}: the row has more or fewer cells than the header")
    cells = {key: value.strip() for key, value in row.items() if value is not None}
    if not cells["label"]:
        raise DataFileError(f"{where}: the label is empty")
    try:
        return Entry(
            label=cells["label"],
            under=cells.get("under", ""),
            level=int(cells.get("level") or LEAF),
            kind=LabelKind(cells["kind"]),
            codes={component: cells[component] for component in components if cells[component]},
            valid=(_year(cells.get("valid_from")), _year(cells.get("valid_to"))),
            note=cells.get("note", ""),
        )
    except ValueError as error:
        raise DataFileError(f"{where}: {error}") from None


def _year(text: str | None) -> int | None:
    return int(text[:4]) if text else None
