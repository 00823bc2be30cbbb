"""A migration cube of any size in the hub's own structure, the same at every run.

Series of 20 years of DF_MIG_FLOW: areas, citizenships, countries of previous residence, sexes and
ages are real codes; values follow from their place and move little from year to year, as flows do,
so that a clean file has no findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from hub.messages.api import WriteOptions, write_data
from hub.model.dataset import BATCH_ROWS, Action, Block, Header
from hub.model.schema import DataSchema
from hub.structures.repository import StructureSet

YEARS = [str(y) for y in range(2001, 2021)]
HEADER = Header("BENCH", "MIGHUB", datetime(2026, 1, 1, tzinfo=UTC))
AREAS = [
    "MEX", "GTM", "HND", "SLV", "CRI", "PAN", "BLZ", "JAM", "GUY", "SUR", "LCA", "NIC", "DOM",
    "USA", "CAN", "COL", "VEN", "CUB", "HTI", "BRA", "ARG", "ESP", "FRA", "DEU", "NAM", "CHL",
    "PER", "ECU", "BOL", "URY", "PRY", "ITA", "GBR", "PRT", "NLD", "CHN", "IND", "JPN", "KOR",
    "AUS",
]  # fmt: skip
#: From the slowest to the fastest: larger cubes begin as smaller ones do.
CODES = {
    "COUNTRY_BIRTH": ["_T", *AREAS[:5]],
    "REF_AREA": AREAS,
    "CITIZENSHIP": AREAS,
    "COUNTRY_PREV_NEXT": AREAS,
    "SEX": ["F", "M"],
    "AGE": ["Y0T14", "Y15T24", "Y25T34", "Y35T44", "Y45T54", "Y55T64", "Y_GE65", "_T"],
}
FIXED = {
    "FREQ": "A",
    "MEASURE": "IMMIGRATION",
    "REASON": "_T",
    "UNIT_MEASURE": "PS",
    "OBS_STATUS": "A",
}


def schema() -> DataSchema:
    """Structure of the cube."""
    return StructureSet.shipped().dataflow("MIGHUB", "DF_MIG_FLOW", "1.0.0")


def blocks(observations: int) -> Iterator[Block]:
    """The cube's first ``observations`` (a multiple of 20), sorted by series."""
    flow = schema()
    sizes = [len(v) for v in CODES.values()]
    most = int(np.prod(sizes)) * len(YEARS)
    if observations > most:
        raise ValueError(f"the cube has {most} observations at most")
    for start in range(0, observations, BATCH_ROWS):
        stop = min(start + BATCH_ROWS, observations)
        row = np.arange(start, stop)
        codes = np.unravel_index(row // len(YEARS), sizes)
        columns: dict[str, pa.Array] = {
            name: _coded(code, CODES[name]) for name, code in zip(CODES, codes, strict=True)
        }
        columns |= {k: _coded(np.zeros(len(row), int), [v]) for k, v in FIXED.items()}
        columns["TIME_PERIOD"] = _coded(row % len(YEARS), YEARS)
        columns["OBS_VALUE"] = pa.array(_values(row)).cast(pa.string())
        ordered = [c for c in flow.columns if c in columns]
        batch = pa.record_batch([columns[c] for c in ordered], names=ordered)
        yield Block(flow, Action.REPLACE, batch, start)


def _values(row: np.ndarray) -> np.ndarray:
    """Counts: a level for each series, and a step of two in a hundred a year at most.

    The last age of each eight is their total.
    """
    series, year = np.divmod(row, len(YEARS))
    ages = len(CODES["AGE"])
    total = series % ages == ages - 1
    parts = sum(_part(series - n, year) for n in range(1, ages))
    return np.where(total, parts, _part(series, year))


def _part(series: np.ndarray, year: np.ndarray) -> np.ndarray:
    level = 50 + (series * 2_654_435_761) % 99_991
    return level + level * (((series * len(YEARS) + year) * 40_503) % 41 - 20) // 1_000


def _coded(index: np.ndarray, values: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(index, pa.int32()), pa.array(values))


def write(path: Path, format_: str, observations: int) -> None:
    """Write the cube as a message."""
    with path.open("wb") as file:
        file.writelines(write_data(blocks(observations), format_, HEADER, WriteOptions()))


def total(observations: int) -> int:
    """Sum of all values, to compare with what a reader read."""
    starts = range(0, observations, BATCH_ROWS)
    return sum(
        int(_values(np.arange(start, min(start + BATCH_ROWS, observations))).sum())
        for start in starts
    )
