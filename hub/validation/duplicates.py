"""Does a key stand twice in the message? DUPLICATE_SAME, DUPLICATE_CONFLICT.

Observations are compared over all merging and replacing datasets of one dataflow in the message.
The first one stands; each later one is a fault of its own. Numbers are compared as numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np

from hub.model.dataset import Action
from hub.model.schema import Component, DataSchema, Level
from hub.validation.faults import Fault, Faults
from hub.validation.hashing import EXCLUDED, Hashes, number_hash, text_hash
from hub.validation.phrases import say
from hub.validation.staging import HashFile, RowFile
from hub.validation.types import value_type
from hub.validation.view import Mask, Rows, View

__all__ = ["Duplicates"]

Row = Mapping[str, Any]


class Duplicates:
    """Collects the keys of one dataflow; ``rows`` keeps the rows for :meth:`finish`."""

    def __init__(self, schema: DataSchema, keys: HashFile, rows: RowFile) -> None:
        self._schema = schema
        self._keys = keys
        self._rows = rows
        #: Whether no row was left out for a fault.
        self.complete = True
        self._content = (*schema.measures, *schema.attributes_at(Level.OBSERVATION))

    def __call__(self, view: View, series: Hashes) -> None:
        """Put aside the keys and contents of a block; ``series`` are hashes of series keys."""
        if view.action is Action.DELETE:
            return
        time = self._schema.time
        keys, sound = series, view.observations.copy()
        if time is not None:
            number = len(self._schema.dimensions)
            keys = keys + text_hash(view.column(time.id), number, view.rows)
            sound &= view.sound(time.id) & view.given(time.id)
        content = np.zeros(view.rows, np.uint64)
        for number, component in enumerate(self._content):
            sound &= view.sound(component.id)
            content += _hash(view, component, number)
        keys = np.where(keys == EXCLUDED, np.uint64(1), keys)
        left_out = ~sound | (series == EXCLUDED)
        self.complete &= not left_out.any()
        keys[left_out] = EXCLUDED
        self._keys.append(keys, content)

    def finish(self, faults: Faults) -> Rows:
        """Report every observation whose key stood before.

        Returns the rows that say nothing new or contradict each other: nothing else is to judge
        them.
        """
        void = [np.zeros(0, np.int64)]
        for numbers, keys, content in self._keys.slices(repeated=True):
            later, first, same = _repeated(numbers, keys, content)
            order = np.argsort(later)
            later, first, same = later[order], first[order], same[order]
            room = faults.room
            self._describe(faults, later[:room], first[:room])
            faults.uncounted("DUPLICATE_SAME", int(same[room:].sum()))
            faults.uncounted("DUPLICATE_CONFLICT", int((~same[room:]).sum()))
            void += [later, first[~same]]
        return np.concatenate(void)

    def _describe(self, faults: Faults, later: Rows, first: Rows) -> None:
        rows = self._rows.rows(np.concatenate([later, first]).tolist())
        for here, before in zip(later.tolist(), first.tolist(), strict=True):
            if any(rows[here][k] != rows[before][k] for k in self._schema.key):
                continue  # two keys with one hash: not a duplicate
            fault = self._fault(rows[here], rows[before])
            fault.ordinal = self._rows.ordinal(here)
            fault.other = self._rows.ordinal(before)
            fault.key = ".".join(rows[here][k] for k in self._schema.series_key)
            faults.add(fault)

    def _fault(self, here: Row, before: Row) -> Fault:
        for component in self._content:
            found, other = here[component.id], before[component.id]
            if not _equal(component, found, other):
                return Fault("DUPLICATE_CONFLICT", None, component.id, found, _same(other))
        measure = self._schema.primary_measure.id
        return Fault("DUPLICATE_SAME", None, None, here[measure], _once)


def _hash(view: View, component: Component, number: int) -> Hashes:
    type_ = value_type(component.text_type) if component.codes is None else None
    if type_ is not None and type_.number and component.is_numeric and not component.several:
        return number_hash(view, component, number)
    return text_hash(view.column(component.id), number, view.rows)


def _repeated(numbers: Hashes, keys: Hashes, content: Hashes) -> tuple[Rows, Rows, Mask]:
    """Rows whose key hash stood before, the row where it stood first, and "same content"."""
    order = np.argsort(keys, kind="stable")
    numbers, keys, content = numbers[order], keys[order], content[order]
    opens = np.ones(len(keys), dtype=bool)
    opens[1:] = keys[1:] != keys[:-1]
    first = np.flatnonzero(opens)[np.cumsum(opens) - 1]
    return (
        numbers[~opens].astype(np.int64),
        numbers[first][~opens].astype(np.int64),
        (content == content[first])[~opens],
    )


def _equal(component: Component, one: str | None, other: str | None) -> bool:
    if one == other or one is None or other is None or not component.is_numeric:
        return one == other
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False


def _same(value: str | None) -> Callable[[str], str]:
    if value is None:
        return lambda place: say("same_empty", place=place)
    return lambda place: say("same", value=value, place=place)


def _once(place: str) -> str:
    return say("once", place=place)
