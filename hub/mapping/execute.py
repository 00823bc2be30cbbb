"""A compiled structure map as SQL over the rows of its source.

A table of codes becomes a condition and an expression where it changes few codes, else a join with
the table. The alias of the source is ``r``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub.errors import NotImplementedByHub
from hub.mapping.inverse import Wanted
from hub.mapping.pieces import Piece, among, column, text
from hub.mapping.plan import Plan
from hub.mapping.tables import CodeTable, Row
from hub.model.listed import Listed
from hub.model.schema import Role
from hub.model.stored import END, START

__all__ = ["Execution", "Fit", "Narrowed", "execute", "narrowed"]

#: A plan for what is asked, and what that means for the rows of the source.
Narrowed = tuple[Plan, Piece]

#: Codes that differ beyond which a table is joined.
_FEW = 16


@dataclass(frozen=True)
class Fit:
    """A condition that a row is mapped.

    ``about`` are the components it is about; ``table`` is the table of codes it is made from, if
    it is from one, and ``joined`` whether that table is joined.
    """

    about: tuple[str, ...]
    condition: Piece
    table: CodeTable | None = None
    joined: bool = False


@dataclass(frozen=True)
class Execution:
    """What a map is as SQL.

    ``joins`` follow ``FROM source r``. ``fits`` are the conditions that a row is mapped, of which a
    narrower plan has as many in the same order; ``columns`` are the expressions of the target's
    components and of the instants of its period, of rows that fit.
    """

    joins: Piece
    fits: Sequence[Fit]
    columns: Mapping[str, Piece]


def execute(plan: Plan) -> Execution:
    """The SQL of a plan."""
    joins: list[Piece] = []
    fits: list[Fit] = []
    columns: dict[str, Piece] = {}
    for source, value in plan.given.items():
        fits.append(Fit((source,), among(column(source), [value])))
    for place, table in enumerate(plan.tables):
        must = any(plan.target.by_id[t].role is Role.DIMENSION for t in table.targets)
        if _direct(table):
            fit, found = _as_expression(table)
        else:
            joins.append(_join(table, f"m{place}"))
            fit, found = _as_join(table, f"m{place}")
        if must:
            fits.append(Fit(table.targets, fit, table, not _direct(table)))
        elif table.rows and _direct(table) and not _whole(table, plan):
            found = {target: _where(fit, value) for target, value in found.items()}
        columns.update(found)
    columns.update((to, Piece(column(from_))) for to, from_ in plan.copies.items())
    columns.update((to, text(value)) for to, value in plan.fixed.items())
    time = plan.target.time
    if time is not None:
        columns.update({START: Piece(column(START)), END: Piece(column(END))})
        if plan.frequency is not None:
            start = column(START)
            year = Piece(f"CAST(EXTRACT(YEAR FROM {start}) AS VARCHAR)")
            begins, ends = Piece(f"year_start({start})"), Piece(f"year_end({start})")
            columns.update({time.id: year, START: begins, END: ends})
            fits.append(Fit((time.id,), Piece(f"{column(END)} <= {ends.sql}")))
    for component in plan.target.components:
        columns.setdefault(component.id, text(None))
    return Execution(Piece.joined(" ", joins), fits, columns)


def narrowed(plan: Plan, asked: Wanted) -> Narrowed | None:
    """The plan for what is asked, and what that means for the rows of the source.

    It says what :func:`execute` does not: that a row fits a table without a join, a condition says.

    ``None`` when the plan gives nothing of it.
    """
    left = plan.only(asked.codes)
    if left is None:
        return None
    parts = [
        among(column(source), sorted(table.codes(source)))
        for table, whole in zip(left.tables, plan.tables, strict=True)
        if len(table.rows) < len(whole.rows) and not _direct(table)
        for source in table.sources
    ]
    for to, from_ in plan.copies.items():
        if to in asked.codes:
            parts.append(among(column(from_), sorted(asked.codes[to])))
    if plan.target.time is not None:
        if asked.start is not None:
            parts.append(Piece(f"{column(START)} >= ?", (asked.start,)))
        if asked.end is not None:
            parts.append(Piece(f"{column(START)} < ?", (asked.end,)))
    return left, Piece.all_of(parts)


def _direct(table: CodeTable) -> bool:
    """Whether a table is one source to one target that changes few codes."""
    if len(table.sources) != 1 or len(table.targets) != 1:
        return not table.rows
    return sum(row.sources != row.targets or row.dated for row in table.rows) <= _FEW


def _whole(table: CodeTable, plan: Plan) -> bool:
    """Whether a table with one source has a row for each of its codes, at any time."""
    codes = plan.source.by_id[table.sources[0]].codes
    return codes is not None and set(codes) <= {r.sources[0] for r in table.rows if not r.dated}


def _where(fit: Piece, value: Piece) -> Piece:
    """A value where a condition holds; null elsewhere."""
    return Piece.joined("", (fit.put("CASE WHEN {} THEN "), value.put("{} END")))


def _as_expression(table: CodeTable) -> tuple[Piece, dict[str, Piece]]:
    if not table.rows:
        return Piece("false"), {target: text(None) for target in table.targets}
    (target,) = table.targets
    source = column(table.sources[0])
    dated = [row for row in table.rows if row.dated]
    always = [row for row in table.rows if not row.dated]
    fits = [among(source, [row.sources[0] for row in always])] if always else []
    fits += [_holds(row, source) for row in dated]
    fit = Piece.joined(" OR ", fits).put("({})")
    if len({row.targets for row in table.rows}) == 1:
        return fit, {target: text(table.rows[0].targets[0])}
    cases = [
        Piece.joined("", (_holds(row, source).put("WHEN {} THEN "), text(row.targets[0])))
        for row in (*dated, *always)
        if row.sources != row.targets
    ]
    if not cases:
        return fit, {target: Piece(source)}
    return fit, {target: Piece.joined(" ", cases).put(f"CASE {{}} ELSE {source} END")}


def _holds(row: Row, source: str) -> Piece:
    """The condition that a row of a table with one source is the one that counts."""
    parts = [among(source, [row.sources[0]])]
    if row.start is not None:
        parts.append(Piece(f"{column(START)} >= ?", (row.start,)))
    if row.end is not None:
        parts.append(Piece(f"{column(START)} < ?", (row.end,)))
    return Piece.all_of(parts).put("({})")


def _join(table: CodeTable, alias: str) -> Piece:
    if table.dated:
        raise NotImplementedByHub(
            f"The map of {', '.join(table.sources)} has too many rows that hold for a time only."
        )
    names = [f"s{i}" for i in range(len(table.sources))]
    names += [f"t{i}" for i in range(len(table.targets))]
    listed = Listed(tuple(names), tuple((*row.sources, *row.targets) for row in table.rows))
    on = " AND ".join(f"{column(s)} = {alias}.s{i}" for i, s in enumerate(table.sources))
    return Piece(f"LEFT JOIN ? {alias} ON {on}", (listed,))


def _as_join(table: CodeTable, alias: str) -> tuple[Piece, dict[str, Piece]]:
    columns = {target: Piece(f"{alias}.t{i}") for i, target in enumerate(table.targets)}
    return Piece(f"{alias}.s0 IS NOT NULL"), columns
