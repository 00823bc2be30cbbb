"""A migration dataset without a fault, and every kind of fault planted in copies of it.

A planted fault knows the rule, component and ordinal under which it must be found, once. The
clean data is made from a seed; planting changes one cell (or row) of it, so a clean twin exists
for each.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from hub.model.dataset import CODED, Action, Block, DataMessage, Location
from hub.model.schema import (
    Component,
    CubeRegion,
    DataSchema,
    Facets,
    Level,
    Role,
    StructureRef,
)

Columns = dict[str, list[str | None]]

AREAS = ("MEX", "DOM", "GTM", "HND", "SLV", "COL", "PER", "NAM", "_T", "_X", "XXA")
CL = {
    "FREQ": ("CL_FREQ", ("A", "A5", "Q", "M", "D", "B", "H", "_U")),
    "REF_AREA": ("CL_AREA", AREAS),
    "CITIZENSHIP": ("CL_AREA", AREAS),
    "SEX": ("CL_SEX", ("_T", "M", "F", "_U", "_X")),
    "UNIT_MEASURE": ("CL_UNIT_MEASURE", ("PS", "EV", "HH")),
    "OBS_STATUS": ("CL_OBS_STATUS", tuple("AEPOMLQHSJK")),
    "DEFINITION": ("CL_DEFINITION", ("D12", "D06", "D03")),
}


def ref(id_: str, agency: str = "SDMX") -> StructureRef:
    return StructureRef(agency, id_, "1.0")


def coded(id_: str, role: Role, **more: object) -> Component:
    codelist, codes = CL[id_]
    return Component(id_, role, id_, ref(codelist), codes, **more)  # type: ignore[arg-type]


SCHEMA = DataSchema(
    dataflow=StructureRef("TEST", "DF_BORDER", "1.0.0"),
    structure=StructureRef("TEST", "BORDER", "1.0.0"),
    dimensions=tuple(
        coded(d, Role.DIMENSION) for d in ("FREQ", "REF_AREA", "CITIZENSHIP", "SEX", "UNIT_MEASURE")
    ),
    time=Component("TIME_PERIOD", Role.TIME, "TIME_PERIOD", text_type="ObservationalTimePeriod"),
    measures=(
        Component(
            "OBS_VALUE",
            Role.MEASURE,
            "OBS_VALUE",
            text_type="Decimal",
            facets=Facets(min_value=0, max_value=1e9, decimals=2),
        ),
    ),
    attributes=(
        coded("OBS_STATUS", Role.ATTRIBUTE, mandatory=True),
        Component(
            "COMMENT_OBS",
            Role.ATTRIBUTE,
            "COMMENT_OBS",
            facets=Facets(max_length=30, pattern=r"[A-Za-z ]*"),
        ),
        Component("DECIMALS", Role.ATTRIBUTE, "DECIMALS", text_type="Integer"),
        coded("DEFINITION", Role.ATTRIBUTE, level=Level.SERIES, mandatory=True),
        Component("SOURCE", Role.ATTRIBUTE, "SOURCE", level=Level.SERIES),
        Component("TITLE", Role.ATTRIBUTE, "TITLE", level=Level.DATASET),
    ),
    constraints=(
        CubeRegion(
            StructureRef("TEST", "CC_UNIT", "1.0.0"), (("UNIT_MEASURE", frozenset({"PS", "EV"})),)
        ),
        CubeRegion(
            StructureRef("TEST", "CC_PAIR", "1.0.0"),
            (("CITIZENSHIP", frozenset({"_X"})), ("SEX", frozenset({"_X"}))),
            included=False,
        ),
    ),
)


def clean(seed: int = 7) -> Columns:
    """480 observations: 40 series of 12 periods, months mostly, with all kinds of good values."""
    random.seed(seed)
    columns: Columns = {name: [] for name in SCHEMA.columns}
    pairs = [(c, s) for c in AREAS[:8] for s in ("_T", "M", "F", "_U", "_X")]
    for number, (citizenship, sex) in enumerate(pairs):
        area = random.choice(AREAS[:8])
        freq = ("M", "M", "A", "Q", "_U")[number % 5]
        for step in range(12):
            time = {
                "M": f"2025-{step + 1:02}",
                "A": f"{2010 + step}",
                "Q": f"{2020 + step // 4}-Q{step % 4 + 1}",
                "_U": f"{2010 + step}-01-01/P5M",
            }[freq]
            value: str | None = random.choice(["0", "12", "884.39", "884.390", "+7", "1."])
            status = random.choice("AEP")
            if random.random() < 0.1:
                value, status = None, random.choice("OMLQ")
            row = (freq, area, citizenship, sex, "PS", time, value, status)
            row += (random.choice([None, "provisional"]), random.choice([None, "0", "2"]))
            row += ("D12" if number % 2 else "D06", None if step else "Census", "Entries")
            for name, cell in zip(SCHEMA.columns, row, strict=True):
                columns[name].append(cell)
    return columns


def message(
    columns: Columns,
    batch_rows: int = 64,
    action: Action = Action.MERGE,
    schema: DataSchema = SCHEMA,
) -> DataMessage:
    """The columns as a message of several blocks; the row of ordinal 0 is 2, as in a CSV."""
    rows = len(next(iter(columns.values())))
    measures = {m.id for m in schema.measures}

    def blocks() -> Iterator[Block]:
        for start in range(0, rows, batch_rows):
            arrays = {
                name: pa.array(cells[start : start + batch_rows], pa.string())
                for name, cells in columns.items()
            }
            batch = pa.RecordBatch.from_pydict(
                {n: a if n in measures else a.cast(CODED) for n, a in arrays.items()}
            )
            yield Block(schema, action, batch, start)

    def locate(ordinals: Sequence[int], component: str | None) -> list[Location]:
        return [Location(row=o + 2, column=component) for o in ordinals]

    return DataMessage(None, blocks(), locate)


@dataclass(frozen=True)
class Plant:
    """A kind of fault: how to plant it at an ordinal, and as what it must be found.

    ``plant`` changes the columns and returns the ordinal at which the fault must be reported.
    """

    rule: str
    component: str | None
    plant: Callable[[Columns, int], int]
    found: str | None = None
    name: str = field(default="")


def cell(component: str, value: str | None, **others: str | None) -> Callable[[Columns, int], int]:
    """Planting by writing one cell; ``others`` are cells that must agree with it."""

    def plant(columns: Columns, at: int) -> int:
        for name, text in {component: value, **others}.items():
            columns[name][at] = text
        return at

    return plant


def series(component: str, value: str | None) -> Callable[[Columns, int], int]:
    """Planting in all rows of the series at an ordinal; reported at its first row."""

    def plant(columns: Columns, at: int) -> int:
        key = _series(columns, at)
        rows = [i for i in range(len(columns["FREQ"])) if _series(columns, i) == key]
        for row in rows:
            columns[component][row] = value
        return rows[0]

    return plant


def _series(columns: Columns, row: int) -> tuple[str | None, ...]:
    return tuple(columns[d][row] for d in SCHEMA.series_key)


def copy(**changes: str | None) -> Callable[[Columns, int], int]:
    """Planting by writing a far row of the same frequency over a row: one key twice."""

    def plant(columns: Columns, at: int) -> int:
        rows = len(columns["FREQ"])
        other = (at + rows // 2) % rows
        for name in columns:
            columns[name][at] = columns[name][other]
        for name, text in changes.items():
            columns[name][at] = text
        return max(at, other)

    return plant


def deviant(columns: Columns, at: int) -> int:
    """A source that differs from the one the series has in its first row."""
    key = _series(columns, at)
    first = next(i for i in range(len(columns["FREQ"])) if _series(columns, i) == key)
    columns["SOURCE"][at] = "Survey"
    if at == first:  # then the next row to state the first value deviates
        columns["SOURCE"][at + 1] = "Census"
        return at + 1
    return at


def title(columns: Columns, at: int) -> int:
    """A title of the dataset that differs; the first row's stands."""
    columns["TITLE"][at] = "Exits"
    return max(at, 1)


PLANTS = (
    Plant("DIMENSION_MISSING", "SEX", cell("SEX", None), None),
    Plant(
        "DIMENSION_MISSING", "TIME_PERIOD", cell("TIME_PERIOD", None, OBS_VALUE="5", OBS_STATUS="A")
    ),
    Plant("ATTRIBUTE_MISSING", "OBS_STATUS", cell("OBS_STATUS", None, OBS_VALUE="5")),
    Plant("ATTRIBUTE_MISSING", "DEFINITION", series("DEFINITION", None), name="series"),
    Plant("CODE_UNKNOWN", "SEX", cell("SEX", "X"), "X"),
    Plant("CODE_UNKNOWN", "REF_AREA", cell("REF_AREA", "mex"), "mex"),
    Plant("CODE_UNKNOWN", "FREQ", cell("FREQ", ""), "", name="empty text"),
    Plant("CODE_UNKNOWN", "UNIT_MEASURE", cell("UNIT_MEASURE", "KG"), "KG", name="constrained"),
    Plant("CODE_UNKNOWN", "FREQ", cell("FREQ", "S"), "S", name="a frequency of another list"),
    Plant("CODE_UNKNOWN", "OBS_STATUS", cell("OBS_STATUS", "ZZ", OBS_VALUE="5"), "ZZ"),
    Plant("CODE_UNKNOWN", "DEFINITION", cell("DEFINITION", "D99"), "D99", name="series attribute"),
    *(
        Plant("VALUE_TYPE", "OBS_VALUE", cell("OBS_VALUE", v, OBS_STATUS="A"), v, name=v)
        for v in ("abc", "1,234", "12 345", "NaN", "1e5", "n/a", "5%", " 5", "٥", "0x10", "", "5\n")
    ),
    Plant("VALUE_TYPE", "DECIMALS", cell("DECIMALS", "2.0"), "2.0"),
    Plant("VALUE_TYPE", "DECIMALS", cell("DECIMALS", "9" * 40), "9" * 40, name="beyond the type"),
    Plant("FACET", "OBS_VALUE", cell("OBS_VALUE", "-1", OBS_STATUS="A"), "-1", name="min"),
    Plant("FACET", "OBS_VALUE", cell("OBS_VALUE", "1000000001", OBS_STATUS="A"), name="max"),
    Plant(
        "FACET", "OBS_VALUE", cell("OBS_VALUE", "1.125", OBS_STATUS="A"), "1.125", name="decimals"
    ),
    Plant("FACET", "COMMENT_OBS", cell("COMMENT_OBS", "a" * 31), "a" * 31, name="length"),
    Plant("FACET", "COMMENT_OBS", cell("COMMENT_OBS", "50%"), "50%", name="pattern"),
    *(
        Plant("TIME_FORMAT", "TIME_PERIOD", cell("TIME_PERIOD", v), v, name=v)
        for v in ("20x0", "2020-13", "2021-02-30", "2021-W53", "2021-D366", "202005", "2020-Q5")
    ),
    Plant("TIME_FREQUENCY", "TIME_PERIOD", cell("TIME_PERIOD", "2020-05", FREQ="A"), "2020-05"),
    Plant("TIME_FREQUENCY", "TIME_PERIOD", cell("TIME_PERIOD", "2020", FREQ="M"), "2020"),
    Plant(
        "TIME_FREQUENCY",
        "TIME_PERIOD",
        cell("TIME_PERIOD", "2026-01-01/P5M", FREQ="M"),
        "2026-01-01/P5M",
        name="range",
    ),
    Plant("CONSTRAINT", "UNIT_MEASURE", cell("UNIT_MEASURE", "HH"), "HH"),
    Plant("CONSTRAINT", "SEX", cell("SEX", "_X", CITIZENSHIP="_X"), "_X", name="excluded"),
    Plant("OBS_STATUS_MISSING_VALUE", "OBS_STATUS", cell("OBS_STATUS", "O", OBS_VALUE="5"), "O"),
    Plant("OBS_STATUS_MISSING_VALUE", "OBS_VALUE", cell("OBS_VALUE", None, OBS_STATUS="A"), "A"),
    Plant("VALUE_MISSING", "OBS_VALUE", cell("OBS_VALUE", None, OBS_STATUS=None)),
    Plant("DUPLICATE_SAME", None, copy()),
    Plant("DUPLICATE_CONFLICT", "OBS_VALUE", copy(OBS_VALUE="999", OBS_STATUS="A")),
    Plant("SERIES_ATTRIBUTE_INCONSISTENT", "SOURCE", deviant),
    Plant("SERIES_ATTRIBUTE_INCONSISTENT", "TITLE", title, name="dataset"),
)
