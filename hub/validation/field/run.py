"""Judging the sound rows of one dataflow of a message by the rules of the field."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hub.model.schema import DataSchema
from hub.validation.faults import Fault, Faults
from hub.validation.field import across, cells, margins, series, totals
from hub.validation.field.catalogue import FieldRule
from hub.validation.field.context import FieldContext
from hub.validation.field.doubts import Known, Picked
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
from hub.validation.field.sieve import Sieve
from hub.validation.field.table import Table, codes_in, quoted
from hub.validation.phrases import say
from hub.validation.staging import RowFile
from hub.validation.view import Mask

__all__ = ["judge", "sieve"]

_OVER_TIME = Jump | Cumulative | Nil


def sieve(
    rules: Sequence[FieldRule], schema: DataSchema, context: FieldContext, folder: Path, name: str
) -> Sieve:
    """What looks at the blocks of a dataflow while they stream by; see :class:`Sieve`."""
    rest = _unjudged(rules, schema)
    return Sieve([_explicit(rule, rest) for rule in rules], schema, context, folder, name)


def _explicit(rule: FieldRule, rest: tuple[str, ...]) -> FieldRule:
    """The rule with the dimensions it judges named."""
    kind = rule.kind
    if isinstance(kind, Validity) and not kind.dimensions:
        return replace(rule, kind=replace(kind, dimensions=rest))
    return rule


def judge(
    rules: Sequence[FieldRule],
    rows: RowFile,
    sound: Mask,
    faults: Faults,
    context: FieldContext,
    *,
    folder: Path,
    whole: bool,
    seen: Sieve | None = None,
) -> None:
    """Report what the rules find.

    ``rows`` holds all rows of the dataflow, ``sound`` says which are judged, ``rules`` are those
    that apply to it. ``whole`` is whether no observation was left out as faulty. ``seen`` has
    looked at the rows; without it each rule looks at all of them.
    """
    rest = _unjudged(rules, rows.schema)
    # Most structures have no code with an end: then nothing needs to be loaded.
    rules = [rule for rule in rules if not _idle(rule, rest, rows, context)]
    if not rules or not sound.any():
        return
    table = Table(rows.schema, folder, context.memory_mb)
    try:
        picked: Mapping[str, Picked | None] = {rule.id: None for rule in rules}
        if seen is not None:
            published = bool(context.published(rows.schema.dataflow))
            beside = published and series.stands_beside(table, rows.batches, context)
            picked = seen.pick(sound, beside=beside, published=published)
        rules = [rule for rule in rules if rule.id in picked]
        if rules:
            judged, marks = _marked(rules, picked, sound)
            table.load(rows.batches, judged, marks, _attributes(rules, rows), whole=whole)
            _judge(rules, picked, table, rows, faults, context, rest)
    finally:
        table.close()


def _marked(
    rules: Sequence[FieldRule], picked: Mapping[str, Picked | None], sound: Mask
) -> tuple[Mask, npt.NDArray[np.uint64]]:
    """The rows that some rule judges, and by which: a bit for each rule, by its place."""
    judged = np.zeros(len(sound), dtype=bool)
    marks = np.zeros(len(sound), np.uint64)
    for number, rule in enumerate(rules):
        one = picked[rule.id]
        judged |= sound if one is None else one.rows
        if one is not None:
            marks[one.rows] |= np.uint64(1 << number)
    return judged, marks


def _judge(
    rules: Sequence[FieldRule], picked: Mapping[str, Picked | None], table: Table, rows: RowFile,
    faults: Faults, context: FieldContext, rest: tuple[str, ...],
) -> None:  # fmt: skip
    timed = rows.schema.time is not None
    if timed and any(isinstance(rule.kind, _OVER_TIME) for rule in rules):
        series.load_history(table, context)
    for number, rule in enumerate(rules):
        if not timed and isinstance(rule.kind, _OVER_TIME):
            continue
        one, scope = picked[rule.id], _condition(rule.scope)
        if one is not None:
            scope = f"({scope}) AND (_for & {1 << number}) <> 0"
        known = Known() if one is None else one.known
        table.known = known.codes
        for query in _queries(rule, table, scope, context, rest, f"r{number}", known):
            _report(rule, query, table, rows, faults)


def _attributes(rules: Sequence[FieldRule], rows: RowFile) -> Collection[str]:
    own = {a.id for a in rows.schema.attributes}
    named = {c for r in rules for c in (*r.scope.components, *r.kind.components)}
    named |= {rule.kind.time for rule in rules if isinstance(rule.kind, Embargo)}
    return named & own


def _unjudged(rules: Sequence[FieldRule], schema: DataSchema) -> tuple[str, ...]:
    """Coded dimensions of a structure of which no rule says what the validity of codes means."""
    if any(isinstance(rule.kind, Validity) and rule.kind.dimensions for rule in rules):
        return ()
    return tuple(d.id for d in schema.dimensions if d.codelist is not None)


def _idle(rule: FieldRule, rest: Sequence[str], rows: RowFile, context: FieldContext) -> bool:
    """Whether a rule asks for what nobody knows: validity of codes, or who published what."""
    if isinstance(rule.kind, Rivals):
        return context.provider is None or not context.published(rows.schema.dataflow)
    if not isinstance(rule.kind, Validity):
        return False
    lists = [rows.schema.by_id[d].codelist for d in rule.kind.dimensions or rest]
    return not any(context.validity(each) for each in lists if each is not None)


def _queries(  # noqa: C901, PLR0911, PLR0912 - one line for each kind
    rule: FieldRule, table: Table, scope: str, context: FieldContext, rest: tuple[str, ...],
    name: str, known: Known,
) -> Iterator[str]:  # fmt: skip
    kind = rule.kind
    match kind:
        case Totals():
            return totals.totals(kind, table, scope)
        case Bands():
            return totals.bands(kind, table, scope, known)
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
            return margins.margins(kind, table, scope, context, name, known)
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
