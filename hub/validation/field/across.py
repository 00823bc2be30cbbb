"""Rules that look beyond the dataflow of the message, or at who published what it holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hub.model.schema import DataSchema
from hub.validation.field.context import FieldContext
from hub.validation.field.kinds import Accounts, Rivals, Side
from hub.validation.field.table import MISSING, Table, codes_in, literal, quoted

__all__ = ["accounts", "rivals"]

#: Column of published rows: whose they are.
_PROVIDER = "_provider"


def accounts(kind: Accounts, table: Table, scope: str, context: FieldContext) -> Iterator[str]:
    """Queries for stocks whose change is not what came less what went.

    ``_row, component, found, expected``; told at the stock where the message has it, else at the
    flow that it has.
    """
    sides = {
        name: _figures(side, kind.dimensions, table, scope, context)
        for name, side in (("s", kind.stock), ("i", kind.inflow), ("o", kind.outflow))
    }
    if table.schema.time is None or not all(sides.values()):
        return
    dims = [quoted(d) for d in kind.dimensions]
    parts = ", ".join(f"{name} AS ({query})" for name, query in sides.items())

    def same(one: str) -> str:
        return " AND ".join([*(f"{one}.{d} = s.{d}" for d in dims)])

    off = kind.tolerance
    measure = literal(table.schema.primary_measure.id)
    row = "coalesce(s._row, i._row, o._row, z._row)"
    shown = "printf('%.15g', {})"
    yield (
        f"WITH {parts} SELECT {row} AS _row, {measure} AS component, "
        "coalesce(CASE WHEN s._row IS NOT NULL THEN s._text END, i._text, o._text, z._text) "
        f"AS found, {{'phrase': 'account', 'a': {shown.format('s.v - z.v')}, "
        f"'b': {shown.format('i.v')}, 'c': {shown.format('o.v')}}} AS expected "
        f"FROM s JOIN s z ON {same('z')} AND z.y = s.y - 1 "
        f"JOIN i ON {same('i')} AND i.y = s.y JOIN o ON {same('o')} AND o.y = s.y "
        f"WHERE {row} IS NOT NULL AND abs((s.v - z.v) - (i.v - o.v)) > "
        f"greatest({off.absolute!r}, {off.relative!r} * abs(z.v))"
    )


def _figures(
    side: Side, dimensions: Sequence[str], table: Table, scope: str, context: FieldContext
) -> str:
    """Query for the figures of a side by year: ``dimensions``, ``y, v, _row, _text``."""
    known = context.beside(side.dataflow)
    flow = table.schema.dataflow
    queries = []
    if side.dataflow == f"{flow.agency}:{flow.id}":
        cells = _cells(side, dimensions, table.schema)
        queries.append(
            f"SELECT {_named(dimensions)}, try_cast(_time AS INTEGER) AS y, _value AS v, _row, "
            f"_text FROM obs WHERE {cells} AND ({scope}) AND _value IS NOT NULL "
            "AND regexp_full_match(_time, '[0-9]{4}')"
        )
    if known is not None and known[1]:
        queries.append(_published(side, dimensions, *known))
    if not queries:
        return ""
    # What the message says stands for what is published.
    return (
        f"FROM ({' UNION ALL '.join(queries)}) QUALIFY row_number() OVER (PARTITION BY "
        f"{_named(dimensions)}, y ORDER BY _row NULLS LAST) = 1"
    )


def _published(
    side: Side, dimensions: Sequence[str], schema: DataSchema, files: Sequence[str]
) -> str:
    listed = ", ".join(literal(f) for f in files)
    measure, time = quoted(schema.primary_measure.id), schema.time
    assert time is not None
    missing = f"coalesce(OBS_STATUS, '') IN {MISSING}" if "OBS_STATUS" in schema.by_id else "false"
    scale = "1"
    if "UNIT_MULT" in schema.by_id:
        scale = "pow(10, coalesce(try_cast(UNIT_MULT AS INTEGER), 0))"
    return (
        f"SELECT {_named(dimensions)}, try_cast({quoted(time.id)} AS INTEGER) AS y, "
        f"try_cast({measure} AS DOUBLE) * {scale} AS v, NULL::BIGINT AS _row, {measure} AS _text "
        f"FROM read_parquet([{listed}], union_by_name = true) "
        f"WHERE {_cells(side, dimensions, schema)} AND NOT ({missing}) "
        f"AND isfinite(try_cast({measure} AS DOUBLE)) "
        f"AND regexp_full_match({quoted(time.id)}, '[0-9]{{4}}')"
    )


def _cells(side: Side, dimensions: Sequence[str], schema: DataSchema) -> str:
    """The cells of a side: its codes, and the total of every dimension it does not name."""
    conditions = [codes_in(quoted(c), codes) for c, codes in side.where.items()]
    conditions += [
        f"{quoted(d)} = '_T'"
        for d in schema.series_key
        if d not in side.where and d not in dimensions
    ]
    return " AND ".join(conditions) or "true"


def _named(dimensions: Sequence[str]) -> str:
    return ", ".join(map(quoted, dimensions))


def rivals(kind: Rivals, table: Table, scope: str, context: FieldContext) -> Iterator[str]:
    """Values that another provider has published otherwise; as :func:`accounts`."""
    files = list(context.published(table.schema.dataflow))
    time, sender = table.schema.time, context.provider
    if not files or time is None or sender is None:
        return
    source = f"read_parquet([{', '.join(map(literal, files))}], union_by_name = true)"
    have = [row[0] for row in table.run(f"DESCRIBE FROM {source}").fetchall()]
    if _PROVIDER not in have:
        return  # published before rows were kept with their provider
    dims = table.schema.series_key
    key = " AND ".join(f"r.{quoted(d)} = o.{quoted(d)}" for d in dims)
    values = table.value_columns(have).replace("p._start", "r._start").replace("p._end", "r._end")
    measure = literal(table.schema.primary_measure.id)
    off = kind.tolerance
    yield (
        f"SELECT o._row, {measure} AS component, o._text AS found, "
        f"{{'phrase': 'rival', 'a': p._text, 'b': p.{_PROVIDER}}} AS expected "
        f"FROM (SELECT * FROM obs WHERE {scope}) o JOIN (SELECT "
        f"{', '.join(f'r.{quoted(d)}' for d in dims)}, r.{_PROVIDER}, {values} FROM {source} r "
        f"WHERE r.{_PROVIDER} <> {literal(sender)}) p "
        f"ON {key.replace('r.', 'p.')} AND p._time = o._time "
        "WHERE o._value IS NOT NULL AND p._value IS NOT NULL AND abs(o._value - p._value) > "
        f"greatest({off.absolute!r} * o._scale, {off.relative!r} * abs(p._value))"
    )
