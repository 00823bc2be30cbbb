"""Which datasets and whose observations an answer holds."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pyarrow as pa
import pytest
from flask.testing import FlaskClient
from lxml import etree
from released import Row, border, release

from hub.model.schema import DataSchema
from hub.store.home import Hub
from hub.store.observations import PROVIDER, table_schema
from registry.app import create_app

STOCK = ("MIGHUB", "DF_MIG_STOCK", "1.0.0")
IRREGULAR = ("MIGHUB", "DF_MIG_IRREGULAR", "1.0.0")
XML30 = {"Accept": "application/vnd.sdmx.data+xml;version=3.0.0"}
CSV20 = {"Accept": "application/vnd.sdmx.data+csv;version=2.0.0"}


def stock(time: str, value: str, area: str = "MEX") -> Row:
    return {
        "FREQ": "A5", "REF_AREA": area, "MEASURE": "STOCK_FB", "CITIZENSHIP": "_T",
        "COUNTRY_BIRTH": "_FOR", "SEX": "_T", "AGE": "_T", "EDUCATION_LEV": "_T",
        "LABOUR_STATUS": "_T", "DISABILITY_STATUS": "_T", "UNIT_MEASURE": "PS",
        "TIME_PERIOD": time, "OBS_VALUE": value, "OBS_STATUS": "A",
    }  # fmt: skip


@pytest.fixture
def hub(new_hub: Callable[[], Hub]) -> Hub:
    """Border (UPM and BCRD), irregular events of the same structure, and stock."""
    made = new_hub()
    release(made, [border("2024-01", "1"), border("2024-02", "2")], provider="MEX_UPM")
    release(made, [border("2024-01", "3", area="DOM")], provider="DOM_BCRD")
    release(made, [border("2024-01", "4", MEASURE="IRREGULAR_EVENTS")], flow=IRREGULAR)
    release(made, [stock("2020", "5"), stock("2020", "6", "DOM")], flow=STOCK)
    return made


@pytest.fixture
def client(hub: Hub) -> FlaskClient:
    return create_app(hub).test_client()


def datasets(client: FlaskClient, url: str) -> list[tuple[str, list[str]]]:
    """The structure each dataset of a message names, and the values it holds."""
    response = client.get(url, headers=XML30)
    assert response.status_code == 200, response.text
    root = etree.fromstring(response.data)
    named = {}
    for structure in root.iter("{*}Structure"):
        urn = "".join(structure.itertext()).strip()
        named[structure.get("structureID")] = urn.rpartition("=")[2]
    found = []
    for dataset in root.iter("{*}DataSet"):
        ref = next(v for k, v in dataset.attrib.items() if k.endswith("structureRef"))
        found.append((named[ref], [o.get("OBS_VALUE") for o in dataset.iter("{*}Obs")]))
    return found


@pytest.mark.conformance("v2.data.several_flows", "v2.data.every_version")
def test_all_dataflows_at_once(client: FlaskClient) -> None:
    assert datasets(client, "/sdmx/v2/data") == [
        ("MIGHUB:DF_MIG_BORDER(1.0.0)", ["3", "1", "2"]),
        ("MIGHUB:DF_MIG_IRREGULAR(1.0.0)", ["4"]),
        ("MIGHUB:DF_MIG_STOCK(1.0.0)", ["6", "5"]),
    ]


def test_a_filter_that_only_some_dataflows_know(client: FlaskClient) -> None:
    assert datasets(client, "/sdmx/v2/data?c[COUNTRY_BIRTH]=_FOR&c[REF_AREA]=MEX") == [
        ("MIGHUB:DF_MIG_STOCK(1.0.0)", ["5"])
    ]
    assert client.get("/sdmx/v2/data?c[NOPE]=1").status_code == 422


@pytest.mark.conformance("v2.data.offset_limit")
@pytest.mark.parametrize(
    ("page", "values"),
    [
        ("limit=2", ["3", "1"]),
        ("offset=2&limit=2", ["2", "4"]),
        ("offset=4", ["6", "5"]),
        ("offset=3&limit=100", ["4", "6", "5"]),
    ],
)
def test_pages_run_over_datasets(client: FlaskClient, page: str, values: list[str]) -> None:
    found = [v for _, part in datasets(client, f"/sdmx/v2/data?{page}") for v in part]
    assert found == values


def test_beyond_the_last_page_there_is_nothing(client: FlaskClient) -> None:
    assert client.get("/sdmx/v2/data?offset=6").status_code == 204


@pytest.mark.conformance("v2.data.context_kept")
def test_by_structure_the_dataflows_are_one_dataset(client: FlaskClient) -> None:
    ((name, values),) = datasets(client, "/sdmx/v2/data/datastructure/MIGHUB/MIG_ADMIN/1.0.0")
    assert name == "MIGHUB:MIG_ADMIN(1.0.0)"
    assert sorted(values) == ["1", "2", "3", "4"]


@pytest.mark.conformance("format.csv2.structures")
def test_csv_names_the_kind_of_structure(client: FlaskClient) -> None:
    for path, kind in (
        ("datastructure/MIGHUB/MIG_ADMIN", "datastructure"),
        ("dataflow", "dataflow"),
    ):
        response = client.get(f"/sdmx/v2/data/{path}", headers=CSV20)
        rows = csv.DictReader(io.StringIO(response.text))
        assert {r["STRUCTURE"] for r in rows} == {kind}


def test_csv_says_of_each_row_which_structure_it_follows(client: FlaskClient) -> None:
    response = client.get("/sdmx/v2/data/*/MIGHUB/DF_MIG_BORDER,DF_MIG_IRREGULAR", headers=CSV20)
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert [(r["STRUCTURE_ID"].split(":")[1].split("(")[0], r["OBS_VALUE"]) for r in rows] == [
        ("DF_MIG_BORDER", "3"), ("DF_MIG_BORDER", "1"), ("DF_MIG_BORDER", "2"),
        ("DF_MIG_IRREGULAR", "4"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "format_",
    ["sdmx-json-2.0", "sdmx-csv-2.0", "sdmx-ml-2.1", "sdmx-ml-2.1-generic", "sdmx-ml-3.0"],
)
def test_every_format_can_hold_several_structures(client: FlaskClient, format_: str) -> None:
    response = client.get(f"/sdmx/v2/data?format={format_}")
    assert response.status_code == 200, response.text
    for flow in ("DF_MIG_BORDER", "DF_MIG_IRREGULAR", "DF_MIG_STOCK"):
        assert flow in response.text


def values_of(client: FlaskClient, provider: str) -> list[str]:
    response = client.get(f"/sdmx/v1/data/DF_MIG_BORDER/all/{provider}", headers=XML30)
    if response.status_code == 404:
        return []
    assert response.status_code == 200, response.text
    return [o.get("OBS_VALUE") for o in etree.fromstring(response.data).iter("{*}Obs")]


@pytest.mark.conformance(
    "v1.data.provider.id", "v1.data.provider.agency", "v1.data.provider.or", "v1.data.provider.all"
)
def test_data_of_one_provider(client: FlaskClient) -> None:
    assert values_of(client, "all") == ["3", "1", "2"]
    assert values_of(client, "MEX_UPM") == ["1", "2"]
    assert values_of(client, "MIGHUB,MEX_UPM") == ["1", "2"]
    assert values_of(client, "DOM_BCRD") == ["3"]
    assert values_of(client, "DOM_BCRD+MEX_UPM") == ["3", "1", "2"]
    assert values_of(client, "OTHER,MEX_UPM") == []
    assert values_of(client, "NOBODY") == []


@pytest.mark.conformance("v2.data.context_kept")
def test_data_of_an_agreement(client: FlaskClient) -> None:
    url = "/sdmx/v2/data/provisionagreement/MIGHUB/PA_MEX_UPM_MIG_BORDER"
    ((_, values),) = datasets(client, url)
    assert values == ["1", "2"]


@pytest.mark.conformance("v1.data.provider.shared_cells")
def test_providers_that_report_the_same_cells_are_told_apart(hub: Hub, client: FlaskClient) -> None:
    """INM may report the cells of UPM: whose each is was kept when it came."""
    release(hub, [border("2024-03", "7")], provider="MEX_INM")
    assert values_of(client, "MEX_UPM") == ["1", "2"]
    assert values_of(client, "MEX_INM") == ["7"]
    assert values_of(client, "MEX_INM+MEX_UPM") == ["1", "2", "7"]
    release(hub, updates=[border("2024-02", "8")], provider="MEX_INM")
    assert values_of(client, "MEX_UPM") == ["1"]
    assert values_of(client, "MEX_INM") == ["8", "7"]
    ((_, values),) = datasets(
        client, "/sdmx/v2/data/provisionagreement/MIGHUB/PA_MEX_UPM_MIG_BORDER"
    )
    assert values == ["1"]


@pytest.mark.conformance("v1.data.provider.shared_cells", "v1.status.501")
def test_observations_of_nobody_known_are_not_guessed(hub: Hub, client: FlaskClient) -> None:
    release(hub, [border("2024-03", "7")])
    for path in ("data/DF_MIG_BORDER/all/MEX_UPM", "availableconstraint/DF_MIG_BORDER/all/MEX_UPM"):
        response = client.get(f"/sdmx/v1/{path}")
        assert response.status_code == 501
        assert "do not say which" in response.text
    assert len(values_of(client, "all")) == 4


def test_tables_from_before_providers_were_kept_stay_readable(
    new_hub: Callable[[], Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = new_hub()

    def old(schema: DataSchema) -> pa.Schema:
        return pa.schema([f for f in table_schema(schema) if f.name != PROVIDER])

    with monkeypatch.context() as patched:
        for module in ("hub.store.observations", "released"):
            patched.setattr(f"{module}.table_schema", old)
        release(hub, [border("2024-01", "1"), border("2024-01", "2", area="DOM")])
    client = create_app(hub).test_client()
    assert values_of(client, "all") == ["2", "1"]
    assert client.get("/sdmx/v1/data/DF_MIG_BORDER/all/MEX_UPM").status_code == 501
    release(hub, updates=[border("2024-01", "3")], provider="MEX_UPM")
    assert values_of(client, "MEX_UPM") == ["3"]
