"""Sequences of actions give what a plain dictionary gives, and nothing that is not a change."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import SemanticError
from hub.intake.staging import Stage
from hub.model.dataset import Action, Block
from hub.model.schema import Component, DataSchema, Level, Role, StructureRef
from hub.store.arrange import MANY_FILES, crowd
from hub.store.changes import NetChange, net_change
from hub.store.observations import ObservationStore

#: Random messages of a run; an operator may ask for more.
EXAMPLES = int(os.environ.get("MIGHUB_TEST_EXAMPLES", "12"))
FLOW = StructureRef("TEST", "DF_T", "1.0.0")
STATUS = StructureRef("SDMX", "CL_OBS_STATUS", "2.2")


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
        replace(attribute("OBS_STATUS", Level.OBSERVATION), codelist=STATUS),
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
                    schema, net.rows(), on=self.version, submission=f"s{self.commits}", **counts
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
                if row.get("OBS_STATUS") in ("O", "M"):  # said of the value, which then goes
                    old["OBS_VALUE"] = None
                old.update({c: row[c] for c in VALUES if row.get(c) is not None})
            if row.get("SOURCE") is not None:
                self.series[key[:2]] = row["SOURCE"]
            if row.get("TITLE") is not None:
                self.title = row["TITLE"]

    def delete(self, row: Row) -> None:  # noqa: C901
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
         "OBS_STATUS": st.sampled_from([None, "A", "E", "M", "O"]),
         "SOURCE": maybe, "TITLE": st.sampled_from([None, None, "t", "u"])}
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


@pytest.mark.conformance(
    "format.action.merge",
    "format.action.replace",
    "format.action.replace_above",
    "format.action.delete_bulk",
    "format.action.delete_components",
    "format.action.delete_nothing",
    "format.action.order",
)
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


# -- cases that the standard or an issue names --------------------------------------------------


def test_first_load_adds_sorted_rows_with_the_instants_of_their_periods(store: Store) -> None:
    rows = [obs(a, s, t) for a in "YX" for s in "FM" for t in ("2020-Q4", "2020-02", "2020")]
    net = store.apply((Action.MERGE, rows))
    assert (net.inserted, net.updated, net.deleted) == (12, 0, 0)
    (path,) = store.observations.files(FLOW, store.version)
    table = pq.read_table(path)
    own = ["_provider", "_submission", "_sheet", "_cell", "_row", "_start", "_end"]
    assert table.schema.names == [*SCHEMA.columns, *own]
    order = list(zip(*(table[c].to_pylist() for c in ("AREA", "SEX", "_start")), strict=True))
    assert order == sorted(order)
    spans = {r["TIME_PERIOD"]: (r["_start"], r["_end"]) for r in table.to_pylist()}
    assert spans["2020-Q4"] == (datetime(2020, 10, 1), datetime(2021, 1, 1))
    assert spans["2020"] == (datetime(2020, 1, 1), datetime(2021, 1, 1))


def test_the_same_again_is_no_change_and_ten_values_are_ten(store: Store) -> None:
    rows = [obs(a, s, str(2000 + y), str(y)) for a in "XYZ" for s in "MF" for y in range(20)]
    store.apply((Action.MERGE, rows))
    assert store.apply((Action.MERGE, rows)).nothing
    assert store.apply((Action.REPLACE, rows)).nothing
    for row in rows[:10]:
        row["OBS_VALUE"] = f"{row['OBS_VALUE']}5"
    net = store.apply((Action.MERGE, rows))
    assert (net.inserted, net.updated, net.deleted) == (0, 10, 0)
    assert store.commits == 2
    feed = store.observations.changes(FLOW, store.version - 1, store.version).read_all()
    kinds = sorted(feed["_change_type"].to_pylist())
    assert kinds == ["update_postimage"] * 10 + ["update_preimage"] * 10


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("1", "1.0", True), ("1", "+1", True), ("0.50", ".5", True), ("1200", "1.2E3", True),
        ("-0", "0", True), ("007", "7", True), ("884.389", "884", False), ("1", "1.01", False),
        ("NaN", "NaN", True), ("INF", "-INF", False), ("0", "1e-400", False),
        # More digits than a double holds: they are compared as digits.
        ("12345678901234567890", "12345678901234567891", False),
        ("12345678901234567890", "12345678901234567890.00", True),
        ("0.1000000000000000055", "0.1", False), ("1e400", "2e400", False),
    ],
)  # fmt: skip
def test_a_number_is_the_same_however_it_is_written(
    store: Store, old: str, new: str, same: bool
) -> None:
    store.apply((Action.MERGE, [obs("X", "M", "2020", old)]))
    net = store.apply((Action.MERGE, [obs("X", "M", "2020", new)]))
    assert net.nothing is same
    assert [r["OBS_VALUE"] for r in store.rows().values()] == [old if same else new]


@pytest.mark.parametrize("status", ["O", "M", "L", "Q", "H"])
def test_a_value_said_to_be_missing_goes(store: Store, status: str) -> None:
    store.apply((Action.MERGE, [obs("X", "F", "2020", "74109"), obs("X", "M", "2020", "5")]))
    gone = obs("X", "F", "2020", None) | {"OBS_STATUS": status}
    net = store.apply((Action.MERGE, [gone, obs("X", "M", "2020", None)]))
    assert (net.inserted, net.updated, net.deleted) == (0, 1, 0)
    found = {k[1]: (r["OBS_VALUE"], r["OBS_STATUS"]) for k, r in store.rows().items()}
    assert found == {"F": (None, status), "M": ("5", "A")}


def test_what_another_list_calls_o_is_no_missing_value(store: Store) -> None:
    own = replace(SCHEMA, attributes=tuple(replace(a, codelist=None) for a in SCHEMA.attributes))
    store.apply((Action.MERGE, [obs("X", "F", "2020", "5")]), schema=own)
    store.apply((Action.MERGE, [obs("X", "F", "2020", None) | {"OBS_STATUS": "O"}]), schema=own)
    assert [(r["OBS_VALUE"], r["OBS_STATUS"]) for r in store.rows().values()] == [("5", "O")]


def test_text_is_never_a_number(store: Store) -> None:
    store.apply((Action.MERGE, [obs("NA", "M", "2020", "1", OBS_STATUS="1", SOURCE="NA")]))
    net = store.apply((Action.MERGE, [obs("NA", "M", "2020", "1", OBS_STATUS="1.0")]))
    assert net.updated == 1
    (row,) = store.rows().values()
    assert (row["AREA"], row["OBS_STATUS"], row["SOURCE"]) == ("NA", "1.0", "NA")


def test_a_series_attribute_reaches_stored_and_new_rows_of_its_series(store: Store) -> None:
    store.apply((Action.MERGE, [obs("X", "M", t, SOURCE="old") for t in ("2019", "2020")]))
    net = store.apply((Action.MERGE, [obs("X", "M", "2021")]))
    assert (net.inserted, net.updated) == (1, 0)
    assert {r["SOURCE"] for r in store.rows().values()} == {"old"}
    only = {"AREA": "X", "SEX": "M", "SOURCE": "new"}
    net = store.apply((Action.MERGE, [only, {"AREA": "Y", "SEX": "M", "SOURCE": "lost"}]))
    assert (net.inserted, net.updated, net.empty_series) == (0, 3, 1)
    assert {r["SOURCE"] for r in store.rows().values()} == {"new"}


@pytest.mark.conformance("format.action.replace_all")
def test_replacing_all_is_a_deletion_and_a_merge_in_one_commit(store: Store) -> None:
    store.apply((Action.MERGE, [obs("X", "M", str(y), SOURCE="s") for y in range(2000, 2010)]))
    rows = [obs("X", "M", "2005"), obs("X", "M", "2009", "2"), obs("Z", "M", "2005")]
    net = store.apply((Action.DELETE, [{"AREA": None}]), (Action.MERGE, rows))
    assert (net.inserted, net.updated, net.deleted) == (1, 2, 8)
    assert store.commits == 2
    assert {(k, r["SOURCE"]) for k, r in store.rows().items()} == {
        (("X", "M", "2005"), None), (("X", "M", "2009"), None), (("Z", "M", "2005"), None)
    }  # fmt: skip


@pytest.mark.conformance("format.action.merge_key")
def test_an_observation_without_its_key_is_refused(store: Store) -> None:
    with pytest.raises(SemanticError, match="without SEX"):
        store.apply((Action.MERGE, [{"AREA": "X", "TIME_PERIOD": "2020", "OBS_VALUE": "1"}]))


def test_a_structure_that_gains_an_attribute_keeps_its_data(store: Store) -> None:
    store.apply((Action.MERGE, [obs("X", "M", "2020")]))
    wider = replace(SCHEMA, attributes=(*SCHEMA.attributes, attribute("NOTE", Level.OBSERVATION)))
    rows = [obs("X", "M", "2021", NOTE="n"), obs("X", "M", "2020", NOTE="m")]
    net = store.apply((Action.MERGE, rows), schema=wider)
    assert (net.inserted, net.updated) == (1, 1)
    assert {r["NOTE"] for r in store.rows(wider).values()} == {"n", "m"}


def test_an_attribute_of_a_series_goes_whatever_time_is_named(store: Store) -> None:
    store.apply((Action.MERGE, [obs("X", "M", "2021", SOURCE="s")]))
    gone = {"AREA": "X", "SEX": "M", "TIME_PERIOD": "1999", "SOURCE": "s"}
    assert store.apply((Action.DELETE, [gone])).updated == 1
    assert [r["SOURCE"] for r in store.rows().values()] == [None]


def test_rearranging_changes_files_and_nothing_else(store: Store) -> None:
    for year in range(2000, 2000 + MANY_FILES + 1):
        store.apply((Action.MERGE, [obs(a, "M", str(year)) for a in "ZX"]))
    before, version = store.rows(), store.version
    assert len(store.observations.files(FLOW, version)) == MANY_FILES + 1
    moved = store.observations.rearrange(SCHEMA, 128)
    assert moved == version + 1
    assert store.observations.changes(FLOW, version, moved).read_all().num_rows == 0
    (path,) = store.observations.files(FLOW, moved)
    table = pq.read_table(path)
    assert table["AREA"].to_pylist() == ["X"] * (MANY_FILES + 1) + ["Z"] * (MANY_FILES + 1)
    store.version = moved
    assert store.rows() == before
    # History is still there, and the next message builds on the new files.
    assert len(store.observations.files(FLOW, version)) == MANY_FILES + 1
    net = store.apply((Action.MERGE, [obs("X", "M", "2000", "2")]))
    assert (net.inserted, net.updated, net.deleted) == (0, 1, 0)
    feed = store.observations.changes(FLOW, moved, store.version).read_all()
    assert sorted(feed["OBS_VALUE"].to_pylist()) == ["1", "2"]
    assert store.observations.rearrange(SCHEMA, 128) is None


def test_a_large_file_is_not_written_again_for_small_ones() -> None:
    few = {f"{n}": 10 for n in range(MANY_FILES)}
    assert crowd(few) == []
    assert crowd(few | {"large": 5_000_000}) == []
    assert sorted(crowd(few | {"more": 10})) == sorted([*few, "more"])
    assert sorted(crowd(few | {"more": 10, "medium": 9_000})) == sorted([*few, "more"])
    assert sorted(crowd(few | {"more": 10, "medium": 150})) == sorted([*few, "more", "medium"])


def test_rows_are_written_again_as_often_as_the_table_doubles() -> None:
    files: dict[str, int] = {}
    written = 0
    for number in range(1_000):
        files[f"new {number}"] = 100
        chosen = crowd(files)
        if chosen:
            rows = sum(files.pop(path) for path in chosen)
            files[f"put together {number}"] = rows
            written += rows
        assert len(files) <= 2 * MANY_FILES
    assert written < 100_000 * 8
