"""An array attribute and an array measure of SDMX 3.0, from the structure to what readers get."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from samples30 import CODES, DSD, message

from hub import intake
from hub.intake import State
from hub.messages.api import read_data
from hub.model.schema import DataSchema
from hub.settings import Settings
from hub.store.home import Hub
from hub.structures.ml30_read import read
from hub.structures.repository import StructureSet
from registry.app import create_app

ADMIN = "test-admin-key-0123456789"
DATA = "/sdmx/v2/data/dataflow/TST/DF30/1.0.0"
#: Without the role of a concept that is not sent along.
STRUCTURES = re.sub(
    rb"<str:ConceptRole>[^<]*CROSS[^<]*</str:ConceptRole>", b"", message(CODES, DSD)
)
ROWS = (
    "STRUCTURE[;],STRUCTURE_ID,ACTION,FREQ,AREA,TIME_PERIOD,LOW,HIGH[],NOTE[]\n"
    "dataflow,TST:DF30(1.0.0),M,A,B,2020,1,$;€ (euro),one;two\n"
    "dataflow,TST:DF30(1.0.0),M,A,B,2021,2,$,[not a list\n"
)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    settings = Settings.load({"HUB_HOME": str(tmp_path / "hub"), "HUB_ADMIN_KEY": ADMIN})
    Hub.init(settings).close()
    with Hub.open(settings) as opened:
        answer = (
            create_app(opened)
            .test_client()
            .post("/sdmx/v2/structure", data=STRUCTURES, headers={"X-API-Key": ADMIN})
        )
        assert answer.status_code == 201, answer.text
        yield opened


def counts(schema: DataSchema) -> dict[str, tuple[int, int | None]]:
    return {c.id: (c.min_occurs, c.max_occurs) for c in schema.components if c.several}


def test_a_structure_says_how_often_its_components_occur() -> None:
    known = StructureSet(read(STRUCTURES))
    schema = known.dataflow("TST", "DF30", None)
    # The concept of the dimension AREA may occur more than once; a dimension never does.
    assert counts(schema) == {"HIGH": (1, None), "NOTE": (0, 3)}


def send(hub: Hub, text: str) -> intake.Submission:
    return intake.process(hub, intake.submit(hub, io.BytesIO(text.encode()), "message.csv"))


@pytest.mark.conformance("format.csv2.subfields", "format.json2.arrays", "format.csv1.several")
def test_several_values_through_intake_and_rest(hub: Hub, tmp_path: Path) -> None:
    assert send(hub, ROWS).state is State.PUBLISHED
    client: FlaskClient = create_app(hub).test_client()
    answer = csv.DictReader(io.StringIO(client.get(f"{DATA}?format=sdmx-csv-2.1").text))
    assert [(r["HIGH[]"], r["NOTE[]"]) for r in answer] == [
        ("$;€ (euro)", "one;two"),
        ("$", "[not a list"),
    ]
    schema = StructureSet(read(STRUCTURES)).dataflow("TST", "DF30", None)
    for name in ("sdmx-ml-3.1", "sdmx-json-2.1"):
        path = tmp_path / name
        answered = client.get(f"{DATA}?format={name}")
        assert answered.status_code == 200, answered.text
        path.write_bytes(answered.data)
        found = read_data(path, name, StructureSet(read(STRUCTURES)))
        (block,) = found.blocks
        assert block.schema == schema
        rows = block.batch.select(["HIGH", "NOTE"]).to_pylist()
        assert rows == [
            {"HIGH": '["$","€ (euro)"]', "NOTE": '["one","two"]'},
            {"HIGH": "$", "NOTE": '["[not a list"]'},
        ]
    # A version that cannot say it refuses to, and says what can.
    refused = client.get(f"{DATA}?format=sdmx-ml-2.1")
    assert refused.status_code == 406
    assert "has several values in one place" in refused.text


def test_each_value_is_validated(hub: Hub) -> None:
    text = ROWS.replace("$;€ (euro)", "$;yen").replace("one;two", "1;2;3;4")
    done = send(hub, text)
    assert done.state is State.REFUSED
    found = intake.report(hub, done.token)["findings"]
    assert {(f["rule"], f["component"]) for f in found} == {
        ("CODE_UNKNOWN", "HIGH"),
        ("FACET", "NOTE"),
    }
