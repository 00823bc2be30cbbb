"""Which rows hold a key that a constraint lists."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from hub.validation.view import Mask, View

__all__ = ["Keys"]

_Numbers = npt.NDArray[np.int64]


class Keys:
    """Combinations of codes of some dimensions, as steps from one dimension to the next.

    Each beginning of a key has a number; a step leads from a beginning and a code to the next
    beginning. Rows walk all steps at once: nothing loops over observations.
    """

    def __init__(self, dimensions: tuple[str, ...], keys: Collection[tuple[str, ...]]) -> None:
        self.dimensions = dimensions
        self._codes: list[dict[str, int]] = []
        self._steps: list[tuple[_Numbers, _Numbers]] = []
        begun: dict[tuple[str, ...], int] = {(): 0}
        for depth in range(len(dimensions)):
            codes = {c: n for n, c in enumerate(dict.fromkeys(key[depth] for key in keys))}
            longer = {k: n for n, k in enumerate(dict.fromkeys(key[: depth + 1] for key in keys))}
            steps = sorted(
                (begun[key[:-1]] * len(codes) + codes[key[-1]], n) for key, n in longer.items()
            )
            table = np.array(steps, dtype=np.int64).reshape(-1, 2)
            self._codes.append(codes)
            self._steps.append((table[:, 0], table[:, 1]))
            begun = longer

    def stated(self, view: View) -> Mask:
        """Rows that have a sound code of each dimension."""
        found = np.ones(view.rows, dtype=bool)
        for dimension in self.dimensions:
            found &= view.given(dimension) & view.sound(dimension)
        return found

    def __call__(self, view: View) -> Mask:
        """Rows with one of the keys."""
        beginning = np.zeros(view.rows, dtype=np.int64)
        inside = np.ones(view.rows, dtype=bool)
        for dimension, codes, (known, following) in zip(
            self.dimensions, self._codes, self._steps, strict=True
        ):
            column = view.column(dimension)
            if column is None or not len(known):
                return np.zeros(view.rows, dtype=bool)
            numbers = [codes.get(value, -1) for value in column.values]
            number = np.array([*numbers, -1], dtype=np.int64)[column.codes]
            step = beginning * len(codes) + number
            place = np.minimum(np.searchsorted(known, step), len(known) - 1)
            inside &= (number >= 0) & (known[place] == step)
            beginning = following[place]
        return inside
