"""The lexical forms of SDMX data types, as one table.

Source: SDMX 2.1 and 3.0, ``SDMXCommon.xsd`` (``DataType``) and XML Schema Part 2. Patterns hold
in both RE2 (whole Arrow columns) and :mod:`re` (single texts) and match whole values. Types that
take any text have no entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hub.model.periods import Form, Period, PeriodError, parse, parse_year_start
from hub.validation.phrases import say

__all__ = ["ValueType", "value_type"]


@dataclass(frozen=True)
class ValueType:
    """What values of a type look like.

    ``pattern`` is the lexical form; ``low`` and ``high`` are the limits of the type itself;
    ``test`` is what a pattern cannot say.
    """

    expected: str
    pattern: str | None = None
    number: bool = False
    low: int | None = None
    high: int | None = None
    test: Callable[[str], bool] | None = None

    def accepts(self, text: str) -> bool:
        """Whether ``text`` is a value of the type."""
        if self.pattern is not None and re.fullmatch(self.pattern, text) is None:
            return False
        if self.low is not None and self.high is not None:
            digits = text.lstrip("+-0")
            if len(digits) > 20 or not self.low <= int(text) <= self.high:
                return False
        return self.test is None or self.test(text)


_ZONE = r"(?:Z|[+-](?:14:00|(?:0[0-9]|1[0-3]):[0-5][0-9]))?"
_DECIMAL = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_INTEGER = r"[+-]?[0-9]+"
_DURATION = (
    r"-?P(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?"
    r"(?:T(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?"
)


def _between(low: int, high: int) -> ValueType:
    expected = say("integer_between", low=low, high=high)
    return ValueType(expected, _INTEGER, number=True, low=low, high=high)


def _form(form: str, pattern: str, test: Callable[[str], bool] | None = None) -> ValueType:
    return ValueType(say("form", form=form), pattern, test=test)


def _period(test: Callable[[Period], bool], expected: str) -> ValueType:
    def accepts(text: str) -> bool:
        try:
            return test(parse(text))
        except PeriodError:
            return False

    return ValueType(expected, test=accepts)


def _month_day(text: str) -> bool:
    try:
        parse_year_start(text)
    except PeriodError:
        return False
    return True


def _gregorian(letter: str, form: str) -> ValueType:
    return _period(
        lambda p: p.form is Form.GREGORIAN and p.frequency == letter, say("form", form=form)
    )


def _reporting(letter: str, form: str) -> ValueType:
    return _period(
        lambda p: p.form is Form.REPORTING and p.frequency == letter, say("form", form=form)
    )


_ANY_INTEGER = ValueType(say("integer"), _INTEGER, number=True)
_NUMBER = ValueType(say("decimal"), _DECIMAL, number=True)
_FLOAT = ValueType(say("double"), rf"(?:{_DECIMAL}(?:[eE][+-]?[0-9]+)?|-?INF|NaN)", number=True)
_TIME = r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|24:00:00(?:\.0+)?)" + _ZONE

#: By type name in lower case: the standard writes them with and without a capital.
_TYPES: Mapping[str, ValueType] = {
    "alpha": ValueType(say("letters"), r"[A-Za-z]+"),
    "alphanumeric": ValueType(say("letters_digits"), r"[A-Za-z0-9]+"),
    "numeric": ValueType(say("digits"), r"[0-9]+"),
    "boolean": ValueType(say("boolean"), r"true|false|1|0"),
    "biginteger": _ANY_INTEGER,
    "count": _ANY_INTEGER,
    "integer": _between(-(2**31), 2**31 - 1),
    "long": _between(-(2**63), 2**63 - 1),
    "short": _between(-(2**15), 2**15 - 1),
    "decimal": _NUMBER,
    "incremental": _NUMBER,
    "inclusivevaluerange": _NUMBER,
    "exclusivevaluerange": _NUMBER,
    "float": _FLOAT,
    "double": _FLOAT,
    "observationaltimeperiod": _period(lambda p: True, say("period")),
    "standardtimeperiod": _period(lambda p: p.form is not Form.RANGE, say("period")),
    "basictimeperiod": _period(
        lambda p: p.form in {Form.GREGORIAN, Form.POINT}, say("form", form="2020, 2020-05")
    ),
    "gregoriantimeperiod": _period(
        lambda p: p.form is Form.GREGORIAN, say("form", form="2020, 2020-05 or 2020-05-17")
    ),
    "gregorianyear": _gregorian("A", "2020"),
    "gregorianyearmonth": _gregorian("M", "2020-05"),
    "gregorianday": _gregorian("D", "2020-05-17"),
    "reportingtimeperiod": _period(
        lambda p: p.form is Form.REPORTING, say("form", form="2020-Q2 or 2020-M05")
    ),
    "reportingyear": _reporting("A", "2020-A1"),
    "reportingsemester": _reporting("S", "2020-S1"),
    "reportingtrimester": _reporting("T", "2020-T2"),
    "reportingquarter": _reporting("Q", "2020-Q2"),
    "reportingmonth": _reporting("M", "2020-M05"),
    "reportingweek": _reporting("W", "2020-W05"),
    "reportingday": _reporting("D", "2020-D138"),
    "datetime": _period(lambda p: p.form is Form.POINT, say("date_time")),
    "timerange": _period(lambda p: p.form is Form.RANGE, say("form", form="2020-01-01/P5M")),
    "timesrange": _period(lambda p: p.form is Form.RANGE, say("form", form="2020-01-01/P5M")),
    "month": _form("--05", rf"--(?:0[1-9]|1[0-2]){_ZONE}"),
    "monthday": _form("--05-17", r"--[0-9]{2}-[0-9]{2}.*", _month_day),
    "day": _form("---17", rf"---(?:0[1-9]|[12][0-9]|3[01]){_ZONE}"),
    "time": _form("10:30:00", _TIME),
    "duration": _form("P5M", _DURATION, lambda text: text[-1] not in "PT"),
}


def value_type(name: str) -> ValueType | None:
    """The type called ``name``; ``None`` when any text is a value of it."""
    return _TYPES.get(name.lower())
