"""What sums and series need to know of each row: a few numbers, put aside while a message passes.

A record has ``row`` (its number), ``series`` (the hash of its series key), ``time`` (a number of
its period), ``value`` (not a number where there is none), ``flags`` (a bit for each rule that is
about the row) and for each dimension that makes up sums a number of its code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from hub.validation.hashing import Hashes, value_hashes
from hub.validation.view import Column, Mask

__all__ = ["Numbering", "Records", "Rows", "code_column"]

#: Columns of records, each of shape ``(n,)``.
Rows: TypeAlias = Mapping[str, npt.NDArray[Any]]

#: Records that stay in memory, those that are judged at a time if they do not, and read at a time.
_IN_MEMORY = 1_100_000
_SLICE = 500_000
_READ = 250_000


class Numbering:
    """Numbers for the texts of a column, the same over all blocks."""

    def __init__(self, column: int) -> None:
        self.texts: list[str] = []
        self._column = column
        self._places: dict[str, int] = {}

    def __call__(self, column: Column | None, rows: int) -> npt.NDArray[np.int32]:
        """Numbers of the rows of a block, not to be changed; -1 where there is no text."""
        if column is None:
            return np.broadcast_to(np.int32(-1), rows)
        table = np.empty(len(column.values) + 1, np.int32)
        table[-1] = -1
        for position in column.used.tolist():
            text = column.values[position]
            place = self._places.get(text)
            if place is None:
                place = self._places[text] = len(self.texts)
                self.texts.append(text)
            table[position] = place
        if column.constant:
            return np.broadcast_to(table[:1], rows)
        return table[column.codes]

    def place(self, text: str) -> int:
        """Number of a text, -2 where no row has it."""
        return self._places.get(text, -2)

    def hashes(self) -> Hashes:
        """What each text adds to the hash of a row."""
        return value_hashes(self.texts, self._column)


class Records:
    """Records by column, in memory or, where they are many, in files of ``folder``.

    ``codes`` is the number of dimensions that have a column; ``bits`` the bit of each rule.
    """

    def __init__(self, folder: Path, name: str, codes: int, bits: Mapping[str, np.uint64]) -> None:
        self._codes = [code_column(number) for number in range(codes)]
        self._dtype = np.dtype(
            [("row", "i8"), ("series", "u8"), ("value", "f8"), ("flags", "u8"), ("time", "i4"),
             *((name, "i4") for name in self._codes)]
        )  # fmt: skip
        self.bits = bits
        #: Rules that are not about all rows.
        self.partly: set[str] = set()
        self.rows = 0
        self._path = folder / name
        self._kept: list[Rows] = []
        self._parts: list[Path] = []

    @property
    def in_memory(self) -> bool:
        """Whether they are few."""
        return self.rows <= _IN_MEMORY

    def append(self, rows: Rows) -> None:
        """Add the records of the next rows: all columns but ``row``."""
        self._kept.append(rows)
        self.rows += len(rows["series"])
        if not self.in_memory:
            with self._path.open("ab") as file:
                for each in self._blocks():
                    self._packed(each).tofile(file)
            self._kept.clear()

    def _blocks(self) -> Iterator[Rows]:
        """What is kept in memory, with the numbers of the rows."""
        start = self.rows - sum(len(rows["series"]) for rows in self._kept)
        for rows in self._kept:
            stop = start + len(rows["series"])
            yield {**rows, "row": np.arange(start, stop)}
            start = stop

    def present(self, sound: Mask, sizes: Mapping[str, int], rule: str | None) -> dict[str, Mask]:
        """Which numbers of codes stand in sound rows, of those that a rule is about (or all).

        ``sizes`` are how many codes there are, by column.
        """
        found = {name: np.zeros(size + 1, dtype=bool) for name, size in sizes.items()}
        for rows in self._blocks() if self.in_memory else self._read():
            judged = sound[rows["row"]]
            if rule in self.partly:
                judged &= (rows["flags"] & self.bits[rule]) != 0
            for name, there in found.items():
                there[rows[name][judged]] = True
        return {name: there[:-1] for name, there in found.items()}

    def slices(self, sound: Mask, terms: Sequence[Hashes]) -> Iterator[Rows]:
        """The sound records in slices that keep together what is to be compared.

        These are rows whose series keys are the same but for the dimensions that make up sums:
        ``terms`` are what their codes add to the hash, for the first dimensions. Within a slice
        the order is that of rows. ``sound`` and ``terms`` are the same at each call.
        """
        if not self.in_memory:
            if not self._parts:
                self._part(sound, terms)
            for path in self._parts:
                part = np.fromfile(path, self._dtype)
                yield {name: np.ascontiguousarray(part[name]) for name in self._dtype.names or ()}
            return
        # Nobody asks for the flags where all rules are about all rows.
        names = [name for name in self._kept[0] if name != "flags" or self.partly]
        rows = {name: np.concatenate([each[name] for each in self._kept]) for name in names}
        rows["row"] = np.arange(self.rows)
        if not sound.all():
            rows = {name: column[sound] for name, column in rows.items()}
        yield rows

    def _part(self, sound: Mask, terms: Sequence[Hashes]) -> None:
        parts = -(-self.rows // _SLICE)
        self._parts = [self._path.with_name(f"{self._path.name}-{part}") for part in range(parts)]
        with ExitStack() as stack:
            files = [stack.enter_context(path.open("wb")) for path in self._parts]
            for read in self._read():
                rows = read[sound[read["row"]]]
                base = rows["series"].copy()
                for name, term in zip(self._codes, terms, strict=False):
                    base -= term[rows[name]]
                part_of = (base >> np.uint64(17)) % np.uint64(parts)
                for part, file in enumerate(files):
                    rows[part_of == part].tofile(file)
        self._path.unlink()

    def _read(self) -> Iterator[npt.NDArray[Any]]:
        with self._path.open("rb") as source:
            while len(rows := np.fromfile(source, self._dtype, _READ)):
                yield rows

    def _packed(self, rows: Rows) -> npt.NDArray[Any]:
        packed = np.empty(len(rows["row"]), self._dtype)
        for name, column in rows.items():
            packed[name] = column
        return packed


def code_column(number: int) -> str:
    """Name of the column of the codes of a dimension."""
    return f"d{number}"
