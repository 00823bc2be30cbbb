"""What the rules of a consumer's dataflow make of the rows they take, family by family.

Rules that read one input by one map for the same codes are a family: they cannot have two values
for a cell, as the map keeps every dimension of the source that the rules leave free (which is
checked here), and each row is taken by one rule. So a family is one pass over its input.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from hub.errors import SemanticError
from hub.mapping.execute import Execution, Fit, Narrowed, execute
from hub.mapping.pieces import Piece, any_of, column, text
from hub.mapping.plan import Plan
from hub.mapping.tables import CodeTable, Row
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

    ``common`` are conditions that must hold of a row for each of the ``rules`` to take it, ``own``
    those that must hold besides, rule by rule; ``ranks`` are their places among all rules, and
    ``statuses`` what the status that a rule gives is in the components of the target. ``sure`` are
    the places of the conditions of the map that all rows it takes are known to meet.
    """

    rules: tuple[Rule, ...]
    common: tuple[Piece, ...]
    own: tuple[tuple[Piece, ...], ...]
    ranks: tuple[int, ...]
    statuses: tuple[Mapping[str, str], ...]
    input: StructureRef
    plan: Plan
    yearly: bool
    flow: FlowRules
    sure: frozenset[int] = frozenset()

    def misses(self) -> list[Piece]:
        """The conditions that a row which is taken does not fit the map, one by one."""
        fits = execute(self.plan).fits
        return [Piece("true") if fit.joined else fit.condition.denied for fit in fits]

    def known(self, answers: Sequence[object]) -> Family | None:
        """The family without what no row needs, which takes time to plan; ``None``: all of it.

        ``answers`` say whether any row is taken by each of the rules, and then whether any that is
        taken misses the map in each of the ways of :meth:`misses`; null where no row was looked at.
        """
        count = len(self.rules)
        busy = [place for place in range(count) if answers[place]]
        if not busy:
            return None
        return replace(
            self,
            rules=tuple(self.rules[place] for place in busy),
            own=tuple(self.own[place] for place in busy),
            ranks=tuple(self.ranks[place] for place in busy),
            statuses=tuple(self.statuses[place] for place in busy),
            sure=frozenset(p for p, missed in enumerate(answers[count:]) if not missed),
        )

    @property
    def taken(self) -> Piece:
        """The condition that one of the rules takes a row."""
        own = [Piece.all_of(parts) for parts in self.own]
        return Piece.all_of((*self.common, *([any_of(own)] if any(self.own) else ())))

    def rank(self) -> Piece:
        """The rank of a row that the family takes."""
        cases = [
            Piece.all_of(own).put(f"WHEN {{}} THEN {rank}")
            for own, rank in zip(self.own, self.ranks, strict=True)
        ][:-1]
        if not cases:
            return Piece(str(self.ranks[0]))
        return Piece.joined(" ", cases).put(f"CASE {{}} ELSE {self.ranks[-1]} END")

    def cells(self, rows: Piece, asked: Narrowed, *, ranked: bool = True) -> Piece:
        """Cells of the target that are asked for.

        ``ranked``: with the rank of the rule that gives each.
        """
        plan, narrow = asked
        done = execute(plan)
        where = Piece.all_of((self.taken, narrow))
        fits = [
            fit.condition
            for place, fit in enumerate(done.fits)
            if fit.about != _time_of(plan) and not (place in self.sure and self._whole(fit))
        ]
        if self.yearly:
            rows, where = annual(plan.source, rows, where, self.rank()), Piece("true")
        columns = self._columns(done)
        if ranked:
            rank = Piece(f"r.{RANK}") if self.yearly else self.rank()
            columns.append(rank.put(f"{{}} AS {RANK}"))
        picked = Piece.joined(", ", columns).put("SELECT {}")
        parts = (
            picked,
            rows.put("FROM {} r"),
            done.joins,
            Piece.all_of((where, *fits)).put("WHERE {}"),
        )
        return Piece.joined(" ", (part for part in parts if part.sql))

    def _whole(self, fit: Fit) -> bool:
        """Whether a condition is that of the family's own plan, not of a narrower one."""
        return fit.table is None or any(table is fit.table for table in self.plan.tables)

    def _columns(self, done: Execution) -> list[Piece]:
        """The columns of the target, named."""
        found = dict(done.columns)
        for id_ in {id_ for own in self.statuses for id_ in own}:
            found[id_] = self._status(found[id_], [own.get(id_) for own in self.statuses])
        value = found[self.plan.target.primary_measure.id]
        for id_, default in self.flow.defaults.items():
            given = text(default)
            if id_ in self.flow.whole:
                broken = f"contains({value.sql}, '.') OR contains(lower({value.sql}), 'e')"
                given = Piece(f"CASE WHEN NOT ({broken}) THEN ? END", (*value.values * 2, default))
            found[id_] = Piece.joined(", ", (found[id_], given)).put("coalesce({})")
        found[PROVIDER] = Piece(column(PROVIDER))
        return [found[c].put(f"{{}} AS {quoted(c)}") for c in columns_of(self.plan.target)]

    def _status(self, given: Piece, statuses: Sequence[str | None]) -> Piece:
        if len(set(statuses)) == 1:
            return text(statuses[0])
        cases = [
            Piece(f"r.{RANK} = {rank}") if self.yearly else Piece.all_of(own)
            for own, rank in zip(self.own, self.ranks, strict=True)
        ]
        named = [
            Piece.joined(" ", (case.put("WHEN {}"), Piece("THEN ?", (status,))))
            for case, status in zip(cases, statuses, strict=True)
            if status is not None
        ]
        return Piece.joined(" ", (*named, given.put("ELSE {}"))).put("CASE {} END")


def _time_of(plan: Plan) -> tuple[str, ...]:
    """The time dimension: each rule says already that the period lies in a year of the target."""
    return () if plan.target.time is None else (plan.target.time.id,)


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
                (rule,),
                _taken(flow, rule, input_),
                ((),),
                (rank,),
                (_own_status(rule, plan),),
                input_,
                own,
                rule.use.yearly,
                flow,
            )
            same = ((t.component, t.other) for t in rule.sure if t.kind == "same")
            kind = (input_, rule.use.map, rule.use.yearly, frozenset((*fixed, *same)))
            found[kind] = _with(found[kind], one, plan) if kind in found else one
    return list(found.values())


def _with(family: Family, one: Family, plan: Plan) -> Family:
    """A family with one more rule; its plan maps what either may take."""
    tables = tuple(
        replace(whole, rows=_of_either(whole.rows, {*a.rows, *b.rows}))
        for whole, a, b in zip(plan.tables, family.plan.tables, one.plan.tables, strict=True)
    )
    common = tuple(part for part in family.common if part in one.common)
    before = tuple(part for part in family.common if part not in common)
    return replace(
        family,
        rules=family.rules + one.rules,
        common=common,
        own=(
            *((*before, *own) for own in family.own),
            tuple(part for part in one.common if part not in common),
        ),
        ranks=family.ranks + one.ranks,
        statuses=family.statuses + one.statuses,
        plan=replace(plan, tables=tables),
    )


def _of_either(rows: Sequence[Row], wanted: Collection[Row]) -> tuple[Row, ...]:
    return tuple(row for row in rows if row in wanted)


def _own_status(rule: Rule, plan: Plan) -> Mapping[str, str]:
    """What the status that a rule gives becomes in the target, by component.

    Raises ``SemanticError`` when the map has no code for it.
    """
    status = None if rule.use is None else rule.use.status
    if status is None:
        return {}
    found = {
        target: row.targets[place]
        for table in plan.tables
        if table.sources == ("OBS_STATUS",)
        for row in table.rows
        if row.sources == (status,)
        for place, target in enumerate(table.targets)
    }
    if not found:
        raise SemanticError(f"The map of the rule {rule.id} says nothing of the status {status}.")
    return found


def _is_key(plan: Plan, test: Test) -> bool:
    return test.component in plan.source.series_key


def _taken(flow: FlowRules, rule: Rule, input_: StructureRef) -> tuple[Piece, ...]:
    """The conditions that a rule takes a row: it fits, and no earlier rule does."""
    own = flow.of(input_)
    earlier = own[: own.index(rule)]
    fits = [test.condition() for test in rule.sure] if rule.sure else [rule.condition()]
    left = [other.condition(but=rule) for other in earlier if not disjoint(other, rule)]
    return (*fits, *(one.denied for one in left))


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
    fixed |= {t.component for t in rule.sure if t.kind == "same" and t.other in plan.carried}
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
