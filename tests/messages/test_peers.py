"""Messages as other libraries read them: the same cells, in every format they know.

What they cannot read is listed with the reason, so that the day they can, the test says so.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

import cubes
import pytest
import sdmx
import sdmx.reader.xml.v30  # sdmx1 cannot load it once it has read a 2.1 message

from hub.messages.api import WriteOptions, write_data
from hub.messages.formats import FORMATS, Kind
from hub.model.dataset import Action, Block
from hub.model.schema import DataSchema
from hub.structures.repository import StructureSet

ML = [f.name for f in FORMATS if f.kind is Kind.DATA and f.writer and f.extension == "xml"]
Cells = set[tuple[str, str, float, str]]


@pytest.fixture(scope="module")
def stock() -> DataSchema:
    return StructureSet.shipped().dataflow("MIGHUB", "DF_MIG_STOCK", "1.0.0")


@pytest.fixture(scope="module")
def blocks(stock: DataSchema) -> list[Block]:
    fixed = {c.id: c.codes[0] for c in stock.dimensions if c.codes}
    rows: list[dict[str, str | None]] = [
        fixed | {"REF_AREA": area, "TIME_PERIOD": year, "OBS_VALUE": value, "OBS_STATUS": status}
        for area in ("NAM", "MEX")
        for year, value, status in (("2019", "884.389", "A"), ("2020", "3", "E"))
    ]
    return [cubes.block(stock, rows, Action.REPLACE)]


def wanted(blocks: Iterable[Block]) -> Cells:
    columns = ("REF_AREA", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS")
    return {
        (row[0], row[1], float(row[2]), row[3])
        for b in blocks
        for row in zip(*(b.batch.column(c).to_pylist() for c in columns), strict=True)
    }


def write(path: Path, blocks: list[Block], format_: str, at: str | None = None) -> None:
    options = WriteOptions(dimension_at_observation=at)
    path.write_bytes(b"".join(write_data(blocks, format_, cubes.HEADER, options)))


def by_sdmx1(path: Path, schema: DataSchema) -> Cells:
    dsd = StructureSet.shipped().get("datastructure", schema.structure)
    (data,) = sdmx.read_sdmx(path, structure=dsd).data
    return {
        (
            str(o.key["REF_AREA"].value),
            str(o.key["TIME_PERIOD"].value),
            float(o.value),
            str(o.attached_attribute["OBS_STATUS"].value),
        )
        for o in data.obs
    }


@pytest.mark.parametrize("format_", sorted({*ML, "sdmx-csv-2.0", "sdmx-csv-2.1"} - {"sdmx-ml-3.1"}))
def test_sdmx1_reads_the_same(
    tmp_path: Path, stock: DataSchema, blocks: list[Block], format_: str
) -> None:
    path = tmp_path / ("message.csv" if "csv" in format_ else "message.xml")
    write(path, blocks, format_)
    assert by_sdmx1(path, stock) == wanted(blocks)


def test_sdmx1_does_not_know_3_1_yet(
    tmp_path: Path, stock: DataSchema, blocks: list[Block]
) -> None:
    path = tmp_path / "message.xml"
    write(path, blocks, "sdmx-ml-3.1")
    with pytest.raises(AssertionError, match="Cannot determine SDMX-ML version"):
        by_sdmx1(path, stock)


PYSDMX = """
import json, sys
from pysdmx.io import get_datasets
(data,) = get_datasets(sys.argv[1], validate=False)
json.dump(data.data.astype(str).to_dict("records"), sys.stdout)
"""


@pytest.mark.parametrize("at", [None, "AllDimensions"])
@pytest.mark.parametrize("format_", [*ML, "sdmx-csv-1.0", "sdmx-csv-2.0", "sdmx-csv-2.1"])
def test_pysdmx_reads_the_same(
    tmp_path: Path, blocks: list[Block], format_: str, at: str | None
) -> None:
    python = os.environ.get("MIGHUB_PYSDMX_PYTHON")
    if not python:
        pytest.skip("set MIGHUB_PYSDMX_PYTHON to an interpreter that has pysdmx[all]")
    if at and format_.endswith("timeseries"):
        at = None
    path = tmp_path / ("message.csv" if "csv" in format_ else "message.xml")
    write(path, blocks, format_, at)
    done = subprocess.run(
        [python, "-c", PYSDMX, str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    found = {
        (r["REF_AREA"], r["TIME_PERIOD"], float(r["OBS_VALUE"]), r["OBS_STATUS"])
        for r in json.loads(done.stdout)
    }
    assert found == wanted(blocks)
