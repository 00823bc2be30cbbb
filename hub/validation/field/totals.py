"""Rules about sums: parts against their total, bands of ages against wider ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hub.validation.field.ages import identities
from hub.validation.field.doubts import MOST_WAYS, Known, open_parts
from hub.validation.field.kinds import AREA, Bands, Tolerance, Totals
from hub.validation.field.table import Table, codes_in, literal, quoted

__all__ = ["bands", "totals"]


def totals(kind: Totals, table: Table, scope: str) -> Iterator[str]:
    """Queries for totals that their parts do not make up: ``_row, component, found, expected``.

    ``scope`` is the condition of the rule's rows.
    """
    codes = table.codes(kind.dimension)
    if kind.total not in codes:
        return
    if kind.all is None:
        yield _sums(table, scope, kind.dimension, kind.total, kind.parts, kind.optional,
                    kind.tolerance)  # fmt: skip
        return
    parts = open_parts(kind, codes)
    if parts:
        yield _open_sums(table, scope, kind, parts)


def bands(kind: Bands, table: Table, scope: str, known: Known) -> Iterator[str]:
    """Queries for bands that the bands inside them do not make up; as :func:`totals`."""
    ways = _ways(kind, table, scope) if known.ways is None else known.ways
    for whole, parts in ways:
        optional = kind.optional if whole == kind.total else ()
        yield _sums(table, scope, kind.dimension, whole, parts, optional, kind.tolerance)


def _ways(kind: Bands, table: Table, scope: str) -> Sequence[tuple[str, tuple[str, ...]]]:
    """Ways in which the bands of some group of rows make up a wider one."""
    dimension = quoted(kind.dimension)
    others = _grouped(table, kind.dimension)
    patterns = table.run(
        f"SELECT DISTINCT list_sort(list({dimension})) FROM obs WHERE {scope} "
        f"AND _value IS NOT NULL GROUP BY {others}"
    ).fetchmany(MOST_WAYS)
    found: dict[tuple[str, tuple[str, ...]], None] = {}
    for (codes,) in patterns:
        found.update(dict.fromkeys(identities(frozenset(codes), kind.total)))
    return list(found)[:MOST_WAYS]


def _grouped(table: Table, dimension: str) -> str:
    names = [*table.varying(dimension), *(["_time"] if table.schema.time else [])]
    return ", ".join(quoted(n) for n in names) or "()"


def _sums(
    table: Table,
    scope: str,
    dimension: str,
    total: str,
    parts: Sequence[str],
    optional: Sequence[str],
    tolerance: Tolerance,
) -> str:
    """Groups that have all ``parts`` and whose sum is not the total."""
    code = quoted(dimension)
    if AREA in (*parts, *optional):
        code = f"CASE WHEN {code} = REF_AREA THEN {literal(AREA)} ELSE {code} END"
    return (
        f"{_head(table)} FROM ({_group(table, scope, dimension, code, total, parts, optional)}) "
        f"WHERE t IS NOT NULL AND needed = {len(parts)} AND holes = 0 "
        f"AND abs(t - s) > {_allowed(tolerance)}"
    )


def _open_sums(table: Table, scope: str, kind: Totals, parts: Sequence[str]) -> str:
    """Groups whose parts exceed the total, or do not reach it though the residual is there."""
    code = quoted(kind.dimension)
    # Where rows were left out as faulty, a sum that falls short says nothing.
    closed = f"(residual > 0 AND holes = 0 AND {'true' if table.whole else 'false'})"
    off = _allowed(kind.tolerance)
    return (
        f"{_head(table)} FROM ("
        f"{_group(table, scope, kind.dimension, code, kind.total, parts, (), kind.residual)}) "
        f"WHERE t IS NOT NULL AND needed > 0 AND (s - t > {off} OR ({closed} AND t - s > {off}))"
    )


def _head(table: Table) -> str:
    measure = literal(table.schema.primary_measure.id)
    return (
        f"SELECT _row, {measure} AS component, x AS found, "
        "{'phrase': 'sum', 'a': printf('%.15g', s / m), 'b': names} AS expected"
    )


def _group(
    table: Table,
    scope: str,
    dimension: str,
    code: str,
    total: str,
    parts: Sequence[str],
    optional: Sequence[str],
    residual: Sequence[str] = (),
) -> str:
    whole, part = f"_code = {literal(total)}", codes_in("_code", parts)
    counted = codes_in("_code", (*parts, *optional))
    others = _grouped(table, dimension)
    shown = f"list({quoted(dimension)} ORDER BY {quoted(dimension)}) FILTER ({counted})"
    return (
        f"SELECT any_value(_row) FILTER ({whole}) AS _row, any_value(_text) FILTER ({whole}) AS x, "
        f"max(_value) FILTER ({whole}) AS t, max(_scale) FILTER ({whole}) AS m, "
        f"max(_scale) AS widest, sum(_value) FILTER ({counted}) AS s, "
        f"count(_value) FILTER ({part}) AS needed, "
        f"count(*) FILTER ({counted} AND _value IS NULL) AS holes, "
        f"count(*) FILTER ({codes_in('_code', residual)}) AS residual, "
        f"CASE WHEN len({shown}) > 6 THEN array_to_string(list_slice({shown}, 1, 6), ', ') "
        f"|| printf(' … (%d)', len({shown})) ELSE array_to_string({shown}, ', ') END AS names "
        f"FROM (SELECT *, {code} AS _code FROM obs WHERE {scope}) GROUP BY {others}"
    )


def _allowed(tolerance: Tolerance) -> str:
    """What the sum may be off; beyond it what doubles cannot tell."""
    return (
        f"greatest({tolerance.absolute!r} * widest, {tolerance.relative!r} * abs(t), 1e-9 * abs(t))"
    )
