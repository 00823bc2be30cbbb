"""Rules about a series over time, with what is published of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC

from hub.model.spool import Spool
from hub.validation.field.context import FieldContext
from hub.validation.field.kinds import Codes, Cumulative, Jump, Nil
from hub.validation.field.table import Table, codes_in, literal, quoted

__all__ = ["cumulative", "jump", "load_history", "load_published", "nil", "stands_beside"]

#: Codes of a dimension beyond which it is not asked which published rows have one of them.
_MOST_CODES = 2_000


def stands_beside(table: Table, rows: Spool, context: FieldContext) -> bool:
    """Whether a published row is of a series of the message."""
    files = list(context.published(table.schema.dataflow))
    if not files or table.schema.time is None:
        return False
    dims = table.schema.series_key
    # Most rows are ruled out without comparing.
    terms = [
        codes_in(quoted(d), texts)
        for d, texts in rows.texts(dims).items()
        if len(texts) <= _MOST_CODES
    ]
    listed = ", ".join(map(literal, files))
    near = (
        f"(FROM read_parquet([{listed}], union_by_name = true) "
        f"WHERE {' AND '.join(terms) or 'true'})"
    )
    if not table.run(f"SELECT true FROM {near} LIMIT 1").fetchall():
        return False
    table.connection.register("given", rows.reader(dims))
    match = " AND ".join(f"p.{quoted(d)} = g.{quoted(d)}" for d in dims) or "true"
    found = table.run(f"SELECT true FROM {near} p SEMI JOIN given g ON {match} LIMIT 1").fetchall()
    table.connection.unregister("given")
    return bool(found)


def load_history(table: Table, context: FieldContext) -> None:
    """Make ``history``: values of the message and, of the same series, those published beside.

    A published value of a key that the message gives is replaced by the message's. Columns are
    those of ``obs``; ``_row`` is null where published.
    """
    published = load_published(table, context, table.schema.series_key, "earlier")
    table.run(
        "CREATE VIEW history AS (FROM obs WHERE _value IS NOT NULL)"
        + (" UNION ALL BY NAME (FROM earlier WHERE _value IS NOT NULL)" if published else "")
    )


def load_published(
    table: Table, context: FieldContext, match: Collection[str], name: str, *, timed: bool = False
) -> bool:
    """Make the table ``name``: what is published beside the message; ``False`` where nothing is.

    These are rows that share the dimensions ``match``, and with ``timed`` the period, with one of
    the message, and whose own key the message does not give. Columns: the dimensions, ``_row``
    (null) and from ``_time`` on those of ``obs``. Attributes are not taken along: what exempts a
    value is the message's.
    """
    files = list(context.published(table.schema.dataflow))
    time = table.schema.time
    if not files or time is None:
        return False
    listed = ", ".join(literal(f) for f in files)
    dims = table.schema.series_key
    shared = ", ".join([*(quoted(d) for d in match), *(["_time"] if timed else [])])
    same = [f"r.{quoted(d)} = s.{quoted(d)}" for d in match]
    same += [f"r.{quoted(time.id)} = s._time"] if timed else []
    key = " AND ".join(f"r.{quoted(d)} = o.{quoted(d)}" for d in dims)
    table.run(f"CREATE OR REPLACE TEMP TABLE sent AS SELECT DISTINCT {shared} FROM obs")
    table.run(
        f"CREATE OR REPLACE TEMP TABLE before AS SELECT r.* FROM read_parquet([{listed}], "
        f"union_by_name = true) r SEMI JOIN sent s ON {' AND '.join(same)} "
        f"ANTI JOIN obs o ON {key} AND r.{quoted(time.id)} = o._time"
    )
    have = [row[0] for row in table.run("DESCRIBE before").fetchall()]
    columns = table.value_columns(have).replace("p._start", "r._start").replace("p._end", "r._end")
    table.run(
        f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT "
        f"{', '.join(f'r.{quoted(d)}' for d in dims)}, NULL::BIGINT AS _row, {columns} "
        "FROM before r"
    )
    return True


def jump(kind: Jump, table: Table, scope: str) -> Iterator[str]:
    """Values out of proportion to their series: ``_row, component, found, expected``."""
    series = ", ".join(quoted(d) for d in table.varying()) or "1"
    order = f"PARTITION BY {series} ORDER BY _start"
    past = f"ROWS BETWEEN {int(kind.window)} PRECEDING AND 1 PRECEDING"
    year = "RANGE BETWEEN INTERVAL 1 YEAR PRECEDING AND INTERVAL 1 YEAR PRECEDING"
    out = " AND ".join(
        f"({ref} IS NULL OR _value > {kind.factor!r} * {ref} OR _value * {kind.factor!r} < {ref})"
        for ref in ("y", "p", "med")
    )
    shown = "coalesce(printf('%.15g', {} / _scale), '–')"
    measure = literal(table.schema.primary_measure.id)
    yield (
        f"SELECT _row, {measure} AS component, _text AS found, "
        f"{{'phrase': 'proportion', 'a': {shown.format('y')}, 'b': {shown.format('p')}, "
        f"'c': {shown.format('med')}}} AS expected FROM ("
        f"SELECT *, max(_value) OVER ({order} {year}) AS y, lag(_value) OVER ({order}) AS p, "
        f"CASE WHEN count(_value) OVER ({order} {past}) >= {int(kind.least)} "
        f"THEN median(_value) OVER ({order} {past}) END AS med "
        f"FROM history WHERE {scope} AND {codes_in('FREQ', kind.frequencies)}) "
        f"WHERE _row IS NOT NULL AND _value <> 0 AND (y IS NOT NULL OR med IS NOT NULL) AND {out} "
        f"AND greatest(_value, coalesce(med, y)) >= {kind.floor!r} AND NOT ({_exempt(kind.exempt)})"
    )


def cumulative(kind: Cumulative, table: Table, scope: str) -> Iterator[str]:
    """Values below that of a shorter range with the same beginning; as :func:`jump`."""
    series = ", ".join([*(quoted(d) for d in table.varying()), "_start"])
    measure = literal(table.schema.primary_measure.id)
    order = f"(PARTITION BY {series} ORDER BY _end)"
    tolerance = kind.tolerance
    yield (
        f"SELECT _row, {measure} AS component, _text AS found, "
        "{'phrase': 'not_less', 'a': printf('%.15g', p / _scale), 'b': shorter} AS expected "
        f"FROM (SELECT *, lag(_value) OVER {order} AS p, lag(_time) OVER {order} AS shorter "
        f"FROM history WHERE {scope} AND {codes_in('FREQ', kind.frequencies)}) "
        f"WHERE _row IS NOT NULL AND p - _value > greatest({tolerance.absolute!r} * _scale, "
        f"{tolerance.relative!r} * abs(p))"
    )


def nil(kind: Nil, table: Table, scope: str, context: FieldContext) -> Iterator[str]:
    """Zeros in series that know none, of periods that have begun; as :func:`jump`."""
    series = ", ".join(quoted(d) for d in table.varying()) or "1"
    measure = literal(table.schema.primary_measure.id)
    now = context.now.astimezone(UTC).replace(tzinfo=None).isoformat()
    over = f"OVER (PARTITION BY {series})"
    yield (
        f"SELECT _row, {measure} AS component, _text AS found, "
        "{'phrase': 'not_nil', 'a': printf('%.15g', lowest / _scale), 'b': others::VARCHAR} "
        f"AS expected FROM (SELECT *, min(abs(nullif(_value, 0))) {over} AS lowest, "
        f"count(nullif(_value, 0)) {over} AS others, count(*) {over} AS all_of "
        f"FROM history WHERE {scope} AND {codes_in('FREQ', kind.frequencies)}) "
        f"WHERE _row IS NOT NULL AND _value = 0 AND others >= {int(kind.least)} "
        f"AND others * 2 >= all_of AND lowest >= {float(kind.floor)!r} "
        f"AND _start <= TIMESTAMP {literal(now)} AND NOT ({_exempt(kind.exempt)})"
    )


def _exempt(codes: Codes | None) -> str:
    """Condition that a component explains a value."""
    parts = [codes_in(f"coalesce({quoted(c)}, '')", listed) for c, listed in (codes or {}).items()]
    return " OR ".join(parts) or "false"
