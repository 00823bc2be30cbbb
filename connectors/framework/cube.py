"""A table of any number of dimensions, as PX and JSON-stat files hold it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["STATUS", "VALUE", "Cube", "Dimension"]

#: Headers of the columns of figures and, where a file has them, of their statuses.
VALUE, STATUS = "value", "status"


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension: its id, and the code and the label of each of its categories, in order."""

    id: str
    codes: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Cube:
    """Cells in the order of the dimensions, the last one changing fastest.

    ``text`` are the cells as the file writes them, missing kinds included (``..``), ``number``
    says which are numbers, ``status`` are their statuses where the file has any.
    """

    dimensions: tuple[Dimension, ...]
    text: NDArray[np.object_]
    number: NDArray[np.bool_]
    status: NDArray[np.object_] | None = None
    notes: Sequence[str] = field(default=())

    @property
    def size(self) -> int:
        """How many cells there are."""
        return int(np.prod([len(d.codes) for d in self.dimensions], dtype=np.int64))

    def table(self) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
        """One row a cell below a row of headers, as text, and which cells are numbers.

        The columns are the dimensions by id, ``value`` and, where there is one, ``status``.
        """
        columns: list[NDArray[np.object_]] = []
        outer, inner = 1, self.size
        for dimension in self.dimensions:
            inner //= len(dimension.codes)
            codes = np.array(dimension.codes, dtype=object)
            columns.append(np.tile(np.repeat(codes, inner), outer))
            outer *= len(dimension.codes)
        headers = [d.id for d in self.dimensions] + [VALUE]
        columns.append(self.text)
        if self.status is not None:
            headers.append(STATUS)
            columns.append(self.status)
        text = np.vstack([np.array([headers], dtype=object), np.column_stack(columns)])
        number = np.zeros(text.shape, dtype=bool)
        number[1:, len(self.dimensions)] = self.number
        return text, number
