"""Which structure and action a row of an SDMX-CSV message belongs to."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hub.errors import NotFound
from hub.messages.columns import Indices, coded, dense
from hub.messages.csv_rows import Group, RowReader
from hub.model.findings import Finding

__all__ = ["Decision", "Grouper", "identification"]

#: The group that the key columns of a row mean, or what is wrong with them.
Decision = Callable[[tuple[str | None, ...]], Group | Finding]

_ID_FORM = re.compile(
    r"^(?P<agency>[A-Za-z][\w.-]*):(?P<id>[\w@$-]+)(?:\((?P<version>[^()\s]+)\))?(?:: .*)?$",
    re.DOTALL,
)


def identification(text: str) -> tuple[str, str, str | None] | None:
    """Agency, id and version of ``AGENCY:ID(VERSION)``, with ``: name`` after it or not.

    The version may be missing (structures without one, SDMX 3.0). ``None`` for any other form.
    """
    found = _ID_FORM.match(text)
    return (found["agency"], found["id"], found["version"]) if found else None


@dataclass
class Grouper:
    """Groups rows by their key columns (structure, action); asks ``decide`` once per key."""

    rows: RowReader
    keys: tuple[str, ...]
    decide: Decision
    groups: list[Group] = field(default_factory=list)
    _known: dict[tuple[str | None, ...], int | Finding] = field(default_factory=dict)

    def __call__(self, batch: pa.RecordBatch) -> tuple[Indices, Sequence[Group]]:
        """Group number of each row of ``batch``, -1 for an empty or a faulty one."""
        packed, texts = self._pack(batch)
        counts = np.bincount(packed)
        table = np.full(len(counts), -1, dtype=np.int64)
        blank = _blank_rows(batch)
        for key in np.flatnonzero(counts).tolist():
            here = np.flatnonzero((packed == key) & ~blank)
            if len(here):
                table[key] = self._group(self._unpack(key, texts), here)
        return np.where(blank, -1, table[packed]), self.groups

    def _pack(self, batch: pa.RecordBatch) -> tuple[Indices, list[list[str | None]]]:
        """One number per row for its combination of key values; the values of each column."""
        packed = np.zeros(batch.num_rows, dtype=np.int64)
        texts: list[list[str | None]] = []
        for key in self.keys:
            column = self.rows.table.by_id.get(key)
            if column is None:
                texts.append([None])
                continue
            values = coded(batch.column(column.position))
            texts.append([*values.dictionary.to_pylist(), None])
            index = dense(values)
            last = len(texts[-1]) - 1
            packed = packed * len(texts[-1]) + np.where(index < 0, last, index)
        return packed, texts

    @staticmethod
    def _unpack(key: int, texts: list[list[str | None]]) -> tuple[str | None, ...]:
        values: list[str | None] = []
        for column in reversed(texts):
            key, place = divmod(key, len(column))
            values.append(column[place])
        return tuple(reversed(values))

    def _group(self, values: tuple[str | None, ...], here: Indices) -> int:
        """Number of the group of ``values``; faults are reported at each of the rows ``here``."""
        if values not in self._known:
            self._known[values] = self._ask(values, int(here[0]))
        decided = self._known[values]
        if isinstance(decided, int):
            return decided
        for index in here.tolist():
            self.rows.report(replace(decided, row=self.rows.row(index)))
        return -1

    def _ask(self, values: tuple[str | None, ...], index: int) -> int | Finding:
        try:
            decided = self.decide(values)
        except NotFound as error:
            row = self.rows.row(index)
            raise NotFound(f"Row {row} names a structure: {error.message}") from error
        if isinstance(decided, Finding):
            return decided
        self.groups.append(decided)
        return len(self.groups) - 1


def _blank_rows(batch: pa.RecordBatch) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Rows with nothing but empty cells."""
    empty = pc.is_null(batch.column(0))
    for column in batch.columns[1:]:
        if not pc.any(empty).as_py():
            break
        empty = pc.and_(empty, pc.is_null(column))
    return np.asarray(empty.to_numpy(zero_copy_only=False), dtype=np.bool_)
