"""Years as the sum of their twelve months: each of them there, each with a number."""

from __future__ import annotations

from hub.mapping.pieces import Piece, column
from hub.model.schema import DataSchema
from hub.model.stored import END, PROVIDER, START

__all__ = ["annual", "of_all_months", "year_of"]

#: Of several statuses in a year the first of these that occurs is the status of the year; if none
#: does, one that says more than that a value is normal.
_WORST = ("U", "V", "E", "I", "F", "P", "B", "D")


def year_of(alias: str = "r") -> str:
    """The year in which a period begins, as text."""
    return f"CAST(EXTRACT(YEAR FROM {column(START, alias)}) AS VARCHAR)"


def annual(schema: DataSchema, rows: Piece, where: Piece, rank: Piece) -> Piece:
    """The years of the monthly rows that meet a condition, with the columns of the schema.

    A year that lacks a month, or has one without a number, is not there. Attributes that differ
    between months are null, but for the status: that is the least certain one. ``rank`` is an
    expression over the rows; a year has the smallest.
    """
    assert schema.time is not None
    value = column(schema.primary_measure.id)
    kept = [d for d in schema.series_key if d != "FREQ"]
    begins = f"year_start({column(START)})"
    picked = [f'{column(d)} AS "{d}"' for d in kept]
    picked += [
        "'A' AS \"FREQ\"",
        f'{year_of()} AS "{schema.time.id}"',
        f'shown(sum(exact({value}))) AS "{schema.primary_measure.id}"',
        *(f'{of_all_months(a.id)} AS "{a.id}"' for a in schema.attributes),
        f"{of_all_months(PROVIDER)} AS {PROVIDER}",
        f"{begins} AS {START}",
        f"year_end({begins}) AS {END}",
    ]
    whole = [
        "count(*) = 12",
        f"count(DISTINCT EXTRACT(MONTH FROM {column(START)})) = 12",
        f"count(exact({value})) = 12",
    ]
    if "UNIT_MULT" in schema.by_id:
        whole.append(f"count(DISTINCT coalesce({column('UNIT_MULT')}, '0')) = 1")
    grouped = ", ".join((*(column(d) for d in kept), year_of(), begins))
    tail = f" GROUP BY {grouped} HAVING {' AND '.join(whole)})"
    head = rank.put(f"(SELECT {', '.join(picked)}, min({{}}) AS _rank FROM ")
    return Piece.joined("", (head, rows.put("{} r WHERE "), where, Piece(tail)))


def of_all_months(id_: str) -> str:
    """The value that all months have; of statuses that differ the worst; else none."""
    name = column(id_)
    same = f"count(DISTINCT {name}) = 1 AND count({name}) = count(*)"
    if id_ != "OBS_STATUS":
        return f"CASE WHEN {same} THEN min({name}) END"
    worst = " ".join(
        f"WHEN count(CASE WHEN {name} = '{status}' THEN 1 END) > 0 THEN '{status}'"
        for status in _WORST
    )
    other = f"coalesce(max(nullif({name}, 'A')), 'A')"
    return f"CASE WHEN {same} THEN min({name}) {worst} ELSE {other} END"
