"""Sequences of actions give what a plain dictionary gives, and nothing that is not a change."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.intake.staging import Stage
from hub.model.dataset import Action, Block
from hub.model.schema import Component, DataSchema, Level, Role, StructureRef
from hub.store.changes import NetChange, net_change
from hub.store.observations import ObservationStore

#: Random messages of a run; an operator may ask for more.
EXAMPLES = int(os.environ.get("MIGHUB_TEST_EXAMPLES", "12"))
FLOW = StructureRef("TEST", "DF_T", "1.0.0")


def dimension(id_: str) -> Component:
    return Component(id_, Role.DIMENSION, id_)


def attribute(id_: str, level: Level) -> Component:
    return Component(id_, Role.ATTRIBUTE, id_, level=level)


SCHEMA = DataSchema(
    dataflow=FLOW,
    structure=StructureRef("TEST", "T", "1.0.0"),
    dimensions=(dimension("AREA"), dimension("SEX")),
    time=Component("TIME_PERIOD", Role.TIME, "TIME_PERIOD"),
    measures=(Component("OBS_VALUE", Role.MEASURE, "OBS_VALUE", text_type="Double"),),
    attributes=(
        attribute("OBS_STATUS", Level.OBSERVATION),
        attribute("SOURCE", Level.SERIES),
        attribute("TITLE", Level.DATASET),
    ),
)
KEY, DIMS, VALUES = SCHEMA.key, SCHEMA.series_key, ("OBS_VALUE", "OBS_STATUS")
Row = dict[str, str | None]


@dataclass
class Store:
    """A real Delta table and the way of a message into it."""

    folder: Path
    version: int = 0
    commits: int = 0
    observations: ObservationStore = field(init=False)

    def __post_init__(self) -> None:
        self.observations = ObservationStore(str(self.folder / "store"))

    def apply(self, *steps: tuple[Action, list[Row]], schema: DataSchema = SCHEMA) -> NetChange:
        self.version = self.observations.prepare(schema)
        with Stage(self.folder / "stage") as stage:
            ordinal = 0
            for action, rows in steps:
                stage.add(block(action, rows, ordinal, schema))
                ordinal += len(rows)
        files = self.observations.files(schema.dataflow, self.version)
        with duckdb.connect() as connection:
            net = net_change(connection, schema, stage.segments[schema.dataflow], files)
            if not net.nothing:
                self.commits += 1
                counts = {"inserted": net.inserted, "updated": net.updated, "deleted": net.deleted}
                commit = self.observations.commit(
                    schema, net.rows(), submission=f"s{self.commits}", **counts
                )
                self.version = commit.version
        return net

    def rows(self, schema: DataSchema = SCHEMA) -> dict[tuple[str | None, ...], Row]:
        files = self.observations.files(schema.dataflow, self.version)
        if not files:
            return {}
        columns = ", ".join(f'"{c}"' for c in schema.columns)
        with duckdb.connect() as connection:
            table = connection.sql(
                f"SELECT {columns} FROM read_parquet({files!r}, union_by_name = true)"
            ).to_arrow_table()
        found = {tuple(row[k] for k in schema.key): row for row in table.to_pylist()}
        assert len(found) == table.num_rows, "a key is stored twice"
        return found


def block(action: Action, rows: list[Row], ordinal: int, schema: DataSchema) -> Block:
    batch = pa.table(
        {c: pa.array([r.get(c) for r in rows], pa.string()) for c in schema.columns}
    ).combine_chunks()
    return Block(schema, action, batch.to_batches()[0], ordinal)


def obs(area: str, sex: str, time: str, value: str | None = "1", **more: str | None) -> Row:
    return {"AREA": area, "SEX": sex, "TIME_PERIOD": time, "OBS_VALUE": value,
            "OBS_STATUS": "A", **more}  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    yield Store(tmp_path)


# -- the model: what the standard says, row by row ----------------------------------------------


class Model:
    """Rows by key, series attributes by series, dataset attributes once."""

    def __init__(self) -> None:
        self.work: dict[tuple[str, ...], Row] = {}
        self.series: dict[tuple[str, ...], str | None] = {}
        self.title: str | None = None

    def apply(self, action: Action, rows: list[Row]) -> None:
        if action is Action.DELETE:
            # Within one dataset of deletions the order of rows makes no difference.
            for row in rows:
                self.delete(row)
            return
        for row in rows:
            key = tuple(str(row[k]) for k in KEY)
            if action is Action.REPLACE:
                self.work[key] = {c: row.get(c) for c in VALUES}
            else:
                old = self.work.setdefault(key, dict.fromkeys(VALUES))
                old.update({c: row[c] for c in VALUES if row.get(c) is not None})
            if row.get("SOURCE") is not None:
                self.series[key[:2]] = row["SOURCE"]
            if row.get("TITLE") is not None:
                self.title = row["TITLE"]

    def delete(self, row: Row) -> None:
        hit = [
            key for key in self.work
            if all(row.get(k) in (None, v) for k, v in zip(KEY, key, strict=True))
        ]  # fmt: skip
        parts = [c for c in (*VALUES, "SOURCE", "TITLE") if row.get(c) is not None]
        for key in hit:
            if not parts:
                del self.work[key]
            for c in parts:
                if c in VALUES:
                    self.work[key][c] = None
            if {*parts} & {*VALUES} and not any(self.work[key].values()):
                del self.work[key]
        if "SOURCE" in parts:
            for series in self.series:
                if all(row.get(k) in (None, v) for k, v in zip(DIMS, series, strict=True)):
                    self.series[series] = None
        if "TITLE" in parts:
            self.title = None
        if not parts:
            left = {key[:2] for key in self.work}
            self.series = {s: v for s, v in self.series.items() if s in left}
            if not left:
                self.title = None

    def rows(self) -> dict[tuple[str, ...], Row]:
        return {
            key: {**dict(zip(KEY, key, strict=True)), **values,
                  "SOURCE": self.series.get(key[:2]), "TITLE": self.title}
            for key, values in self.work.items()
        }  # fmt: skip


areas, sexes, times = (
    st.sampled_from("XYZ"),
    st.sampled_from("MF"),
    st.sampled_from(["2020", "2021"]),
)
maybe = st.one_of(st.none(), st.sampled_from("12"))
given_rows = st.lists(
    st.fixed_dictionaries(
        {"AREA": areas, "SEX": sexes, "TIME_PERIOD": times, "OBS_VALUE": maybe,
         "OBS_STATUS": maybe, "SOURCE": maybe, "TITLE": st.sampled_from([None, None, "t", "u"])}
    ),
    min_size=1, max_size=8,
    unique_by=lambda r: (r["AREA"], r["SEX"], r["TIME_PERIOD"]),
)  # fmt: skip
deleted_rows = st.lists(
    st.fixed_dictionaries(
        {"AREA": st.none() | areas, "SEX": st.none() | sexes, "TIME_PERIOD": st.none() | times,
         "OBS_VALUE": st.sampled_from([None, None, "x"]),
         "OBS_STATUS": st.sampled_from([None, None, "x"]),
         "SOURCE": st.sampled_from([None, None, "x"]),
         "TITLE": st.sampled_from([None, None, None, "x"])}
    ),
    min_size=1, max_size=2,
)  # fmt: skip
steps = st.one_of(
    st.tuples(st.sampled_from([Action.MERGE, Action.REPLACE]), given_rows),
    st.tuples(st.just(Action.DELETE), deleted_rows),
)
messages = st.lists(st.lists(steps, min_size=1, max_size=3), min_size=1, max_size=4)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(messages)
def test_messages_give_what_a_dictionary_gives(
    tmp_path_factory: pytest.TempPathFactory, sent: list[list[tuple[Action, list[Row]]]]
) -> None:
    store, model = Store(tmp_path_factory.mktemp("changes")), Model()
    for message in sent:
        before = model.rows()
        for step in message:
            model.apply(*step)
        after = model.rows()
        net = store.apply(*message)
        assert store.rows() == after
        assert net.inserted == len(after.keys() - before.keys())
        assert net.deleted == len(before.keys() - after.keys())
        assert net.updated == sum(before[k] != after[k] for k in before.keys() & after.keys())
        # What did not remain in the store is forgotten by the model, too.
        model.series = {s: v for s, v in model.series.items() if s in {k[:2] for k in after}}
        model.title = model.title if after else None
