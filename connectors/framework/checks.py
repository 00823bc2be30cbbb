"""Totals that must add up, and where the fault is when they do not.

Every sum a table promises is an equation over its cells: rows of the tree (a region is the sum of
its countries), columns (the total of all airports), tables (the nation is the sum of its
airports). A wrong figure breaks every equation it is in, by the same amount. So the cell that
explains all the broken equations it stands in is the wrong one, and the fault is one finding at
that cell. Where several wrong cells share an equation, each is told by the other equations it is
in, and together they explain the shared one. A broken equation that no cells explain is a finding
at its total.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Equation", "Mismatch", "mismatches"]


@dataclass(frozen=True, slots=True)
class Equation:
    """``cells[total]`` is the sum of ``cells[members]``; ``name`` says of what."""

    total: int
    members: NDArray[np.intp]
    name: str


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A cell whose figure does not fit: what stands there, what its equations ask for."""

    cell: int
    found: float
    expected: float
    names: tuple[str, ...]


def mismatches(
    equations: Iterable[Equation],
    number: NDArray[np.float64],
    missing: NDArray[np.bool_],
    unreadable: NDArray[np.bool_],
    tolerance: float,
) -> list[Mismatch]:
    """Cells that break sums, each fault once.

    An equation with an ``unreadable`` cell is not checked: that cell is reported already. One with
    a ``missing`` member (not available, not zero) asks only that the known members do not exceed
    the total.
    """
    checked = [
        equation
        for equation in equations
        if not (unreadable[equation.total] or unreadable[equation.members].any())
        and not missing[equation.total]
    ]
    broken: dict[int, float] = {}
    loose = set()
    for index, equation in enumerate(checked):
        lack = float(number[equation.total] - number[equation.members].sum())
        if missing[equation.members].any():
            loose.add(index)
            lack = min(lack, 0.0)
        if abs(lack) > tolerance:
            broken[index] = lack
    return list(_explain(checked, broken, loose, number, tolerance)) if broken else []


def _explain(
    checked: Sequence[Equation],
    broken: dict[int, float],
    loose: set[int],
    number: NDArray[np.float64],
    tolerance: float,
) -> Iterator[Mismatch]:
    left = dict(broken)
    suspects = _memberships(checked, _suspects(checked, broken))
    # A cell that mends more equations explains more; at the same count the first one stands.
    for cell, indices in sorted(suspects.items(), key=lambda item: (-len(item[1]), item[0])):
        hurt = [index for index in indices if index in broken]
        signs = {index: -1.0 if checked[index].total == cell else 1.0 for index in indices}
        change = _change(signs, broken, loose, tolerance)
        if change is None or len(hurt) < 2 or not all(index in left for index in hurt):
            continue
        found = float(number[cell])
        yield Mismatch(cell, found, found + change, tuple(checked[index].name for index in hurt))
        for index in hurt:
            del left[index]
    for index in list(left):
        cells = _sharing(index, checked, suspects, left, loose, tolerance)
        for cell, change in cells.items():
            hurt = [i for i in suspects[cell] if i in left]
            found = float(number[cell])
            yield Mismatch(cell, found, found + change, tuple(checked[i].name for i in hurt))
        for gone in {i for cell in cells for i in suspects[cell]}:
            del left[gone]
    for index, lack in left.items():
        total = checked[index].total
        found = float(number[total])
        yield Mismatch(total, found, found - lack, (checked[index].name,))


def _sharing(
    shared: int,
    checked: Sequence[Equation],
    suspects: Mapping[int, Sequence[int]],
    left: Mapping[int, float],
    loose: set[int],
    tolerance: float,
) -> dict[int, float]:
    """Cells of a broken equation, and what to add to each, that together mend all they are in.

    Empty where the others of a cell do not agree, two cells stand in the same others (nobody could
    tell which is wrong), or what they say does not add up to what the shared equation lacks.
    """
    if shared not in left or shared in loose:
        return {}
    changes: dict[int, float] = {}
    witnesses: dict[tuple[int, ...], int] = {}
    for cell, indices in suspects.items():
        others = tuple(index for index in indices if index != shared)
        if len(others) == len(indices) or any(i not in left or i in loose for i in others):
            continue
        signs = {index: -1.0 if checked[index].total == cell else 1.0 for index in others}
        change = _change(signs, left, loose, tolerance)
        if change is None:
            continue
        if others in witnesses:
            return {}
        witnesses[others] = cell
        changes[cell] = change
    told = sum(c if cell != checked[shared].total else -c for cell, c in changes.items())
    off = tolerance * (len(changes) + 1)
    return changes if len(changes) > 1 and abs(told - left[shared]) <= off else {}


def _suspects(checked: Sequence[Equation], broken: Iterable[int]) -> set[int]:
    """Cells that stand in at least two broken equations."""
    times: defaultdict[int, int] = defaultdict(int)
    for index in broken:
        for cell in (checked[index].total, *checked[index].members.tolist()):
            times[cell] += 1
    return {cell for cell, count in times.items() if count > 1}


def _memberships(checked: Sequence[Equation], suspects: set[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {cell: [] for cell in suspects}
    for index, equation in enumerate(checked):
        for cell in suspects.intersection((equation.total, *equation.members.tolist())):
            found[cell].append(index)
    return found


def _change(
    signs: Mapping[int, float], broken: Mapping[int, float], loose: set[int], tolerance: float
) -> float | None:
    """What, added to a cell, mends all its equations; ``None`` when nothing does.

    ``signs`` has its equations, -1 where the cell is the total.
    """
    strict = [index for index in signs if index not in loose]
    if not strict or any(index not in broken for index in strict):
        return None
    wanted = [signs[index] * broken[index] for index in strict]
    if max(wanted) - min(wanted) > 2 * tolerance:
        return None
    change = wanted[0]
    still = (broken[i] - signs[i] * change for i in signs if i in loose and i in broken)
    return change if all(lack >= -tolerance for lack in still) else None
