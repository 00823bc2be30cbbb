"""Attributes of groups of series: where each format says them, and that they come back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cubes
import orjson
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from hub.errors import SemanticError
from hub.messages.api import WriteOptions, read_data, write_data
from hub.messages.formats import FORMATS, Kind
from hub.model.dataset import Block
from hub.model.schema import Component, DataSchema, Level, Role
from hub.structures.xsd_validation import validate_official, validate_specific

_ATTACHED = ("REF_AREA", "SEX")
GROUPED: DataSchema = replace(
    cubes.CUBE,
    attributes=(
        *cubes.CUBE.attributes,
        Component("TITLE", Role.ATTRIBUTE, "TITLE", level=Level.SERIES, attached=_ATTACHED,
                  group="SIBLING"),
        Component("UNIT", Role.ATTRIBUTE, "UNIT", level=Level.SERIES, attached=("REF_AREA",),
                  group="AREA"),
    ),
)  # fmt: skip

FORMATS_OF_GROUPS = [
    f.name for f in FORMATS if f.kind is Kind.DATA and f.reader and f.writer
    and f.extension in {"xml", "json"}
]  # fmt: skip


def grouped(block: Block) -> Block:
    """A block of CUBE with the attributes of its groups: made of the codes of each group."""
    rows = block.batch.num_rows

    def of(*ids: str) -> list[str | None]:
        columns = [block.batch.column(i).to_pylist() for i in ids]
        keys = zip(*columns, strict=True) if rows else ()
        return [None if "NA" in key or None in key else f"<{' & '.join(key)}>" for key in keys]

    added = {"TITLE": of("REF_AREA", "SEX"), "UNIT": of("REF_AREA")}
    arrays = [*block.batch.columns, *(pa.array(v, pa.string()).dictionary_encode()
                                      for v in added.values())]  # fmt: skip
    batch = pa.RecordBatch.from_arrays(arrays, names=[*block.batch.schema.names, *added])
    return replace(block, schema=GROUPED, batch=batch)


def cells(blocks: list[Block]) -> list[tuple[str | None, ...]]:
    """All rows in the order of the schema's columns, sorted."""
    found = []
    for block in blocks:
        names = block.batch.schema.names
        columns = [
            block.batch.column(c).to_pylist() if c in names else [None] * block.batch.num_rows
            for c in GROUPED.columns
        ]
        found += list(zip(*columns, strict=True))
    return sorted(found, key=str)


class _Resolver(cubes.Resolver):
    def _find(self, kind: str, agency: str | None, id: str, version: str | None) -> DataSchema:
        return GROUPED


def sent(blocks: list[Block], name: str, **more: object) -> bytes:
    options = WriteOptions(schemas=(GROUPED,), **more)  # type: ignore[arg-type]
    return b"".join(write_data(blocks, name, cubes.HEADER, options))


def back(message: bytes, name: str, path: Path) -> list[Block]:
    path.write_bytes(message)
    found = read_data(path, name, _Resolver())
    blocks = list(found.blocks)
    assert found.findings == []
    return blocks


@pytest.mark.conformance("format.ml.group", "format.ml.group_written", "format.json2.groups")
@pytest.mark.parametrize("name", FORMATS_OF_GROUPS)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(blocks=cubes.cubes(numbers=cubes.NUMBERS), at=st.sampled_from([None, "AllDimensions"]))
def test_groups_come_back(tmp_path: Path, name: str, blocks: list[Block], at: str | None) -> None:
    given_ = [grouped(one) for one in blocks]
    if "timeseries" in name:
        at = None
    message = sent(given_, name, dimension_at_observation=at)
    assert cells(back(message, name, tmp_path / "message")) == cells(given_)
    version = name.removeprefix("sdmx-ml-")
    if version in {"2.1", "3.0", "3.1"}:
        assert list(validate_specific(tmp_path / "message", GROUPED)) == []
    elif "ml" in name and "timeseries" not in name:
        assert list(validate_official(tmp_path / "message", "2.1")) == []


def _block() -> Block:
    rows = [
        {"FREQ": "A", "REF_AREA": area, "CITIZENSHIP": "MEX", "SEX": "F", "TIME_PERIOD": time,
         "OBS_VALUE": "1", "OBS_STATUS": "A"}
        for area in ("DOM", "MEX") for time in ("2020", "2021")
    ]  # fmt: skip
    return grouped(cubes.block(cubes.CUBE, rows))


@pytest.mark.conformance("format.ml.group_written")
def test_a_group_is_written_once_before_its_series() -> None:
    for name in ("sdmx-ml-2.1", "sdmx-ml-3.0", "sdmx-ml-3.1", "sdmx-ml-2.1-generic"):
        root = etree.fromstring(sent([_block(), _block()], name))
        (dataset,) = root.iterfind("{*}DataSet")
        tags = [etree.QName(e).localname for e in dataset]
        assert tags.count("Group") == 4, name  # two of each group
        assert tags.index("Series") > max(i for i, t in enumerate(tags) if t == "Group")
        assert not any(e.get("TITLE") for e in dataset.iter("{*}Series", "{*}Obs"))


@pytest.mark.conformance("format.json2.groups")
def test_json_says_groups_by_partial_keys() -> None:
    for name, version1 in (("sdmx-json-2.0", False), ("sdmx-json-1.0", True)):
        found = orjson.loads(sent([_block()], name))["data"]
        dataset = found["dataSets"][0]
        described = (found.get("structure") or found["structures"][0])["attributes"]
        if version1:
            assert "dimensionGroupAttributes" not in dataset
            assert {"TITLE", "UNIT"} <= {one["id"] for one in described["series"]}
        else:
            assert dataset["dimensionGroupAttributes"] == {
                ":0::0:": [0, None], ":1::0:": [1, None], ":0:::": [None, 0], ":1:::": [None, 1],
            }  # fmt: skip
            grouped_ = {one["id"]: one["relationship"] for one in described["dimensionGroup"]}
            assert grouped_ == {
                "TITLE": {"dimensions": ["REF_AREA", "SEX"]},
                "UNIT": {"dimensions": ["REF_AREA"]},
            }


@pytest.mark.parametrize("name", ["sdmx-ml-2.1", "sdmx-json-2.1"])
def test_two_values_for_one_group_are_not_written(name: str) -> None:
    block = _block()
    values = pa.array(["a", "b", "c", "d"]).dictionary_encode()
    place = block.batch.schema.names.index("TITLE")
    batch = block.batch.set_column(place, "TITLE", values)
    with pytest.raises(SemanticError, match="TITLE"):
        sent([replace(block, batch=batch)], name)
