"""Clients that were written elsewhere, over a real connection."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pandas as pd
import pytest
import sdmx
from conftest import ROWS
from flask import Flask
from werkzeug.serving import make_server

KEY_ORDER = (
    "FREQ", "REF_AREA", "MEASURE", "CITIZENSHIP", "COUNTRY_RESIDENCE", "COUNTRY_COUNTERPART",
    "BORDER_POINT", "TRANSPORT_MODE", "PERMIT_CATEGORY", "TRAVEL_CONDITION", "SEX", "AGE",
    "UNIT_MEASURE",
)  # fmt: skip


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
    """sdmx1, which knows the hub as a source."""
    sdmx.add_source(
        {"id": "MIGHUB", "name": "Migration hub", "url": f"{url}/sdmx/v1"}, override=True
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
    from requests import HTTPError

    with pytest.raises(HTTPError) as caught:
        client.data("DF_MIG_BORDER", params={"startPeriod": "2100"})
    assert caught.value.response.status_code == 404
    assert caught.value.response.headers["Content-Type"] == "application/xml"


def test_paths_arrive_undecoded(url: str) -> None:
    """Dots only, encoded separators and doubled slashes survive the way through a server."""
    host = urlsplit(url)
    connection = http.client.HTTPConnection(str(host.hostname), host.port)
    for path in (
        f"/sdmx/v1/data/DF_MIG_BORDER/{'.' * 12}",
        f"/sdmx/v1/data/DF_MIG_BORDER/{'%2E' * 12}/all/",
        "/sdmx/v1/data/MIGHUB%2CDF_MIG_BORDER%2C/M%2EMEX%2BDOM" + "." * 11,
        "/sdmx/v2/data/%2A/MIGHUB/DF_MIG_BORDER/%2B//",
        "/sdmx/v2/data/dataflow/MIGHUB/DF_MIG_BORDER/+/M.MEX,M.DOM?c[FREQ]=eq:M",
    ):
        connection.request("GET", path, headers={"Accept": "text/csv"})
        response = connection.getresponse()
        body = response.read().decode()
        assert response.status == 200, (path, body)
        assert body.count("\n") == len(ROWS) + 1, path
    connection.close()


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
body = service.data(query).decode()
(data,) = get_datasets(body, validate=False)
frame = data.data.astype(str)
json.dump(frame.to_dict("records"), sys.stdout)
"""


@pytest.mark.parametrize(
    ("version", "form"),
    [
        ("v2", "SDMX_CSV_2_0_0"),
        ("v2", "SDMX_ML_3_0"),
        ("v1", "SDMX_CSV_1_0_0"),
        ("v1", "SDMX_ML_2_1_STR"),
        ("v1", "SDMX_ML_2_1_GEN"),
    ],
)
def test_pysdmx_reads_the_same_cells(url: str, version: str, form: str) -> None:
    python = os.environ.get("MIGHUB_PYSDMX_PYTHON")
    if not python:
        pytest.skip("set MIGHUB_PYSDMX_PYTHON to an interpreter that has pysdmx[all]")
    done = subprocess.run(
        [python, "-c", PYSDMX, url, version, form],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = {
        (*(r[d] for d in KEY_ORDER), r["TIME_PERIOD"]): float(r["OBS_VALUE"])
        for r in json.loads(done.stdout)
    }
    assert found == given()
