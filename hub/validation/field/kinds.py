"""The kinds of rules there are.

Each kind is a frozen record of what a rule file says (:mod:`hub.validation.field.reading`). What a
kind means in SQL stands in ``totals``, ``cells``, ``series``, ``margins`` and ``across``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from hub.errors import HubError

__all__ = [
    "AREA",
    "Accounts",
    "Bands",
    "Breakdown",
    "Cells",
    "Cumulative",
    "Embargo",
    "Future",
    "Jump",
    "Kind",
    "Margins",
    "Nil",
    "Rivals",
    "RuleFileError",
    "Scope",
    "Sender",
    "Side",
    "Tolerance",
    "Totals",
    "Validity",
]

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

    ``dimensions`` left out are all coded ones, of structures that no other rule of this kind is
    about. ``ended`` and ``begun`` say what is judged: codes of what ended more than ``grace``
    (years) before the period, codes of what had not begun when it was over.
    """

    dimensions: tuple[str, ...] = ()
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
    less than each of them that is there. Values below ``floor`` do not jump; of a zero :class:`Nil`
    speaks. ``exempt`` are codes of components that explain a jump. Published values belong to the
    series.
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
    """A period that has not begun has no value, unless a status of ``unless_status`` says forecast.

    With ``begun`` the periods that have begun and have not ended are judged instead.
    """

    unless_status: tuple[str, ...] = ()
    begun: bool = False

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


@dataclass(frozen=True, slots=True)
class Nil:
    """A zero stands in a series that knows zeros.

    It is doubtful where all other values of the series, of which there are ``least`` or more
    (published ones included), are ``floor`` or more: is it zero, or nothing yet? ``exempt`` are
    codes of components that explain it.
    """

    floor: float
    frequencies: tuple[str, ...]
    least: int = 6
    exempt: Codes | None = None

    @property
    def components(self) -> tuple[str, ...]:
        """Components the structure must have."""
        return ("FREQ", *(self.exempt or ()))


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Codes of one dimension that make up its total.

    With ``parts`` all must be there and ``optional`` count where they are there; then the sum is
    the total. With ``all`` (a pattern) whatever is there is a part: the sum is the total where one
    of ``residual`` is there too, else at most the total. With ``bands`` the codes are ages, and
    those that leave no gap make up the total.
    """

    parts: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    all: str | None = None
    residual: tuple[str, ...] = ()
    bands: bool = False


@dataclass(frozen=True, slots=True)
class Margins:
    """Tables that break one figure down by different dimensions agree on what they add up to.

    ``breakdowns`` says for each dimension which codes make up ``total``. The tables may stand in
    one message, or one of them be published already; what the total itself says counts as a table.
    """

    breakdowns: Mapping[str, Breakdown]
    total: str
    tolerance: Tolerance

    @property
    def components(self) -> tuple[str, ...]:
        """Components the structure must have."""
        return tuple(self.breakdowns)


@dataclass(frozen=True, slots=True)
class Side:
    """A figure of :class:`Accounts`: of which dataflow (``AGENCY:ID``) and which codes."""

    dataflow: str
    where: Codes


@dataclass(frozen=True, slots=True)
class Accounts:
    """The change of a stock from one year to the next is what came less what went.

    ``stock``, ``inflow`` and ``outflow`` are of one dataflow each; two of them may be published.
    ``dimensions`` are common to all and tell the accounts apart; of every other dimension the
    figures are the total, ``_T``. A stock is of the end of its year. ``tolerance`` takes in births
    and deaths; its share is of the stock of the year before.
    """

    stock: Side
    inflow: Side
    outflow: Side
    dimensions: tuple[str, ...]
    tolerance: Tolerance

    @property
    def components(self) -> tuple[str, ...]:
        """Components the structure must have."""
        return self.dimensions


@dataclass(frozen=True, slots=True)
class Rivals:
    """A cell that another provider has published is not given another value.

    ``tolerance`` is how far the two may be apart.
    """

    tolerance: Tolerance

    @property
    def components(self) -> tuple[str, ...]:
        """Components the structure must have."""
        return ()


@dataclass(frozen=True, slots=True)
class Embargo:
    """What is under embargo is flagged so, and has an end.

    ``codes`` of ``component`` mean "not before the embargo ends": then one must be known, by the
    attribute ``time`` or by the hub. Where ``time`` lies ahead a code of ``free`` (or none) is
    wrong. The structure need not have ``time``.
    """

    component: str
    codes: tuple[str, ...]
    free: tuple[str, ...]
    time: str

    @property
    def components(self) -> tuple[str, ...]:
        """Components the structure must have."""
        return (self.component,)


Kind: TypeAlias = (
    Totals | Bands | Cells | Validity | Jump | Cumulative | Future | Sender | Nil | Margins
    | Accounts | Rivals | Embargo
)  # fmt: skip
