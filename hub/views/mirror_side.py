"""One end of a comparison as SQL: the figures that a country reports of movements to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hub.model.schema import DataSchema, StructureRef
from hub.structures.repository import StructureSet
from hub.views.api import Relation
from hub.views.mirror_rules import PARTNER, REPORTER, MirrorRules, Side
from hub.views.rollup import Sum, literal, one_of, rolled, start

__all__ = ["figures", "stored_cells"]

#: Dimensions whose parts are figures of their own beside the total; all others come down to it.
_SHOWN = frozenset({"SEX", "AGE"})
_OWN = frozenset({"FREQ", "REF_AREA", "MEASURE", "CITIZENSHIP", "UNIT_MEASURE", *_SHOWN})

#: What tells two figures of a side apart.
_CELL = (
    "freq", "reporter", "partner", "citizenship", "sex", "age", "provider", "unit", "_start",
    "_end",
)  # fmt: skip

#: Codes asked for, by dimension; ``None``: any.
Asked = Mapping[str, tuple[str, ...] | None]


def figures(
    structures: StructureSet,
    rules: MirrorRules,
    side: Side,
    inputs: Mapping[StructureRef, Relation],
    asked: Asked,
) -> Relation:
    """A query for the figures of one end, stated or added up.

    Its columns are those that tell them apart (``freq, reporter, partner, citizenship, sex, age,
    provider, unit, _start, _end``), ``period``, ``recorded`` (the counterpart as it is stored) and
    what :mod:`hub.views.rollup` carries. ``asked`` names ``FREQ``, ``REPORTER``, ``PARTNER`` and
    ``CITIZENSHIP``: figures that do not match may be left out.
    """
    ref = side.dataflow
    schema = structures.dataflow(ref.agency, ref.id, ref.version)
    sums = [one for one in rules.sums if _concerns(one, side, schema)]
    summed = sorted({c for one in sums for c in one.columns} - _SHOWN)
    preferred = next((c for c, codes in side.where.items() if len(codes) > 1), side.partner)
    key = {
        "freq": "FREQ",
        "reporter": "REF_AREA",
        "partner": side.partner,
        "citizenship": "CITIZENSHIP",
        "sex": "SEX",
        "age": "AGE",
        "provider": "coalesce(_provider, '_U')",
        "unit": "UNIT_MEASURE",
        "recorded": preferred,
        "period": "TIME_PERIOD",
        "_start": "_start",
        "_end": "_end",
        **{c.lower(): c for c in summed},
    }
    frequencies = asked["FREQ"]
    years = frequencies is None or "A" in frequencies
    terms = _terms(rules, side, schema, summed)
    values: list[object] = []
    restricted = {
        "REF_AREA": asked["REPORTER"],
        side.partner: asked["PARTNER"],
        "CITIZENSHIP": asked["CITIZENSHIP"],
        "FREQ": None if years else frequencies,
    }
    for column, codes in restricted.items():
        if codes is not None:
            terms.append(f"{column} IN ({', '.join('?' * len(codes))})" if codes else "false")
            values.extend(codes)
    stated = (
        f"SELECT {start(schema.primary_measure.id, key)} FROM {inputs[ref].sql} AS stored "
        f"WHERE {' AND '.join(terms)}"
    )
    totals = [f"{c.lower()} = {literal(_total(side, c))}" for c in summed]
    kept = " AND ".join(["value IS NOT NULL", *totals])
    lower = [replace(one, columns=tuple(c.lower() for c in one.columns)) for one in sums]
    every = f"SELECT * FROM ({rolled(stated, tuple(key), lower, years=years)}) AS r WHERE {kept}"
    return Relation(_first(every, side, preferred), (*inputs[ref].values, *values))


def stored_cells(
    schema: DataSchema, rules: MirrorRules, side: Side, reporter: str, partner: str
) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Where the stored observations of the figures of a side lie, and where its totals do.

    The first gives the codes of dimensions that have only these (FREQ, SEX and AGE are left out,
    and those that are added up over any code); the second the code of a total for each dimension
    that parts may be added up over.
    """
    sums = [one for one in rules.sums if _concerns(one, side, schema)]
    summed = {c for one in sums for c in one.columns}
    stand = {PARTNER: partner, REPORTER: reporter}
    found = {
        "REF_AREA": (reporter,),
        side.partner: (partner,),
        "MEASURE": rules.measures(side),
        "UNIT_MEASURE": rules.units,
        **{c: tuple(stand.get(code, code) for code in codes) for c, codes in side.where.items()},
    }
    for c in schema.series_key:
        if c not in {*_OWN, *found, *summed}:
            found[c] = ("_T",)
    return found, {c: _total(side, c) for c in sorted(summed)}


def _concerns(one: Sum, side: Side, schema: DataSchema) -> bool:
    """Whether a sum is one of a side's figures; one of measures only if it makes its measure."""
    if one.columns == ("MEASURE",):
        return one.total == (side.measure,)
    return set(schema.series_key).issuperset(one.columns)


def _terms(rules: MirrorRules, side: Side, schema: DataSchema, summed: Sequence[str]) -> list[str]:
    """The conditions on stored observations, without those of a query."""
    named = {*_OWN, side.partner, *side.where, *summed}
    terms = [
        f"REF_AREA <> {side.partner}",
        one_of("MEASURE", rules.measures(side)),
        one_of("UNIT_MEASURE", rules.units),
        *(f"{c} = '_T'" for c in schema.series_key if c not in named),
    ]
    stand = {PARTNER: side.partner, REPORTER: "REF_AREA"}
    for column, codes in side.where.items():
        listed = ", ".join(stand.get(code) or literal(code) for code in codes)
        terms.append(f"{column} IN ({listed})")
    return terms


def _total(side: Side, column: str) -> str:
    return side.measure if column == "MEASURE" else "_T"


def _first(every: str, side: Side, column: str) -> str:
    """One figure for each cell: that with the preferred code of ``column``.

    A period that is written in two ways is one period.
    """
    stand = {PARTNER: "partner", REPORTER: "reporter"}
    codes = side.where.get(column, ())
    ranks = "".join(
        f" WHEN recorded = {stand.get(code) or literal(code)} THEN {rank}"
        for rank, code in enumerate(codes)
    )
    rank = f"CASE{ranks} END" if ranks else "0"
    return (
        f"SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY {', '.join(_CELL)} "
        f"ORDER BY {rank}, period) AS place FROM ({every}) AS e) AS f WHERE place = 1"
    )
