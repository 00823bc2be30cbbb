"""The columns that disclosure control works on, and what it leaves of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["SUPPRESSED", "Figures", "Flag", "Floats", "Mask", "Objects", "Protected", "chosen"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Objects = NDArray[np.object_]

#: OBS_STATUS of a withheld figure.
SUPPRESSED = "Q"


class Flag(StrEnum):
    """CONF_STATUS of a withheld figure (SDMX:CL_CONF_STATUS)."""

    SMALL = "A"
    OTHER = "S"
    UNSTATED = "C"


def chosen(mask: Mask, values: Objects) -> Objects:
    """The values where ``mask`` holds, ``None`` elsewhere."""
    found = np.full(len(values), None, dtype=object)
    found[mask] = values[mask]
    return found


@dataclass
class Figures:
    """A table as columns.

    ``keys`` has a column of codes for each dimension; ``value`` the figures as numbers (NaN: there
    is none); ``flags`` the CONF_STATUS of figures that were withheld, ``None`` elsewhere;
    ``fresh`` says which the message brings or changes.
    """

    keys: Mapping[str, Sequence[str]]
    value: Floats
    flags: Objects
    fresh: Mask = field(default_factory=lambda: np.empty(0, bool))

    def __len__(self) -> int:
        return len(self.value)

    @property
    def given(self) -> Mask:
        """Which have a value."""
        return ~np.isnan(self.value)

    def index(self) -> pd.Index[Any]:
        """One text for each key."""
        if not len(self):
            return pd.Index([], dtype=object)
        texts = ["\x1f".join(key) for key in zip(*self.keys.values(), strict=True)]
        return pd.Index(texts, dtype=object)

    def bounds(self, top: int) -> tuple[Floats, Floats]:
        """What the flags of withheld figures say of them, ``top`` being the largest small count."""
        small, other = self.flags == Flag.SMALL, self.flags == Flag.OTHER
        low = np.where(small, 1.0, np.where(other, top + 1.0, 0.0))
        return low, np.where(small, float(top), np.inf)


@dataclass
class Protected:
    """What may be published.

    ``value`` (NaN: withheld, or none) and ``flags`` (CONF_STATUS of what is withheld, else
    ``None``) are of all figures given. ``primary`` counts small figures withheld, ``secondary``
    those withheld for them, ``rounded`` those that rounding changed. ``unprotected`` are small
    figures that cannot be protected from what is published already; then nothing may be released.
    ``known`` are small figures that were published with that value before.
    """

    value: Floats
    flags: Objects
    primary: int = 0
    secondary: int = 0
    rounded: int = 0
    unprotected: tuple[int, ...] = ()
    known: tuple[int, ...] = ()
