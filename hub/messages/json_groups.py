"""Attributes of dimension groups (SDMX-JSON 2.x ``dimensionGroupAttributes``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np

from hub.errors import RequestSyntaxError
from hub.messages.columns import Indices
from hub.messages.json_parts import Structure

__all__ = ["group_values"]

_ANY = frozenset({"", "~"})


def group_values(
    given: Mapping[str, list[Any]], structure: Structure, key: Mapping[str, Indices], rows: int
) -> list[list[Any]]:
    """For each attribute of the group level, the value (or its number) of each row.

    ``given`` maps partial keys like ``::4:0:`` to values; a place is the ``keyPosition`` of a
    dimension, an empty one means any value, and so does ``~`` (2.1: a dimension that the attribute
    is not attached to). ``key`` has the numbers of each row's dimensions.
    Groups with the same places are joined to the rows at once. Where several give the same
    attribute, the later one counts.
    """
    attributes = structure.attributes["dimensionGroup"]
    parts = [p for level in structure.dimensions.values() for p in level]
    by_position = {p.position: p.id for p in parts if p.position is not None}
    shapes: dict[tuple[int, ...], list[tuple[tuple[int, ...], list[Any]]]] = defaultdict(list)
    for text, values in given.items():
        try:
            places = {n: int(t) for n, t in enumerate(text.split(":")) if t not in _ANY}
        except ValueError:
            raise RequestSyntaxError(f"{text!r} is no key of a dimension group.") from None
        if not set(places) <= set(by_position):
            raise RequestSyntaxError(
                f"The key {text!r} of a dimension group has a place for no dimension."
            )
        shapes[tuple(places)].append((tuple(places.values()), values))
    found: list[np.ndarray[Any, np.dtype[np.object_]]] = [
        np.full(rows, None, dtype=np.object_) for _ in attributes
    ]
    for shape, groups in shapes.items():
        row, group = _join([key[by_position[p]] for p in shape], [g[0] for g in groups], rows)
        for place, column in enumerate(found):
            texts = np.full(len(groups), None, dtype=np.object_)
            for number, (_, items) in enumerate(groups):
                texts[number] = items[place] if place < len(items) else None
            there = np.array([text is not None for text in texts], dtype=np.bool_)[group]
            column[row[there]] = texts[group[there]]
    return [column.tolist() for column in found]


def _join(
    columns: list[Indices], keys: list[tuple[int, ...]], rows: int
) -> tuple[Indices, Indices]:
    """Rows that match a key, and the place of that key."""
    if not columns:
        return np.arange(rows), np.zeros(rows, dtype=np.int64)
    wanted = np.array(keys, dtype=np.int64)
    packed, packed_keys = np.zeros(rows, dtype=np.int64), np.zeros(len(keys), dtype=np.int64)
    for place, column in enumerate(columns):
        width = int(max(column.max(initial=0), wanted[:, place].max(initial=0))) + 2
        packed = packed * width + column + 1
        packed_keys = packed_keys * width + wanted[:, place] + 1
    order = np.argsort(packed_keys)
    at = np.minimum(np.searchsorted(packed_keys[order], packed), len(keys) - 1)
    row = np.flatnonzero(packed_keys[order][at] == packed)
    return row, order[at[row]]
