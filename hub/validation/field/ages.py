"""Bands of ages: what a code of an age covers, and which bands make up which.

The grammar of codes is that of SDMX's guidelines for AGE: ``Y15T24`` (both included), ``Y_LT15``,
``Y_GE65``, ``Y15``, and the same in months (``M``), weeks (``W``) and days (``D``), which are not
converted into each other: they do not nest exactly.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache

__all__ = ["identities", "span"]

#: Unit, first age, age after the last (``None``: open).
Span = tuple[str, int, int | None]

_CODE = re.compile(
    r"(?P<unit>[YMWD])(?:(?P<low>[0-9]+)T(?P<high>[0-9]+)|_LT(?P<under>[0-9]+)"
    r"|_GE(?P<over>[0-9]+)|(?P<one>[0-9]+))"
)
_OPEN = 10**6


@cache
def span(code: str) -> Span | None:
    """What a code covers; ``None`` when it is no band."""
    match = _CODE.fullmatch(code)
    if match is None:
        return None
    unit = match["unit"]
    if match["under"]:
        return unit, 0, int(match["under"])
    if match["over"]:
        return unit, int(match["over"]), None
    if match["one"]:
        return unit, int(match["one"]), int(match["one"]) + 1
    low, high = int(match["low"]), int(match["high"]) + 1
    return (unit, low, high) if high > low else None


def identities(codes: Collection[str], total: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each wider band (or ``total``) with the bands among ``codes`` that exactly make it up.

    A band made up in several ways is given once for each way that is no refinement of another: the
    bands of a coarser way are checked against their own parts.
    """
    bands = {c: s for c in sorted(codes) if (s := span(c)) is not None}
    for unit in sorted({s[0] for s in bands.values()}):
        own = {
            c: (low, _OPEN if high is None else high)
            for c, (u, low, high) in bands.items()
            if u == unit
        }
        wholes = dict(own)
        if total in codes and unit == "Y":
            wholes[total] = (0, _OPEN)
        for whole, (low, high) in wholes.items():
            inside = {
                c: s
                for c, s in own.items()
                if s[0] >= low and s[1] <= high and c != whole
                and (s != (low, high) or whole == total or whole < c)
            }  # fmt: skip
            for tiles in _tilings(inside, low, high):
                yield whole, tiles


def _tilings(bands: dict[str, tuple[int, int]], low: int, high: int) -> Iterator[tuple[str, ...]]:
    left = dict(bands)
    edges: list[set[int]] = []
    while (tiles := _tile(left, low, high)) is not None:
        cuts = {bands[c][0] for c in tiles}
        if not any(before <= cuts for before in edges):
            edges.append(cuts)
            yield tiles
        for code in tiles:
            del left[code]


def _tile(bands: dict[str, tuple[int, int]], low: int, high: int) -> tuple[str, ...] | None:
    """Bands from ``low`` to ``high`` without gap or overlap, the widest first."""
    if low == high:
        return ()
    here = sorted((c for c, s in bands.items() if s[0] == low), key=lambda c: (-bands[c][1], c))
    for code in here:
        rest = _tile(bands, bands[code][1], high)
        if rest is not None:
            return (code, *rest)
    return None
