"""What the rules of a consumer's dataflow make of the rows they take, family by family.

Rules that read one input by one map for the same codes are a family: they cannot have two values
for a cell, as the map keeps every dimension of the source that the rules leave free (which is
checked here), and each row is taken by one rule. So a family is one pass over its input.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hub.errors import SemanticError
from hub.mapping.execute import Execution, execute, narrowed
from hub.mapping.inverse import Wanted
from hub.mapping.pieces import Piece, column, text
from hub.mapping.plan import Plan
from hub.mapping.tables import CodeTable
from hub.model.schema import DataSchema, StructureRef
from hub.model.stored import END, PROVIDER, START
from hub.views.rules import FlowRules, Rule, Test, disjoint
from hub.views.years import annual

__all__ = ["RANK", "Family", "columns_of", "families", "quoted"]

#: Column of the place of the rule that gives a cell: of two the smaller counts.
RANK = "_rank"


@dataclass(frozen=True, eq=False)
class Family:
    """Rules that take rows of one input and map them in one way.

    ``taken`` are the conditions that each of the ``rules`` takes a row, ``ranks`` their places
    among all rules.
    """

    rules: tuple[Rule, ...]
    taken: tuple[Piece, ...]
    ranks: tuple[int, ...]
    input: StructureRef
    plan: Plan
    yearly: bool
    flow: FlowRules

    def rows(self, rows: Piece, asked: Wanted) -> tuple[Plan, Piece] | None:
        """The plan for what is asked, and the source rows it maps, each with its rank."""
        found = narrowed(self.plan, asked)
        if found is None:
            return None
        plan, narrow = found
        taken = Piece.joined(" OR ", self.taken).put("({})")
        where = Piece.all_of((taken, narrow))
        rank = self.rank()
        if self.yearly:
            return plan, annual(plan.source, rows, where, rank)
        picked = rank.put(f"(SELECT r.*, {{}} AS {RANK} FROM ")
        middle = rows.put("{} r WHERE ")
        return plan, Piece.joined("", (picked, middle, where, Piece(")")))

    def rank(self) -> Piece:
        """The rank of a row that the family takes."""
        cases = [
            taken.put(f"WHEN {{}} THEN {rank}")
            for taken, rank in zip(self.taken, self.ranks, strict=True)
        ][:-1]
        if not cases:
            return Piece(str(self.ranks[0]))
        return Piece.joined(" ", cases).put(f"CASE {{}} ELSE {self.ranks[-1]} END")

    def cells(self, rows: Piece, asked: Wanted) -> Piece | None:
        """Cells of the target with their rank; ``None`` when there can be none of those asked."""
        found = self.rows(rows, asked)
        if found is None:
            return None
        plan, source = found
        done = execute(plan)
        picked = Piece.joined(", ", self.columns(done)).put(f"SELECT {{}}, r.{RANK} AS {RANK}")
        fits = Piece.all_of(fit for _, fit in done.fits)
        return Piece.joined(
            " ", (picked, source.put("FROM {} r"), done.joins, fits.put("WHERE {}"))
        )

    def columns(self, done: Execution) -> list[Piece]:
        """The columns of the target, named."""
        found = dict(done.columns)
        statuses = [rule.use.status for rule in self.rules if rule.use is not None]
        if any(statuses):
            found["OBS_STATUS"] = self._status(found["OBS_STATUS"], statuses)
        value = found[self.plan.target.primary_measure.id]
        for id_, default in self.flow.defaults.items():
            given = text(default)
            if id_ in self.flow.whole:
                whole = f"floor(number({value.sql})) = number({value.sql})"
                given = Piece(f"CASE WHEN {whole} THEN ? END", (*value.values * 2, default))
            found[id_] = Piece.joined(", ", (found[id_], given)).put("coalesce({})")
        found[PROVIDER] = Piece(column(PROVIDER))
        return [found[c].put(f"{{}} AS {quoted(c)}") for c in columns_of(self.plan.target)]

    def _status(self, given: Piece, statuses: Sequence[str | None]) -> Piece:
        if len(statuses) == 1:
            return text(statuses[0])
        cases = [
            Piece(f"WHEN r.{RANK} = {rank} THEN ?", (status,))
            for rank, status in zip(self.ranks, statuses, strict=True)
            if status is not None
        ]
        whole = Piece.joined(" ", (*cases, given.put("ELSE {}")))
        return whole.put("CASE {} END")


def columns_of(schema: DataSchema) -> tuple[str, ...]:
    """Columns of a relation of a dataflow."""
    return (*schema.columns, PROVIDER, *((START, END) if schema.time is not None else ()))


def quoted(name: str) -> str:
    """An identifier."""
    return '"' + name.replace('"', '""') + '"'


def families(flow: FlowRules, plans: Mapping[tuple[str, StructureRef], Plan]) -> list[Family]:
    """The families of a dataflow's rules, that of the first rule first.

    Raises ``SemanticError`` when two rows that a rule takes could become the same cell.
    """
    found: dict[object, Family] = {}
    for rank, rule in enumerate(flow.rules):
        if rule.use is None:
            continue
        for input_ in rule.inputs:
            plan = plans[rule.id, input_]
            _check(flow, rule, plan)
            own = replace(plan, tables=tuple(_left(table, rule.sure) for table in plan.tables))
            fixed = tuple(
                (t.component, t.codes)
                for t in rule.sure
                if t.kind == "in" and t.component not in plan.carried and _is_key(plan, t)
            )
            one = Family(
                (rule,), (_taken(flow, rule, input_),), (rank,), input_, own, rule.use.yearly, flow
            )
            kind = (input_, rule.use.map, rule.use.yearly, frozenset(fixed))
            found[kind] = _with(found[kind], one, plan) if kind in found else one
    return list(found.values())


def _with(family: Family, one: Family, plan: Plan) -> Family:
    """A family with one more rule; its plan maps what either may take."""
    tables = tuple(
        replace(whole, rows=tuple(r for r in whole.rows if r in {*a.rows, *b.rows}))
        for whole, a, b in zip(plan.tables, family.plan.tables, one.plan.tables, strict=True)
    )
    return replace(
        family,
        rules=family.rules + one.rules,
        taken=family.taken + one.taken,
        ranks=family.ranks + one.ranks,
        plan=replace(plan, tables=tables),
    )


def _is_key(plan: Plan, test: Test) -> bool:
    return test.component in plan.source.series_key


def _taken(flow: FlowRules, rule: Rule, input_: StructureRef) -> Piece:
    """The condition that a rule takes a row: it fits, and no earlier rule does."""
    own = flow.of(input_)
    earlier = own[: own.index(rule)]
    left = [other.condition(but=rule) for other in earlier if not disjoint(other, rule)]
    return Piece.all_of((rule.condition(), *(one.put("NOT ({})") for one in left))).put("({})")


def _left(table: CodeTable, tests: Sequence[Test]) -> CodeTable:
    """The rows of a table that rows which pass the tests can meet."""
    rows = table.rows
    for test in tests:
        if test.component in table.sources and test.kind in ("in", "not_in"):
            place, among = table.sources.index(test.component), test.kind == "in"
            rows = tuple(r for r in rows if (r.sources[place] in test.codes) is among)
    return replace(table, rows=rows)


def _check(flow: FlowRules, rule: Rule, plan: Plan) -> None:
    """Raise ``SemanticError`` unless a cell of the target tells the row that it is of."""
    fixed = {t.component for t in rule.sure if t.kind == "in" and len(t.codes) == 1}
    whole = plan.frequency == "A" and any(t.kind == "year" for t in rule.sure)
    yearly = rule.use is not None and rule.use.yearly
    if plan.frequency is not None and not (whole or yearly):
        raise SemanticError(f"The rule {rule.id} must say that the period is a whole year.")
    free = [d for d in plan.source.series_key if d not in fixed and d not in plan.carried]
    if free:
        raise SemanticError(
            f"By the rule {rule.id} several observations may become one cell of {flow.dataflow}: "
            f"the rule must fix {', '.join(free)}, or its map must keep it."
        )
