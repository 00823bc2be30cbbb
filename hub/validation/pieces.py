"""Do the series of a message stand in one piece each, with their attributes in all rows or none?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hub.model.schema import Component
from hub.validation.hashing import Hashes
from hub.validation.view import View

__all__ = ["Pieces"]

#: Pieces beyond which it is not worth knowing.
_MOST = 4_000_000


class Pieces:
    """Runs of rows of one series, over the blocks of a dataflow."""

    def __init__(self, attributes: Sequence[Component]) -> None:
        self._attributes = attributes
        self._opened: list[Hashes] = []
        self._number = 0
        self._last: np.uint64 | None = None
        self._last_given: dict[str, bool] = {}
        #: Attributes that some series have and others do not.
        self._mixed = False
        self._torn = False

    def __call__(self, view: View, series: Hashes) -> None:
        """Note a block; ``series`` are hashes of the series keys of its rows."""
        opens = np.ones(len(series), dtype=bool)
        np.not_equal(series[1:], series[:-1], out=opens[1:])
        opens[0] = self._last is None or bool(series[0] != self._last)
        self._last = series[-1]
        found = series[opens]
        self._number += len(found)
        if self._number <= _MOST:
            self._opened.append(found)
        for attribute in self._attributes:
            given = view.given(attribute.id)
            before = self._last_given.get(attribute.id)
            first, last = bool(given[0]), bool(given[-1])
            self._last_given[attribute.id] = last
            changes = np.flatnonzero(given[1:] != given[:-1]) + 1
            across = before is not None and before != first
            self._mixed |= bool(len(changes)) or across
            self._torn |= not opens[changes].all() or (across and not opens[0])

    @property
    def whole(self) -> bool:
        """Whether each attribute stands in all rows of a series or in none."""
        if not self._mixed:
            return True
        return not self._torn and self.single

    @property
    def single(self) -> bool:
        """Whether each series is one piece."""
        if self._number > _MOST:
            return False
        opened = np.concatenate([np.zeros(0, np.uint64), *self._opened])
        return len(np.unique(opened)) == len(opened)
