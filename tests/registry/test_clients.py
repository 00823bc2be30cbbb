"""Clients that were written elsewhere, over a real connection."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sdmx
from client_readers import KEY_ORDER, Reader, expected, json1, json2
from flask import Flask
from released import ROWS
from requests import HTTPError
from sdmx.rest import Resource
from werkzeug.serving import make_server

from hub.structures.repository import StructureSet


@pytest.fixture(scope="module")
def url(app: Flask) -> Iterator[str]:
    """Address of the application, served over loopback."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def client(url: str) -> sdmx.Client:
    """sdmx1, which knows the hub as a source of REST 1."""
    sdmx.add_source(
        {"id": "MIGHUB", "name": "Migration hub", "url": f"{url}/sdmx/v1"}, override=True
    )
    return sdmx.Client("MIGHUB")


#: sdmx1 says ``Accept: */*``, which is JSON in REST 2, and reads JSON of version 1 only; its reader
#: of SDMX-ML 3.0 knows few kinds of artefacts. So a source of REST 2 asks for SDMX-ML 2.1.
HEADERS = {r.name: {"Accept": "application/vnd.sdmx.structure+xml;version=2.1"} for r in Resource}
HEADERS["data"] = {"Accept": "application/vnd.sdmx.genericdata+xml;version=2.1"}


@pytest.fixture(scope="module")
def client2(url: str) -> sdmx.Client:
    """sdmx1, which knows the hub as a source of REST 2."""
    sdmx.add_source(
        {
            "id": "MIGHUB",
            "name": "Migration hub",
            "url": f"{url}/sdmx/v2",
            "versions": ["3.0.0"],
            "headers": HEADERS,
        },
        override=True,
    )
    return sdmx.Client("MIGHUB")


def cells(message: object) -> dict[tuple[str, ...], float]:
    """Key and time to value, of all datasets of a message of sdmx1."""
    frame = sdmx.to_pandas(message)
    assert isinstance(frame, pd.Series)
    names = [*KEY_ORDER, "TIME_PERIOD"]
    return dict(
        zip(frame.reset_index()[names].itertuples(index=False, name=None), frame, strict=True)
    )


def given(**wanted: str) -> dict[tuple[str | None, ...], float]:
    return {
        (*(r[d] for d in KEY_ORDER), r["TIME_PERIOD"]): float(str(r["OBS_VALUE"]))
        for r in ROWS
        if all(r[k] == v for k, v in wanted.items())
    }


def test_sdmx1_reads_generic_data(client: sdmx.Client) -> None:
    message = client.data("DF_MIG_BORDER")
    assert type(message).__name__ == "DataMessage"
    assert cells(message) == given()


def test_sdmx1_reads_structure_specific_data(client: sdmx.Client) -> None:
    flow = client.dataflow("DF_MIG_BORDER", params={"references": "descendants"})
    dsd = flow.structure["MIG_ADMIN"]
    message = client.data("DF_MIG_BORDER", key={"REF_AREA": "MEX"}, dsd=dsd)
    assert cells(message) == given(REF_AREA="MEX")
    statuses = {obs.attached_attribute["OBS_STATUS"].value for d in message.data for obs in d.obs}
    assert statuses == {"A"}


def test_sdmx1_asks_with_a_key_and_periods(client: sdmx.Client) -> None:
    message = client.data(
        "DF_MIG_BORDER",
        key=".DOM+ZZZ..NAM.........",
        params={"startPeriod": "2025-11", "endPeriod": "2025"},
    )
    expected = {
        k: v for k, v in given(REF_AREA="DOM", CITIZENSHIP="NAM").items() if k[-1] >= "2025-11"
    }
    assert cells(message) == expected
    assert len(expected) == 2


def test_sdmx1_makes_a_key_from_series_keys(client: sdmx.Client) -> None:
    """Without a structure it asks for ``detail=serieskeysonly`` first."""
    keys = client.series_keys("DF_MIG_BORDER", use_cache=False)
    assert len(keys) == 6


def test_sdmx1_sees_no_results_as_404(client: sdmx.Client) -> None:
    with pytest.raises(HTTPError) as caught:
        client.data("DF_MIG_BORDER", params={"startPeriod": "2100"})
    assert caught.value.response.status_code == 404
    assert caught.value.response.headers["Content-Type"] == "application/xml"


def test_sdmx1_previews_and_keeps_a_copy(client: sdmx.Client, tmp_path: Path) -> None:
    keys = client.preview_data("DF_MIG_BORDER", {"REF_AREA": "MEX"})
    assert {str(k["REF_AREA"].value) for k in keys} == {"MEX"}
    assert len(keys) == 3
    copy = tmp_path / "copy.xml"
    message = client.data("DF_MIG_BORDER", tofile=copy)
    assert cells(sdmx.read_sdmx(copy)) == cells(message) == given()


#: Kinds both interfaces have: what sdmx1 calls their collection in a message, and one in it.
KINDS = [
    ("categorisation", "categorisation", "CAT_DF_MIG_BORDER"),
    ("categoryscheme", "category_scheme", "CAT_MIGRATION"),
    ("codelist", "codelist", "CL_MIG_MEASURE"),
    ("conceptscheme", "concept_scheme", "CS_MIGRATION"),
    ("dataflow", "dataflow", "DF_MIG_BORDER"),
    ("datastructure", "structure", "MIG_ADMIN"),
    ("provisionagreement", "provisionagreement", "PA_MEX_UPM_MIG_BORDER"),
]


@pytest.mark.parametrize(("kind", "collection", "id_"), KINDS)
@pytest.mark.parametrize("one", [False, True])
def test_sdmx1_gets_structures_of_rest_1(
    client: sdmx.Client, kind: str, collection: str, id_: str, one: bool
) -> None:
    assert id_ in getattr(client.get(kind, id_ if one else None), collection)


@pytest.mark.parametrize(
    ("kind", "collection", "id_"),
    [
        ("agencyscheme", "organisation_scheme", "AGENCIES"),
        ("dataproviderscheme", "organisation_scheme", "DATA_PROVIDERS"),
        ("organisationscheme", "organisation_scheme", "DATA_PROVIDERS"),
        ("contentconstraint", "constraint", "CN_MIG_ADMIN"),
        ("allowedconstraint", "constraint", "CN_MIG_ADMIN"),
        ("structure", "structure", "MIG_ADMIN"),
    ],
)
def test_sdmx1_gets_what_only_rest_1_names_so(
    client: sdmx.Client, kind: str, collection: str, id_: str
) -> None:
    agency = "SDMX" if kind == "agencyscheme" else "MIGHUB"
    # Of everything at once sdmx1 cannot read the text type URI, which a metadata attribute has.
    asked = id_ if kind == "structure" else None
    assert id_ in getattr(client.get(kind, asked, agency_id=agency), collection)


def test_sdmx1_goes_from_subjects_to_data(client: sdmx.Client) -> None:
    """``categoryscheme`` comes with the categorisations and dataflows it leads to."""
    message = client.categoryscheme("CAT_MIGRATION")
    assert "parentsandsiblings" in message.response.url
    leads = {c.artefact.id for c in message.categorisation.values() if c.category.id == "BORDER"}
    assert leads == {"DF_MIG_BORDER"}
    assert leads <= set(message.dataflow)


@pytest.mark.parametrize(("kind", "collection", "id_"), KINDS)
@pytest.mark.parametrize("one", [False, True])
def test_sdmx1_gets_structures_of_rest_2(
    client2: sdmx.Client, kind: str, collection: str, id_: str, one: bool
) -> None:
    message = client2.get(kind, id_ if one else None)
    assert "/sdmx/v2/structure/" in message.response.url
    assert id_ in getattr(message, collection)


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        (None, {}),
        ("M.MEX", {"REF_AREA": "MEX"}),
        ({"REF_AREA": "MEX"}, {"REF_AREA": "MEX"}),
        ({"REF_AREA": "MEX+DOM", "CITIZENSHIP": "NAM"}, {"CITIZENSHIP": "NAM"}),
    ],
)
@pytest.mark.parametrize("with_structure", [False, True])
@pytest.mark.conformance("v2.data.key.no_plus")
def test_sdmx1_reads_data_of_rest_2(
    client2: sdmx.Client, key: Any, wanted: dict[str, str], with_structure: bool
) -> None:
    """A key of several codes is joined by ``+``, which REST 2 itself does not write."""
    flow = client2.dataflow("DF_MIG_BORDER", params={"references": "descendants"})
    dsd = flow.dataflow["DF_MIG_BORDER"].structure if with_structure else None
    message = client2.data("DF_MIG_BORDER", key=key, dsd=dsd)
    assert "/sdmx/v2/data/*/MIGHUB/DF_MIG_BORDER/+" in message.response.url
    assert cells(message) == given(**wanted)


def test_sdmx1_asks_what_there_is(client2: sdmx.Client) -> None:
    found = client2.get(
        "availableconstraint", "DF_MIG_BORDER", key="*", component_id="*", context="dataflow",
        force=True,
    )  # fmt: skip
    (constraint,) = found.constraint.values()
    (region,) = constraint.data_content_region
    assert {m.value for m in region.member["REF_AREA"].values} == {"DOM", "MEX"}


PYSDMX = r"""
import json, sys
from pysdmx.io import get_datasets
from pysdmx.api.qb.data import DataQuery, DataContext, DataFormat
from pysdmx.api.qb.service import RestService
from pysdmx.api.qb.util import ApiVersion

url, version, form = sys.argv[1:]
api = ApiVersion.V1_5_0 if version == "v1" else ApiVersion.V2_0_0
service = RestService(f"{url}/sdmx/{version}", api, data_format=getattr(DataFormat, form))
query = DataQuery(DataContext.DATAFLOW, "MIGHUB", "DF_MIG_BORDER", "1.0.0")
body = service.data(query)
assert b"".join(service.stream_data(query)).count(b"MEX") == body.count(b"MEX")
if "JSON" in form:
    sys.stdout.write(body.decode())
else:
    (data,) = get_datasets(body.decode(), validate=False)
    json.dump(data.data.astype(str).to_dict("records"), sys.stdout)
"""


def pysdmx(*arguments: str) -> str:
    """What a script says in an interpreter that has pysdmx."""
    python = os.environ.get("MIGHUB_PYSDMX_PYTHON")
    if not python:
        pytest.skip("set MIGHUB_PYSDMX_PYTHON to an interpreter that has pysdmx[all]")
    command = [python, "-c", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("version", "form"),
    [
        ("v2", "SDMX_CSV_2_0_0"),
        ("v2", "SDMX_CSV_2_1_0"),
        ("v2", "SDMX_ML_3_0"),
        ("v2", "SDMX_ML_3_1"),
        ("v1", "SDMX_CSV_1_0_0"),
        ("v1", "SDMX_ML_2_1_STR"),
        ("v1", "SDMX_ML_2_1_GEN"),
        ("v1", "SDMX_ML_2_1_STRTS"),
        ("v1", "SDMX_ML_2_1_GENTS"),
    ],
)
def test_pysdmx_reads_the_same_cells(url: str, version: str, form: str) -> None:
    found = {
        (*(r[d] for d in KEY_ORDER), r["TIME_PERIOD"]): float(r["OBS_VALUE"])
        for r in json.loads(pysdmx(PYSDMX, url, version, form))
    }
    assert found == given()


@pytest.mark.parametrize(
    ("version", "form", "read"),
    [("v1", "SDMX_JSON_1_0_0", json1), ("v2", "SDMX_JSON_2_0_0", json2)],
)
def test_pysdmx_gets_json_data(url: str, version: str, form: str, read: Reader) -> None:
    """It has no reader of its own for JSON data and hands on the bytes."""
    assert read(pysdmx(PYSDMX, url, version, form).encode()) == expected(ROWS)


REGISTRY = r"""
import json, sys, warnings
warnings.simplefilter("ignore")
from pysdmx.api.fmr import RegistryClient
from pysdmx.api.qb import StructureFormat

url, form = sys.argv[1:]
c = RegistryClient(f"{url}/sdmx/v2", getattr(StructureFormat, form))
schema = c.get_schema("dataflow", "MIGHUB", "DF_MIG_BORDER", "1.0.0")
areas = {code.id: code.name for code in c.get_codes("MIGHUB", "CL_AREA")}
json.dump({
    "agencies": [a.id for a in c.get_agencies("SDMX")],
    "providers": sorted(p.id for p in c.get_providers("MIGHUB", True)),
    "provides": sorted(f.id for p in c.get_providers("MIGHUB", True) if p.id == "MEX_UPM"
                       for f in p.dataflows),
    "categories": sorted(i.id for i in c.get_categories("MIGHUB", "CAT_MIGRATION")),
    "area": areas["MEX"],
    "concepts": sorted(i.id for i in c.get_concepts("MIGHUB", "CS_MIGRATION")),
    "components": [i.id for i in schema.components],
    "enumerated": sorted(x.id for x in schema.components["SEX"].enumeration),
    "flow": c.get_dataflow_details("MIGHUB", "DF_MIG_BORDER", "1.0.0").name,
    "flows": sorted(f.id for f in c.get_dataflows("MIGHUB")),
    "structures": sorted(d.id for d in c.get_data_structures("MIGHUB")),
    "agreement": c.get_provision_agreement("MIGHUB", "PA_MEX_UPM_MIG_BORDER", "1.0.0").id,
}, sys.stdout)
"""


def test_pysdmx_finds_the_structures_of_a_registry(url: str) -> None:
    """Its client of registries, method by method, against what the hub ships."""
    shipped = StructureSet.shipped()
    border = shipped.dataflow("MIGHUB", "DF_MIG_BORDER", "1.0.0")
    found = json.loads(pysdmx(REGISTRY, url, "SDMX_JSON_2_0_0"))
    assert found["agencies"] == ["SDMX", "MIGHUB"]
    assert "MEX_UPM" in found["providers"]
    assert "DF_MIG_BORDER" in found["provides"]
    assert {"BORDER", "STOCK", "PROTECTION"} <= set(found["categories"])
    assert found["area"] == "Mexico"
    assert {"REF_AREA", "OBS_STATUS"} <= set(found["concepts"])
    assert sorted(found["components"]) == sorted(border.columns)
    assert set(found["enumerated"]) <= set(border.by_id["SEX"].codes or ())
    assert found["enumerated"] != []
    assert found["flow"] == "Border entries and exits"
    own = [f.id for f in shipped.dataflows() if f.maintainer.id == "MIGHUB"]
    assert found["flows"] == sorted(own)
    assert "MIG_ADMIN" in found["structures"]
    assert found["agreement"] == "PA_MEX_UPM_MIG_BORDER"


CONNECTOR = r"""
import json, sys, warnings
warnings.simplefilter("ignore")
from pysdmx.api.dc.pd import PandasConnector

c = PandasConnector(f"{sys.argv[1]}/sdmx/v2")
flows = sorted(f.id for f in c.dataflows())
(urn,) = [f"{f.agency if isinstance(f.agency, str) else f.agency.id}:{f.id}({f.version})"
          for f in c.dataflows() if f.id == "DF_MIG_BORDER"]
about = c.dataflow(urn)
frame = c.data(urn, "REF_AREA = 'MEX' AND TIME_PERIOD >= '2025-07'")
frame = frame.reset_index()
json.dump({"flows": flows, "name": about.name, "observations": about.obs_count,
           "rows": frame.astype(str).to_dict("records")}, sys.stdout)
"""


def test_pysdmx_discovers_and_retrieves(url: str) -> None:
    """Its connector finds a dataflow, how much of it there is, and what a condition selects."""
    found = json.loads(pysdmx(CONNECTOR, url))
    assert "DF_MIG_BORDER" in found["flows"]
    assert found["name"] == "Border entries and exits"
    assert found["observations"] == len(ROWS)
    rows = {(r["CITIZENSHIP"], r["TIME_PERIOD"]): float(r["OBS_VALUE"]) for r in found["rows"]}
    assert rows == {
        (r["CITIZENSHIP"], r["TIME_PERIOD"]): float(str(r["OBS_VALUE"]))
        for r in ROWS
        if r["REF_AREA"] == "MEX" and str(r["TIME_PERIOD"]) >= "2025-07"
    }
