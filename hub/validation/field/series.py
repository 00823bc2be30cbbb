"""Rules about a series over time, with what is published of it."""

from __future__ import annotations

from collections.abc import Iterator

from hub.validation.field.context import FieldContext
from hub.validation.field.kinds import Cumulative, Jump
from hub.validation.field.table import Table, codes_in, literal, quoted

__all__ = ["cumulative", "jump", "load_history"]


def load_history(table: Table, context: FieldContext) -> None:
    """Make ``history``: values of the message and, of the same series, those published beside.

    A published value of a key that the message gives is replaced by the message's. Columns: the
    dimensions, ``_row`` (null where published), ``_time``, ``_start``, ``_end``, ``_value``,
    ``_scale``, ``_text``, and the attributes of ``obs``.
    """
    files = list(context.published(table.schema.dataflow))
    if not files:
        table.run("CREATE VIEW history AS FROM obs WHERE _value IS NOT NULL")
        return
    listed = ", ".join(literal(f) for f in files)
    time = table.schema.time
    assert time is not None
    dims = table.schema.series_key
    series = " AND ".join(f"r.{quoted(d)} = s.{quoted(d)}" for d in dims)
    table.run(f"CREATE TEMP TABLE sent AS SELECT DISTINCT {', '.join(map(quoted, dims))} FROM obs")
    table.run(
        f"CREATE TEMP TABLE before AS SELECT r.* FROM read_parquet([{listed}], "
        f"union_by_name = true) r SEMI JOIN sent s ON {series} "
        f"ANTI JOIN obs o ON {series.replace('s.', 'o.')} AND r.{quoted(time.id)} = o._time"
    )
    have = [row[0] for row in table.run("DESCRIBE before").fetchall()]
    columns = table.value_columns(have).replace("p._start", "r._start").replace("p._end", "r._end")
    # Attributes are not taken along: what exempts a value is the message's.
    table.run(
        f"CREATE TEMP TABLE earlier AS SELECT {', '.join(f'r.{quoted(d)}' for d in dims)}, "
        f"NULL::BIGINT AS _row, {columns} FROM before r"
    )
    table.run(
        "CREATE VIEW history AS (FROM obs WHERE _value IS NOT NULL) UNION ALL BY NAME "
        "(FROM earlier WHERE _value IS NOT NULL)"
    )


def jump(kind: Jump, table: Table, scope: str) -> Iterator[str]:
    """Values out of proportion to their series: ``_row, component, found, expected``."""
    series = ", ".join(quoted(d) for d in table.varying()) or "1"
    order = f"PARTITION BY {series} ORDER BY _start"
    past = f"ROWS BETWEEN {int(kind.window)} PRECEDING AND 1 PRECEDING"
    year = "RANGE BETWEEN INTERVAL 1 YEAR PRECEDING AND INTERVAL 1 YEAR PRECEDING"
    exempt = " OR ".join(
        codes_in(f"coalesce({quoted(c)}, '')", codes) for c, codes in (kind.exempt or {}).items()
    )
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
        f"WHERE _row IS NOT NULL AND (y IS NOT NULL OR med IS NOT NULL) AND {out} "
        f"AND greatest(_value, coalesce(med, y)) >= {kind.floor!r} AND NOT ({exempt or 'false'})"
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
