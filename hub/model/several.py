"""Several values in one cell: how a component that may occur more than once keeps them.

The data path moves one text for each component of a row. Where a structure lets a component occur
more than once (SDMX 3.0 ``maxOccurs``), that text is the value itself when there is one value, and
a compact JSON array of strings when there are more: ``WORK``, ``["WORK","STUDY"]``. A single value
that begins with a bracket is an array of one, so a text that begins with a bracket is always an
array. Texts of components that occur once are never read this way.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

__all__ = ["join", "split"]


def join(values: Sequence[str]) -> str | None:
    """The text of some values, in their order; ``None`` of none."""
    if not values:
        return None
    if len(values) == 1 and not values[0].startswith("["):
        return values[0]
    return json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))


def split(text: str) -> list[str]:
    """The values of a text that :func:`join` made.

    Raises ``ValueError`` for a text that begins like an array and is none of strings.
    """
    if not text.startswith("["):
        return [text]
    found = json.loads(text)
    if not found or not all(isinstance(value, str) for value in found):
        raise ValueError("not an array of texts")
    return list(found)
