"""An attacker who knows the published tables, how totals are made up, the rule and the flags.

It shares no code with the hub: relations are written out from what each table is, and for each
withheld figure the least and the largest whole number is sought that agrees with everything.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

Key = tuple[str, ...]
#: A published figure: its value (``None``: withheld) and its CONF_STATUS.
Published = Mapping[Key, tuple[int | None, str | None]]
#: A total and its parts; names of figures are of any kind.
Sum = tuple[object, Sequence[object]]


def sums_of(keys: Iterable[Key], hierarchies: Sequence[Mapping[str, Sequence[str]]]) -> list[Sum]:
    """All sums of a table: per dimension, each total code and the codes it is the sum of."""
    known = set(keys)
    found: list[Sum] = []
    for key in known:
        for i, hierarchy in enumerate(hierarchies):
            if key[i] in hierarchy:
                parts = [(*key[:i], code, *key[i + 1 :]) for code in hierarchy[key[i]]]
                if known.issuperset(parts):
                    found.append((key, parts))
    return found


class Attack:
    """Figures as unknowns between bounds, and sums that hold."""

    def __init__(self) -> None:
        self.place: dict[object, int] = {}
        self.low: list[float] = []
        self.high: list[float] = []
        self.rows: list[dict[int, float]] = []

    def figure(self, name: object, low: float, high: float) -> None:
        """A figure known to lie between two numbers; what is learned twice is joined."""
        if name in self.place:
            at = self.place[name]
            self.low[at], self.high[at] = max(self.low[at], low), min(self.high[at], high)
            return
        self.place[name] = len(self.low)
        self.low.append(low)
        self.high.append(high)

    def sum(self, total: object, parts: Sequence[object]) -> None:
        row: dict[int, float] = {self.place[total]: 1.0}
        for part in parts:
            row[self.place[part]] = row.get(self.place[part], 0.0) - 1.0
        self.rows.append(row)

    def read(self, table: Published, top: int, sums: Iterable[Sum], name=lambda key: key) -> None:
        """Learn a table that was protected by suppression."""
        for key, (value, flag) in table.items():
            if value is not None:
                self.figure(name(key), value, value)
            else:
                bounds = {"A": (1, top), "S": (top + 1, np.inf), "C": (0, np.inf)}
                self.figure(name(key), *bounds[str(flag)])
        for total, parts in sums:
            self.sum(name(total), [name(part) for part in parts])

    def bounds(self, name: object) -> tuple[float, float]:
        """The least and the largest that the figure can be."""
        n = len(self.low)
        matrix = np.zeros((len(self.rows), n))
        for i, row in enumerate(self.rows):
            for at, factor in row.items():
                matrix[i, at] = factor
        found = []
        for sign in (1.0, -1.0):
            cost = np.zeros(n)
            cost[self.place[name]] = sign
            done = milp(
                cost,
                constraints=LinearConstraint(matrix, 0, 0) if self.rows else (),
                bounds=Bounds(np.array(self.low), np.array(self.high)),
                integrality=np.ones(n),
            )
            # The truth is a solution, so what has no optimum has no bound.
            if done.status == 3 or "unbounded or infeasible" in done.message:
                found.append(np.inf if sign < 0 else -np.inf)
                continue
            assert done.x is not None, done.message
            found.append(float(round(done.x[self.place[name]])))
        return found[0], found[1]


def with_margins(
    cells: Mapping[Key, int], above: Sequence[Mapping[str, Sequence[str]]]
) -> dict[Key, int]:
    """The cells and all their margins: ``above`` gives the totals that a code counts in."""
    table: dict[Key, int] = {}
    for key, value in cells.items():
        ways = [(code, *above[i].get(code, ())) for i, code in enumerate(key)]
        for full in itertools.product(*ways):
            table[full] = table.get(full, 0) + value
    return table
