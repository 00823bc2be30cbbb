"""What the OECD is answered, against a naive mapping of the whole store (random stores)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from naive_oecd import df_mig, df_popf
from random_store import (
    BORDER,
    DISPLACEMENT,
    FLOW,
    RESIDENCE,
    STOCK,
    STRUCTURES,
    as_relation,
    counts,
    random_rows,
)

from hub.model.schema import StructureRef
from hub.query import data_v1, data_v2
from hub.query.model import DataQuery
from hub.store.engine_duckdb import DuckDbEngine
from hub.store.layout import layout
from hub.store.statement import plain
from hub.views import Relation, find
from hub.views.mapped import MappedView
from hub.views.rules import NOT_ASKED

MIG = StructureRef("OECD.ELS.IMD", "DSD_MIG@DF_MIG", "1.0")
POPF = StructureRef("OECD.ELS.IMD", "DSD_MIG_F@DF_MIG_POPF", "1.0")
NAIVE = {MIG: df_mig, POPF: df_popf}

quick = settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> DuckDbEngine:
    return DuckDbEngine(2048, tmp_path_factory.mktemp("spill"), threads=1)


def store(
    path: Path, seed: int, only: set[StructureRef] | None = None, many: int = 80
) -> tuple[dict[str, Any], dict[StructureRef, Relation]]:
    rows = {
        flow: random_rows(flow, seed, many) if only is None or flow in only else []
        for flow in (FLOW, RESIDENCE, DISPLACEMENT, STOCK, BORDER)
    }
    folder = path / str(seed)
    folder.mkdir(exist_ok=True)
    inputs = {flow: as_relation(folder, flow, listed) for flow, listed in rows.items()}
    return {flow.id: listed for flow, listed in rows.items()}, inputs


def asked(
    engine: DuckDbEngine, flow: StructureRef, query: DataQuery, inputs: dict[StructureRef, Relation]
) -> list[dict[str, Any]]:
    view = find(flow)
    assert isinstance(view, MappedView)
    schema = STRUCTURES.dataflow(flow.agency, flow.id, flow.version)
    found = view.relation(STRUCTURES, query, inputs)
    statement = plain(schema, query, layout(schema, query), found)
    return [row for batch in engine.batches(schema, statement) for row in batch.to_pylist()]


def cell(row: dict[str, Any]) -> tuple[str, ...]:
    who = row.get("CITIZENSHIP") or row["BIRTH_COUNTRY"]
    return row["REF_AREA"], who, row["MEASURE"], row["SEX"], row["TIME_PERIOD"]


@quick
@given(seed=st.integers(0, 10**6), flow=st.sampled_from([MIG, POPF]))
def test_the_whole_dataflow(
    engine: DuckDbEngine, tmp_path: Path, seed: int, flow: StructureRef
) -> None:
    """Each cell once, with the value and status that the naive mapping gives it; nothing else."""
    rows, inputs = store(tmp_path, seed)
    found = asked(engine, flow, DataQuery(api=data_v2.Api.V2), inputs)
    assert len({cell(row) for row in found}) == len(found)
    expected = {k: (v[1], v[2]) for k, v in NAIVE[flow](rows).items()}
    assert {cell(r): (r["OBS_VALUE"], r["OBS_STATUS"]) for r in found} == expected
    for row in found:
        fixed = (row["FREQ"], row["BIRTH_PLACE"], row["EDUCATION_LEV"], row["UNIT_MEASURE"])
        assert fixed == ("A", "_Z", "_Z", "PS")
        assert row["UNIT_MULT"] is not None
        assert (row["DECIMALS"] is not None) or "." in row["OBS_VALUE"]


codes = {
    "REF_AREA": ["MEX", "CRI", "XKV", "USA"],
    "people": ["W", "GTM", "XKV", "ANT_F", "SCG_F", "STLS", "W_X", "FRA"],
    "MEASURE": ["B11", "B12", "B13", "B14", "B15", "B16"],
    "SEX": ["_T", "F", "M"],
}


def part(name: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(codes[name]), max_size=2, unique=True).map("+".join)


@quick
@given(
    seed=st.integers(0, 40),
    flow=st.sampled_from([MIG, POPF]),
    key=st.tuples(
        part("REF_AREA"), part("people"), st.sampled_from(["", "A"]), part("MEASURE"), part("SEX")
    ),
    start=st.sampled_from([None, "2003", "2020", "2020-06"]),
    end=st.sampled_from([None, "2005", "2020", "2021-06"]),
)
def test_keys_in_the_consumers_codes(
    engine: DuckDbEngine,
    tmp_path: Path,
    seed: int,
    flow: StructureRef,
    key: tuple[str, ...],
    start: str | None,
    end: str | None,
) -> None:
    """A key and a period select what they select of the naive mapping of the whole store."""
    rows, inputs = store(tmp_path, seed)
    period = "&".join(f"{n}={v}" for n, v in (("startPeriod", start), ("endPeriod", end)) if v)
    path = f"{flow.agency},{flow.id},{flow.version}/{'.'.join(key)}..."
    found = asked(engine, flow, data_v1.parse(path, period), inputs)
    area, who, _, measure, sex = (set(filter(None, p.split("+"))) for p in key)
    expected = {
        k: v[1]
        for k, v in NAIVE[flow](rows).items()
        if (not area or k[0] in area) and (not who or k[1] in who)
        and (not measure or k[2] in measure) and (not sex or k[3] in sex)
        and (start is None or f"{k[4]}-01" >= start + "-01" * (len(start) == 4))
        and (end is None or f"{k[4]}-12" <= end + "-12" * (len(end) == 4))
    }  # fmt: skip
    assert {cell(r): r["OBS_VALUE"] for r in found} == expected


@quick
@given(
    seed=st.integers(0, 40),
    operator=st.sampled_from(["eq", "ne", "sw", "ew", "co", "nc"]),
    value=st.sampled_from(["MEX", "W", "_F", "X"]),
)
def test_filters_in_the_consumers_codes(
    engine: DuckDbEngine, tmp_path: Path, seed: int, operator: str, value: str
) -> None:
    rows, inputs = store(tmp_path, seed)
    path = f"dataflow/{MIG.agency}/{MIG.id}/{MIG.version}/*"
    found = asked(engine, MIG, data_v2.parse(path, f"c[CITIZENSHIP]={operator}:{value}"), inputs)
    holds = {
        "eq": lambda c: c == value,
        "ne": lambda c: c != value,
        "sw": lambda c: c.startswith(value),
        "ew": lambda c: c.endswith(value),
        "co": lambda c: value in c,
        "nc": lambda c: value not in c,
    }[operator]
    expected = {k: v[1] for k, v in df_mig(rows).items() if holds(k[1])}
    assert {cell(r): r["OBS_VALUE"] for r in found} == expected


@quick
@given(seed=st.integers(0, 10**6), flow=st.sampled_from([MIG, POPF]))
def test_each_observation_is_accounted_for_once(
    engine: DuckDbEngine, tmp_path: Path, seed: int, flow: StructureRef
) -> None:
    """The report counts every observation of every input once, and as used those that are."""
    rows, inputs = store(tmp_path, seed)
    view = find(flow)
    assert isinstance(view, MappedView)
    compiled = view.compiled(STRUCTURES)
    used = Counter(
        (r["REF_AREA"], r["TIME_PERIOD"][:4]) for v in NAIVE[flow](rows).values() for r in v[3]
    )
    seen: Counter[tuple[str, str]] = Counter()
    for input_ in view.inputs:
        counted = counts(engine, compiled, input_, inputs)
        everything = Counter((r["REF_AREA"], r["TIME_PERIOD"][:4]) for r in rows[input_.id])
        reported: Counter[tuple[str, str]] = Counter()
        for area, year, rule, reason, _, many in counted:
            assert rule
            reported[area, year] += many
            if reason == "":
                seen[area, year] += many
        assert reported == everything
    assert seen == used


@quick
@given(seed=st.integers(0, 10**6))
def test_a_store_with_one_input_only(engine: DuckDbEngine, tmp_path: Path, seed: int) -> None:
    """Inputs that nothing was released for change nothing."""
    rows, inputs = store(tmp_path, seed, {STOCK})
    found = asked(engine, MIG, DataQuery(api=data_v2.Api.V2), inputs)
    assert {cell(r): r["OBS_VALUE"] for r in found} == {k: v[1] for k, v in df_mig(rows).items()}


def test_the_random_stores_meet_every_rule(engine: DuckDbEngine, tmp_path: Path) -> None:
    """Otherwise the properties above would prove nothing of some rules."""
    met: set[tuple[str, str]] = set()
    wanted: set[tuple[str, str]] = set()
    for flow in (MIG, POPF):
        view = find(flow)
        assert isinstance(view, MappedView)
        compiled = view.compiled(STRUCTURES)
        wanted |= {(flow.id, rule.id) for rule in compiled.flow.rules}
        _, inputs = store(tmp_path, 7, many=2500)
        for input_ in view.inputs:
            for _, _, rule, reason, *_ in counts(engine, compiled, input_, inputs):
                met |= {(flow.id, rule), (flow.id, reason)}
    assert wanted - met == set()
    assert {reason for _, reason in met} >= {"NO_CODE", "YEAR_INCOMPLETE", "OTHER_FIRST"}
    assert ("DSD_MIG@DF_MIG", NOT_ASKED) in met
