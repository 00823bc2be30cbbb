"""Withholding small counts, and as little else as keeps them from being computed.

A withheld figure is flagged, and the flag is a statement that the attacker reads: ``A`` says that
it is between 1 and the largest small count, ``S`` that it is larger than that and withheld for
others, ``C`` nothing at all. A small count is protected when the attacker cannot exclude that it is
1, nor that it is the largest small count: there is a table for each that agrees with all that is
published. (Where flags of former releases deny that it is 1, as many values as there are small
counts stay possible from the least on.) Such tables are looked for one by one, the cheapest first;
what differs in them from the true one has to be withheld too. More withheld figures never help the
attacker, so a table that was found stays valid to the end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hub.disclosure.figures import Flag, Floats, Mask, Objects
from hub.disclosure.system import Ask, System

__all__ = ["Pattern", "suppress"]

#: How far from a small count what protects it is looked for: near, then anywhere.
_HOPS = (3, None)
#: What a withheld figure costs to move, against what withholding another one does.
_FREE = 1e-4


@dataclass
class Pattern:
    """What is withheld. ``unprotected`` are small counts that former releases give away."""

    withheld: Mask
    flags: Objects
    unprotected: list[int]


def suppress(
    system: System, top: int, *, sensitive: Mask, must: Mask, may: Mask, flags: Objects,
    known: tuple[Floats, Floats],
) -> Pattern:  # fmt: skip
    """Choose what to withhold.

    Parameters
    ----------
    system:
        The table.
    top:
        The largest small count.
    sensitive:
        Figures of which nobody may learn more than that they are small.
    must:
        Figures with a value that are withheld whatever they are.
    may:
        Figures with a value that could be withheld: nobody has read them so far.
    flags:
        Flags of what was withheld before and has no value here, ``None`` elsewhere.
    known:
        What former flags say of figures with a value: least and largest.

    """
    work = _Work(system, top, sensitive, must, may, flags, known)
    order = [int(figure) for figure in np.flatnonzero(work.sensitive)]
    # Those that need most company first: what protects them protects others on the way.
    for figure in sorted(order, key=lambda f: (len(system.relations_of([f])), f), reverse=True):
        work.protect(figure)
    return Pattern(work.withheld, work.flags, work.unprotected)


class _Work:
    def __init__(
        self, system: System, top: int, sensitive: Mask, must: Mask, may: Mask,
        flags: Objects, known: tuple[Floats, Floats],
    ) -> None:  # fmt: skip
        self.system, self.top = system, top
        self.sensitive, self.may, self.withheld = sensitive, may, must.copy()
        self.flags = flags.copy()
        # A flag that was published stays known, whatever is said now.
        self.low = np.where(system.unknown, system.low, known[0])
        self.high = np.where(system.unknown, system.high, known[1])
        self.least = np.full(system.size, np.inf)
        self.most = np.full(system.size, -np.inf)
        self.unprotected: list[int] = []
        value = system.value
        small = (value >= 1) & (value <= top)
        for figure in np.flatnonzero(self.withheld):
            self.flags[figure] = (
                Flag.SMALL if small[figure] else
                Flag.UNSTATED if value[figure] < 1 else Flag.OTHER
            )  # fmt: skip
        given = ~system.unknown
        self.least[given] = self.most[given] = value[given]
        # Detail is worth less than its totals: the price grows with what a figure counts.
        self.worth = 1.0 + np.log1p(np.nan_to_num(value))

    def protect(self, figure: int) -> None:
        """See to it that nobody can tell what small count ``figure`` is."""
        value = self.system.value[figure]
        last = self.top if np.isnan(value) else int(value)
        for low in range(1, last + 1):
            if self._may_be(figure, low + self.top - 1.0) and self._may_be(figure, float(low)):
                return
        self.unprotected.append(figure)

    def _may_be(self, figure: int, target: float) -> bool:
        """Whether a table with this value agrees with what is published; else one is sought."""
        # What lies between two possible values is within the attacker's bounds.
        if self.least[figure] <= target <= self.most[figure]:
            return True
        if not self.low[figure] <= target <= self.high[figure]:
            return False
        for stated in (True, False):
            low, high = self._bounds(stated)
            movable = self.withheld | self.may
            if stated:  # a zero cannot be flagged S
                movable &= self.withheld | (self.system.value > self.top)
            price = np.where(self.withheld, _FREE, 1.0) * self.worth
            for hops in _HOPS:
                ask = Ask(figure, target, low, high, movable, price, hops)
                found = ask.solve(self.system)
                if found is not None:
                    self._take(*found)
                    return True
        return False

    def _bounds(self, stated: bool) -> tuple[Floats, Floats]:
        """What each figure may be; of a withheld one what its flag says, if flags are kept."""
        if not stated:
            return self.low.copy(), self.high.copy()
        given = ~self.system.unknown
        small = given & (self.flags == Flag.SMALL)
        other = given & (self.flags != Flag.SMALL) & (self.flags != Flag.UNSTATED)
        return (
            np.maximum(self.low, np.where(small, 1.0, np.where(other, self.top + 1.0, 0.0))),
            np.minimum(self.high, np.where(small, float(self.top), np.inf)),
        )

    def _take(self, near: NDArray[np.int64], found: Floats) -> None:
        """Withhold what differs in the table found, and note what it protects."""
        value, top = self.system.value, self.top
        given = ~self.system.unknown[near]
        differs = given & (np.abs(found - np.nan_to_num(value[near])) > 1e-6)
        for figure in near[differs & ~self.withheld[near]]:
            self.withheld[figure] = True
            self.flags[figure] = Flag.OTHER if value[figure] > top else Flag.UNSTATED
        for figure, x in zip(near[given], found[given], strict=True):
            flag = self.flags[figure]
            # A flag that would deny the table found says nothing from now on.
            if (flag == Flag.SMALL and not 1 <= x <= top) or (flag == Flag.OTHER and x <= top):
                self.flags[figure] = Flag.UNSTATED
        self.least[near] = np.minimum(self.least[near], found)
        self.most[near] = np.maximum(self.most[near], found)
