"""The kinds of rules there are, and how a rule file states them.

Each kind is a frozen record of what the YAML says; :func:`read_kind` refuses what it does not
know. What a kind means in SQL stands in ``totals``, ``cells`` and ``series``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from hub.errors import HubError

__all__ = [
    "AREA",
    "Bands",
    "Cells",
    "Cumulative",
    "Future",
    "Jump",
    "Kind",
    "RuleFileError",
    "Scope",
    "Sender",
    "Tolerance",
    "Totals",
    "Validity",
    "read_kind",
]  # fmt: skip

#: Among the parts of a total: the code that the row has as its reference area.
AREA = "@REF_AREA"

#: Component to codes.
Codes: TypeAlias = Mapping[str, tuple[str, ...]]


class RuleFileError(HubError):
    """A rule file says something that no rule can be made of; the message names file and rule."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a sum may be off: the larger of ``absolute`` (in the unit written) and a share."""

    absolute: float = 0.0
    relative: float = 0.0


@dataclass(frozen=True, slots=True)
class Scope:
    """The observations a rule is about: ``where`` a component has one of some codes, ``unless``."""

    where: Codes
    unless: Codes

    @property
    def components(self) -> tuple[str, ...]:
        """Components that decide."""
        return (*self.where, *self.unless)


@dataclass(frozen=True, slots=True)
class Totals:
    """Parts of one dimension add up to its total, all else being equal.

    ``parts`` must all be there for the sum to be judged, ``optional`` count where they are there.
    With ``all`` (a pattern of codes) instead of ``parts`` whatever is there is a part: it may never
    exceed the total, and must reach it where one of ``residual`` is there too.
    """

    dimension: str
    total: str
    tolerance: Tolerance
    parts: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    all: str | None = None
    residual: tuple[str, ...] = ()

    @property
    def components(self) -> tuple[str, ...]:
        """Components the structure must have."""
        area = ("REF_AREA",) if AREA in (*self.parts, *self.optional) else ()
        return (self.dimension, *area)


@dataclass(frozen=True, slots=True)
class Bands:
    """Bands of ages that tile a wider band, or all ages, add up to it."""

    dimension: str
    total: str
    tolerance: Tolerance
    optional: tuple[str, ...] = ()

    @property
    def components(self) -> tuple[str, ...]:
        """Components the structure must have."""
        return (self.dimension,)


@dataclass(frozen=True, slots=True)
class Cells:
    """Observations that cannot be, each by itself; all conditions given must hold.

    ``same`` and ``differ`` are two components; ``value`` is ``positive``, ``negative`` or
    ``fraction``; ``component`` is the cell that is wrong.
    """

    component: str
    same: tuple[str, ...] = ()
    differ: tuple[str, ...] = ()
    codes: Codes | None = None
    value: str | None = None

    @property
    def components(self) -> tuple[str, ...]:
        """Components the structure must have."""
        return (self.component, *self.same, *self.differ, *(self.codes or ()))


@dataclass(frozen=True, slots=True)
class Validity:
    """Codes stand for what exists in the period.

    ``ended`` and ``begun`` say what is judged: codes of what ended more than ``grace`` (years)
    before the period, codes of what had not begun when it was over.
    """

    dimensions: tuple[str, ...]
    grace: int = 0
    ended: bool = True
    begun: bool = True

    @property
    def components(self) -> tuple[str, ...]:
        """Components the structure must have."""
        return self.dimensions


@dataclass(frozen=True, slots=True)
class Jump:
    """A value is in proportion to its series.

    It is compared with the same period a year before, the period before and the median of the
    ``window`` periods before (of at least ``least``); a jump is more than ``factor`` times more or
    less than each of them that is there. Values below ``floor`` do not jump. ``exempt`` are codes
    of components that explain a jump. Published values belong to the series.
    """

    factor: float
    floor: float
    frequencies: tuple[str, ...]
    window: int = 36
    least: int = 6
    exempt: Codes | None = None

    @property
    def components(self) -> tuple[str, ...]:
        """Components the structure must have."""
        return ("FREQ", *(self.exempt or ()))


@dataclass(frozen=True, slots=True)
class Cumulative:
    """Ranges that begin on one day and grow hold values that do not fall."""

    frequencies: tuple[str, ...]
    tolerance: Tolerance

    @property
    def components(self) -> tuple[str, ...]:
        """Components the structure must have."""
        return ("FREQ",)


@dataclass(frozen=True, slots=True)
class Future:
    """A period that has not begun has no value, unless a status of ``unless`` says forecast."""

    unless_status: tuple[str, ...] = ()

    @property
    def components(self) -> tuple[str, ...]:
        """Components the structure must have."""
        return ("OBS_STATUS",)


@dataclass(frozen=True, slots=True)
class Sender:
    """A sender reports the areas of its provision agreement only (``dimension``)."""

    dimension: str

    @property
    def components(self) -> tuple[str, ...]:
        """Components the structure must have."""
        return (self.dimension,)


Kind: TypeAlias = Totals | Bands | Cells | Validity | Jump | Cumulative | Future | Sender

_KINDS: Mapping[str, type[Kind]] = {
    "total": Totals, "bands": Bands, "cells": Cells, "validity": Validity, "jump": Jump,
    "cumulative": Cumulative, "future": Future, "sender": Sender,
}  # fmt: skip
_LISTS = {
    "parts", "optional", "residual", "same", "differ", "dimensions", "frequencies", "unless_status",
}  # fmt: skip
_CODES = {"codes", "exempt"}
_VALUES = ("positive", "negative", "fraction")


def read_kind(name: str, given: Mapping[str, Any], where: str) -> Kind:
    """The kind ``name`` with what a rule file gives for it.

    Raises ``RuleFileError`` for a kind, key or value that there is not; ``where`` names the rule.
    """
    if name not in _KINDS:
        raise RuleFileError(f"{where}: kind is one of {', '.join(_KINDS)}, not {name!r}")
    known = {f.name for f in fields(_KINDS[name])}
    if unknown := given.keys() - known:
        raise RuleFileError(f"{where}: a rule of kind {name} has no {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {key: _value(key, value, where) for key, value in given.items()}
    if "tolerance" in known:
        values.setdefault("tolerance", Tolerance())
    try:
        kind = _KINDS[name](**values)
    except TypeError as error:
        raise RuleFileError(f"{where}: {error}") from None
    _consistent(kind, where)
    return kind


def codes_of(given: object, where: str) -> dict[str, tuple[str, ...]]:
    """Component to codes, as ``where``, ``unless``, ``codes`` and ``exempt`` state them."""
    if not isinstance(given, Mapping) or not all(isinstance(v, Sequence) for v in given.values()):
        raise RuleFileError(f"{where}: a component and a list of codes are wanted, not {given!r}")
    return {str(k): _texts(v, where) for k, v in given.items()}


def _value(key: str, value: object, where: str) -> object:
    if key in _LISTS:
        return _texts(value, where)
    if key in _CODES:
        return codes_of(value, where)
    if key == "tolerance":
        if not isinstance(value, Mapping) or value.keys() - {"absolute", "relative"}:
            raise RuleFileError(f"{where}: tolerance has absolute and relative")
        return Tolerance(**{str(k): float(v) for k, v in value.items()})
    return value


def _texts(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise RuleFileError(f"{where}: a list of texts is wanted, not {value!r} (quote numbers)")
    return tuple(value)


def _consistent(kind: Kind, where: str) -> None:
    if isinstance(kind, Totals):
        if bool(kind.parts) == bool(kind.all):
            raise RuleFileError(f"{where}: a total has either parts or all")
        if kind.all is not None:
            try:
                re.compile(kind.all)
            except re.error as error:
                raise RuleFileError(f"{where}: {kind.all!r} is no pattern: {error}") from None
    if isinstance(kind, Cells):
        if any(len(pair) not in (0, 2) for pair in (kind.same, kind.differ)):
            raise RuleFileError(f"{where}: same and differ name two components")
        if kind.value is not None and kind.value not in _VALUES:
            raise RuleFileError(f"{where}: value is one of {', '.join(_VALUES)}")
    if isinstance(kind, Jump) and (kind.factor <= 1 or kind.least < 1):
        raise RuleFileError(f"{where}: factor is more than 1 and least at least 1")
