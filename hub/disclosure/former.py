"""What former releases tell of the figures of a table.

A relation of a former release, with a figure in it that was withheld then, is a relation today as
well, for an attacker who takes it that the figure has not changed since: what is published now in
place of the others in it must not give it away. So it joins the system, with the figures that were
published then as they were. Where it contradicts today's figures, some of them did change, and
whoever relies on it is misled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hub.disclosure.figures import Figures, Floats
from hub.disclosure.relations import Keys, Relations, relate

__all__ = ["Combined", "Seen", "combine"]


class Combined:
    """Relations of a table and of its former releases, with the values and bounds of figures."""

    def __init__(self, relations: Relations, value: Floats, low: Floats, high: Floats) -> None:
        self.relations = relations
        self._value, self._low, self._high = [value], [low], [high]
        self.size = len(value)

    def more(self, value: float, low: float = 0.0, high: float = np.inf) -> int:
        """One more figure, which today's table does not show."""
        self._value.append(np.array([value]))
        self._low.append(np.array([low]))
        self._high.append(np.array([high]))
        self.size += 1
        return self.size - 1

    @property
    def vectors(self) -> tuple[Floats, Floats, Floats]:
        """Values, lower and upper bounds."""
        return (
            np.concatenate(self._value), np.concatenate(self._low), np.concatenate(self._high)
        )  # fmt: skip


class Seen:
    """What readers have had of each figure.

    ``published``: with this very value. ``withheld``: it was. ``low`` and ``high`` are what flags
    said of it then, as far as that is still true.
    """

    def __init__(self, index: pd.Index[Any], figures: Figures, former: Sequence[Figures], top: int):
        n, value = len(figures), figures.value
        self.published, self.withheld = np.zeros(n, bool), np.zeros(n, bool)
        self.low, self.high = np.zeros(n), np.full(n, np.inf)
        for table in former:
            at = table.index().get_indexer(index)
            here = np.flatnonzero(at >= 0)
            then = at[here]
            self.published[here] |= table.value[then] == value[here]
            self.withheld[here] |= np.array([f is not None for f in table.flags[then]], dtype=bool)
            low, high = (bound[then] for bound in table.bounds(top))
            still = (low <= value[here]) & (value[here] <= high)
            self.low[here] = np.where(still, np.maximum(self.low[here], low), self.low[here])
            self.high[here] = np.where(still, np.minimum(self.high[here], high), self.high[here])


def combine(
    figures: Figures,
    index: pd.Index[Any],
    former: Sequence[Figures],
    top: int,
    *,
    time: str | None,
    parents: Mapping[str, Mapping[str, str]],
) -> Combined:
    """The relations that hold today, and those of former releases that may hold still."""
    relations = relate(Keys(figures.keys, time, parents))
    low, high = figures.bounds(top)
    found = Combined(
        relations,
        np.concatenate([figures.value, np.full(relations.unseen, np.nan)]),
        np.concatenate([low, np.zeros(relations.unseen)]),
        np.concatenate([high, np.full(relations.unseen, np.inf)]),
    )
    for table in former:
        _join(found, figures, index, table, top, Keys(table.keys, time, parents))
    return found


def _join(
    found: Combined, figures: Figures, index: pd.Index[Any], table: Figures, top: int, keys: Keys
) -> None:
    withheld = np.array([f is not None for f in table.flags], dtype=bool)
    if not withheld.any():
        return
    at = index.get_indexer(table.index())
    before = relate(keys)
    low, high = table.bounds(top)
    rows = pd.DataFrame({"row": before.row, "column": before.column, "factor": before.factor})
    hidden: dict[int, int] = {}
    for row, part in rows.groupby("row", sort=True):
        columns = part["column"].to_numpy()
        shown = columns[columns < before.figures]
        if not withheld[shown].any() or _same(figures, table, at, shown):
            continue
        placed = []
        for column in columns:
            c = int(column)
            if c < before.figures and withheld[c] and at[c] >= 0:
                placed.append(int(at[c]))
            elif c < before.figures and not np.isnan(table.value[c]):
                placed.append(found.more(float(table.value[c])))
            else:
                bounds = (low[c], high[c]) if c < before.figures else (0.0, np.inf)
                if c not in hidden:
                    hidden[c] = found.more(np.nan, *bounds)
                placed.append(hidden[c])
        open_ = before.open[int(str(row))]
        factors = part["factor"].to_numpy()
        now = found.vectors[0][placed]
        rest = float(np.dot(now, factors))
        if not np.isnan(rest) and (rest < 0 or (rest > 0 and not open_)):
            continue
        whole = int(np.flatnonzero(factors > 0)[0])
        others = [p for i, p in enumerate(placed) if i != whole]
        found.relations.add(placed[whole], others, open_=open_)


def _same(figures: Figures, table: Figures, at: NDArray[Any], shown: NDArray[Any]) -> bool:
    """Whether today's table says the same of these figures."""
    here = at[shown]
    if (here < 0).any():
        return False
    given = ~np.isnan(table.value[shown])
    return bool((figures.value[here][given] == table.value[shown][given]).all())
