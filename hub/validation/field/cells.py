"""Rules about one observation at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

import pyarrow as pa

from hub.validation.field.context import FieldContext
from hub.validation.field.kinds import Cells, Embargo, Future, Sender, Validity
from hub.validation.field.table import Table, codes_in, literal, quoted

__all__ = ["cells", "embargo", "future", "sender", "validity"]

_VALUE = {
    "positive": "_value > 0",
    "negative": "_value < 0",
    "fraction": "_value <> trunc(_value)",
}
_NOTHING = "NULL AS expected"


def cells(kind: Cells, table: Table, scope: str) -> Iterator[str]:
    """Observations that cannot be: ``_row, component, found, expected``."""
    conditions = [scope, "_value IS NOT NULL"]
    conditions += [" = ".join(map(quoted, kind.same))] if kind.same else []
    conditions += [" <> ".join(map(quoted, kind.differ))] if kind.differ else []
    conditions += [codes_in(quoted(c), codes) for c, codes in (kind.codes or {}).items()]
    conditions += [_VALUE[kind.value]] if kind.value else []
    measure = table.schema.primary_measure.id
    found = "_text" if kind.component == measure else quoted(kind.component)
    yield (
        f"SELECT _row, {literal(kind.component)} AS component, {found} AS found, {_NOTHING} "
        f"FROM obs WHERE {' AND '.join(conditions)}"
    )


def validity(kind: Validity, table: Table, scope: str, context: FieldContext) -> Iterator[str]:
    """Codes of what did not exist in the period; as :func:`cells`."""
    for number, dimension in enumerate(kind.dimensions):
        codelist = table.schema.by_id[dimension].codelist
        known = context.validity(codelist) if codelist is not None else {}
        bounds = {c: known[c] for c in table.codes(dimension) & known.keys()}
        if not bounds:
            continue
        name = f"bounds_{number}"
        rows = pa.table(
            {
                "code": list(bounds),
                "first_day": pa.array([b[0] for b in bounds.values()], pa.date32()),
                "last_day": pa.array([b[1] for b in bounds.values()], pa.date32()),
            }
        )
        table.connection.register("incoming", rows)
        table.run(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM incoming")
        table.connection.unregister("incoming")
        late = f"_start > last_day + INTERVAL {int(kind.grace)} YEAR" if kind.ended else "false"
        early = "_end <= first_day" if kind.begun else "false"
        yield (
            f"SELECT _row, {literal(dimension)} AS component, {quoted(dimension)} AS found, "
            f"CASE WHEN {late} THEN {{'phrase': 'until', 'a': last_day::VARCHAR, 'b': _time}} "
            "ELSE {'phrase': 'since', 'a': first_day::VARCHAR, 'b': _time} END AS expected "
            f"FROM obs JOIN {name} ON {quoted(dimension)} = code "
            f"WHERE {scope} AND ({late} OR {early})"
        )


def future(kind: Future, table: Table, scope: str, context: FieldContext) -> Iterator[str]:
    """Values of periods that have not begun, or have not ended; as :func:`cells`."""
    time = table.schema.time
    if time is None:
        return
    now = f"TIMESTAMP {literal(context.now.astimezone(UTC).replace(tzinfo=None).isoformat())}"
    measure = literal(table.schema.primary_measure.id)
    phrase = "ended" if kind.begun else "begun"
    when = f"_start <= {now} AND _end > {now}" if kind.begun else f"_start > {now}"
    yield (
        f"SELECT _row, {measure} AS component, _text AS found, "
        f"{{'phrase': {literal(phrase)}, 'a': _time, 'b': ''}} AS expected FROM obs "
        f"WHERE {scope} AND _value IS NOT NULL AND {when} "
        f"AND NOT ({codes_in('coalesce(OBS_STATUS, ' + literal('') + ')', kind.unless_status)})"
    )


def sender(kind: Sender, table: Table, scope: str, context: FieldContext) -> Iterator[str]:
    """Areas that the sender has no agreement to report; as :func:`cells`."""
    allowed = context.areas(table.schema.dataflow, kind.dimension)
    if allowed is None:
        return
    names = ", ".join(sorted(allowed)[:6])
    yield (
        f"SELECT _row, {literal(kind.dimension)} AS component, {quoted(kind.dimension)} AS found, "
        f"{{'phrase': 'agreed', 'a': {literal(names)}, 'b': ''}} AS expected "
        f"FROM obs WHERE {scope} AND NOT ({codes_in(quoted(kind.dimension), allowed)})"
    )


def embargo(kind: Embargo, table: Table, scope: str, context: FieldContext) -> Iterator[str]:
    """Flags of confidentiality that do not go with the embargo; as :func:`cells`."""
    flag = f"coalesce({quoted(kind.component)}, '')"
    until = "NULL::TIMESTAMP"
    if kind.time in table.schema.by_id:
        until = f"try_cast({quoted(kind.time)} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'"
    known = f"({until}) IS NOT NULL"
    if context.embargo(table.schema.dataflow) is not None:
        known = "true"
    now = context.now.astimezone(UTC).replace(tzinfo=None).isoformat()
    endless = f"{codes_in(flag, kind.codes)} AND NOT {known}"
    early = f"({until}) > TIMESTAMP {literal(now)} AND {codes_in(flag, ('', *kind.free))}"
    yield (
        f"SELECT _row, {literal(kind.component)} AS component, {quoted(kind.component)} AS found, "
        f"CASE WHEN {endless} THEN {{'phrase': 'embargo_end', 'a': {literal(kind.time)}}} "
        f"ELSE {{'phrase': 'embargo_flag', 'a': {literal(', '.join(kind.codes))}}} END AS expected "
        f"FROM obs WHERE {scope} AND ({endless} OR coalesce({early}, false))"
    )
