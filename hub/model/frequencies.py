"""Which periods a frequency code may have.

The codes are those of SDMX:CL_FREQ(2.1). A period fits when it is one of the regular periods of
the frequency (``M``: ``2020-05`` or ``2020-M05``). Frequencies without a lexical form of their own
take the form that carries them: several years take the year they are named by (``A5``: ``2020``)
or a range of just that length (``2015-07-01/P5Y``); weeks that do not begin on a Monday are ranges
of seven days. ``I _O _U _Z`` say nothing about length, so any form fits, ranges included. A code
of another codelist is not judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from hub.model.gregorian import add, add_months
from hub.model.periods import Form, Period

__all__ = ["FREQUENCIES", "Frequency", "fits"]

_ANY = frozenset("ASTQMWD")


@dataclass(frozen=True, slots=True)
class Frequency:
    """What periods a frequency takes.

    ``letters`` are the regular periods; ``points`` says whether a point in time fits; ``months``
    and ``days`` are the lengths a range must have (0: none fits, unless ``ranges``, which takes
    any). ``example`` shows valid forms; it is the same in every language.
    """

    letters: frozenset[str]
    example: str
    points: bool = False
    ranges: bool = False
    months: int = 0
    days: int = 0
    workdays: bool = False


def _years(number: int) -> Frequency:
    return Frequency(frozenset("A"), f"2020, 2020-A1, 2016-01-01/P{number}Y", months=12 * number)


def _weeks(number: int) -> Frequency:
    return Frequency(frozenset("W"), f"2020-W05, 2020-02-02/P{7 * number}D", days=7 * number)


_YEAR = Frequency(frozenset("A"), "2020, 2020-A1")
_MONTH = Frequency(frozenset("M"), "2020-05, 2020-M05")
_DAY = Frequency(frozenset("D"), "2020-05-17, 2020-D138")
_PART_OF_DAY = Frequency(frozenset(), "2020-05-17T10:00:00", points=True, ranges=True)
_PART_OF_MONTH = Frequency(frozenset("D"), "2020-05-01, 2020-05-01/P15D", ranges=True)
_OPEN = Frequency(_ANY, "2020, 2020-05, 2020-01-01/P5M", points=True, ranges=True)

#: By code of CL_FREQ.
FREQUENCIES: Mapping[str, Frequency] = {
    "A": _YEAR,
    "OA": _YEAR,
    **{f"A{n}": _years(n) for n in (2, 3, 4, 5, 10, 20, 30)},
    "A_3": Frequency(frozenset("T"), "2020-T2"),
    "S": Frequency(frozenset("S"), "2020-S1"),
    "T": Frequency(frozenset("T"), "2020-T2"),
    "Q": Frequency(frozenset("Q"), "2020-Q3"),
    "M": _MONTH,
    "OM": _MONTH,
    "M2": Frequency(frozenset("M"), "2020-05, 2020-05-01/P2M", months=2),
    "M_2": _PART_OF_MONTH,
    "M_3": _PART_OF_MONTH,
    "W": _weeks(1),
    **{f"W{n}": _weeks(n) for n in (2, 3, 4)},
    "W_2": _PART_OF_MONTH,
    "W_3": _PART_OF_MONTH,
    "D": _DAY,
    "B": Frequency(frozenset("D"), "2020-05-18 (Monday to Friday)", workdays=True),
    "D_2": Frequency(frozenset("D"), "2020-05-17T12:00:00", points=True, ranges=True),
    **dict.fromkeys(("H", "H2", "H3", "N"), _PART_OF_DAY),
    **dict.fromkeys(("I", "_O", "_U", "_Z"), _OPEN),
}


def fits(code: str, period: Period) -> bool:
    """Whether a period can be one of the frequency ``code``; a code nobody knows takes any."""
    frequency = FREQUENCIES.get(code)
    if frequency is None:
        return True
    if period.form is Form.POINT:
        return frequency.points
    if period.form is Form.RANGE:
        return frequency.ranges or _lasts(frequency, period)
    if frequency.workdays and period.start.weekday() > 4:
        return False
    return period.frequency in frequency.letters


def _lasts(frequency: Frequency, period: Period) -> bool:
    if frequency.months:
        return add_months(period.start, frequency.months) == period.end
    if frequency.days:
        return add(period.start, timedelta(days=frequency.days)) == period.end
    return False
