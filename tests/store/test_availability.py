"""The series index and the reading of a few observations, against the same done in plain Python."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from engine_choice import ENGINE_URL
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.model.schema import Component, DataSchema, Role, StructureRef
from hub.store.availability import Holdings
from hub.store.engines import open_engine
from hub.store.statement import stored

REF = StructureRef("X", "DF", "1.0.0")


def _component(id_: str, role: Role = Role.DIMENSION) -> Component:
    return Component(id_, role, id_)


SCHEMA = DataSchema(
    REF, REF, tuple(map(_component, ("A", "B", "C"))), _component("TIME_PERIOD", Role.TIME),
    (_component("OBS_VALUE", Role.MEASURE),), (_component("UNIT_MULT", Role.ATTRIBUTE),),
)  # fmt: skip

Row = dict[str, str | datetime | None]


def row(a: str, b: str, c: str, year: int, value: str | None = "1", mult: str = "0") -> Row:
    return {
        "A": a, "B": b, "C": c, "TIME_PERIOD": str(year), "OBS_VALUE": value, "UNIT_MULT": mult,
        "_start": datetime(year, 1, 1), "_end": datetime(year + 1, 1, 1),
    }  # fmt: skip


def holdings(folder: Path, *files: list[Row]) -> Holdings:
    paths = []
    for n, rows in enumerate(files):
        path = folder / f"it's {n}.parquet"
        pq.write_table(pa.Table.from_pylist(rows), path)
        paths.append(str(path))
    return Holdings(SCHEMA, stored(SCHEMA, paths), open_engine(ENGINE_URL, 256, folder / "spill"))


codes = st.sampled_from(["_T", "x", "y", "NA"])
cubes = st.dictionaries(
    st.tuples(codes, codes, codes, st.integers(2018, 2022)), st.just("1"), min_size=1, max_size=60
)
choices = st.dictionaries(st.sampled_from("ABC"), st.frozensets(codes, min_size=1), max_size=3)


@settings(max_examples=40, deadline=None)
@given(cubes, choices)
def test_series_counts_and_codes_are_those_of_the_rows(
    tmp_path_factory: pytest.TempPathFactory,
    cube: dict[tuple[str, str, str, int], str],
    choice: dict[str, frozenset[str]],
) -> None:
    rows = [row(*key) for key in cube]
    files = [part for part in (rows[::2], rows[1::2]) if part]
    held = holdings(tmp_path_factory.mktemp("h"), *files)
    index = held.index()
    assert index.observations == len(rows)
    assert index.latest == max(str(r["TIME_PERIOD"]) for r in rows)

    def fits(r: Row, but: str | None = None) -> bool:
        return all(r[d] in wanted for d, wanted in choice.items() if d != but)

    wanted = Counter((r["A"], r["B"], r["C"]) for r in rows if fits(r))
    places = index.ordered(index.mask(choice), SCHEMA.series_key, lambda d, c: (0, c))
    assert [index.key(int(p)) for p in places] == sorted(wanted)
    assert {index.key(int(p)): int(index.counts[p]) for p in places} == wanted
    for d in SCHEMA.series_key:
        assert index.facet(d, choice) == Counter(r[d] for r in rows if fits(r, d))
    times = Counter(str(r["TIME_PERIOD"]) for r in rows if fits(r))
    assert {p.text: p.observations for p in held.periods(choice)} == times
    assert [p.text for p in held.periods(choice)] == sorted(times)


def test_years_restrict_series_and_counts(tmp_path: Path) -> None:
    rows = [row("x", "y", "_T", y) for y in (2019, 2020, 2021)] + [row("x", "x", "_T", 2019)]
    held = holdings(tmp_path, rows)
    index = held.index(start=datetime(2020, 1, 1), end=datetime(2022, 1, 1))
    assert (index.series, index.observations) == (1, 2)
    assert index.codes["B"] == ("y",)
    assert [p.text for p in held.periods({}, datetime(2020, 1, 1), datetime(2021, 1, 1))] == [
        "2020"
    ]


def test_the_order_follows_the_rank_given(tmp_path: Path) -> None:
    held = holdings(tmp_path, [row(a, b, "_T", 2020) for a in "xy" for b in ("_T", "x")])
    index = held.index()
    places = index.ordered(index.mask({}), ("B", "A"), lambda _, c: (0 if c == "x" else 1, c))
    assert [index.key(int(p))[:2] for p in places] == [
        ("x", "x"), ("y", "x"), ("x", "_T"), ("y", "_T"),
    ]  # fmt: skip


def test_observations_are_read_for_the_series_and_periods_asked(tmp_path: Path) -> None:
    rows = [row(a, "_T", "_T", y, f"{a}{y}") for a in "xyz" for y in (2020, 2021)]
    held = holdings(tmp_path, rows[:3], rows[3:])
    found = held.observations([("x", "_T", "_T"), ("z", "_T", "_T"), ("q", "_T", "_T")], ["2021"])
    assert sorted(found.column("OBS_VALUE").to_pylist()) == ["x2021", "z2021"]
    assert held.observations([("y", "_T", "_T")], None).num_rows == 2


def test_latest_values_count_in_units_and_skip_what_is_no_number(tmp_path: Path) -> None:
    rows = [
        row("x", "_T", "_T", 2020, "5"), row("x", "_T", "_T", 2021, "3", "3"),
        row("y", "_T", "_T", 2020, "7"), row("y", "_T", "_T", 2021, None),
        row("z", "_T", "_T", 2021, "n.d."),
    ]  # fmt: skip
    held = holdings(tmp_path, rows)
    keys = [(a, "_T", "_T") for a in "xyz"]
    assert held.latest_values(keys, None) == {keys[0]: 3000.0, keys[1]: 7.0}
    assert held.latest_values(keys, ["2020"]) == {keys[0]: 5.0, keys[1]: 7.0}


def test_a_dataflow_without_files_is_empty() -> None:
    held = Holdings(SCHEMA, None, open_engine(ENGINE_URL, 256, Path("unused")))
    index = held.index()
    assert (index.series, index.observations, index.start, index.latest) == (0, 0, None, None)
    assert index.facet("A", {}) == {}
    assert held.periods({}) == []
    assert index.ordered(index.mask({}), SCHEMA.series_key, lambda d, c: (0, c)).tolist() == []
