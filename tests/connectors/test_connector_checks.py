"""Sums: where the fault is when they do not add up."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.framework.checks import Equation, mismatches

ROWS, COLUMNS = 6, 5


def table(figures: list[int]) -> np.ndarray:
    """Four parts in four places with the totals of both: the last row and the last column."""
    inner = np.array(figures, dtype=float).reshape(ROWS - 1, COLUMNS - 1)
    full = np.zeros((ROWS, COLUMNS))
    full[:-1, :-1] = inner
    full[-1, :-1], full[:-1, -1] = inner.sum(axis=0), inner.sum(axis=1)
    full[-1, -1] = inner.sum()
    return full


def equations() -> list[Equation]:
    cells = np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS)
    rows = [Equation(int(cells[i, -1]), cells[i, :-1], "a row") for i in range(ROWS)]
    columns = [Equation(int(cells[-1, j]), cells[:-1, j], "a column") for j in range(COLUMNS)]
    return rows + columns


def check(full: np.ndarray, missing: list[int] = [], bad: list[int] = []):  # noqa: B006
    flags = [np.isin(np.arange(full.size), cells) for cells in (missing, bad)]
    return mismatches(equations(), full.ravel(), flags[0], flags[1], 0.001)


FIGURES = st.lists(
    st.integers(0, 10_000), min_size=(ROWS - 1) * (COLUMNS - 1), max_size=(ROWS - 1) * (COLUMNS - 1)
)


@given(FIGURES)
@settings(max_examples=50)
def test_a_sound_table_has_no_mismatch(figures: list[int]) -> None:
    assert check(table(figures)) == []


@given(FIGURES, st.integers(0, ROWS * COLUMNS - 1), st.integers(1, 500))
@settings(max_examples=100)
def test_one_wrong_figure_is_found_where_it_stands(
    figures: list[int], cell: int, change: int
) -> None:
    full = table(figures)
    right = float(full.flat[cell])
    full.flat[cell] += change
    (found,) = check(full)
    assert (found.cell, found.found, found.expected) == (cell, right + change, right)


@given(FIGURES, st.integers(0, ROWS * COLUMNS - 1))
@settings(max_examples=50)
def test_an_unreadable_cell_breaks_no_sum(figures: list[int], cell: int) -> None:
    full = table(figures)
    full.flat[cell] = 0
    assert check(full, bad=[cell]) == []


def test_a_missing_part_may_be_anything_but_negative() -> None:
    full = table([5] * 20)
    full[0, 0] = 0
    assert check(full, missing=[0]) == []
    full[1, 0] += 6
    assert {found.cell for found in check(full, missing=[0])} == {COLUMNS}


def test_two_faults_that_do_not_meet_are_two() -> None:
    full = table([7] * 20)
    full[0, 0] += 1
    full[3, 2] -= 2
    assert {found.cell for found in check(full)} == {0, 3 * COLUMNS + 2}


@given(
    FIGURES,
    st.integers(0, ROWS - 1),
    st.dictionaries(st.integers(0, COLUMNS - 1), st.integers(1, 500), min_size=2, max_size=3),
)
@settings(max_examples=100)
def test_several_wrong_figures_of_a_row_are_each_found(
    figures: list[int], row: int, changes: dict[int, int]
) -> None:
    full = table(figures)
    right = full.copy()
    for column, change in changes.items():
        full[row, column] += change
    found = check(full)
    if row < ROWS - 1 and COLUMNS - 1 not in changes:
        assert {f.cell for f in found} == {row * COLUMNS + column for column in changes}
        assert all(f.expected == right.flat[f.cell] for f in found)
    else:  # where a total is among them it may take the blame, but something is told
        assert found


def test_what_cannot_be_told_apart_is_told_at_the_totals() -> None:
    full = table([7] * 20)
    full[0, 0] += 5  # three corners of a rectangle: any of the four may be wrong
    full[0, 1] += 5
    full[1, 0] += 5
    cells = {found.cell for found in check(full)}
    assert cells
    assert not cells <= {0, 1, COLUMNS}


def test_noise_of_binary_fractions_is_no_fault() -> None:
    full = table([0] * 20)
    full[:-1, :-1] = 0.1
    full[-1, :-1], full[:-1, -1], full[-1, -1] = 0.5, 0.4, 2.0
    assert check(full + 1e-9) == []
