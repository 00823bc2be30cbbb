"""Random stores of observations that a consumer may or may not be given."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hub.model.periods import parse
from hub.model.schema import DataSchema, StructureRef
from hub.store.engine import Engine
from hub.store.observations import table_schema
from hub.store.statement import none, stored
from hub.structures.repository import StructureSet
from hub.views import Relation
from hub.views.coverage import outcomes
from hub.views.mapped import Compiled

Row = dict[str, Any]

STRUCTURES = StructureSet.shipped()


def ref(id_: str) -> StructureRef:
    return StructureRef("MIGHUB", id_, "1.0.0")


def schema_of(flow: StructureRef) -> DataSchema:
    return STRUCTURES.dataflow(flow.agency, flow.id, flow.version)


FLOW, RESIDENCE = ref("DF_MIG_FLOW"), ref("DF_MIG_RESIDENCE")
DISPLACEMENT, STOCK, BORDER = ref("DF_MIG_DISPLACEMENT"), ref("DF_MIG_STOCK"), ref("DF_MIG_BORDER")

_AREAS = ["MEX", "CRI", "XKX", "002"]
_PEOPLE = ["_T", "_T", "_FOR", "_FOR", "MEX", "GTM", "XKX", "ANT", "SCG", "XXA", "_U", "XXX", "002"]
_REST = ["_T", "_T", "_T", "_T", "_T", "_T", "_T", "_O"]

#: Codes that the components of each dataflow are drawn from; the other dimensions are ``_T``.
POOLS: Mapping[StructureRef, Mapping[str, list[str]]] = {
    FLOW: {
        "MEASURE": ["IMMIGRATION", "EMIGRATION", "NATURALISATIONS", "NET_MIGRATION",
                    "INFLOW_WORKERS"],
        "CITIZENSHIP": _PEOPLE,
        "COUNTRY_BIRTH": _REST,
        "UNIT_MEASURE": ["PS", "PS", "PS", "PERMITS"],
    },
    RESIDENCE: {
        "MEASURE": ["RESIDENCE_GRANTED_FIRST", "RESIDENCE_GRANTED_FIRST", "RESIDENCE_GRANTED"],
        "CITIZENSHIP": _PEOPLE,
        "PERMIT_CATEGORY": [*_REST[:-1], "TEMP"],
        "UNIT_MEASURE": ["PS", "PERMITS", "PERMITS", "CASES"],
    },
    DISPLACEMENT: {
        "MEASURE": ["ASYLUM_APPLIED", "ASYLUM_APPLIED_FIRST", "ASYLUM_APPLIED_MIXED",
                    "ASYLUM_DECIDED"],
        "POPULATION_TYPE": ["ASY", "ASY", "ASY", "REF"],
        "COUNTRY_ORIGIN": _PEOPLE,
        "UNIT_MEASURE": ["PS", "PS", "PS", "CASES"],
    },
    STOCK: {
        "MEASURE": ["STOCK_FC", "STOCK_MIG", "STOCK_FB", "STOCK_POP"],
        "CITIZENSHIP": _PEOPLE,
        "COUNTRY_BIRTH": ["_T", "_T", "_T", "_FOR", "GTM", "MEX", "SUN"],
        "UNIT_MEASURE": ["PS", "PS", "PS", "HH"],
    },
    BORDER: {
        "MEASURE": ["ENTRIES", "EXITS"],
        "CITIZENSHIP": _PEOPLE,
        "UNIT_MEASURE": ["EV", "PS"],
    },
}  # fmt: skip

_DEFINITIONS = {
    FLOW: [None, "RES_12M", "RES_REG", "RES_6M", "_U", "_O"],
    STOCK: [None, "FC", "FC_R", "FB", "FB_R", "FB_XR", "FBC"],
}


def random_rows(flow: StructureRef, seed: int, many: int = 80) -> list[Row]:
    """Observations of a dataflow with different keys; some months make whole years."""
    rng = random.Random(seed)
    schema, pools = schema_of(flow), POOLS[flow]
    found: dict[tuple[str, ...], Row] = {}
    for _ in range(many):
        series: Row = dict.fromkeys(schema.series_key, "_T")
        series |= {d: rng.choice(pool) for d, pool in pools.items()}
        series |= {"REF_AREA": rng.choice(_AREAS), "SEX": rng.choice(["_T", "_T", "F", "M"])}
        if "AGE" in series:
            series["AGE"] = rng.choice([*["_T"] * 8, "Y15T24"])
        series["FREQ"] = rng.choice(
            ["A", "A", "A5", "A5"] if flow == STOCK else ["A", "A", "A", "M"]
        )
        series["DEFINITION"] = rng.choice(_DEFINITIONS.get(flow, [None]))
        year = rng.choice(["2001", "2005", "2020", "2021"])
        times = [year]
        if series["FREQ"] == "M":
            left_out = rng.choice([0, 0, 1, 7])
            times = [f"{year}-{m:02}" for m in range(1, 13) if m != left_out]
        for time in times:
            row = {**dict.fromkeys(schema.columns), **series, "TIME_PERIOD": time}
            row["OBS_VALUE"] = rng.choice(["0", "7", "12", "1200", "0.5", "884.389"])
            row["OBS_STATUS"] = rng.choice([*"AAAAAAAAAA", "P", "E"])
            row["UNIT_MULT"] = rng.choice([None, "0", "0", "3"]) if len(times) == 1 else "0"
            row["DECIMALS"] = rng.choice([None, None, "1"])
            if rng.random() < 0.03:
                row |= rng.choice([{"OBS_VALUE": None}, {"OBS_STATUS": "Q"}, {"OBS_STATUS": "O"}])
            found.setdefault(tuple(row[c] for c in schema.key), row)
    return list(found.values())


def as_relation(path: Path, flow: StructureRef, rows: Iterable[Row]) -> Relation:
    """The rows in a file, as readers get them."""
    schema, listed = schema_of(flow), list(rows)
    if not listed:
        return none(schema)
    table = table_schema(schema)
    spans = [parse(row["TIME_PERIOD"]) for row in listed]
    columns: dict[str, list[Any]] = {n: [row.get(n) for row in listed] for n in table.names}
    columns |= {"_start": [s.start for s in spans], "_end": [s.end for s in spans]}
    columns["_provider"] = ["P"] * len(listed)
    file = path / f"{flow.id}.parquet"
    pq.write_table(pa.table(columns, schema=table), file)
    return stored(schema, [str(file)])


def counts(
    engine: Engine,
    compiled: Compiled,
    input_: StructureRef,
    inputs: Mapping[StructureRef, Relation],
) -> Iterator[tuple[Any, ...]]:
    """The outcomes of an input, part by part."""
    for part in outcomes(compiled, input_, inputs):
        yield from engine.rows(part.sql, part.values)
