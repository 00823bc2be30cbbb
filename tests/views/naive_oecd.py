"""What the OECD is given of a store, in plain Python: a reference that uses nothing of the hub.

Written from the sentences of the rules, observation by observation: first what each observation
could be a value of, then which of several values for a cell stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
Cell = tuple[str, ...]  # area, people, measure, sex, year

_FLOWS = {
    "IMMIGRATION": "B11", "EMIGRATION": "B12", "NATURALISATIONS": "B16",
    "INFLOW_WORKERS": "B21", "INFLOW_SEASONAL": "B22",
}  # fmt: skip
_OTHER_DEFINITIONS = {
    "RES_6M", "RES_3M12M", "PERMIT_FIRST", "PERMIT_ANY", "BORDER_EVENT", "PASSENGER",
    "ADMIN_PROC", "_O",
}  # fmt: skip
_FORMER = {"ANT": "ANT_F", "CSK": "CSK_F", "SUN": "SUN_F", "YUG": "YUG_F"}
_OWN = {"_U": "W_X", "XXA": "STLS", "XKX": "XKV", **_FORMER}
#: Areas and groups of the random stores; a country has the same code on both sides.
_COUNTRIES = {"MEX", "CRI", "GTM"}


def people(code: str, year: int, total: str) -> str | None:
    """A citizenship or place of birth in the OECD's codes; ``total`` is all foreigners."""
    if code == total:
        return "W"
    if code == "SCG":
        return "SCG_F" if year >= 2003 else None
    return _OWN.get(code) or (code if code in _COUNTRIES else None)


def area(code: str) -> str | None:
    return {"XKX": "XKV"}.get(code) or (code if code in _COUNTRIES else None)


def _plain(row: Row, *dimensions: str) -> bool:
    return all(row[d] == "_T" for d in dimensions)


def _valued(row: Row) -> bool:
    return row["OBS_VALUE"] is not None and row["OBS_STATUS"] not in ("O", "M", "L", "H", "Q")


def flow(row: Row) -> tuple[int, str, str | None] | None:
    """Rank, code of the total, and own status of a use; ``None``: not used. By month or year."""
    if row["MEASURE"] not in _FLOWS or row["UNIT_MEASURE"] != "PS" or row["FREQ"] != "A":
        return None
    if row["CITIZENSHIP"] == row["REF_AREA"]:
        return None
    if not _plain(row, "COUNTRY_BIRTH", "COUNTRY_PREV_NEXT", "AGE", "REASON"):
        return None
    if row["CITIZENSHIP"] == "_T":
        return (12, "_T", None) if row["MEASURE"] == "NATURALISATIONS" else None
    return 10, "_FOR", "D" if row["DEFINITION"] in _OTHER_DEFINITIONS else None


def residence(row: Row) -> tuple[int, str, str | None] | None:
    if row["MEASURE"] != "RESIDENCE_GRANTED_FIRST" or row["FREQ"] not in ("A", "M"):
        return None
    if not _plain(row, "PERMIT_CATEGORY", "AGE", "BORDER_POINT", "TRAVEL_CONDITION"):
        return None
    unit, freq = row["UNIT_MEASURE"], row["FREQ"]
    if row["CITIZENSHIP"] == "_T":
        rank = {("PERMITS", "A"): 24, ("PERMITS", "M"): 25}.get((unit, freq))
        return None if rank is None else (rank, "_T", "D")
    rank = {("PS", "A"): 20, ("PERMITS", "A"): 21, ("PS", "M"): 22, ("PERMITS", "M"): 23}.get(
        (unit, freq)
    )
    return None if rank is None else (rank, "_FOR", "D")


def asylum(row: Row) -> tuple[int, str, str | None] | None:
    if row["UNIT_MEASURE"] != "PS" or row["POPULATION_TYPE"] != "ASY":
        return None
    if not _plain(row, "LOCATION", "REASON", "AGE"):
        return None
    found = {
        ("ASYLUM_APPLIED_FIRST", "A"): (30, None),
        ("ASYLUM_APPLIED_FIRST", "M"): (31, None),
        ("ASYLUM_APPLIED", "A"): (32, "D"),
        ("ASYLUM_APPLIED", "M"): (33, "D"),
        ("ASYLUM_APPLIED_MIXED", "A"): (34, "D"),
    }.get((row["MEASURE"], row["FREQ"]))
    return None if found is None else (found[0], "_T", found[1])


def stock(row: Row, ours: str, theirs: str, own: str) -> tuple[int, str, str | None] | None:
    """Stocks by ``ours``, of all ``theirs``; ``own`` is the measure: STOCK_FC or STOCK_FB."""
    with_refugees = {"STOCK_FC": {"FC_R"}, "STOCK_FB": {"FB_R", "FB_XR"}}[own]
    estimate = {"STOCK_FC": {"FC", "FC_R"}, "STOCK_FB": {"FB", "FB_R", "FB_XR"}}[own]
    if row["UNIT_MEASURE"] != "PS" or row[ours] == row["REF_AREA"]:
        return None
    if not _plain(row, theirs, "AGE", "EDUCATION_LEV", "LABOUR_STATUS", "DISABILITY_STATUS"):
        return None
    differs = "D" if row["DEFINITION"] in with_refugees else None
    if row["MEASURE"] == own and row["FREQ"] == "A":
        return (42, "_T", None) if row[ours] == "_T" else (40, "_FOR", differs)
    if row["MEASURE"] != "STOCK_MIG" or row["DEFINITION"] not in estimate:
        return None
    return ({"A": 43, "A5": 44}[row["FREQ"]], "_T", differs) if row["FREQ"] != "M" else None


def _text(number: Decimal) -> str:
    return format(number.normalize(), "f")


def cells(
    rows: Iterable[Row], used: Any, people_in: str, measure: Any
) -> dict[Cell, list[tuple[int, str, str, list[Row]]]]:
    """Values for each cell: rank, value, status, and the observations it is made of."""
    found: dict[Cell, list[tuple[int, str, str, list[Row]]]] = defaultdict(list)
    months: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        use = used(row) if _valued(row) else None
        if use is None:
            continue
        year = int(row["TIME_PERIOD"][:4])
        where, who = area(row["REF_AREA"]), people(row[people_in], year, use[1])
        if where is None or who is None or row["SEX"] not in ("F", "_T"):
            continue
        cell = (where, who, measure(row), row["SEX"], str(year))
        if row["FREQ"] == "M":
            months[cell, use].append(row)
        else:
            status = use[2] or row["OBS_STATUS"]
            found[cell].append((use[0], row["OBS_VALUE"], status, [row]))
    for (cell, (rank, _, status)), parts in months.items():
        if len(parts) == 12:
            total = _text(sum((Decimal(r["OBS_VALUE"]) for r in parts), Decimal(0)))
            statuses = {r["OBS_STATUS"] for r in parts}
            marks = [*"UVEIFPBD", *sorted(statuses - {"A"}, reverse=True), "A"]
            worst = next(s for s in marks if s in statuses)
            own = statuses.pop() if len(statuses) == 1 else worst
            found[cell].append((rank, total, status or own, parts))
    return found


def df_mig(store: dict[str, list[Row]]) -> dict[Cell, tuple[int, str, str, list[Row]]]:
    """The cells of DF_MIG: of several values the one that goes first."""
    sides = [
        cells(store["DF_MIG_FLOW"], flow, "CITIZENSHIP", lambda r: _FLOWS[r["MEASURE"]]),
        cells(store["DF_MIG_RESIDENCE"], residence, "CITIZENSHIP", lambda _: "B11"),
        cells(store["DF_MIG_DISPLACEMENT"], asylum, "COUNTRY_ORIGIN", lambda _: "B13"),
        cells(
            store["DF_MIG_STOCK"],
            lambda r: stock(r, "CITIZENSHIP", "COUNTRY_BIRTH", "STOCK_FC"),
            "CITIZENSHIP",
            lambda _: "B15",
        ),
    ]
    return _first(sides)


def df_popf(store: dict[str, list[Row]]) -> dict[Cell, tuple[int, str, str, list[Row]]]:
    """The cells of DF_MIG_POPF."""
    return _first([
        cells(
            store["DF_MIG_STOCK"],
            lambda r: stock(r, "COUNTRY_BIRTH", "CITIZENSHIP", "STOCK_FB"),
            "COUNTRY_BIRTH",
            lambda _: "B14",
        )
    ])  # fmt: skip


def _first(sides: list[Any]) -> dict[Cell, tuple[int, str, str, list[Row]]]:
    together: dict[Cell, list[Any]] = defaultdict(list)
    for side in sides:
        for cell, values in side.items():
            together[cell] += values
    for cell, values in together.items():
        ranks = [v[0] for v in values]
        assert len(set(ranks)) == len(ranks), f"two values of one rank for {cell}"
    return {cell: min(values, key=lambda v: v[0]) for cell, values in together.items()}
