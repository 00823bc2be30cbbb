"""Random maps over random rows: the inverse of a key loses nothing and reads less."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.mapping.execute import execute, narrowed
from hub.mapping.inverse import wanted
from hub.mapping.pieces import Piece
from hub.mapping.plan import Plan
from hub.mapping.tables import CodeTable, Row, expand
from hub.model.listed import Listed
from hub.model.schema import Component, DataSchema, Role, StructureRef
from hub.query import data_v1
from hub.store.engine_duckdb import DuckDbEngine
from hub.structures.mappings import MappedValue, RepresentationMap, Side, ValueMapping

OURS, THEIRS = [f"s{i}" for i in range(24)], [f"t{i}" for i in range(6)]


def schema(flow: str, dimensions: Sequence[str], codes: Sequence[str]) -> DataSchema:
    ref = StructureRef("T", flow, "1.0")
    return DataSchema(
        ref,
        ref,
        tuple(
            Component(d, Role.DIMENSION, d, StructureRef("T", "CL", "1.0"), tuple(codes))
            for d in dimensions
        ),
        None,
        (Component("V", Role.MEASURE, "V"),),
        (),
    )


SOURCE, TARGET = schema("OURS", "ABC", OURS), schema("THEIRS", "XYZ", THEIRS)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> DuckDbEngine:
    return DuckDbEngine(256, tmp_path_factory.mktemp("spill"), threads=1)


def tables(sources: str, targets: str) -> st.SearchStrategy[CodeTable]:
    """Any map: some codes become others, some nothing, literally or by an expression."""
    literal = st.builds(MappedValue, st.sampled_from(OURS))
    regex = st.sampled_from(["s1.", "s[0-4]", "s2(.)"]).map(lambda r: MappedValue(r, is_regex=True))
    side = st.one_of(literal, literal, regex)
    mapping = st.builds(
        ValueMapping,
        st.tuples(*[side] * len(sources)),
        st.tuples(*[st.sampled_from(THEIRS)] * len(targets)),
    )
    return st.lists(mapping, max_size=30).map(
        lambda rows: expand(
            RepresentationMap((Side(),) * len(sources), (Side(),) * len(targets), tuple(rows)),
            list(sources),
            list(targets),
            dict.fromkeys("ABC", OURS),
        )
    )


plans = st.one_of(
    st.tuples(tables("A", "X"), tables("B", "Y"), tables("C", "Z")),
    st.tuples(tables("AB", "X"), tables("C", "YZ")),
    st.tuples(tables("AB", "XY"), tables("C", "Z")),
).map(lambda t: Plan(SOURCE, TARGET, t, {"V": "V"}, {}, {}))

rows = st.lists(st.tuples(*[st.sampled_from(OURS)] * 3), max_size=60, unique=True)
part = st.lists(st.sampled_from(THEIRS), max_size=2, unique=True).map("+".join)


def naive(plan: Plan, row: dict[str, str]) -> tuple[str, ...] | None:
    found: dict[str, str] = {}
    for table in plan.tables:
        fit = [r for r in table.rows if r.sources == tuple(row[s] for s in table.sources)]
        if not fit:
            return None
        found |= dict(zip(table.targets, fit[0].targets, strict=True))
    return tuple(found[d] for d in "XYZ")


def mapped(engine: DuckDbEngine, plan: Plan, where: Piece, source: Piece) -> list[tuple[str, ...]]:
    done = execute(plan)
    picked = Piece.joined(", ", (done.columns[c] for c in ("X", "Y", "Z", "V")))
    fits = Piece.all_of((where, *(fit.condition for fit in done.fits)))
    sql = Piece.joined(
        " ", (picked.put("SELECT {}"), source.put("FROM {} r"), done.joins, fits.put("WHERE {}"))
    )
    return engine.rows(sql.sql, sql.values)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(plan=plans, listed=rows, keys=st.lists(st.tuples(part, part, part), min_size=1, max_size=1))
def test_a_key_turned_round(
    engine: DuckDbEngine,
    plan: Plan,
    listed: list[tuple[str, str, str]],
    keys: list[tuple[str, str, str]],
) -> None:
    store = [{**dict(zip("ABC", r, strict=True)), "V": str(i)} for i, r in enumerate(listed)]
    source = Piece("(SELECT * FROM ?)", (_as_table(store),))
    query = data_v1.parse(f"T,THEIRS,1.0/{'.'.join(keys[0])}", "")
    asked = [set(filter(None, p.split("+"))) for p in keys[0]]
    every = [(*cell, r["V"]) for r in store if (cell := naive(plan, r)) is not None]
    expected = [c for c in every if all(not k or v in k for k, v in zip(asked, c, strict=False))]
    found = narrowed(plan, wanted(TARGET, query))
    if found is None:
        assert expected == []
        return
    left, narrow = found
    given_ = mapped(engine, left, narrow, source)
    # Nothing is lost, nothing else comes: a key restricts component by component.
    assert sorted(given_) == sorted(expected)
    # What is read is what can become something asked for: fewer rows, where a key says anything.
    # Without a join: a condition on the source alone, which files can be skipped by.
    plain = [fit.condition for fit in execute(left).fits if not fit.joined]
    where = Piece.all_of((narrow, *plain))
    sides = (source.put("FROM {} r"), where.put("WHERE {}"))
    read = engine.rows(*_counted(Piece.joined(" ", sides)))[0][0]
    restricted = [
        table
        for table, whole in zip(left.tables, plan.tables, strict=True)
        if len(table.rows) < len(whole.rows)
    ]
    assert read <= sum(all(_may(t, r) for t in restricted) for r in store)


def _may(table: CodeTable, row: dict[str, str]) -> bool:
    """Whether each source code of a row occurs in some row of the table."""
    return all(row[s] in table.codes(s) for s in table.sources)


def _counted(piece: Piece) -> tuple[str, tuple[object, ...]]:
    return f"SELECT count(*) {piece.sql}", piece.values


def _as_table(store: list[dict[str, str]]) -> object:

    return Listed(("A", "B", "C", "V"), tuple(tuple(r[c] for c in "ABCV") for r in store))


def test_what_a_map_cannot_give_is_not_read() -> None:
    table = CodeTable(("A",), ("X",), (Row(("s1",), ("t1",)),))
    plan = Plan(SOURCE, TARGET, (table,), {"V": "V"}, {"Y": "t0", "Z": "t0"}, {})
    assert narrowed(plan, wanted(TARGET, data_v1.parse("T,THEIRS,1.0/t2..", ""))) is None
    assert narrowed(plan, wanted(TARGET, data_v1.parse("T,THEIRS,1.0/.t1.", ""))) is None
    found = narrowed(plan, wanted(TARGET, data_v1.parse("T,THEIRS,1.0/t1+t3..", "")))
    assert found is not None
