"""A migration cube with faults planted in it, one in a hundred observations: each kind by turns.

The cube is that of :mod:`bench.cube` with plausible values: they rise by a hundredth a year and
add up over the ages, so a careful report has the planted faults and nothing else. Each fault has a
row of its own and spoils the sense of no other: of 160 rows (the years of one pair of area,
citizenship, origin and sex, by age) two have a fault, in different years.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc_csv

from bench import cube

__all__ = ["KINDS", "Kind", "Planted", "plan", "write"]

#: Rows in which the ages of one table add up, of one age, and the position of the total.
GROUP, SERIES = 160, len(cube.YEARS)
TOTAL = cube.CODES["AGE"].index("_T")
#: Years (by position) that get a fault; the row before each is the other half of a duplicate.
YEARS = (4, 14)

Row = dict[str, str]


@dataclass(frozen=True)
class Kind:
    """A kind of fault: the hub's rule, the component, and how a row gets it.

    ``plant`` changes the row; it is given the row before (the same series, a year earlier) and the
    number of the fault. ``on_total`` says that the row must be a total over the ages.
    """

    name: str
    rule: str
    component: str | None
    plant: Callable[[Row, Row, int], None]
    on_total: bool = False


def _cell(component: str, text: str) -> Callable[[Row, Row, int], None]:
    """Planting by writing a cell; ``{n}`` in it is one of twenty numbers."""

    def plant(row: Row, before: Row, number: int) -> None:
        row[component] = text.format(n=number // len(KINDS) % 20)

    return plant


def _copy(**changes: str) -> Callable[[Row, Row, int], None]:
    """Planting by writing the row before once more."""

    def plant(row: Row, before: Row, number: int) -> None:
        row |= before | changes

    return plant


def _three_more(row: Row, before: Row, number: int) -> None:
    row["OBS_VALUE"] = str(int(row["OBS_VALUE"]) + 3)


KINDS = (
    Kind("unknown code of a dimension", "CODE_UNKNOWN", "SEX", _cell("SEX", "S{n}")),
    Kind("unknown country", "CODE_UNKNOWN", "CITIZENSHIP", _cell("CITIZENSHIP", "Q{n}")),
    Kind("unknown code of an attribute", "CODE_UNKNOWN", "OBS_STATUS",
         _cell("OBS_STATUS", "Z{n}")),
    Kind("value that is no number", "VALUE_TYPE", "OBS_VALUE", _cell("OBS_VALUE", "abc{n}")),
    Kind("thousands with commas", "VALUE_TYPE", "OBS_VALUE", _cell("OBS_VALUE", "1,234")),
    Kind("time that is none", "TIME_FORMAT", "TIME_PERIOD", _cell("TIME_PERIOD", "20x0")),
    Kind("time of another frequency", "TIME_FREQUENCY", "TIME_PERIOD",
         _cell("TIME_PERIOD", "2010-05")),
    Kind("no code for a dimension", "DIMENSION_MISSING", "AGE", _cell("AGE", "")),
    Kind("no mandatory attribute", "ATTRIBUTE_MISSING", "OBS_STATUS", _cell("OBS_STATUS", "")),
    Kind("missing, with a value", "OBS_STATUS_MISSING_VALUE", "OBS_STATUS",
         _cell("OBS_STATUS", "O")),
    Kind("normal, without a value", "OBS_STATUS_MISSING_VALUE", "OBS_VALUE",
         _cell("OBS_VALUE", "")),
    Kind("code outside a constraint", "CONSTRAINT", "UNIT_MEASURE", _cell("UNIT_MEASURE", "EV")),
    Kind("observation twice", "DUPLICATE_SAME", None, _copy()),
    Kind("observation twice, two values", "DUPLICATE_CONFLICT", "OBS_VALUE",
         _copy(OBS_VALUE="999999")),
    Kind("time to come", "PERIOD_FUTURE", "TIME_PERIOD", _cell("TIME_PERIOD", "2199")),
    Kind("total that is not the sum", "AGE_TOTAL", "OBS_VALUE", _three_more, on_total=True),
)  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """A planted fault: the number of its observation, counted from 0, and its kind."""

    row: int
    kind: Kind
    number: int


def plan(observations: int) -> list[Planted]:
    """Where the faults are: a hundredth of the observations, by row."""
    random = np.random.default_rng(20261122)
    found = []
    for number in range(observations // 100):
        kind = KINDS[number % len(KINDS)]
        age = TOTAL if kind.on_total else int(random.integers(0, TOTAL))
        group, half = divmod(number, len(YEARS))
        found.append(Planted(group * GROUP + age * SERIES + YEARS[half], kind, number))
    return sorted(found, key=lambda one: one.row)


def write(path: Path, observations: int, *, clean: bool = False) -> list[dict[str, object]]:
    """Write the cube as SDMX-CSV 1.0; ``clean`` leaves the faults out.

    Returns the planted faults: number of the observation, kind, rule, component, what then stands
    there, and the key of the observation.
    """
    told: list[dict[str, object]] = []
    faults = iter([] if clean else plan(observations))
    fault = next(faults, None)
    flow = str(cube.schema().dataflow)
    options = pc_csv.WriteOptions(include_header=False, quoting_style="needed")
    with path.open("wb") as file:
        for number, table in enumerate(_tables(observations)):
            if not number:
                file.write(",".join(["DATAFLOW", *table.column_names]).encode() + b"\n")
            start, rows = _start(number), {}
            while fault is not None and fault.row < start + table.num_rows:
                at = fault.row - start
                here, before = table.slice(at - 1, 2).to_pylist()[::-1]
                fault.kind.plant(here, before, fault.number)
                rows[at] = here
                told.append(_told(fault, here))
                fault = next(faults, None)
            named = table.add_column(0, "DATAFLOW", pa.array([flow] * table.num_rows))
            pc_csv.write_csv(_changed(named, rows), file, options)
    return told


def _told(fault: Planted, row: Row) -> dict[str, object]:
    kind = fault.kind
    return {
        "row": fault.row, "kind": kind.name, "rule": kind.rule, "component": kind.component,
        "value": row[kind.component] if kind.component else None,
        "key": [row[c] for c in (*cube.schema().series_key, "TIME_PERIOD")],
    }  # fmt: skip


def _start(number: int) -> int:
    return number * _STEP


#: Rows made at a time: whole groups.
_STEP = GROUP * 500


def _tables(observations: int) -> Iterator[pa.Table]:
    """The cube with plausible values, in parts of ``_STEP`` rows."""
    made = pa.Table.from_batches([b.batch for b in cube.blocks(observations)])
    for start in range(0, observations, _STEP):
        part = made.slice(start, _STEP)
        row = np.arange(start, start + part.num_rows)
        year, age, group = row % SERIES, row // SERIES % (TOTAL + 1), row // GROUP
        one = 1000 + group % 500 + 10 * year
        value = np.where(age == TOTAL, TOTAL * one, one)
        place = part.schema.get_field_index("OBS_VALUE")
        columns = [c.cast(pa.string()) for c in part.columns]
        columns[place] = pa.chunked_array([pa.array(value).cast(pa.string())])
        yield pa.table(columns, names=part.column_names)


def _changed(table: pa.Table, rows: dict[int, Row]) -> pa.Table:
    """``table`` with some rows replaced."""
    columns = []
    for name in table.column_names:
        cells = table.column(name).to_pylist()
        for at, row in rows.items():
            if name in row:
                cells[at] = row[name]
        columns.append(pa.array(cells, pa.string()))
    return pa.table(columns, names=table.column_names)
