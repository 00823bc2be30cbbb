"""What holds for every dataflow that rules make for a consumer; and Eurostat's, cell by cell."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from naive_eurostat import dataset, varied
from random_store import POOLS, STRUCTURES, as_relation, counts, random_rows, schema_of

from hub.model.schema import StructureRef
from hub.query import data_v1, data_v2
from hub.query.model import DataQuery
from hub.store.engine_duckdb import DuckDbEngine
from hub.store.layout import layout
from hub.store.statement import plain
from hub.structures.schema import allowed_codes
from hub.views import Relation, views
from hub.views.mapped import MappedView

#: Dataflows of consumers whose inputs the random stores have.
EVERY = {
    view.dataflow: view
    for view in views()
    if isinstance(view, MappedView) and set(view.inputs) <= set(POOLS)
}
EUROSTAT = sorted(flow for flow in EVERY if flow.agency == "ESTAT")

Rows = dict[str, list[dict[str, Any]]]

quick = settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> DuckDbEngine:
    return DuckDbEngine(512, tmp_path_factory.mktemp("spill"), threads=1)


def store(
    path: Path, view: MappedView, seed: int, many: int = 120
) -> tuple[Rows, dict[StructureRef, Relation]]:
    """Random rows of the inputs of a dataflow, and the relations over them."""
    folder = path / f"{view.dataflow.id}{seed}"
    folder.mkdir(exist_ok=True)
    rows = {
        flow: varied(flow.id, random_rows(flow, seed, many), schema_of(flow).key, seed)
        for flow in view.inputs
    }
    inputs = {flow: as_relation(folder, flow, listed) for flow, listed in rows.items()}
    return {flow.id: listed for flow, listed in rows.items()}, inputs


def asked(
    engine: DuckDbEngine, view: MappedView, query: DataQuery, inputs: dict[StructureRef, Relation]
) -> list[dict[str, Any]]:
    flow = view.dataflow
    schema = STRUCTURES.dataflow(flow.agency, flow.id, flow.version)
    found = view.relation(STRUCTURES, query, inputs)
    statement = plain(schema, query, layout(schema, query), found)
    return [row for batch in engine.batches(schema, statement) for row in batch.to_pylist()]


def test_eurostat_has_its_five_datasets() -> None:
    wanted = {"IMM1CTZ", "EMI1CTZ", "POP1CTZ", "RESFIRST", "ASYAPPCTZA"}
    assert {flow.id for flow in EUROSTAT} == {f"MIGR_{id_}" for id_ in wanted}


@pytest.mark.parametrize("flow", sorted(EVERY), ids=str)
def test_each_cell_once_and_only_what_the_consumer_allows(
    engine: DuckDbEngine, tmp_path: Path, flow: StructureRef
) -> None:
    view = EVERY[flow]
    schema = STRUCTURES.dataflow(flow.agency, flow.id, flow.version)
    _, inputs = store(tmp_path, view, 11, many=2000)
    found = asked(engine, view, DataQuery(api=data_v2.Api.V2), inputs)
    assert found
    keys = Counter(tuple(row[c] for c in schema.key) for row in found)
    assert max(keys.values()) == 1
    for component in schema.components:
        codes = allowed_codes(schema, component.id)
        values = {row[component.id] for row in found}
        if component.id in schema.key:
            assert None not in values, component.id
        assert codes is None or values - {None} <= set(codes), component.id


@quick
@given(seed=st.integers(0, 10**6), flow=st.sampled_from(EUROSTAT))
def test_the_whole_dataset(
    engine: DuckDbEngine, tmp_path: Path, seed: int, flow: StructureRef
) -> None:
    """Each cell with the value and flag that the naive mapping gives it; nothing else."""
    rows, inputs = store(tmp_path, EVERY[flow], seed)
    schema = STRUCTURES.dataflow(flow.agency, flow.id, flow.version)
    found = asked(engine, EVERY[flow], DataQuery(api=data_v2.Api.V2), inputs)
    expected = {cell: (v.value, v.flag) for cell, v in dataset(flow.id, rows).items()}
    assert {
        tuple(row[c] for c in schema.key): (row["OBS_VALUE"], row["OBS_FLAG"]) for row in found
    } == expected


@quick
@given(seed=st.integers(0, 60), flow=st.sampled_from(EUROSTAT))
def test_keys_in_eurostats_codes(
    engine: DuckDbEngine, tmp_path: Path, seed: int, flow: StructureRef
) -> None:
    """A key selects what it selects of the naive mapping of the whole store."""
    rows, inputs = store(tmp_path, EVERY[flow], seed)
    schema = STRUCTURES.dataflow(flow.agency, flow.id, flow.version)
    cells = dataset(flow.id, rows)
    rng, parts = random.Random(seed), []
    for place, dimension in enumerate(schema.series_key):
        there = sorted({cell[place] for cell in cells} or set(schema.by_id[dimension].codes or ()))
        parts.append(rng.sample(there, min(len(there), 2)) if rng.random() < 0.4 else [])
    path = f"{flow.agency},{flow.id},{flow.version}/{'.'.join('+'.join(p) for p in parts)}"
    found = asked(engine, EVERY[flow], data_v1.parse(path, ""), inputs)
    expected = {
        cell: v.value
        for cell, v in cells.items()
        if all(not part or code in part for part, code in zip(parts, cell, strict=False))
    }
    assert {tuple(row[c] for c in schema.key): row["OBS_VALUE"] for row in found} == expected


@quick
@given(seed=st.integers(0, 10**6), flow=st.sampled_from(EUROSTAT))
def test_each_observation_is_accounted_for_once(
    engine: DuckDbEngine, tmp_path: Path, seed: int, flow: StructureRef
) -> None:
    """The report counts every observation of every input once, and as used those that are."""
    view = EVERY[flow]
    rows, inputs = store(tmp_path, view, seed)
    compiled, used = view.compiled(STRUCTURES), Counter[tuple[str, str]]()
    for input_ in view.inputs:
        reported: Counter[tuple[str, str]] = Counter()
        for area, year, rule, reason, _, many in counts(engine, compiled, input_, inputs):
            assert rule
            reported[area, year] += many
            if reason == "":
                used[area, year] += many
        there = Counter((r["REF_AREA"], r["TIME_PERIOD"][:4]) for r in rows[input_.id])
        assert reported == there
    stand = [part for value in dataset(flow.id, rows).values() for part in value.parts]
    assert used == Counter((r["REF_AREA"], r["TIME_PERIOD"][:4]) for r in stand)


@pytest.mark.parametrize("flow", EUROSTAT, ids=str)
def test_the_random_stores_meet_the_rules(
    engine: DuckDbEngine, tmp_path: Path, flow: StructureRef
) -> None:
    """Otherwise the properties above would prove nothing of them."""
    view = EVERY[flow]
    compiled, met = view.compiled(STRUCTURES), set()
    _, inputs = store(tmp_path, view, 7, many=2500)
    for input_ in view.inputs:
        met |= {row[2] for row in counts(engine, compiled, input_, inputs)}
    assert {rule.id for rule in compiled.flow.rules} - met == set()


@pytest.mark.parametrize("flow", sorted(EVERY), ids=str)
def test_a_report_needs_little_memory(tmp_path: Path, flow: StructureRef) -> None:
    """However many rules there are: half of what a hub gives its engine unless told otherwise."""
    view, small = EVERY[flow], DuckDbEngine(256, tmp_path / "spill", threads=2)
    compiled = view.compiled(STRUCTURES)
    rows, inputs = store(tmp_path, view, 7, many=300)
    for input_ in view.inputs:
        counted = sum(row[-1] for row in counts(small, compiled, input_, inputs))
        assert counted == len(rows[input_.id])
