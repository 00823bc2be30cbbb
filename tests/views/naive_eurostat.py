"""What Eurostat is given of a store, in plain Python: a reference that uses nothing of the hub.

Written from the sentences of the rules, observation by observation. A cell is the key in the order
of the dataset's dimensions, then the year.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

Row = dict[str, Any]
Cell = tuple[str, ...]


class Value(NamedTuple):
    """A value for a cell: of several that with the smallest rank counts."""

    rank: int
    value: str
    flag: str | None
    parts: list[Row]


class Use(NamedTuple):
    """What an observation, or the year it is a month of, may be a value of."""

    rank: int
    key: Cell
    differs: bool


_FLAGS = {"A": None, "B": "b", "D": "d", "E": "e", "F": "f", "N": "n", "P": "p", "U": "u"}
_GEO = {"MEX": "MX", "CRI": "CR", "XKX": "XK"}
_CITIZEN = {"_T": "TOTAL", "_FOR": "FOR", "XXA": "STLS", "_U": "UNK", "GTM": "GT", **_GEO}
_AGE = {
    "_T": "TOTAL", "Y_LT5": "Y_LT5", "Y7": "Y7", "Y15T19": "Y15-19", "Y15T24": "Y15-24",
    "Y18T34": "Y18-34",
}  # fmt: skip
_SEX = {"_T": "T", "F": "F", "M": "M"}
_REASON = {"_T": "TOTAL", "TEMP_FAMILY": "FAM", "TEMP_STUDY": "EDUC", "TEMP_WORK": "EMP"}
_APPLICANT = {
    "ASYLUM_APPLIED": "ASY_APP", "ASYLUM_APPLIED_MIXED": "ASY_APP", "ASYLUM_APPLIED_FIRST": "FRST",
}  # fmt: skip
_NO_RESIDENCE = {
    "RES_3M12M", "PERMIT_FIRST", "PERMIT_ANY", "BORDER_EVENT", "PASSENGER", "ADMIN_PROC",
    "APPREHENSION", "RETURN_ORDER", "RETURN_RECEPTION", "INCIDENT", "MANDATE",
}  # fmt: skip


def varied(flow: str, rows: Iterable[Row], key: tuple[str, ...], seed: int) -> list[Row]:
    """Random rows with more of what Eurostat asks about: ages, reasons, flags, 1 January."""
    found: dict[tuple[Any, ...], Row] = {}
    for place, row in enumerate(rows):
        series = random.Random(str([row[c] for c in key if c != "TIME_PERIOD"]))
        own = random.Random(f"{seed} {place}")
        if flow in ("DF_MIG_FLOW", "DF_MIG_STOCK", "DF_MIG_DISPLACEMENT"):
            row["AGE"] = series.choice(["_T", "_T", "_T", *list(_AGE), "Y0T4"])
        if flow == "DF_MIG_RESIDENCE":
            row["PERMIT_CATEGORY"] = series.choice(["_T", "_T", *list(_REASON), "TEMP_HUM", "_O"])
        if flow == "DF_MIG_FLOW":
            row["DEFINITION"] = series.choice(
                ["RES_12M", "RES_12M", "RES_12M", "RES_REG", "RES_6M", None, "PASSENGER"]
            )
        if flow == "DF_MIG_STOCK":
            if series.random() < 0.2:
                row["CITIZENSHIP"] = row["REF_AREA"]
            row["TIME_PER_COLLECT"] = series.choice(["B", "B", "B", "B", "M", None])
            row["DEFINITION"] = series.choice(["RES_12M", "RES_12M", "FC", None])
            row["MEASURE"] = series.choice(["STOCK_POP", row["MEASURE"], row["MEASURE"]])
        if own.random() < 0.02:
            row["CONF_STATUS"] = own.choice(["F", "C", "N"])
        if own.random() < 0.03 and row["OBS_STATUS"] == "A":
            row["OBS_STATUS"] = own.choice(["B", "U", "I", "V", "D"])
        found.setdefault(tuple(row[c] for c in key), row)
    return list(found.values())


def _fits(row: Row, unit: str | tuple[str, ...], *totals: str) -> bool:
    return row["UNIT_MEASURE"] in unit and all(row[d] == "_T" for d in totals)


def _key(*codes: str | None) -> Cell | None:
    return None if None in codes else tuple(str(code) for code in codes)


def _flow(measure: str) -> Callable[[Row], Use | None]:
    def used(row: Row) -> Use | None:
        if row["MEASURE"] != measure or row["DEFINITION"] in _NO_RESIDENCE:
            return None
        if not _fits(row, ("PS",), "COUNTRY_BIRTH", "COUNTRY_PREV_NEXT", "REASON"):
            return None
        home = row["CITIZENSHIP"] == row["REF_AREA"]
        citizen = "NAT" if home else _CITIZEN.get(row["CITIZENSHIP"])
        key = _key("A", citizen, "COMPLET", _AGE.get(row["AGE"]), "NR", _SEX.get(row["SEX"]),
                   _GEO.get(row["REF_AREA"]))  # fmt: skip
        rank = {"A": 1, "M": 2}.get(row["FREQ"])
        differs = row["DEFINITION"] != "RES_12M"
        return None if key is None or rank is None else Use(rank, key, differs)

    return used


def _stock(row: Row) -> Use | None:
    measures = ("STOCK_POP", "STOCK_FC")
    if row["MEASURE"] not in measures or row["TIME_PER_COLLECT"] != "B" or row["FREQ"] != "A":
        return None
    others = ("COUNTRY_BIRTH", "EDUCATION_LEV", "LABOUR_STATUS", "DISABILITY_STATUS")
    if not _fits(row, ("PS",), *others):
        return None
    foreign, code = row["MEASURE"] == "STOCK_FC", row["CITIZENSHIP"]
    if foreign and code == row["REF_AREA"]:
        return None
    citizen = "NAT" if code == row["REF_AREA"] else _CITIZEN.get(code)
    rank = 2 if foreign else 1
    if foreign and code == "_T":
        citizen, rank = "FOR", 3
    key = _key("A", citizen, _AGE.get(row["AGE"]), "NR", _SEX.get(row["SEX"]),
               _GEO.get(row["REF_AREA"]))  # fmt: skip
    return None if key is None else Use(rank, key, row["DEFINITION"] != "RES_12M")


def _permit(row: Row) -> Use | None:
    others = (
        "COUNTRY_RESIDENCE", "COUNTRY_COUNTERPART", "BORDER_POINT", "TRANSPORT_MODE",
        "TRAVEL_CONDITION", "SEX", "AGE",
    )  # fmt: skip
    if row["MEASURE"] != "RESIDENCE_GRANTED_FIRST" or not _fits(row, ("PS", "PERMITS"), *others):
        return None
    code, permits = row["CITIZENSHIP"], row["UNIT_MEASURE"] == "PERMITS"
    if code in ("_FOR", row["REF_AREA"]) or row["FREQ"] not in ("A", "M"):
        return None
    key = _key(
        "A",
        _REASON.get(row["PERMIT_CATEGORY"]),
        _CITIZEN.get(code),
        "TOTAL",
        "PER",
        _GEO.get(row["REF_AREA"]),
    )
    rank = 2 * (row["FREQ"] == "M") + permits
    differs = permits or row["PERMIT_CATEGORY"] != "_T"
    return None if key is None else Use(rank, key, differs)


def _asylum(row: Row) -> Use | None:
    if row["POPULATION_TYPE"] != "ASY" or not _fits(row, ("PS",), "LOCATION", "REASON"):
        return None
    if row["COUNTRY_ORIGIN"] in ("_FOR", row["REF_AREA"]):
        return None
    mixed = row["MEASURE"] == "ASYLUM_APPLIED_MIXED"
    rank = {("A", False): 1, ("M", False): 2, ("A", True): 3}.get((row["FREQ"], mixed))
    key = _key("A", "PER", _CITIZEN.get(row["COUNTRY_ORIGIN"]), _SEX.get(row["SEX"]),
               _APPLICANT.get(row["MEASURE"]), _AGE.get(row["AGE"]), _GEO.get(row["REF_AREA"])
               )  # fmt: skip
    return None if key is None or rank is None else Use(rank, key, rank > 1)


def _candidates(
    rows: Iterable[Row], used: Callable[[Row], Use | None]
) -> Iterator[tuple[Cell, Value]]:
    months: dict[tuple[Use, str], list[Row]] = defaultdict(list)
    for row in rows:
        free = row["CONF_STATUS"] in (None, "F") and row["UNIT_MULT"] in (None, "0")
        if row["OBS_VALUE"] is None or row["OBS_STATUS"] not in _FLAGS or not free:
            continue
        use, year = used(row), row["TIME_PERIOD"][:4]
        if use is None:
            continue
        if row["FREQ"] == "M":
            months[use, year].append(row)
        else:
            flag = "d" if use.differs else _FLAGS[row["OBS_STATUS"]]
            yield (*use.key, year), Value(use.rank, row["OBS_VALUE"], flag, [row])
    for (use, year), parts in months.items():
        if len(parts) != 12:
            continue
        total = format(sum((Decimal(r["OBS_VALUE"]) for r in parts), Decimal(0)).normalize(), "f")
        statuses = {r["OBS_STATUS"] for r in parts}
        worst = next((s for s in "UVEIFPBD" if s in statuses), "A")
        flag = "d" if use.differs else _FLAGS[statuses.pop() if len(statuses) == 1 else worst]
        yield (*use.key, year), Value(use.rank, total, flag, parts)


_DATASETS: dict[str, tuple[str, Callable[[Row], Use | None]]] = {
    "MIGR_IMM1CTZ": ("DF_MIG_FLOW", _flow("IMMIGRATION")),
    "MIGR_EMI1CTZ": ("DF_MIG_FLOW", _flow("EMIGRATION")),
    "MIGR_POP1CTZ": ("DF_MIG_STOCK", _stock),
    "MIGR_RESFIRST": ("DF_MIG_RESIDENCE", _permit),
    "MIGR_ASYAPPCTZA": ("DF_MIG_DISPLACEMENT", _asylum),
}


def dataset(id_: str, store: dict[str, list[Row]]) -> dict[Cell, Value]:
    """The cells of a dataset: of several values the one that goes first."""
    source, used = _DATASETS[id_]
    found: dict[Cell, Value] = {}
    for cell, value in _candidates(store.get(source, ()), used):
        if cell in found:
            assert found[cell].rank != value.rank, f"two values of one rank for {cell}"
        if cell not in found or value.rank < found[cell].rank:
            found[cell] = value
    return found
