"""The tables of the Demographic Yearbook, written by hand from the sentences of the rules.

Nothing here knows the hub's rules, maps or SQL: rows are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]
#: measure, citizenship, country of birth, previous or next residence, sex, age, reason
Key = tuple[str, str, str, str, str, str, str]

#: For each sheet: the component of its rows, its measures, and what is fixed but for totals.
SHEETS: dict[int, tuple[str, tuple[str, ...], dict[str, str]]] = {
    1: ("CITIZENSHIP", ("ENTRIES", "EXITS"), {}),
    2: ("CITIZENSHIP", ("IMMIGRATION", "EMIGRATION"), {}),
    3: ("AGE", ("IMMIGRATION",), {}),
    4: ("AGE", ("EMIGRATION",), {}),
    5: ("COUNTRY_PREV_NEXT", ("IMMIGRATION",), {}),
    6: ("COUNTRY_PREV_NEXT", ("EMIGRATION",), {}),
    7: ("CITIZENSHIP", ("IMMIGRATION",), {}),
    8: ("CITIZENSHIP", ("EMIGRATION",), {}),
    9: ("COUNTRY_BIRTH", ("IMMIGRATION", "EMIGRATION"), {}),
    10: ("REASON", ("IMMIGRATION", "EMIGRATION"), {"CITIZENSHIP": "_FOR"}),
    12: ("AGE", ("STOCK_FB",), {}),
    13: ("COUNTRY_BIRTH", ("STOCK_FB",), {}),
    14: ("AGE", ("STOCK_FC",), {}),
    15: ("CITIZENSHIP", ("STOCK_FC",), {}),
}
#: Sheets whose rows do not depend on what was published.
CLOSED = (1, 2)

_ORDER = (
    "MEASURE", "CITIZENSHIP", "COUNTRY_BIRTH", "COUNTRY_PREV_NEXT", "SEX", "AGE", "REASON",
)  # fmt: skip
_NO_RESIDENCE = {
    "RES_3M12M", "PERMIT_FIRST", "PERMIT_ANY", "BORDER_EVENT", "PASSENGER", "ADMIN_PROC",
    "APPREHENSION", "RETURN_ORDER", "RETURN_RECEPTION", "INCIDENT", "MANDATE",
}  # fmt: skip
_OTHER_STOCK = {
    "FB_R", "FB_XR", "FC_R", "FBC", "FBC_R", "IMP", "IMP_R", "RES_6M", "RES_3M12M", "_O",
}  # fmt: skip
_UNSURE = "UVEIFPBD"
_TOTALS = {"STOCK_FB": "COUNTRY_BIRTH", "STOCK_FC": "CITIZENSHIP"}


@dataclass(frozen=True)
class Value:
    """A cell: value, status, unit, and whether it is the sum of months."""

    value: Decimal
    status: str
    unit: str
    summed: bool = False


def key_of(codes: Mapping[str, str]) -> Key:
    found = tuple(codes.get(d, "_T") for d in _ORDER)
    return found  # type: ignore[return-value]


def cells(rows: Mapping[str, Iterable[Row]], area: str, year: str) -> dict[Key, Value]:
    """Every cell that has a figure, of one area and year; ``rows`` are those of each dataflow."""
    found: dict[Key, Value] = {}
    for given in (_travel, _flow, _stock):
        for key, value in given(rows, area, year):
            found.setdefault(key, value)
    return found


def _open(rows: Iterable[Row], area: str, year: str) -> list[Row]:
    """Rows of the area and year that have a value which may be shown, in whole units."""
    return [
        r
        for r in rows
        if r["REF_AREA"] == area
        and r["TIME_PERIOD"][:4] == year
        and r["OBS_VALUE"] is not None
        and r["OBS_STATUS"] not in tuple("OMLHQ")
        and r["CONF_STATUS"] in (None, "F")
        and r["UNIT_MULT"] in (None, "0")
    ]


def _whole_years(rows: list[Row]) -> Iterator[tuple[Key, list[Row]]]:
    series: dict[Key, list[Row]] = {}
    for r in rows:
        if r["FREQ"] == "M":
            series.setdefault(key_of(r), []).append(r)
    for key, months in series.items():
        if len({m["TIME_PERIOD"] for m in months}) == 12:
            yield key, months


def _summed(months: list[Row]) -> Value:
    statuses = {m["OBS_STATUS"] for m in months}
    worst = [s for s in _UNSURE if s in statuses]
    status = statuses.pop() if len(statuses) == 1 else worst[0] if worst else "A"
    total = sum((Decimal(m["OBS_VALUE"]) for m in months), Decimal(0))
    return Value(total, status, months[0]["UNIT_MEASURE"], summed=True)


def _plain(row: Row, status: str | None = None) -> Value:
    return Value(Decimal(row["OBS_VALUE"]), status or row["OBS_STATUS"], row["UNIT_MEASURE"])


def _travel(rows: Mapping[str, Iterable[Row]], area: str, year: str) -> Iterator[tuple[Key, Value]]:
    """Crossings go before persons, and a year of the source before one of months."""
    totals = (
        "COUNTRY_RESIDENCE", "COUNTRY_COUNTERPART", "BORDER_POINT", "TRANSPORT_MODE",
        "PERMIT_CATEGORY", "TRAVEL_CONDITION",
    )  # fmt: skip
    ready = [
        r
        for r in _open(rows["DF_MIG_BORDER"], area, year)
        if r["MEASURE"] in ("ENTRIES", "EXITS") and all(r[t] == "_T" for t in totals)
    ]
    for unit in ("EV", "PS"):
        same = [r for r in ready if r["UNIT_MEASURE"] == unit]
        yield from ((key_of(r), _plain(r)) for r in same if r["FREQ"] == "A")
        yield from ((key, _summed(months)) for key, months in _whole_years(same))


def _flow(rows: Mapping[str, Iterable[Row]], area: str, year: str) -> Iterator[tuple[Key, Value]]:
    """Another definition than twelve months has the status D; events are no migrants."""
    ready = [
        r
        for r in _open(rows["DF_MIG_FLOW"], area, year)
        if r["MEASURE"] in ("IMMIGRATION", "EMIGRATION")
        and r["UNIT_MEASURE"] == "PS"
        and r["DEFINITION"] not in _NO_RESIDENCE
    ]
    for r in ready:
        if r["FREQ"] == "A":
            yield key_of(r), _plain(r, None if r["DEFINITION"] == "RES_12M" else "D")
    for key, months in _whole_years(ready):
        value = _summed(months)
        if any(m["DEFINITION"] != "RES_12M" for m in months):
            value = Value(value.value, "D", value.unit, summed=True)
        yield key, value


def _stock(rows: Mapping[str, Iterable[Row]], area: str, year: str) -> Iterator[tuple[Key, Value]]:
    """Of a measure of foreigners all foreign areas are the total, which goes first."""
    ready = [
        r
        for r in _open(rows["DF_MIG_STOCK"], area, year)
        if r["MEASURE"] in _TOTALS
        and r["UNIT_MEASURE"] == "PS"
        and r["FREQ"] == "A"
        and r[_TOTALS[r["MEASURE"]]] != area
        and all(r[t] == "_T" for t in ("EDUCATION_LEV", "LABOUR_STATUS", "DISABILITY_STATUS"))
    ]
    for foreign in (True, False):
        for r in ready:
            if (r[_TOTALS[r["MEASURE"]]] == "_FOR") is foreign:
                status = "D" if r["DEFINITION"] in _OTHER_STOCK else None
                yield total(key_of(r), r["MEASURE"]), _plain(r, status)


def total(key: Key, measure: str) -> Key:
    """The key with the total for all foreign areas, where the measure is of foreigners."""
    if measure not in _TOTALS:
        return key
    place = _ORDER.index(_TOTALS[measure])
    code = "_T" if key[place] == "_FOR" else key[place]
    return (*key[:place], code, *key[place + 1 :])  # type: ignore[return-value]


#: Where somebody may have published what a cell of a measure asks for, and in which measures.
NEAR: dict[str, dict[str, tuple[str, ...]]] = {
    "ENTRIES": {"DF_MIG_BORDER": ("ENTRIES", "MOVEMENTS")},
    "EXITS": {"DF_MIG_BORDER": ("EXITS", "MOVEMENTS")},
    "IMMIGRATION": {
        "DF_MIG_FLOW": ("IMMIGRATION",),
        "DF_MIG_RESIDENCE": ("RESIDENCE_GRANTED", "RESIDENCE_GRANTED_FIRST"),
        "DF_MIG_BORDER": ("ENTRIES",),
    },
    "EMIGRATION": {"DF_MIG_FLOW": ("EMIGRATION",), "DF_MIG_BORDER": ("EXITS",)},
    "STOCK_FB": {"DF_MIG_STOCK": ("STOCK_FB", "STOCK_MIG")},
    "STOCK_FC": {"DF_MIG_STOCK": ("STOCK_FC", "STOCK_MIG")},
}


def near(rows: Mapping[str, Iterable[Row]], area: str, year: str) -> dict[Key, set[str]]:
    """The dataflows in which somebody published something with the codes of a cell, by cell."""
    found: dict[Key, set[str]] = {}
    for measure, flows in NEAR.items():
        for flow, measures in flows.items():
            for r in rows[flow]:
                about = (r["REF_AREA"], r["TIME_PERIOD"][:4]) == (area, year)
                if about and r["MEASURE"] in measures:
                    key: Key = (measure, *key_of(r)[1:])  # type: ignore[assignment]
                    found.setdefault(total(key, measure), set()).add(flow)
    return found


def partly(rows: Mapping[str, Iterable[Row]], area: str, year: str) -> dict[str, list[Row]]:
    """Rows that no rule leaves out whatever their detail, by the measure of the cells."""
    border, flow, stock = (
        _open(rows[id_], area, year) for id_ in ("DF_MIG_BORDER", "DF_MIG_FLOW", "DF_MIG_STOCK")
    )
    counted = [
        r for r in flow if r["UNIT_MEASURE"] == "PS" and r["DEFINITION"] not in _NO_RESIDENCE
    ]
    foreign = [
        r
        for r in stock
        if r["UNIT_MEASURE"] == "PS"
        and r["MEASURE"] in _TOTALS
        and r[_TOTALS[r["MEASURE"]]] != area
    ]
    groups = (("ENTRIES", border), ("EXITS", border), ("IMMIGRATION", counted),
              ("EMIGRATION", counted), ("STOCK_FB", foreign), ("STOCK_FC", foreign))  # fmt: skip
    return {measure: [r for r in of if r["MEASURE"] == measure] for measure, of in groups}


def is_part(row: Row, cell: Key, area: str) -> bool:
    """Whether a row is about a part of a cell, and not about all of it."""
    own = total(key_of(row), cell[0])
    return own != cell and all(
        theirs in (ours, "_T")
        or (_ORDER[place] == "CITIZENSHIP" and theirs == "_FOR" and _is_foreign(ours, area))
        for place, (ours, theirs) in enumerate(zip(own, cell, strict=True))
    )


def _is_foreign(code: str, area: str) -> bool:
    return code != area and code[0] != "_"
