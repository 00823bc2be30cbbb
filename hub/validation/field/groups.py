"""Which rows rules about sums and series may find something in, from a few numbers of each row.

The answers may name rows too many, never too few, and always whole groups: what is named is judged
by :mod:`hub.validation.field.totals` and :mod:`hub.validation.field.series`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from hub.validation.field.kinds import Jump, Nil, Tolerance
from hub.validation.field.records import Records, Rows
from hub.validation.hashing import Hashes
from hub.validation.view import Mask

__all__ = ["Slice", "Split", "Sum"]

Numbers = npt.NDArray[np.integer[Any]]

#: A group is named when it is off by this share of what it may be: sums of doubles depend on their
#: order a little.
_NEARLY = 0.99
#: Codes that are told apart in one word of a pattern.
_WORD = 50


class Sum:
    """Parts of a total among the codes of one dimension, by their numbers.

    ``needed`` is how many parts must be there (``None``: any), ``residual`` numbers of codes that
    close an open sum. ``closed`` is whether parts that fall short are wrong.
    """

    def __init__(
        self, total: int, parts: Sequence[int], optional: Sequence[int], *,
        needed: int | None, residual: Sequence[int], tolerance: Tolerance,
    ) -> None:  # fmt: skip
        self.total = total
        self.parts = parts
        self.optional = optional
        self.needed = needed
        self.residual = residual
        self.tolerance = tolerance


class Split:
    """A dimension that is summed over.

    ``column`` is the column of records with the numbers of its codes, ``terms`` what each code adds
    to the hash of a row; ``codes`` are the numbers of the rows as the rule sees them.
    """

    def __init__(self, column: str, terms: Hashes, codes: npt.NDArray[np.int32]) -> None:
        self.column = column
        self.terms = terms
        self.codes = codes


class Slice:
    """Records that are to be judged together.

    ``starts`` are the instants at which the periods begin, by their numbers, ``scale`` the least
    scale that a value has.
    """

    def __init__(self, rows: Rows, starts: Numbers, scale: float) -> None:
        self.rows = rows
        self._starts = starts
        self._scale = scale
        self.length = len(rows["row"])
        self._all = np.ones(self.length, dtype=bool)
        self._groups: dict[str, tuple[Numbers, int]] = {}

    def flagged(self, rule: str, records: Records) -> Mask:
        """Rows that a rule is about."""
        if rule not in records.partly:
            return self._all
        flagged: Mask = (self.rows["flags"] & records.bits[rule]) != 0
        return flagged

    # -- sums ---------------------------------------------------------------------------------

    def off(self, of: Mask, split: Split, sums: Sequence[Sum]) -> Mask:
        """Rows of the groups in which one of some sums may be wrong.

        ``of`` are the rows the rule is about, ``split`` the dimension whose codes make up the sums.
        """
        cell, cells = self._cells(split)
        codes = split.codes
        wrong = np.zeros(cells, dtype=bool)
        for one in sums:
            wrong |= self._wrong(one, of, codes, cell, cells)
        return of & wrong[cell]

    def patterns(self, of: Mask, split: Split) -> Iterator[tuple[int, ...]]:
        """The sets of codes (their numbers) with a value that groups have."""
        cell, cells = self._cells(split)
        given = of & ~np.isnan(self.rows["value"])
        codes, number = split.codes, len(split.terms)
        if not given.all():
            cell, codes = cell[given], codes[given]
        words = []
        for first in range(0, number, _WORD):
            weights = np.zeros(number)
            last = min(first + _WORD, number)
            weights[first:last] = np.ldexp(1.0, np.arange(last - first))
            words.append(np.bincount(cell, weights[codes], cells).astype(np.int64))
        found = np.unique(words[0])[:, None] if len(words) == 1 else np.unique(words, axis=1).T
        for pattern in found.tolist():
            there = tuple(
                place * _WORD + bit
                for place, word in enumerate(pattern)
                for bit in range(_WORD)
                if word >> bit & 1
            )
            if there:
                yield there

    def _wrong(
        self, one: Sum, of: Mask, codes: npt.NDArray[np.int32], cell: Numbers, cells: int
    ) -> Mask:
        value = self.rows["value"]
        missing = np.isnan(value)
        whole = np.flatnonzero((codes == one.total) & of & ~missing)
        total = np.full(cells, np.nan)
        total[cell[whole]] = value[whole]
        counted = np.flatnonzero(_among(codes, (*one.parts, *one.optional)) & of)
        hole = missing[counted]
        holes = np.zeros(cells, dtype=bool)
        if hole.any():
            holes[cell[counted[hole]]] = True
            counted = counted[~hole]
        here = cell[counted]
        reached = np.bincount(here, value[counted], cells)
        if one.optional:
            here = here[_among(codes[counted], one.parts)]
        parts = np.bincount(here, minlength=cells)
        off = one.tolerance
        allowed = _NEARLY * np.maximum(
            off.absolute * self._scale, max(off.relative, 1e-9) * np.abs(total)
        )
        wrong: Mask
        if one.needed is not None:
            wrong = (parts == one.needed) & ~holes & (np.abs(total - reached) > allowed)
            return wrong
        closed = np.bincount(cell[of & _among(codes, one.residual)], minlength=cells) > 0
        short = closed & ~holes & (total - reached > allowed)
        wrong = (parts > 0) & ((reached - total > allowed) | short)
        return wrong

    def _cells(self, split: Split) -> tuple[Numbers, int]:
        """Numbers of the groups that rows are in but for their codes, and how many there are."""
        if split.column not in self._groups:
            self._groups[split.column] = self._grouped(split)
        return self._groups[split.column]

    def _grouped(self, split: Split) -> tuple[Numbers, int]:
        times = len(self._starts) + 1
        opens = self._opens
        without = self.rows["series"][opens] - split.terms[self.rows[split.column][opens]]
        number = np.unique(without, return_inverse=True)[1]
        cells = (int(number.max()) + 1) * times if len(number) else 0
        first = (number * times + 1).astype(np.int32 if cells < 2**31 else np.int64)
        cell = np.repeat(first, np.diff(np.append(opens, self.length)))
        cell += self.rows["time"]
        if cells > 8 * self.length + 1_000_000:
            found, cell = np.unique(cell, return_inverse=True)
            cells = len(found)
        return cell, cells

    @cached_property
    def _opens(self) -> Numbers:
        """Where runs of rows of one series begin."""
        series = self.rows["series"]
        opens = np.ones(self.length, dtype=bool)
        np.not_equal(series[1:], series[:-1], out=opens[1:])
        return np.flatnonzero(opens)

    # -- series -------------------------------------------------------------------------------

    def jumps(self, of: Mask, kind: Jump) -> Mask:
        """Rows of the series in which a value may be out of proportion."""
        order, run = self._by_time(of & ~np.isnan(self.rows["value"]))
        value, time = self.rows["value"][order], self.rows["time"][order]
        after, before = value[1:], value[:-1]
        scaled = before * kind.factor
        out = after > scaled
        np.multiply(after, kind.factor, out=scaled)
        out |= scaled < before
        out &= after != 0
        start = self._starts[time]
        out |= start[1:] == start[:-1]  # which of two comes first nobody knows
        out &= run[1:] == run[:-1]
        odd = np.zeros(len(value), dtype=bool)
        odd[1:] = out
        return self._series(order, run, odd, np.maximum, value, kind.floor)

    def nils(self, of: Mask, kind: Nil) -> Mask:
        """Rows of the series that have a zero and hardly know any."""
        given = of & ~np.isnan(self.rows["value"])
        if not (self.rows["value"][given] == 0).any():
            return np.zeros(self.length, dtype=bool)
        order, run = self._by_time(given)
        value = self.rows["value"][order]
        least = np.where(value == 0, np.inf, np.abs(value))
        return self._series(order, run, value == 0, np.minimum, least, kind.floor)

    def _series(
        self, order: Numbers | slice, run: Numbers, odd: Mask, extreme: np.ufunc,
        value: npt.NDArray[np.float64], floor: float,
    ) -> Mask:  # fmt: skip
        """Rows of the series with an odd row whose extreme value reaches a floor."""
        found = np.zeros(self.length, dtype=bool)
        if not odd.any():
            return found
        first = np.flatnonzero(np.r_[True, run[1:] != run[:-1]])
        chosen = np.logical_or.reduceat(odd, first) & (extreme.reduceat(value, first) >= floor)
        length = np.diff(np.append(first, len(run)))
        found[np.arange(self.length)[order][np.repeat(chosen, length)]] = True
        return found

    def _by_time(self, of: Mask) -> tuple[Numbers | slice, Numbers]:
        """Some rows by series and time, and for each a number of its series."""
        if self._order is None and of.all():
            return slice(None), self._run
        order = np.flatnonzero(of) if self._order is None else self._order[of[self._order]]
        return order, self._run[order]

    @cached_property
    def _run(self) -> Numbers:
        """For each row a number of its series, the same for all of its rows."""
        opens = self._opens
        series = self.rows["series"][opens]
        numbers = np.unique(series, return_inverse=True)[1].astype(np.int32)
        return np.repeat(numbers, np.diff(np.append(opens, self.length)))

    @cached_property
    def _order(self) -> Numbers | None:
        """Rows by series and time; ``None``: as they stand."""
        opens, start = self._opens, self._starts[self.rows["time"]]
        rising = start[1:] >= start[:-1]
        rising[opens[1:] - 1] = True
        one_piece = len(np.unique(self._run[opens])) == len(opens)
        if one_piece and rising.all():
            return None
        return np.lexsort((start, self._run))


def _among(codes: npt.NDArray[np.int32], listed: Sequence[int]) -> Mask:
    """Rows whose number is one of some (a negative one stands in no row)."""
    table = np.zeros(max([0, *listed, int(codes.max(initial=0))]) + 2, dtype=bool)
    table[[number for number in listed if number >= 0]] = True
    among: Mask = table[codes]
    return among
