"""What queries select, over a list of rows in plain Python: a reference to compare the hub with.

It is written from the standard (REST 1.5 section 4.4, REST 2.2 ``doc/data.md`` and
``doc/querying_versions.md``, Technical Notes 4.2) and uses nothing of the hub. Rows are
dictionaries by component id; an observation without an attribute has ``None`` there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

Row = dict[str, Any]

#: First and last day of a period.
Days = tuple[date, date]

_MONTHS = {"A": 12, "S": 6, "T": 4, "Q": 3, "M": 1}


def _later(day: date, months: int) -> date:
    """The first of a month ``months`` later; ``day`` is a first."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def days(text: str, year_start: tuple[int, int] = (1, 1)) -> Days:
    """A period as days. ``year_start`` is when a reporting year begins (first of a month)."""
    one = timedelta(1)
    if found := re.fullmatch(r"(\d{4})-([ASTQM])(\d+)", text):
        first = date(int(found[1]), *year_start)
        length = _MONTHS[found[2]]
        first = _later(first, length * (int(found[3]) - 1))
        return first, _later(first, length) - one
    if found := re.fullmatch(r"(\d{4})-W(\d\d)", text):
        first = date(int(found[1]), *year_start)
        # The first week is the one with at least four days in the year.
        monday = first - timedelta(first.weekday())
        if first.weekday() > 3:
            monday += timedelta(7)
        monday += timedelta(7 * (int(found[2]) - 1))
        return monday, monday + timedelta(6)
    if found := re.fullmatch(r"(\d{4}-\d\d-\d\d)/P(\d+)D", text):
        first = date.fromisoformat(found[1])
        return first, first + timedelta(int(found[2]) - 1)
    if len(text) == 4:
        return date(int(text), 1, 1), date(int(text), 12, 31)
    if len(text) == 7:
        first = date(int(text[:4]), int(text[5:]), 1)
        return first, _later(first, 1) - one
    day = date.fromisoformat(text)
    return day, day


def in_order(rows: Iterable[Row], key: Sequence[str]) -> list[Row]:
    """As a message gives them: series by series, in time."""
    return sorted(
        rows,
        key=lambda r: (*(r[d] for d in key), *days(r["TIME_PERIOD"]), r["TIME_PERIOD"]),
    )


def has_key(row: Row, key: Sequence[str], wanted: Sequence[Sequence[str]]) -> bool:
    """Whether the codes wanted for each dimension (none is any) are those of the row."""
    return all(not codes or row[d] in codes for d, codes in zip(key, wanted, strict=False))


def within(row: Row, start: str | None, end: str | None) -> bool:
    """``startPeriod`` and ``endPeriod``: the observation's period lies inside, wholly."""
    first, last = days(row["TIME_PERIOD"])
    return (start is None or first >= days(start)[0]) and (end is None or last <= days(end)[1])


def ends(rows: list[Row], key: Sequence[str], first: int | None, last: int | None) -> list[Row]:
    """``firstNObservations`` and ``lastNObservations`` of each series."""
    if first is None and last is None:
        return rows
    kept = []
    for series in {tuple(r[d] for d in key) for r in rows}:
        own = [r for r in in_order(rows, key) if tuple(r[d] for d in key) == series]
        kept += [
            r
            for i, r in enumerate(own)
            if (first is not None and i < first) or (last is not None and i >= len(own) - last)
        ]
    return kept


_TEXT: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "co": lambda a, b: b in a,
    "nc": lambda a, b: b not in a,
    "sw": lambda a, b: a.startswith(b),
    "ew": lambda a, b: a.endswith(b),
}
_NUMBER: dict[str, Callable[[float, float], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
}
_TIME: dict[str, Callable[[Days, Days], bool]] = {
    "eq": lambda a, b: a[0] >= b[0] and a[1] <= b[1],
    "ne": lambda a, b: not (a[0] >= b[0] and a[1] <= b[1]),
    "lt": lambda a, b: a[1] < b[0],
    "le": lambda a, b: a[1] <= b[1],
    "gt": lambda a, b: a[0] > b[1],
    "ge": lambda a, b: a[0] >= b[0],
}


def holds(
    row: Row, component: str, operator: str, value: str, year_start: tuple[int, int] = (1, 1)
) -> bool:
    """One comparison of ``c[...]``. What is not there is unlike everything."""
    found = row[component]
    if found is None:
        return operator in ("ne", "nc")
    if component == "TIME_PERIOD":
        return _TIME[operator](days(found), days(value, year_start))
    if component == "OBS_VALUE" and operator in _NUMBER:
        return _NUMBER[operator](float(found), float(value))
    return _TEXT[operator](found, value)


# -- versions ------------------------------------------------------------------------------------


def _order(version: str) -> tuple[Any, ...]:
    numbers, _, extension = version.partition("-")
    return (*map(int, numbers.split(".")), extension == "", extension)


def versions(text: str, there: Iterable[str]) -> set[str]:
    """Versions that a part of a path of REST 2 means, among those there are (all of x.y.z)."""
    every = sorted(there, key=_order)
    return {v for one in text.split(",") for v in _one(one, every)}


def _one(text: str, every: list[str]) -> list[str]:
    stable = [v for v in every if "-" not in v and not v.startswith("0.")]
    wildcard = re.search(r"[+~*]", text)
    if wildcard is None:
        return [v for v in every if v == text]
    pool = stable if wildcard[0] == "+" else every
    before = text[: wildcard.start()].rpartition(".")[0]  # the numbers that must be the same
    if before:
        pool = [v for v in pool if v.startswith(f"{before}.")]
    if text not in ("+", "~", "*"):
        floor = re.sub(r"(?<!\d)[+~*]", "0", text).translate({ord(c): "" for c in "+~*"})
        least = tuple(map(int, floor.split(".")))
        pool = [v for v in pool if tuple(map(int, v.partition("-")[0].split("."))) >= least]
    return pool if wildcard[0] == "*" else pool[-1:]
