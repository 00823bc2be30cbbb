"""Metadata attributes that data carry: in the schema, in queries, and in messages."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from samples30 import message

from hub.errors import NotFound
from hub.messages.api import WriteOptions, read_data, write_data
from hub.model.dataset import Action, Block, Header
from hub.model.schema import DataSchema, Level, Role
from hub.query import data_v1, data_v2
from hub.store.layout import layout
from hub.structures.ml30_read import read
from hub.structures.repository import StructureSet


@pytest.fixture(scope="module")
def known() -> StructureSet:
    return StructureSet(read(message()))


@pytest.fixture(scope="module")
def schema(known: StructureSet) -> DataSchema:
    return known.dataflow("TST", "DF30", None)


@pytest.mark.conformance("v2.data.attributes_msd")
def test_a_structure_attaches_metadata_attributes_to_data(schema: DataSchema) -> None:
    found = [a for a in schema.attributes if a.metadata]
    # CONTACT is there for its name; EMAIL below it has the values.
    assert [(a.id, a.level, a.role) for a in found] == [("EMAIL", Level.DATASET, Role.ATTRIBUTE)]


@pytest.mark.conformance("v2.data.attributes_msd")
@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("", {"NOTE", "TITLE", "GROUPED"}),  # the default is dsd
        ("attributes=dsd", {"NOTE", "TITLE", "GROUPED"}),
        ("attributes=msd", {"EMAIL"}),
        ("attributes=all", {"NOTE", "TITLE", "GROUPED", "EMAIL"}),
        ("attributes=dataset", {"EMAIL"}),
        ("attributes=EMAIL,NOTE", {"EMAIL", "NOTE"}),
    ],
)
def test_which_attributes_a_query_means(schema: DataSchema, words: str, asked: set[str]) -> None:
    look = layout(schema, data_v2.parse("dataflow/TST/DF30/1.0.0", words))
    assert set(look.attributes) == asked
    # What a plain query leaves out are no values that a client would have lost.
    assert look.partial is not ({"NOTE", "TITLE", "GROUPED"} <= asked)


def test_sdmx_2_1_does_not_know_them(schema: DataSchema) -> None:
    assert "EMAIL" not in layout(schema, data_v1.parse("TST,DF30,1.0.0", "")).attributes


@pytest.mark.parametrize("name", ["sdmx-ml-3.0", "sdmx-ml-3.1", "sdmx-json-2.1", "sdmx-csv-2.1"])
def test_they_go_through_messages_as_attributes_do(
    known: StructureSet, schema: DataSchema, header: Header, tmp_path: Path, name: str
) -> None:
    row = {"FREQ": "A", "AREA": "B", "TIME_PERIOD": "2020", "LOW": "1.5", "EMAIL": "a@b.org"}
    columns = {
        c: pa.array([v]) if c == "LOW" else pa.array([v]).dictionary_encode()
        for c, v in row.items()
    }
    batch = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
    path = tmp_path / "message"
    options = WriteOptions(schemas=(schema,))
    block = Block(schema, Action.MERGE, batch)
    path.write_bytes(b"".join(write_data([block], name, header, options)))
    (found,) = read_data(path, name, known).blocks
    read_back = {n: found.batch.column(n)[0].as_py() for n in found.batch.schema.names}
    assert {k: v for k, v in read_back.items() if v is not None} == row


def test_an_attribute_that_the_metadata_structure_lacks() -> None:
    lost = message().replace(b">CONTACT</str:MetadataAttributeReference>",
                             b">OTHER</str:MetadataAttributeReference>")  # fmt: skip
    with pytest.raises(NotFound, match="OTHER"):
        StructureSet(read(lost)).dataflow("TST", "DF30", None)
