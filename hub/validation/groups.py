"""Is an attribute the same in all of its group? SERIES_ATTRIBUTE_INCONSISTENT, ATTRIBUTE_MISSING.

An attribute of the series has one value for all observations of a series, one of a group one for
all series of the group, one of the dataset one for all of the message. It need not stand in each
row; a mandatory one must stand in one of them. The first value stands; each other value in the
group is one fault, at its first row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hub.model.dataset import Action
from hub.model.schema import Component, DataSchema, Level
from hub.validation.components import wanted
from hub.validation.faults import Fault, Faults
from hub.validation.hashing import EXCLUDED, Hashes, text_hash
from hub.validation.phrases import say
from hub.validation.staging import HashFile, RowFile
from hub.validation.view import Rows, View

__all__ = ["DatasetAttributes", "SeriesAttribute"]

_NULL = np.uint64(0)


def _as_in(value: str) -> Callable[[str], str]:
    return lambda place: say("same", value=value, place=place)


class SeriesAttribute:
    """One attribute of series or of a group of series, over the message.

    ``dimensions`` are those whose codes tell its series, or groups, apart.
    Rows of a series mostly follow one another, so only the first row of each run of equal values
    is put aside.
    """

    def __init__(
        self, schema: DataSchema, attribute: Component, runs: HashFile, rows: RowFile
    ) -> None:
        self._schema = schema
        self._attribute = attribute
        self.dimensions = attribute.attached or schema.series_key
        self._runs = runs
        self._rows = rows
        self._ever = False
        self._first: int | None = None

    def __call__(self, view: View, series: Hashes, start: int) -> None:
        """Put aside a block; ``start`` is the number of its first row in the row file."""
        if view.action is Action.DELETE or not view.rows:
            return
        name = self._attribute.id
        self._ever |= name in view.names
        self._first = view.block.ordinal if self._first is None else self._first
        column = view.column(name)
        if column is None and not self._attribute.mandatory:
            return
        values = np.full(view.rows, _NULL)
        if column is not None:
            values = np.where(column.missing, _NULL, text_hash(column, 0, view.rows))
        keep = (series != EXCLUDED) & view.sound(name)
        if not self._attribute.mandatory:
            keep &= values != _NULL
        which = np.flatnonzero(keep)
        if not len(which):
            return
        keys, values = series[which], values[which]
        opens = np.ones(len(which), dtype=bool)
        opens[1:] = (keys[1:] != keys[:-1]) | (values[1:] != values[:-1])
        numbers = (which[opens] + start).astype(np.uint64)
        self._runs.append(keys[opens], values[opens], numbers)

    def finish(self, faults: Faults) -> None:
        """Report values that differ within a series, and series without a mandatory value."""
        if self._first is not None and not self._ever and self._attribute.mandatory:
            faults.once(str(self._schema.dataflow), _absent(self._attribute, self._first))
            return
        mandatory = self._attribute.mandatory
        # A series with one run has one value: only a mandatory one can be wrong.
        for _, *columns in self._runs.slices(repeated=not mandatory):
            order = np.argsort(columns[0], kind="stable")
            keys, values, numbers = columns[0][order], columns[1][order], columns[2][order]
            self._differing(faults, keys, values, numbers.astype(np.int64))
            if mandatory:
                self._missing(faults, keys, values, numbers.astype(np.int64))

    def _differing(self, faults: Faults, keys: Hashes, values: Hashes, numbers: Rows) -> None:
        given = values != _NULL
        keys, values, numbers = keys[given], values[given], numbers[given]
        opens = np.ones(len(keys), dtype=bool)
        opens[1:] = keys[1:] != keys[:-1]
        if not len(keys):
            return
        group = np.cumsum(opens) - 1
        leader = np.flatnonzero(opens)[group]
        other = values != values[leader]
        if not other.any():
            return
        # The first row of each other value in its series.
        pairs = np.column_stack([group[other].astype(np.uint64), values[other]])
        _, firsts = np.unique(pairs, axis=0, return_index=True)
        here = np.sort(np.flatnonzero(other)[firsts])
        self._describe(faults, numbers[here], numbers[leader[here]])

    def _describe(self, faults: Faults, here: Rows, leaders: Rows) -> None:
        room = faults.room
        faults.uncounted("SERIES_ATTRIBUTE_INCONSISTENT", max(0, len(here) - room))
        here, leaders = here[:room], leaders[:room]
        rows = self._rows.rows(np.concatenate([here, leaders]).tolist())
        name = self._attribute.id
        for number, leader in zip(here.tolist(), leaders.tolist(), strict=True):
            row, before = rows[number], rows[leader]
            if any(row[k] != before[k] for k in self.dimensions):
                continue  # two series with one hash
            faults.add(
                Fault(
                    "SERIES_ATTRIBUTE_INCONSISTENT",
                    self._rows.ordinal(number),
                    name,
                    row[name],
                    _as_in(before[name]),
                    key=self._key(row),
                    other=self._rows.ordinal(leader),
                )
            )

    def _key(self, row: Mapping[str, Any]) -> str:
        """The key of a series, or of a group: what is not of its dimensions is left open."""
        ids = self._schema.series_key
        return ".".join(row[k] if k in self.dimensions else "" for k in ids)

    def _missing(self, faults: Faults, keys: Hashes, values: Hashes, numbers: Rows) -> None:
        opens = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(keys) else keys[:0]
        if not len(opens):
            return
        none = ~np.logical_or.reduceat(values != _NULL, opens)
        which = numbers[opens[none]]
        room = faults.room
        faults.uncounted("ATTRIBUTE_MISSING", max(0, len(which) - room))
        rows = self._rows.rows(which[:room].tolist()) if len(which) else {}
        for number in which[:room].tolist():
            faults.add(
                Fault(
                    "ATTRIBUTE_MISSING",
                    self._rows.ordinal(number),
                    self._attribute.id,
                    expected=wanted(self._attribute),
                    key=self._key(rows[number]),
                )
            )


class DatasetAttributes:
    """The attributes of the whole dataset; their few values stay in memory."""

    def __init__(self, schema: DataSchema) -> None:
        self._schema = schema
        self._attributes = schema.attributes_at(Level.DATASET)
        self._first: dict[str, tuple[str, int]] = {}
        self._told: dict[str, set[str]] = {}
        self._start: int | None = None

    def __call__(self, view: View, faults: Faults) -> None:
        """Compare the values of a block with the first ones."""
        if view.action is Action.DELETE or not view.rows:
            return
        self._start = view.block.ordinal if self._start is None else self._start
        for attribute in self._attributes:
            column = view.column(attribute.id)
            if column is None:
                continue
            sound = view.sound(attribute.id)
            firsts = [
                (int(np.argmax(rows)), column.values[position])
                for position in column.used.tolist()
                if (rows := column.rows_of([position]) & sound).any()
            ]
            for row, value in sorted(firsts):
                self._value(view, faults, attribute.id, row, value)

    def _value(self, view: View, faults: Faults, name: str, row: int, value: str) -> None:
        ordinal = view.block.ordinal + row
        first, before = self._first.setdefault(name, (value, ordinal))
        told = self._told.setdefault(name, set())
        if value == first or value in told:
            return
        told.add(value)
        faults.add(
            Fault(
                "SERIES_ATTRIBUTE_INCONSISTENT",
                ordinal,
                name,
                value,
                _as_in(first),
                key=view.keys(np.array([row]))[0],
                other=before,
            )
        )

    def finish(self, faults: Faults) -> None:
        """Report mandatory attributes that no row gave."""
        if self._start is None:
            return
        for attribute in self._attributes:
            if attribute.mandatory and attribute.id not in self._first:
                faults.once(str(self._schema.dataflow), _absent(attribute, self._start))


def _absent(attribute: Component, ordinal: int) -> Fault:
    expected = say("column", column=attribute.id, what=wanted(attribute))
    return Fault("ATTRIBUTE_MISSING", ordinal, attribute.id, expected=expected, header=True)
