"""The header of an SDMX-CSV message: which column is what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from hub.errors import RequestSyntaxError
from hub.messages.csv_scan import Scan, first_records, opening, scan
from hub.model.schema import DataSchema

__all__ = ["Column", "CsvTable", "spreadsheet_letter"]

#: A header cell: a component id, brackets of a multi-valued or multilingual component (2.0), the
#: name that ``labels=both`` adds.
_CELL = re.compile(r"^([A-Za-z][\w@$.-]*)(\[[^\]]*\])?(?:: (.*))?$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``header`` is the text of its header cell, ``id`` the component it names.

    ``brackets`` is what stands between the brackets behind the id; ``None`` without them.
    """

    position: int
    header: str
    id: str
    labelled: bool
    brackets: str | None = None


@dataclass(frozen=True)
class CsvTable:
    """Header, separator and raw facts of one CSV file; ``first`` is its first data record."""

    path: Path
    term: str
    separator: str
    scan: Scan
    columns: tuple[Column, ...]
    first: tuple[str, ...] | None

    @classmethod
    def open(cls, path: Path, term: str) -> CsvTable:
        """Open ``path``, which must begin with the header term ``term``.

        Raises ``RequestSyntaxError`` when it is no such message, is not UTF-8, has broken
        quotation marks or names a column twice.
        """
        start = opening(path)
        if start.term != term:
            version = {"DATAFLOW": "1.0", "STRUCTURE": "2.0"}
            raise RequestSyntaxError(
                f"The message begins with {start.term}: it is SDMX-CSV {version[start.term]}, not "
                f"SDMX-CSV {version[term]}."
            )
        facts = scan(path, start.separator)
        header, *records = first_records(path, start.separator, 2)
        first = tuple(records[0]) if records else None
        return cls(path, term, start.separator, facts, _columns(header), first)

    @property
    def labelled(self) -> bool:
        """Whether cells hold ``id: name`` (labels=both)."""
        return any(c.labelled for c in self.columns)

    @cached_property
    def by_id(self) -> dict[str, Column]:
        """Columns by the id they name; nameless ones left out."""
        return {c.id: c for c in self.columns if c.id}

    @cached_property
    def within(self) -> str:
        """What separates the values in one cell (``STRUCTURE[;]``); empty if nothing does."""
        return self.columns[0].brackets or "" if self.columns else ""

    def value(self, id: str) -> str | None:
        """What the first data record gives for ``id``; ``None`` if nothing."""
        column = self.by_id.get(id)
        if column is None or self.first is None or column.position >= len(self.first):
            return None
        return self.first[column.position] or None

    def names(self, schema: DataSchema) -> frozenset[int]:
        """Positions of the columns that ``labels=name`` adds: each right of its component."""
        if "STRUCTURE_NAME" not in self.by_id:
            return frozenset()
        known = schema.by_id
        pairs = pairwise(self.columns)
        return frozenset(b.position for a, b in pairs if a.id in known and b.id not in known)


def _columns(header: list[str]) -> tuple[Column, ...]:
    columns = []
    seen: dict[str, int] = {}
    for position, cell in enumerate(header):
        found = _CELL.match(cell)
        id_ = found[1] if found else cell
        if id_ and id_ in seen:
            raise RequestSyntaxError(
                f"The header names {id_} twice, in columns {spreadsheet_letter(seen[id_])} and "
                f"{spreadsheet_letter(position)}: keep one."
            )
        seen[id_] = position
        brackets = found[2][1:-1] if found and found[2] is not None else None
        labelled = bool(found and found[3] is not None)
        columns.append(Column(position, cell, id_, labelled, brackets))
    return tuple(columns)


def spreadsheet_letter(position: int) -> str:
    """A, B ... Z, AA ... for the 0-based ``position`` of a column."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
