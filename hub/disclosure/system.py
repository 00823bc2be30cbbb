"""The linear system that an attacker has, and what solves it.

A figure is *known* (everybody reads it), *movable* (it is withheld or could be) or *unseen* (nobody
reads it). All relations hold: ``matrix @ x = offset``. A question is answered near the figure it is
about: relations further off are left as they are, which is a solution of the whole all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix, csc_matrix, csr_matrix, hstack, vstack

from hub.disclosure.figures import Floats, Mask
from hub.disclosure.relations import Relations

__all__ = ["Ask", "System", "make_system"]

_SECONDS = 20.0
_EPS = 1e-6


@dataclass
class System:
    """``matrix @ x = offset``; ``value`` is what stands in the data, NaN where nothing does.

    ``low`` and ``high`` bound the figures without value.
    """

    matrix: csr_matrix
    offset: Floats
    value: Floats
    low: Floats
    high: Floats
    by_column: csc_matrix = field(init=False)

    def __post_init__(self) -> None:
        self.by_column = self.matrix.tocsc()
        self.unknown = np.isnan(self.value)

    @property
    def size(self) -> int:
        """How many figures there are, unseen ones included."""
        return len(self.value)

    def relations_of(self, columns: Iterable[int]) -> NDArray[np.int64]:
        """Relations in which any of the figures stands."""
        start, index = self.by_column.indptr, self.by_column.indices
        parts = [index[start[c] : start[c + 1]] for c in columns]
        return np.unique(np.concatenate(parts)) if parts else np.empty(0, np.int64)

    def figures_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Figures that stand in any of the relations."""
        start, index = self.matrix.indptr, self.matrix.indices
        parts = [index[start[r] : start[r + 1]] for r in rows]
        return np.unique(np.concatenate(parts)) if parts else np.empty(0, np.int64)

    def near(self, figure: int, hops: int | None, movable: Mask) -> NDArray[np.int64]:
        """Figures up to ``hops`` relations away (``None``: all that are connected).

        Only those that can differ; the unknown ones in every relation of theirs are among them, as
        they cannot be left as they are.
        """
        found = np.array([figure])
        edge = found
        step = 0
        while len(edge):
            new = np.setdiff1d(self.figures_of(self.relations_of(edge)), found)
            beyond = hops is not None and step >= hops
            edge = new[self.unknown[new]] if beyond else new[movable[new] | self.unknown[new]]
            found = np.union1d(found, edge)
            step += 1
        return found


@dataclass(frozen=True)
class Ask:
    """May ``figure`` be ``target``, where each movable figure stays within ``low`` and ``high``?

    ``price`` is what it costs to move a figure away from its value, by one.
    """

    figure: int
    target: float
    low: Floats
    high: Floats
    movable: Mask
    price: Floats
    hops: int | None

    def solve(self, system: System) -> tuple[NDArray[np.int64], Floats] | None:
        """Figures that may differ and a cheapest solution for them; ``None``: it may not be."""
        near = system.near(self.figure, self.hops, self.movable)
        rows = system.relations_of(near)
        matrix = system.matrix[rows]
        settled = np.nan_to_num(system.value)
        settled[near] = 0
        right = system.offset[rows] - matrix @ settled
        part = matrix[:, near].tocsc()
        low, high = self.low[near].copy(), self.high[near].copy()
        at = int(np.searchsorted(near, self.figure))
        low[at] = high[at] = self.target
        given = ~system.unknown[near]
        found = _cheapest(part, right, low, high, system.value[near], given, self.price[near])
        return None if found is None else (near, found)


def _cheapest(
    part: csc_matrix, right: Floats, low: Floats, high: Floats, value: Floats, given: Mask,
    price: Floats,
) -> Floats | None:  # fmt: skip
    """Whole numbers ``x`` in their bounds with ``part @ x = right``, near their values."""
    if (low > high).any():
        return None
    # Variables: x of all; what the given ones are above and below their value.
    own = np.flatnonzero(given)
    n, m = len(low), len(own)
    eye = csr_matrix((np.ones(m), (np.arange(m), own)), shape=(m, n))
    split = csr_matrix((np.ones(m), (np.arange(m), np.arange(m))), shape=(m, m))
    left = vstack(
        [
            hstack([part, csr_matrix((part.shape[0], 2 * m))]),
            hstack([eye, -split, split]),
        ]
    )
    sides = np.concatenate([right, value[own]])
    cost = np.concatenate([np.zeros(n), price[own], price[own]])
    whole = bool(np.allclose(right, np.round(right), atol=_EPS))
    done = milp(
        cost,
        constraints=LinearConstraint(left, sides, sides),
        bounds=Bounds(
            np.concatenate([low, np.zeros(2 * m)]), np.concatenate([high, np.full(2 * m, np.inf)])
        ),
        integrality=np.concatenate([np.full(n, int(whole)), np.zeros(2 * m)]),
        options={"time_limit": _SECONDS, "mip_rel_gap": 0.02},
    )
    if done.x is None:
        return None
    found = np.asarray(done.x[:n], dtype=np.float64)
    return np.round(found) if whole else found


def make_system(relations: Relations, value: Floats, low: Floats, high: Floats) -> System:
    """The system of a table. Bounds are those of figures without value.

    Data need not add up. Where all figures of a relation are known, what it misses by is taken as
    known too: the attacker is never given less than there is. Where a list falls short of its total
    the rest is an unknown figure. Relations with unknown figures are taken as exact where they can
    be, and off by as little as possible where they cannot.
    """
    n = len(value)
    matrix = coo_matrix(
        (relations.factor, (relations.row, relations.column)), shape=(relations.count, n)
    ).tocsr()
    unknown = np.isnan(value)
    vague = np.asarray((abs(matrix) @ unknown.astype(float)) > 0)
    rest = matrix @ np.nan_to_num(value)
    ceiling = abs(matrix) @ np.where(unknown, np.where(np.isinf(high), 1e15, high), 0.0)
    # The whole has the factor 1: what is positive is missing among the parts.
    short = np.array(relations.open, dtype=bool) & (rest > ceiling + _EPS)
    if short.any():
        rows = np.flatnonzero(short)
        more = coo_matrix((np.full(len(rows), -1.0), (rows, np.arange(len(rows)))),
                          shape=(relations.count, len(rows)))  # fmt: skip
        matrix = hstack([matrix, more]).tocsr()
        value, low, high = (
            np.concatenate([a, np.full(len(rows), fill)])
            for a, fill in ((value, np.nan), (low, 0.0), (high, np.inf))
        )
        unknown = np.isnan(value)
        vague |= short
    offset = np.where(vague, 0.0, rest)
    offset[vague] += _missed(matrix[vague], value, low, high)
    return System(matrix, offset, value, low, high)


def _missed(matrix: csr_matrix, value: Floats, low: Floats, high: Floats) -> Floats:
    """What relations with unknown figures miss by, as little as possible over all."""
    rows = matrix.shape[0]
    if rows == 0:
        return np.empty(0)
    unknown = np.isnan(value)
    right = -(matrix @ np.nan_to_num(value))
    part = matrix[:, np.flatnonzero(unknown)]
    eye = csr_matrix((np.ones(rows), (np.arange(rows), np.arange(rows))), shape=(rows, rows))
    k = int(unknown.sum())
    done = milp(
        np.concatenate([np.zeros(k), np.ones(2 * rows)]),
        constraints=LinearConstraint(hstack([part, eye, -eye]), right, right),
        bounds=Bounds(
            np.concatenate([low[unknown], np.zeros(2 * rows)]),
            np.concatenate([high[unknown], np.full(2 * rows, np.inf)]),
        ),
    )
    assert done.x is not None, "slack makes every system feasible"
    above, below = done.x[k : k + rows], done.x[k + rows :]
    missed = below - above
    return np.where(np.abs(missed) < _EPS, 0.0, np.round(missed, 6))
