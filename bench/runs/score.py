"""How many of the planted faults a report names; standard library only.

A fault counts as named when its component is, with the value that stands there (or that nothing
does), or, for observations that stand twice, its key or one of as many as there are. Where it
stands in the file need not be said: peers seldom do.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path


def score(
    plan: str, named: set[tuple[str, str]], twice: set[tuple[str, ...]] | int = 0
) -> dict[str, int]:
    """Named faults by kind. ``named`` has component and value, ``twice`` keys or their number."""
    found: Counter[str] = Counter()
    left = twice if isinstance(twice, int) else 0
    for fault in json.loads(Path(plan).read_text()):
        hit = (fault["component"], fault["value"]) in named
        if fault["rule"].startswith("DUPLICATE"):
            if isinstance(twice, int):
                hit, left = left > 0, left - 1
            else:
                hit = tuple(fault["key"]) in twice
        found[fault["kind"]] += hit
    return dict(found)
