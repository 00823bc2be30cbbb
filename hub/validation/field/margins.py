"""Tables that break one figure down by different dimensions, and what each adds up to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hub.validation.field.ages import identities
from hub.validation.field.context import FieldContext
from hub.validation.field.doubts import Known
from hub.validation.field.kinds import Breakdown, Margins
from hub.validation.field.series import load_published
from hub.validation.field.table import Table, codes_in, literal, quoted

__all__ = ["margins"]


def margins(
    kind: Margins, table: Table, scope: str, context: FieldContext, name: str, known: Known
) -> Iterator[str]:
    """Queries for tables that disagree: ``_row, component, found, expected``.

    ``name`` tells the tables that this rule makes apart from those of others. A difference is told
    at the total where the message has it, else at the first row of a table of the message. Where
    total and parts are all of the message, :mod:`hub.validation.field.totals` speaks.
    """
    broken = sorted(kind.breakdowns)
    others = [d for d in table.schema.series_key if d not in broken]
    published = load_published(table, context, others, f"beside_{name}", timed=True)
    columns = ", ".join(
        [*map(quoted, table.schema.series_key), "_time", "_row", "_value", "_scale"]
    )
    source = f"SELECT {columns} FROM obs WHERE {scope}"
    if published:
        beside = f"SELECT *, ~0::UBIGINT AS _for FROM beside_{name}"  # each rule may use them
        source += f" UNION ALL SELECT {columns} FROM ({beside}) WHERE {scope}"
    table.run(f"CREATE OR REPLACE TEMP TABLE both_{name} AS {source}")
    keys = ", ".join([*map(quoted, others), "_time"])
    sides = [_total(kind, broken, keys, name)]
    for dimension in broken:
        sides += _sides(kind, table, dimension, broken, keys, name, known)
    if len(sides) < 2:
        return
    table.run(f"CREATE OR REPLACE TEMP TABLE sides_{name} AS {' UNION ALL '.join(sides)}")
    same = " AND ".join(f"a.{quoted(c)} = b.{quoted(c)}" for c in [*others, "_time"])
    measure = literal(table.schema.primary_measure.id)
    off = kind.tolerance
    allowed = (
        f"greatest({off.absolute!r} * greatest(a.scale, b.scale), "
        f"{off.relative!r} * abs(a.s), 1e-9 * abs(a.s))"
    )
    # The total stands first ('' before any name); a lower bound is only judged against a sum.
    yield (
        f"SELECT CASE WHEN a.sent THEN a._row ELSE b._row END AS _row, {measure} AS component, "
        "printf('%.15g', (CASE WHEN a.sent THEN a.s / a.scale ELSE b.s / b.scale END)) AS found, "
        "CASE WHEN a.sent THEN {'phrase': 'margin', 'a': printf('%.15g', b.s / a.scale), "
        "'b': b.dim} WHEN a.dim = '' THEN {'phrase': 'margin_total', "
        "'a': printf('%.15g', a.s / b.scale), 'b': ''} ELSE {'phrase': 'margin', "
        "'a': printf('%.15g', a.s / b.scale), 'b': a.dim} END "
        f"AS expected FROM sides_{name} a JOIN sides_{name} b ON {same} AND a.dim < b.dim "
        "WHERE (a.sent OR b.sent) AND NOT (a.dim = '' AND a.own AND b.own) "
        f"AND (a.dim = '' OR NOT EXISTS (FROM sides_{name} t WHERE t.dim = '' AND "
        f"{same.replace('b.', 't.')})) "
        f"AND ((b.s - a.s > {allowed} AND a.exact) OR (a.s - b.s > {allowed} AND b.exact)) "
        "QUALIFY row_number() OVER (PARTITION BY CASE WHEN a.sent THEN a._row ELSE b._row END "
        "ORDER BY a.dim, b.dim) = 1"
    )


def _total(kind: Margins, broken: Sequence[str], keys: str, name: str) -> str:
    all_total = " AND ".join(f"{quoted(d)} = {literal(kind.total)}" for d in broken)
    return (
        f"SELECT {keys}, _value AS s, _scale AS scale, '' AS dim, true AS exact, _row, "
        f"_row IS NOT NULL AS sent, _row IS NOT NULL AS own FROM both_{name} "
        f"WHERE {all_total} AND _value IS NOT NULL"
    )


def _sides(
    kind: Margins, table: Table, dimension: str, broken: Sequence[str], keys: str, name: str,
    known: Known,
) -> Iterator[str]:  # fmt: skip
    given = kind.breakdowns[dimension]
    column = quoted(dimension)
    rows = table.run(f"SELECT DISTINCT {column} FROM both_{name}").fetchall()
    present = known.codes.get(dimension, frozenset()) | {row[0] for row in rows}
    codes = set(present - {kind.total})
    elsewhere = " AND ".join(
        f"{quoted(d)} = {literal(kind.total)}" for d in broken if d != dimension
    )
    for parts, optional, complete in _ways(given, codes, kind.total):
        part, counted = codes_in(column, parts), codes_in(column, (*parts, *optional))
        residual = codes_in(column, given.residual)
        whole = table.whole
        exact = (
            "true" if complete else f"(count(*) FILTER ({residual}) > 0 AND {str(whole).lower()})"
        )
        needed = f"= {len(parts)}" if complete else "> 0"
        yield (
            f"SELECT {keys}, sum(_value) AS s, max(_scale) AS scale, {literal(dimension)} AS dim, "
            f"{exact} AS exact, min(_row) AS _row, count(_row) > 0 AS sent, "
            f"count(_row) = count(*) AS own FROM both_{name} WHERE {elsewhere} AND {counted} "
            f"GROUP BY {keys} HAVING count(_value) = count(*) "
            f"AND count(DISTINCT {column}) FILTER ({part}) {needed}"
        )


def _ways(
    given: Breakdown, codes: set[str], total: str
) -> Iterator[tuple[Sequence[str], Sequence[str], bool]]:
    """Parts, optional parts, and whether they are all there must be."""
    if given.bands:
        for whole, tiles in identities(codes | {total}, total):
            if whole == total:
                yield tiles, given.optional, True
    elif given.all is None:
        if codes.issuperset(given.parts):
            yield given.parts, given.optional, True
    else:
        fits = re.compile(given.all)
        parts = {c for c in codes if fits.fullmatch(c)}
        # A code that stands under another one among them is counted by that one.
        parts -= {c for c in parts if any(c.startswith(f"{p}_") for p in parts)}
        if parts:
            yield sorted(parts), (), False
