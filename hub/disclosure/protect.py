"""From the figures of a message, and what was published before, to what may be published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hub.disclosure.figures import Figures, Flag, Floats, Mask, Protected, chosen
from hub.disclosure.former import Seen, combine
from hub.disclosure.rounding import round_figures
from hub.disclosure.rule import Method, Rule
from hub.disclosure.suppress import suppress
from hub.disclosure.system import make_system

__all__ = ["protect"]


def protect(
    figures: Figures,
    rule: Rule,
    *,
    time: str | None,
    parents: Mapping[str, Mapping[str, str]] | None = None,
    former: Sequence[Figures] = (),
) -> Protected:
    """Make ``figures`` publishable under ``rule``.

    ``time`` is the name of the time column. ``parents`` gives the hierarchies of codes, ``former``
    what readers saw of the same table in each release so far, in any order.
    """
    index = figures.index()
    seen = Seen(index, figures, former, rule.top)
    published = seen.published
    mine = figures.fresh & figures.given
    small = figures.given & (figures.value >= 1) & (figures.value <= rule.top)
    known = tuple(int(f) for f in np.flatnonzero(mine & small & published))
    found = combine(figures, index, former, rule.top, time=time, parents=parents or {})
    system = make_system(found.relations, *found.vectors)
    n = len(figures)

    def long(mask: Mask) -> Mask:
        return np.concatenate([mask, np.zeros(system.size - n, bool)])

    def wide(bound: Floats, other: float) -> Floats:
        return np.concatenate([bound, np.full(system.size - n, other)])

    if rule.method is Method.ROUND:
        may = mine & ~published
        done = round_figures(system, rule.number, may=long(may))
        value = np.where(may, done.value[:n], figures.value)
        lost = np.flatnonzero(done.failed[:n] & may)
        return Protected(
            value, figures.flags.copy(), rounded=int((may & (value != figures.value)).sum()),
            unprotected=tuple(int(f) for f in lost), known=known,
        )  # fmt: skip
    hidden_before = ~figures.given & np.isin(figures.flags.astype(str), [Flag.SMALL, Flag.UNSTATED])
    flags = np.full(system.size, None, dtype=object)
    flags[:n] = chosen(~figures.given, figures.flags)
    pattern = suppress(
        system,
        rule.top,
        sensitive=long((mine & small & ~published) | hidden_before),
        must=long(mine & ~published & (small | seen.withheld)),
        may=long(mine & ~published),
        flags=flags,
        known=(wide(seen.low, 0.0), wide(seen.high, np.inf)),
    )
    withheld = pattern.withheld[:n] | (mine & small)
    result = chosen(withheld | ~figures.given, pattern.flags[:n])
    result[mine & small & published] = Flag.SMALL
    return Protected(
        np.where(withheld, np.nan, figures.value),
        result,
        primary=int((withheld & small).sum()),
        secondary=int((withheld & ~small).sum()),
        unprotected=tuple(f for f in pattern.unprotected if f < n),
        known=known,
    )
