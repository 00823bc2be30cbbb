"""Judging the sound rows of one dataflow of a message by the rules of the field."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hub.validation.faults import Fault, Faults
from hub.validation.field import across, cells, margins, series, totals
from hub.validation.field.catalogue import FieldRule
from hub.validation.field.context import FieldContext
from hub.validation.field.kinds import (
    Accounts,
    Bands,
    Cells,
    Cumulative,
    Embargo,
    Future,
    Jump,
    Margins,
    Nil,
    Rivals,
    Scope,
    Sender,
    Totals,
    Validity,
)
from hub.validation.field.table import Table, codes_in, quoted
from hub.validation.phrases import say
from hub.validation.staging import RowFile
from hub.validation.view import Mask

__all__ = ["judge"]

_OVER_TIME = Jump | Cumulative | Nil


def judge(
    rules: Sequence[FieldRule],
    rows: RowFile,
    sound: Mask,
    faults: Faults,
    context: FieldContext,
    *,
    folder: Path,
    whole: bool,
) -> None:
    """Report what the rules find.

    ``rows`` holds all rows of the dataflow, ``sound`` says which are judged, ``rules`` are those
    that apply to it. ``whole`` is whether no observation was left out as faulty.
    """
    rest = _unjudged(rules, rows)
    # Most structures have no code with an end: then nothing needs to be loaded.
    rules = [rule for rule in rules if not _idle(rule, rest, rows, context)]
    if not rules or not sound.any():
        return
    table = Table(rows.schema, folder, context.memory_mb)
    try:
        table.load(rows.path, sound, _attributes(rules, rows), whole=whole)
        timed = rows.schema.time is not None
        if timed and any(isinstance(rule.kind, _OVER_TIME) for rule in rules):
            series.load_history(table, context)
        for number, rule in enumerate(rules):
            if not timed and isinstance(rule.kind, _OVER_TIME):
                continue
            for query in _queries(rule, table, context, rest, f"r{number}"):
                _report(rule, query, table, rows, faults)
    finally:
        table.close()


def _attributes(rules: Sequence[FieldRule], rows: RowFile) -> Collection[str]:
    own = {a.id for a in rows.schema.attributes}
    named = {c for r in rules for c in (*r.scope.components, *r.kind.components)}
    named |= {rule.kind.time for rule in rules if isinstance(rule.kind, Embargo)}
    return named & own


def _unjudged(rules: Sequence[FieldRule], rows: RowFile) -> tuple[str, ...]:
    """Coded dimensions of a structure of which no rule says what the validity of codes means."""
    if any(isinstance(rule.kind, Validity) and rule.kind.dimensions for rule in rules):
        return ()
    return tuple(d.id for d in rows.schema.dimensions if d.codelist is not None)


def _idle(rule: FieldRule, rest: Sequence[str], rows: RowFile, context: FieldContext) -> bool:
    """Whether a rule asks for the validity of codes and none is known."""
    if not isinstance(rule.kind, Validity):
        return False
    lists = [rows.schema.by_id[d].codelist for d in rule.kind.dimensions or rest]
    return not any(context.validity(each) for each in lists if each is not None)


def _queries(  # noqa: C901, PLR0911, PLR0912 - one line for each kind
    rule: FieldRule, table: Table, context: FieldContext, rest: tuple[str, ...], name: str
) -> Iterator[str]:
    scope, kind = _condition(rule.scope), rule.kind
    match kind:
        case Totals():
            return totals.totals(kind, table, scope)
        case Bands():
            return totals.bands(kind, table, scope)
        case Cells():
            return cells.cells(kind, table, scope)
        case Validity():
            judged = kind if kind.dimensions else replace(kind, dimensions=rest)
            return cells.validity(judged, table, scope, context)
        case Future():
            return cells.future(kind, table, scope, context)
        case Sender():
            return cells.sender(kind, table, scope, context)
        case Jump():
            return series.jump(kind, table, scope)
        case Cumulative():
            return series.cumulative(kind, table, scope)
        case Nil():
            return series.nil(kind, table, scope, context)
        case Margins():
            return margins.margins(kind, table, scope, context, name)
        case Accounts():
            return across.accounts(kind, table, scope, context)
        case Embargo():
            return cells.embargo(kind, table, scope, context)
        case Rivals():
            return across.rivals(kind, table, scope, context)


def _condition(scope: Scope) -> str:
    parts = [codes_in(quoted(c), codes) for c, codes in scope.where.items()]
    parts += [
        f"NOT ({codes_in(f'''coalesce({quoted(c)}, '')''', codes)})"
        for c, codes in scope.unless.items()
    ]
    return " AND ".join(parts) or "true"


def _report(rule: FieldRule, query: str, table: Table, rows: RowFile, faults: Faults) -> None:
    table.run(f"CREATE OR REPLACE TEMP TABLE found AS {query}")
    ((number,),) = table.run("SELECT count(*) FROM found").fetchall()
    room = min(number, faults.room)
    faults.uncounted(rule.id, number - room)
    if not room:
        return
    dims = table.schema.series_key
    keys = ", ".join(f"o.{quoted(d)}" for d in dims)
    described = table.run(
        f"SELECT f._row, f.component, f.found, f.expected, {keys} "
        f"FROM (FROM found ORDER BY _row LIMIT {room}) f JOIN obs o USING (_row) ORDER BY f._row"
    ).fetchall()
    for row, component, found, expected, *key in described:
        faults.add(
            Fault(
                rule.id,
                rows.ordinal(row),
                component,
                found,
                _words(expected),
                key=".".join(key),
            )
        )


def _words(expected: Mapping[str, Any] | None) -> str | None:
    if expected is None:
        return None
    fields = {name: value for name, value in expected.items() if name != "phrase"}
    return say(expected["phrase"], **fields)
