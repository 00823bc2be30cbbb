"""How the figures of a table are tied to each other: each relation is a sum that comes to nothing.

Ages and periods are intervals: whatever bands, nested or overlapping, are sums of the pieces
between their ends, and a piece that nobody publishes is an unknown figure that is not negative. So
a year is its months, `enero-mayo` is `enero-abril` and May, and an open band bounds what lies
inside. The other dimensions are lists with totals: a code is the sum of the codes that stand under
it in the codelist (or the constant ``_T``), and where the list does not reach its total, an unknown
rest is part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from hub.model.periods import spans
from hub.validation.field.ages import span

__all__ = ["Keys", "Relations", "relate"]

Ints = NDArray[np.int64]
Objects = NDArray[np.object_]

TOTAL, UNKNOWN, NOT_APPLICABLE, FOREIGN = "_T", "_U", "_Z", "_FOR"
_FREQ, _AREA, _AGE, _SEX, _MEASURE = "FREQ", "REF_AREA", "AGE", "SEX", "MEASURE"
#: Dimensions over which nothing is added.
_APART = frozenset({_FREQ, _AREA, "UNIT_MEASURE"})
#: Lists that are complete: what their parts lack of the total is an error, no rest.
_CLOSED = frozenset({_SEX})
#: Measures at a moment, which months do not add up to a year.
_STOCK = re.compile(r"(.*_)?STOCK(_.*)?|RESIDENCE_VALID|ASYLUM_PENDING")
_OPEN = 10**9


@dataclass(frozen=True)
class Keys:
    """What the figures are of: a column of codes for each dimension, and the time column's name.

    ``parents`` gives, per dimension, the code above a code.
    """

    columns: Mapping[str, Sequence[str]]
    time: str | None
    parents: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))


@dataclass
class Relations:
    """Relations in coordinates: relation ``row`` has figure ``column`` times ``factor``.

    Figures from ``figures`` on are unknown ones that no table shows. ``rest`` names the unknown
    figure that stands for what a list lacks of its total, by relation.
    """

    figures: int
    count: int = 0
    unseen: int = 0
    row: list[int] = field(default_factory=list)
    column: list[int] = field(default_factory=list)
    factor: list[float] = field(default_factory=list)
    open: list[bool] = field(default_factory=list)

    def add(self, whole: int, parts: Sequence[int], *, open_: bool = False) -> None:
        """``whole`` is the sum of ``parts``; ``open_``: it may be more."""
        size = len(parts) + 1
        self.row += [self.count] * size
        self.column += [whole, *parts]
        self.factor += [1.0] + [-1.0] * len(parts)
        self.open.append(open_)
        self.count += 1

    def hidden(self) -> int:
        """A new unknown figure."""
        self.unseen += 1
        return self.figures + self.unseen - 1


def relate(keys: Keys) -> Relations:
    """All relations between the figures of a table."""
    found = Relations(len(keys))
    codes: dict[str, Ints] = {}
    varying = []
    for name, column in keys.columns.items():
        codes[name], found_codes = pd.factorize(np.array(column, dtype=object))
        if len(found_codes) > 1:
            varying.append(name)
    for dimension in varying:
        if dimension in _APART or dimension == keys.time:
            continue
        names: Objects = np.array(keys.columns[dimension], dtype=object)
        for rows in _groups(codes, [n for n in varying if n != dimension], len(keys)):
            if dimension == _AGE:
                _bands(found, rows, names)
            else:
                _list(found, rows, names, keys, dimension)
    if keys.time in varying:
        _periods(found, keys, codes, varying)
    return found


def _groups(codes: Mapping[str, Ints], names: Sequence[str], size: int) -> Iterator[Ints]:
    """Rows that agree in the columns ``names``, where there are several."""
    if not names:
        yield np.arange(size)
        return
    group = pd.DataFrame({n: codes[n] for n in names}).groupby(list(names), sort=False).ngroup()
    number = group.to_numpy()
    order = np.argsort(number, kind="stable")
    ends = np.flatnonzero(np.diff(number[order])) + 1
    for rows in np.split(order, ends):
        if len(rows) > 1:
            yield rows


# Intervals


def _bands(found: Relations, rows: Ints, names: Objects) -> None:
    unknown = [int(r) for r in rows if names[r] == UNKNOWN]
    by_unit: dict[str, list[tuple[int, int, int]]] = {}
    totals = []
    for r in rows:
        if names[r] == TOTAL:
            totals.append(int(r))
        elif (band := span(names[r])) is not None:
            unit, low, high = band
            by_unit.setdefault(unit, []).append((int(r), low, _OPEN if high is None else high))
    if totals and not by_unit and unknown:
        found.add(totals[0], [*unknown, found.hidden()])
    for unit, bands in by_unit.items():
        whole = totals[0] if totals and unit == "Y" else None
        _intervals(found, bands, whole, unknown)


def _intervals(
    found: Relations,
    given: Sequence[tuple[int, int, int]],
    total: int | None = None,
    beside: Sequence[int] = (),
) -> None:
    """Relations between intervals ``(figure, from, to)``; ``total`` holds ``beside`` as well."""
    wide = [(total, 0, _OPEN)] if total is not None else []
    ends = sorted({e for _, low, high in [*given, *wide] for e in (low, high)})
    place = {end: i for i, end in enumerate(ends)}
    pieces: dict[int, int] = {}
    longer = []
    for figure, low, high in given:
        at = place[low]
        if place[high] == at + 1 and at not in pieces:
            pieces[at] = figure
        else:
            longer.append((figure, low, high))
    for figure, low, high in [*longer, *wide]:
        inside = range(place[low], place[high])
        for at in inside:
            if at not in pieces:
                pieces[at] = found.hidden()
        parts = [pieces[at] for at in inside]
        found.add(figure, [*parts, *beside] if figure == total else parts)


def _periods(
    found: Relations, keys: Keys, codes: Mapping[str, Ints], varying: Sequence[str]
) -> None:
    assert keys.time is not None
    starts, ends = spans(pa.array(keys.columns[keys.time], pa.string()))
    known = ~(np.asarray(starts.is_null()) | np.asarray(ends.is_null()))
    first, after = (np.asarray(pa.array(s).cast(pa.int64()).fill_null(0)) for s in (starts, ends))
    measures = keys.columns.get(_MEASURE)
    for rows in _groups(codes, [n for n in varying if n not in (keys.time, _FREQ)], len(keys)):
        if measures is not None and _STOCK.fullmatch(measures[rows[0]]):
            continue
        _intervals(found, [(int(r), int(first[r]), int(after[r])) for r in rows if known[r]])


# Lists


def _list(found: Relations, rows: Ints, names: Objects, keys: Keys, dimension: str) -> None:
    here = {names[r]: int(r) for r in rows if names[r] != NOT_APPLICABLE}
    parents = keys.parents.get(dimension, {})
    own = keys.columns[_AREA][rows[0]] if _AREA in keys.columns else ""
    parts: dict[str, list[int]] = {}
    for code, r in here.items():
        above = _above(code, here, parents, own)
        if above is not None:
            parts.setdefault(above, []).append(r)
    for above, below in parts.items():
        found.add(here[above], below, open_=dimension not in _CLOSED)


def _above(code: str, here: Mapping[str, int], parents: Mapping[str, str], own: str) -> str | None:
    """The nearest code present that ``code`` is part of."""
    if code == TOTAL:
        return None
    above = parents.get(code)
    seen = {code}
    while above is not None and above not in seen and above not in (TOTAL, FOREIGN):
        if above in here:
            return above
        seen.add(above)
        above = parents.get(above)
    # Foreigners are all areas but the reporting one; who is unknown may be of any.
    if FOREIGN in here and code not in (FOREIGN, own, UNKNOWN):
        return FOREIGN
    return TOTAL if TOTAL in here else None
