"""What the chart of a dataset shows when nobody has said: its headline.

A chart can draw one dimension over time (or at one time). The headline fixes every other
dimension: on the code the reader chose, else on its total where it has one, else on the code with
the most observations; and it varies the dimension that then has the most members. Frequency and
unit are never varied: lines of months and years, or of persons and events, do not share an axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hub.store.availability import Choice, SeriesIndex
from registry.pages.names import is_member

__all__ = ["Headline", "headline"]

#: Dimensions whose codes share no axis.
NEVER = frozenset({"FREQ", "UNIT_MEASURE", "UNIT_MULT"})

#: Dimensions that say *what* is counted; varied only when a reader asks.
SUBJECT = frozenset({"MEASURE", "SERIES", "INDICATOR", "VARIABLE"})

TOTAL = "_T"


@dataclass(frozen=True)
class Headline:
    """One slice: ``fixed`` codes by dimension, the dimension that varies, its series.

    ``members`` maps codes of ``by`` that are part of the whole to series keys; ``total`` is the
    key of the whole where it occurs. ``others`` is whether codes occur that are no members: the
    total, groups, unknowns. ``by`` is ``None`` when nothing varies.
    """

    by: str | None
    fixed: Mapping[str, str]
    members: Mapping[str, tuple[str, ...]]
    total: tuple[str, ...] | None
    others: bool = False


def headline(index: SeriesIndex, choice: Choice, by: str | None) -> Headline | None:
    """The headline of a choice; ``by`` is the dimension a reader wants to compare.

    ``None`` when the choice leaves no series.
    """
    mask = index.mask(choice)
    if not mask.any():
        return None
    names = index.schema.series_key
    if by is not None:
        return _slice(index, mask, choice, by)
    several = [d for d in names if d not in NEVER and len(index.occurring(d, mask)) > 1]
    asked = [d for d in several if len(choice.get(d, ())) > 1]
    candidates = asked or [d for d in several if d not in SUBJECT] or several
    slices = [_slice(index, mask, choice, d) for d in candidates]
    best = max(slices, key=lambda s: len(s.members), default=None)
    return best if best is not None else _slice(index, mask, choice, None)


def _slice(
    index: SeriesIndex, mask: npt.NDArray[np.bool_], choice: Choice, by: str | None
) -> Headline:
    fixed: dict[str, str] = {}
    left = mask
    for d in index.schema.series_key:
        if d == by:
            continue
        occurring = index.occurring(d, left)
        code = TOTAL if TOTAL in occurring else max(occurring, key=lambda c: occurring[c])
        fixed[d] = code
        left = left & (index.columns[d] == index.codes[d].index(code))
    keys = [index.key(int(i)) for i in np.flatnonzero(left)]
    if by is None:
        return Headline(None, fixed, {}, keys[0])
    place = index.schema.series_key.index(by)
    coded = {k[place]: k for k in keys}
    component = index.schema.by_id[by]
    chosen = choice.get(by, frozenset())
    members = {c: k for c, k in coded.items() if c in chosen or is_member(component, c)}
    total = None if TOTAL in members else coded.get(TOTAL)
    return Headline(by, fixed, members, total, len(members) < len(coded))
