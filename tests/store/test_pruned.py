"""A key opens the files that can hold it, and the answer is that of all files."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hub.model.dataset import BATCH_ROWS
from hub.model.spool import Spool
from hub.query import data_v1
from hub.store import pruned as module
from hub.store import ranges
from hub.store.pruned import pruned
from hub.structures.repository import StructureSet

SCHEMA = StructureSet.shipped().dataflow("MIGHUB", "DF_MIG_FLOW", "1.0.0")
AREAS = ["BLZ", "CRI", "GTM", "HND", "MEX", "NAM", "PAN", "SLV"]


def part(areas: list[str], measure: str = "IMMIGRATION") -> pa.RecordBatch:
    """A row for each area, with a code for every other component of the key."""
    given = {"FREQ": "A", "MEASURE": measure, "UNIT_MEASURE": "PS", "TIME_PERIOD": "2020"}
    columns = {
        c: pa.array(areas if c == "REF_AREA" else [given.get(c, "_T")] * len(areas))
        for c in SCHEMA.key
    }
    return pa.record_batch(columns)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Three files, by area, each in two row groups."""
    paths = []
    for number, areas in enumerate((AREAS[:3], AREAS[3:6], AREAS[6:])):
        paths.append(str(tmp_path / f"{number}.parquet"))
        pq.write_table(pa.table(part(areas)), paths[-1], row_group_size=2)
    return paths


def left(files: list[str], key: str) -> list[int]:
    query = data_v1.parse(f"MIGHUB,DF_MIG_FLOW,1.0.0/{key}", "")
    return [files.index(file) for file in pruned(SCHEMA, query, files)]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("A.BLZ........", [0]),
        ("A.NAM........", [1]),
        ("A.BLZ+SLV........", [0, 2]),
        (".........", [0, 1, 2]),
        ("all", [0, 1, 2]),
        ("A..IMMIGRATION.......", [0, 1, 2]),
        ("A.PAN.EMIGRATION.......", [0]),  # none can hold it: one is left, which says so
        ("A.GUY........", [0]),  # between two files
    ],
)
def test_which_files_are_left(files: list[str], key: str, expected: list[int]) -> None:
    assert left(files, key) == expected


def test_a_file_without_statistics_is_never_left_out(files: list[str]) -> None:
    pq.write_table(pa.table(part(["ZAF"])), files[0] + "x", write_statistics=False)
    assert left([*files, files[0] + "x"], "A.BLZ........") == [0, 3]


def test_addresses_of_an_object_store_are_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "footer", lambda _: pytest.fail("it was opened"))
    away = ["s3://bucket/a.parquet", "s3://bucket/b.parquet"]
    query = data_v1.parse("MIGHUB,DF_MIG_FLOW,1.0.0/A.BLZ........", "")
    assert pruned(SCHEMA, query, away) == away


@pytest.mark.parametrize("seed", range(4))
def test_ranges_hold_each_row_once_and_follow_one_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Whatever the order and the spelling of the batches."""
    monkeypatch.setattr(ranges, "FILE_ROWS", 100)
    monkeypatch.setattr(ranges, "_EVERY", 1 + seed)
    chance = random.Random(seed)
    areas = [f"{a}{b}{c}" for a in "ABCD" for b in "EFGH" for c in "IJKLMNOP"] * (1 + seed % 2)
    measures = ["IMMIGRATION", "EMIGRATION", "NET_MIGRATION", "NATURALISATIONS"]
    rows = [(area, m) for area in dict.fromkeys(areas) for m in measures]
    if seed:
        chance.shuffle(rows)
    schema = pa.schema([(c, pa.dictionary(pa.int32(), pa.string())) for c in SCHEMA.key])
    spool = Spool(tmp_path / "rows.arrow", schema, 0 if seed else None)
    while rows:
        size = chance.randint(1, 60)
        mine, rows = rows[:size], rows[size:]
        batches = [part([area], measure) for area, measure in mine]
        whole = pa.Table.from_batches(batches).combine_chunks().to_batches()[0]
        coded = [column.dictionary_encode() for column in whole.columns]
        spool.append(pa.RecordBatch.from_arrays(coded, schema=schema))
    spool.close()
    assert spool.rows < BATCH_ROWS
    lists = list(ranges.in_ranges(SCHEMA, spool, tmp_path))
    assert len(lists) > 2
    keys = []
    for batches in lists:
        found = pa.Table.from_batches(batches).to_pylist()
        assert len(found) <= 150
        keys.append(sorted((row["REF_AREA"], row["MEASURE"]) for row in found))
    assert all(one[-1] < other[0] for one, other in pairwise(keys))
    flat = [key for one in keys for key in one]
    assert len(flat) == len(set(flat)) == spool.rows
    assert not list(tmp_path.glob("range-*"))
