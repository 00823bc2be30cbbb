"""Constraints by key, by time and by the validity of codes, on data."""

from __future__ import annotations

from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.model.dataset import Action, Block
from hub.model.schema import (
    Component,
    CubeRegion,
    DataSchema,
    KeySet,
    Role,
    StructureRef,
    TimeLimit,
)
from hub.store.conditions import listed
from hub.validation.constraints import Constraints
from hub.validation.faults import Faults
from hub.validation.key_sets import Keys
from hub.validation.view import View

SOURCE = StructureRef("TEST", "CC", "1.0")
CODES = ("A", "B", "C")
Row = tuple[str | None, str | None, str]


def schema(regions: tuple[CubeRegion, ...] = (), keys: tuple[KeySet, ...] = ()) -> DataSchema:
    """Two coded dimensions and time."""
    coded = StructureRef("TEST", "CL", "1.0")
    return DataSchema(
        dataflow=StructureRef("TEST", "DF", "1.0"),
        structure=StructureRef("TEST", "DSD", "1.0"),
        dimensions=tuple(
            Component(i, Role.DIMENSION, i, coded, CODES, mandatory=True) for i in ("X", "Y")
        ),
        time=Component("TIME_PERIOD", Role.TIME, "T", text_type="ObservationalTimePeriod"),
        measures=(Component("V", Role.MEASURE, "V", text_type="Integer"),),
        attributes=(),
        constraints=regions,
        key_sets=keys,
    )


def view_of(of: DataSchema, columns: dict[str, list[str | None]]) -> View:
    arrays = {n: pa.array(c, pa.string()).dictionary_encode() for n, c in columns.items()}
    return View(Block(of, Action.REPLACE, pa.record_batch(arrays)))


def refused(of: DataSchema, rows: list[Row]) -> set[int]:
    """Positions of the rows in which some cell is marked as bad."""
    x, y, time = (list(column) for column in zip(*rows, strict=True))
    view = view_of(of, {"X": x, "Y": y, "TIME_PERIOD": time})
    Constraints(of)(view, Faults(100))
    found: set[int] = set()
    for rows_of in view.bad.values():
        found |= set(np.flatnonzero(rows_of).tolist())
    return found


PAIRS = st.frozensets(st.tuples(st.sampled_from(CODES), st.sampled_from(CODES)), max_size=6)
SOME = st.sampled_from([*CODES, None])
ROWS = st.lists(st.tuples(SOME, SOME, st.just("2020")), min_size=1, max_size=12)


@settings(deadline=None)
@given(pairs=PAIRS, single=st.frozensets(st.sampled_from(CODES)), rows=ROWS, included=st.booleans())
def test_keys_as_a_naive_reader_has_them(
    pairs: frozenset[tuple[str, str]], single: frozenset[str], rows: list[Row], included: bool
) -> None:
    """Whole keys and keys that leave Y open; a row without a code of the key says nothing."""
    groups: list[tuple[tuple[str, ...], frozenset[tuple[str, ...]]]] = []
    if pairs:
        groups.append((("X", "Y"), pairs))
    if single:
        groups.append((("X",), frozenset((code,) for code in single)))
    found = refused(schema(keys=(KeySet(SOURCE, tuple(groups), included),)), rows)
    expected = set()
    for n, (x, y, _) in enumerate(rows):
        keys = [((x, y) if ids == ("X", "Y") else (x,), known) for ids, known in groups]
        if included:
            bad = bool(keys) and all(None not in key and key not in known for key, known in keys)
        else:
            bad = any(key in known for key, known in keys)
        if bad:
            expected.add(n)
    assert found == expected


@settings(deadline=None, max_examples=30)
@given(pairs=PAIRS.filter(bool), rows=ROWS, included=st.booleans())
def test_the_store_selects_by_keys_as_the_checks_do(
    pairs: frozenset[tuple[str, str]], rows: list[Row], included: bool
) -> None:
    condition = listed(KeySet(SOURCE, ((("X", "Y"), pairs),), included))
    whole = [row for row in rows if None not in row]
    if not whole:
        return
    table = pa.table(
        {"n": range(len(whole)), "X": [r[0] for r in whole], "Y": [r[1] for r in whole]}
    )
    with duckdb.connect() as connection:
        connection.register("t", table)
        query = f"SELECT n FROM t WHERE {condition.sql}"
        found = {n for (n,) in connection.execute(query, list(condition.values)).fetchall()}
    assert found == {n for n, row in enumerate(whole) if (row[:2] in pairs) is included}


def test_many_dimensions_do_not_overflow() -> None:
    names = tuple(f"D{n}" for n in range(30))
    keys = {tuple(f"{n * k}" for n in range(30)) for k in range(50)}
    columns: dict[str, list[str | None]] = {
        name: [f"{n * 7}", f"{n * 7 if n < 29 else 'no'}"] for n, name in enumerate(names)
    }
    assert Keys(names, keys)(view_of(schema(), columns)).tolist() == [True, False]


DECADE = TimeLimit(datetime(2010, 1, 1), datetime(2020, 1, 1), "2010 – 2019")
TIMES: list[Row] = [
    ("A", "A", "2009"), ("A", "A", "2010-01"), ("B", "A", "2019"), ("A", "B", "2020-Q1"),
]  # fmt: skip


def test_periods_outside_of_a_range_are_refused() -> None:
    inside = CubeRegion(SOURCE, (), times=(("TIME_PERIOD", DECADE),))
    assert refused(schema((inside,)), TIMES) == {0, 3}
    outside = CubeRegion(SOURCE, (), included=False, times=(("TIME_PERIOD", DECADE),))
    assert refused(schema((outside,)), TIMES) == {1, 2}


def test_a_code_counts_while_it_is_valid() -> None:
    values = (("X", frozenset({"A", "B"})),)
    inside = CubeRegion(SOURCE, values, valid=(("X", "A", DECADE),))
    assert refused(schema((inside,)), TIMES) == {0, 3}
    outside = CubeRegion(SOURCE, values, included=False, valid=(("X", "A", DECADE),))
    assert refused(schema((outside,)), TIMES) == {1, 2}
