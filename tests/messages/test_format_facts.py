"""Facts of the formats that are asked in no other place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cubes
import pytest

from hub.messages.api import WriteOptions, write_data
from hub.messages.detect import detect
from hub.model.dataset import Action, DataMessage
from hub.model.schema import DataSchema

ReadText = Callable[[str | bytes, str], DataMessage]
_URN = "urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=MIGHUB:DF_CUBE(1.0.0)"
SERIES = '<Series FREQ="A" REF_AREA="MEX" CITIZENSHIP="NA" SEX="F">{}</Series>'
OBS = '<Obs TIME_PERIOD="2020" OBS_VALUE="1">{}</Obs>'
ONE = {"FREQ": "A", "REF_AREA": "MEX", "CITIZENSHIP": "NA", "SEX": "F", "TIME_PERIOD": "2020",
       "OBS_VALUE": "1"}  # fmt: skip


def specific(body: str, version: str = "3_0", *, flow: str = _URN) -> str:
    """A structure-specific message of the cube with this body after its header."""
    base = f"http://www.sdmx.org/resources/sdmxml/schemas/v{version}"
    return (
        f'<mes:StructureSpecificData xmlns:mes="{base}/message" xmlns:com="{base}/common"'
        f' xmlns:ss="{base}/data/structurespecific" xmlns:foo="{base}/message/footer"'
        f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:n="{_URN}:ObsLevelDim:T">'
        "<mes:Header><mes:ID>x</mes:ID><mes:Test>false</mes:Test>"
        '<mes:Prepared>2026-01-01T00:00:00Z</mes:Prepared><mes:Sender id="A"/>'
        f'<mes:Structure structureID="S" namespace="{_URN}:ObsLevelDim:T"'
        f' dimensionAtObservation="TIME_PERIOD"><com:StructureUsage>{flow}</com:StructureUsage>'
        f"</mes:Structure></mes:Header>{body}</mes:StructureSpecificData>"
    )


def dataset(content: str, action: str = "Append") -> str:
    return f'<mes:DataSet ss:structureRef="S" ss:action="{action}">{content}</mes:DataSet>'


def rows(message: DataMessage) -> list[dict[str, str]]:
    return [
        {k: v for k, v in row.items() if v is not None}
        for block in message.blocks
        for row in block.batch.to_pylist()
    ]


@pytest.mark.conformance("format.ml.comp")
def test_a_component_as_an_element(read_text: ReadText) -> None:
    body = SERIES.format(OBS.format('<Comp id="COMMENT_OBS"><Value>by hand</Value></Comp>'))
    found = read_text(specific(dataset(body)), "sdmx-ml-3.0")
    assert rows(found) == [ONE | {"COMMENT_OBS": "by hand"}]
    assert found.findings == []


def test_a_component_with_several_values_is_a_fault(read_text: ReadText) -> None:
    values = '<Comp id="COMMENT_OBS"><Value>a</Value><Value>b</Value></Comp>'
    found = read_text(specific(dataset(SERIES.format(OBS.format(values)))), "sdmx-ml-3.0")
    rows(found)
    (fault,) = found.findings
    assert (fault.rule, fault.component, fault.found) == ("VALUE_MULTIPLE", "COMMENT_OBS", "a | b")


@pytest.mark.conformance("format.ml.atts", "format.ml.group")
@pytest.mark.parametrize(
    ("element", "reached"),
    [
        ('<Atts PUBLISHER_NOTE="n"/>', {"PUBLISHER_NOTE": "n"}),
        ('<Atts FREQ="A" REF_AREA="MEX" CITIZENSHIP="NA" SEX="F" SOURCE="s"/>', {"SOURCE": "s"}),
        ('<Atts FREQ="A" REF_AREA="DOM" CITIZENSHIP="NA" SEX="F" SOURCE="s"/>', {}),
        ('<Atts REF_AREA="MEX" SOURCE="s"/>', {"SOURCE": "s"}),
        ('<Group xsi:type="n:Sibling" REF_AREA="MEX" SOURCE="s"/>', {"SOURCE": "s"}),
        ('<Group xsi:type="n:Sibling" REF_AREA="DOM" SOURCE="s"/>', {}),
    ],
)
def test_attributes_reach_what_they_are_about(
    read_text: ReadText, element: str, reached: dict[str, str]
) -> None:
    found = read_text(specific(dataset(element + SERIES.format(OBS.format("")))), "sdmx-ml-3.0")
    data = [row for row in rows(found) if "TIME_PERIOD" in row]
    assert data == [ONE | reached]


@pytest.mark.conformance("format.ml.footer")
@pytest.mark.parametrize("version", ["3_0", "3_1"])
def test_a_footer_may_stand_alone(read_text: ReadText, version: str) -> None:
    footer = (
        '<foo:Footer><foo:Message code="510" severity="Information"><com:Text>Later, at a URL.'
        "</com:Text></foo:Message></foo:Footer>"
    )
    found = read_text(specific(footer, version), f"sdmx-ml-{version.replace('_', '.')}")
    assert rows(found) == []


@pytest.mark.conformance("format.ml21.query")
@pytest.mark.parametrize(
    "root", ["GenericDataQuery", "StructureSpecificDataQuery", "DataflowQuery"]
)
def test_queries_of_soap_are_no_data(tmp_path: Path, root: str) -> None:
    path = tmp_path / "query.xml"
    space = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message"
    path.write_text(f'<mes:{root} xmlns:mes="{space}"><mes:Header/></mes:{root}>')
    assert detect(path) is None


@pytest.mark.conformance("format.action.append")
@pytest.mark.parametrize(
    ("name", "action"),
    [("Append", Action.MERGE), ("Information", Action.MERGE), ("Merge", Action.MERGE),
     ("Replace", Action.REPLACE), ("Delete", Action.DELETE)],
)  # fmt: skip
def test_names_of_actions(read_text: ReadText, name: str, action: Action) -> None:
    body = dataset(SERIES.format(OBS.format("")), name)
    (block,) = read_text(specific(body, "3_1"), "sdmx-ml-3.1").blocks
    assert block.action is action


@pytest.mark.conformance("format.ml.action_override")
def test_the_action_of_a_dataset_wins(read_text: ReadText) -> None:
    body = dataset(SERIES.format(OBS.format("")), "Delete")
    text = specific(body).replace(
        "</mes:Header>", "<mes:DataSetAction>Replace</mes:DataSetAction></mes:Header>"
    )
    (block,) = read_text(text, "sdmx-ml-3.0").blocks
    assert block.action is Action.DELETE
    (block,) = read_text(text.replace(' ss:action="Delete"', ""), "sdmx-ml-3.0").blocks
    assert block.action is Action.REPLACE


CSV2 = "STRUCTURE,STRUCTURE_ID,ACTION,"
FLOW = "dataflow,MIGHUB:DF_CUBE(1.0.0),M,"


@pytest.mark.conformance("format.csv2.order", "format.csv2.separator")
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_components_come_in_any_order(read_text: ReadText, separator: str) -> None:
    text = f"{CSV2}OBS_VALUE,SEX,TIME_PERIOD,FREQ,CITIZENSHIP,REF_AREA\n{FLOW}1,F,2020,A,NA,MEX\n"
    assert rows(read_text(text.replace(",", separator), "sdmx-csv-2.0")) == [ONE]


@pytest.mark.conformance("format.csv2.actions")
@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_without_an_action_rows_merge(read_text: ReadText, version: str) -> None:
    text = "STRUCTURE,STRUCTURE_ID,REF_AREA,OBS_VALUE\ndataflow,MIGHUB:DF_CUBE(1.0.0),MEX,1\n"
    (block,) = read_text(text, f"sdmx-csv-{version}").blocks
    assert block.action is Action.MERGE


@pytest.mark.conformance("format.action.switched_off")
def test_time_is_switched_off_only_where_no_value_is_given(read_text: ReadText) -> None:
    text = (
        f"{CSV2}FREQ,REF_AREA,CITIZENSHIP,SEX,TIME_PERIOD,OBS_VALUE,SOURCE\n"
        f"{FLOW}A,MEX,NA,F,~,,s\n{FLOW}A,MEX,NA,F,~,5,\n{FLOW}A,MEX,NA,F,2020,1,\n"
    )
    found = rows(read_text(text, "sdmx-csv-2.1"))
    assert [(r.get("TIME_PERIOD"), r.get("OBS_VALUE"), r.get("SOURCE")) for r in found] == [
        (None, None, "s"), ("~", "5", None), ("2020", "1", None),
    ]  # fmt: skip


def described(schema: DataSchema, format_: str) -> dict[str, object]:
    """The structure that a message in JSON describes."""
    row = ONE | {"OBS_STATUS": "A", "SOURCE": "s"}
    options = WriteOptions(dimension_at_observation="TIME_PERIOD")
    blocks = [cubes.block(schema, [dict(row)], Action.REPLACE)]
    document = json.loads(b"".join(write_data(blocks, format_, cubes.HEADER, options)))
    found: dict[str, object] = document["data"]["structures"][0]
    return found


@pytest.mark.conformance("format.json2.roles", "format.json2.measures")
@pytest.mark.parametrize("format_", ["sdmx-json-2.0", "sdmx-json-2.1"])
def test_roles_are_an_array_and_measures_are_described(
    cube_schema: DataSchema, format_: str
) -> None:
    structure = described(cube_schema, format_)
    (time,) = structure["dimensions"]["observation"]  # type: ignore[index]
    assert time["roles"] == ["TIME_PERIOD"]
    (measure,) = structure["measures"]["observation"]  # type: ignore[index]
    assert measure["id"] == "OBS_VALUE"


@pytest.mark.conformance("format.json.trailing_nulls")
@pytest.mark.parametrize("format_", ["sdmx-json-1.0", "sdmx-json-2.0", "sdmx-json-2.1"])
def test_values_at_the_end_may_be_left_out(
    cube_schema: DataSchema, format_: str, read_text: ReadText
) -> None:
    options = WriteOptions(dimension_at_observation="TIME_PERIOD")
    blocks = [cubes.block(cube_schema, [dict(ONE)])]
    body = b"".join(write_data(blocks, format_, cubes.HEADER, options))
    (dataset_,) = json.loads(body)["data"]["dataSets"]
    ((_, series),) = dataset_["series"].items()
    assert series["observations"] == {"0": [1]}
    assert rows(read_text(body, format_)) == [ONE]
