"""Rounding to a base so that the rounded figures still add up.

Rounding figure by figure can be undone: of four counts of 2, each rounded to 0, and their sum of 8,
rounded to 10, the sum tells all. Here each figure becomes one of the two multiples next to it
such that every relation holds for what is published (controlled rounding). Then for each figure and
all that contains it, the same error of up to one below the base, up or down, agrees with all that
is published, so sums tell nothing that the figure itself does not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import diags
from scipy.sparse.csgraph import connected_components

from hub.disclosure.figures import Floats, Mask
from hub.disclosure.system import System

__all__ = ["Rounded", "round_figures"]

_SECONDS = 60.0
_EPS = 1e-6


class Rounded:
    """``value`` of each figure, and those whose part of the table could not be rounded."""

    def __init__(self, value: Floats, failed: Mask) -> None:
        self.value, self.failed = value, failed


def round_figures(system: System, base: int, *, may: Mask) -> Rounded:
    """Round the figures of ``may`` to multiples of ``base``.

    A part of the table is ``failed`` when no rounding adds up, or when a figure in it that was
    published exactly before would tell more than the rounded ones.
    """
    value = system.value.copy()
    failed = np.zeros(system.size, bool)
    for rows, columns in _parts(system):
        if may[columns].any():
            done = _round(system, rows, columns, may, base)
            if done is None:
                failed[columns] = True
            else:
                value[columns] = done
    alone = may & (np.diff(system.by_column.indptr) == 0)
    value[alone] = np.floor(value[alone] / base + 0.5) * base
    return Rounded(value, failed & may)


def _parts(system: System) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Relations and figures of each connected part of the table."""
    reach = abs(system.by_column).T @ abs(system.matrix)
    _, label = connected_components(reach, directed=False)
    used = np.diff(system.by_column.indptr) > 0
    found = []
    order = np.argsort(label, kind="stable")
    for columns in np.split(order, np.flatnonzero(np.diff(label[order])) + 1):
        if used[columns].any():
            found.append((system.relations_of(columns), columns))
    return found


def _round(
    system: System, rows: NDArray[np.int64], columns: NDArray[np.int64], free: Mask, base: int
) -> Floats | None:
    matrix = system.matrix[rows][:, columns]
    value, mine = system.value[columns], free[columns]
    unknown = np.isnan(value)
    fixed = ~mine & ~unknown
    floor = np.floor(np.nan_to_num(value) / base)
    left = np.nan_to_num(value) - floor * base
    if (fixed & (left > _EPS)).any():
        return None  # an exact figure among rounded ones
    # x = base * (floor + step) of what is rounded; unknown ones are multiples of the base too.
    step_high = np.where(unknown, np.inf, np.where(mine & (left > _EPS), 1.0, 0.0))
    scaled = matrix @ diags(np.full(len(columns), float(base)))
    # What data miss by is rounded as well: it is no figure, and may be any multiple near it.
    missed = np.abs(system.offset[rows])
    right = -(scaled @ np.where(unknown, 0.0, floor))
    slack = np.where(missed > _EPS, np.ceil(missed / base) * base, 0.0)
    done = milp(
        np.where(unknown, 0.0, base - 2 * left),
        constraints=LinearConstraint(scaled, right - slack, right + slack),
        bounds=Bounds(np.zeros(len(columns)), step_high),
        integrality=np.ones(len(columns)),
        options={"time_limit": _SECONDS},
    )
    if done.x is None:
        return None
    return np.where(unknown, np.nan, base * (floor + np.round(done.x)))
