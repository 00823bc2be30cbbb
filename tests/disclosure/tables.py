"""Tables of a small country, as the hub's library takes them and as its readers get them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from attacker import Key, Published

from hub.disclosure import Figures, Protected, Rule
from hub.disclosure.protect import protect

DIMENSIONS = ("SEX", "AGE", "CITIZENSHIP", "FREQ", "TIME_PERIOD")


def figures_of(
    table: Mapping[Key, int | None],
    dimensions: Sequence[str],
    *,
    flags: Mapping[Key, str | None] | None = None,
    fresh: bool | set[Key] = True,
) -> Figures:
    keys = list(table)
    return Figures(
        {name: [key[i] for key in keys] for i, name in enumerate(dimensions)},
        np.array([np.nan if (v := table[k]) is None else v for k in keys], dtype=float),
        np.array([(flags or {}).get(k) for k in keys], dtype=object),
        np.array([fresh if isinstance(fresh, bool) else k in fresh for k in keys]),
    )


def published(table: Mapping[Key, object], done: Protected) -> Published:
    """What readers get."""
    return {
        key: (None if np.isnan(value) else int(value), flag)
        for key, value, flag in zip(table, done.value, done.flags, strict=True)
    }


def before(table: Published, dimensions: Sequence[str]) -> Figures:
    """A former release."""
    return figures_of(
        {k: v for k, (v, _) in table.items()}, dimensions,
        flags={k: f for k, (_, f) in table.items()}, fresh=False,
    )  # fmt: skip


def released(
    table: Mapping[Key, int],
    rule: Rule,
    dimensions: Sequence[str],
    former: Sequence[Published] = (),
    fresh: bool | set[Key] = True,
) -> Published:
    done = protect(
        figures_of(table, dimensions, fresh=fresh), rule,
        time="TIME_PERIOD" if "TIME_PERIOD" in dimensions else None,
        former=[before(one, dimensions) for one in former],
    )  # fmt: skip
    assert done.unprotected == ()
    return published(table, done)
