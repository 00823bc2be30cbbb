"""The sums that the tables of a file promise, as equations over all their cells."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from connectors.framework.checks import Equation, mismatches
from connectors.framework.crosstab import Cells, Crosstab, Cut, State
from connectors.framework.faults import Faults
from connectors.framework.labels import LabelKind
from connectors.framework.text import normalise

__all__ = ["check_sums", "check_zeros"]


def check_sums(
    cut: Cut,
    cells: Sequence[Cells],
    tolerance: float,
    unchecked: Collection[str],
    faults: Faults,
) -> None:
    """Report every figure that does not fit the sums it is part of, each once.

    ``unchecked`` are labels (in normal form) of totals that this file prints without their parts.
    """
    sizes = [cell.number.size for cell in cells]
    starts = [0, *np.cumsum(sizes).tolist()]
    equations = [
        equation
        for table, start in zip(cut.tables, starts, strict=False)
        for equation in (*_of_columns(table, start), *_of_rows(table, start, unchecked, faults))
    ]
    state = np.concatenate([cell.state.ravel() for cell in cells])
    number = np.concatenate([cell.number.ravel() for cell in cells])
    equations += _of_tables(cut, starts, number, tolerance, faults)
    wrong = mismatches(equations, number, state == State.MISSING, state == State.BAD, tolerance)
    for mismatch in wrong:
        index = bisect_right(starts, mismatch.cell) - 1
        table = cut.tables[index]
        i, j = divmod(mismatch.cell - starts[index], len(table.columns))
        found, expected = _figure(mismatch.found), _figure(mismatch.expected)
        label = table.rows[i].label.strip()
        if len(mismatch.names) == 1:
            # One sum alone does not tell whether the total or one of its parts is wrong.
            faults.add(
                "TOTAL_MISMATCH",
                table.cell(i, j),
                f"The total {found} of {label!r} ({mismatch.names[0]}) does not"
                f" agree with its parts, which add up to {expected}; correct the total, or the part"
                " that is wrong.",
                found=found,
                expected=expected,
            )
            continue
        faults.add(
            "TOTAL_MISMATCH",
            table.cell(i, j),
            f"The figure {found} of {label!r} does not add up with"
            f" {' and '.join(dict.fromkeys(mismatch.names))}, which ask for {expected}; correct the"
            " figure or the totals.",
            found=found,
            expected=expected,
        )


def check_zeros(table: Crosstab, cells: Cells, faults: Faults) -> None:
    """Report figures of rows that no code stands for, which a source only ever prints as zero.

    Such a cell then counts as unreadable, so that sums do not report it again.
    """
    for i, entry in enumerate(table.row_entries):
        if entry is None or entry.kind is not LabelKind.ZERO:
            continue
        for j in np.flatnonzero(cells.number[i]):
            found = str(cells.value[i, j])
            cells.state[i, j] = State.BAD
            faults.add(
                "CODE_MISSING",
                table.cell(i, int(j)),
                f"{entry.label!r} has always been zero and no code stands for it; now it says"
                f" {found}. Ask the hub's office to add its code to the connector"
                f" ({table.row_map.name}).",
                found=found,
                expected="0",
            )


def _of_columns(table: Crosstab, start: int) -> Iterator[Equation]:
    rows, columns = table.shape
    for total, members in table.sums:
        name = f"the column {table.column_name(total)!r}"
        inside = np.asarray(members, dtype=np.intp)
        for i in range(rows):
            yield Equation(start + i * columns + total, start + i * columns + inside, name)


def _of_rows(
    table: Crosstab, start: int, unchecked: Collection[str], faults: Faults
) -> Iterator[Equation]:
    columns = len(table.columns)
    members: dict[int, list[int]] = {}
    doubtful: set[int] = set()
    for i, above in enumerate(table.above):
        if above:
            members.setdefault(above[0], []).append(i)
        entry = table.row_entries[i]
        if entry is None:
            # Nobody knows whether an unknown row is a part or a total of its own.
            doubtful.update(above)
    for i, entry in enumerate(table.row_entries):
        if entry is None or entry.kind is not LabelKind.AGGREGATE:
            continue
        if normalise(entry.label) in unchecked or i in doubtful:
            continue
        if i not in members:
            faults.add(
                "LABEL_MISSING",
                table.row_place(i),
                f"No rows stand under {entry.label!r}, which is their sum; put the rows back.",
                found=entry.label,
                expected="the rows it sums",
            )
            continue
        rows = np.asarray(members[i], dtype=np.intp)
        for j in range(columns):
            yield Equation(
                start + i * columns + j, start + rows * columns + j, f"the row {entry.label!r}"
            )


def _of_tables(
    cut: Cut,
    starts: Sequence[int],
    number: NDArray[np.float64],
    tolerance: float,
    faults: Faults,
) -> Iterator[Equation]:
    for total, parts in cut.sums:
        table = cut.tables[total]
        if any(None in cut.tables[index].row_entries for index in (total, *parts)):
            continue
        equations = list(_between(cut, total, parts, starts))
        sums = np.array([number[e.members].sum() for e in equations])
        totals = number[[e.total for e in equations]]
        differ = np.abs(sums - totals) > tolerance
        if differ.sum() * 4 > max((totals != 0).sum(), 1):
            # Not one figure but a whole part is missing or stands twice.
            faults.add(
                "TOTAL_MISMATCH",
                table.title,
                f"The table is not the sum of the {len(parts)} others in {int(differ.sum())} of its"
                " figures; see whether one of them is missing or stands twice.",
                found=_figure(float(sums.flat[0])),
                expected=_figure(float(totals.flat[0])),
            )
            continue
        yield from equations


def _between(
    cut: Cut, total: int, parts: Sequence[int], starts: Sequence[int]
) -> Iterator[Equation]:
    table = cut.tables[total]
    index = [_places(cut.tables[part]) for part in parts]
    for i, key in enumerate(_keys(table)):
        rows = [found.get(key) for found in index]
        for j, head in enumerate(table.columns):
            inside = []
            for part, row in zip(parts, rows, strict=True):
                column = _column(cut.tables[part], head.label)
                if row is None or column is None:
                    break
                inside.append(starts[part] + row * len(cut.tables[part].columns) + column)
            else:
                yield Equation(
                    starts[total] + i * len(table.columns) + j,
                    np.asarray(inside, dtype=np.intp),
                    "the sum of the parts of the country",
                )


def _keys(table: Crosstab) -> list[tuple[str, ...]]:
    """Each row as its label and the labels above it."""
    return [
        (normalise(head.label), *(normalise(table.rows[row].label) for row in above))
        for head, above in zip(table.rows, table.above, strict=True)
    ]


def _places(table: Crosstab) -> dict[tuple[str, ...], int]:
    return {key: i for i, key in enumerate(_keys(table))}


def _column(table: Crosstab, label: str) -> int | None:
    wanted = normalise(label)
    return next((j for j, h in enumerate(table.columns) if normalise(h.label) == wanted), None)


def _figure(value: float) -> str:
    return str(round(value)) if abs(value - round(value)) < 1e-6 else f"{value:.6f}".rstrip("0")
