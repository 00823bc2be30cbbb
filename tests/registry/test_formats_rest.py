"""Every data format over HTTP, on both interfaces, and the parameters that shape them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from released import ROWS

from hub.messages.api import read_data
from hub.messages.formats import FORMATS, Format, Kind
from hub.structures.repository import StructureSet

V1 = "/sdmx/v1/data/DF_MIG_BORDER"
V2 = "/sdmx/v2/data/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0"
OFFERED = [f for f in FORMATS if f.kind is Kind.DATA and f.writer]
SHOWN = ("REF_AREA", "CITIZENSHIP", "TIME_PERIOD", "OBS_VALUE")


def given() -> list[tuple[str | None, ...]]:
    return sorted(tuple(str(r[c]) for c in SHOWN) for r in ROWS)


@pytest.mark.parametrize("url", [V1, V2])
@pytest.mark.parametrize("one", OFFERED, ids=lambda f: f.name)
def test_every_format_answers_with_its_exact_type_and_the_same_cells(
    client: FlaskClient, tmp_path: Path, url: str, one: Format
) -> None:
    response = client.get(url, headers={"Accept": one.media_type})
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == one.media_type
    path = tmp_path / "answer"
    path.write_bytes(response.data)
    if one.reader is None:
        header, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("data").to_python()
        places = [header.index(c) for c in SHOWN]
        found = [tuple(str(row[p]).removesuffix(".0") for p in places) for row in rows]
    else:
        found = [
            tuple(row)
            for block in read_data(path, one, StructureSet.shipped()).blocks
            for row in zip(*(block.batch.column(c).to_pylist() for c in SHOWN), strict=True)
        ]
    assert sorted(found) == given()


@pytest.mark.parametrize("one", OFFERED, ids=lambda f: f.name)
def test_a_download_has_a_name_that_fits(client: FlaskClient, one: Format) -> None:
    response = client.get(f"{V2}?format={one.name}&file=true")
    assert response.status_code == 200, response.text
    name = f"DF_MIG_BORDER.{one.extension}"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'


def lines(client: FlaskClient, url: str, accept: str | None = None) -> list[list[str]]:
    response = client.get(url, headers={"Accept": accept} if accept else {})
    assert response.status_code == 200, response.text
    return list(csv.reader(io.StringIO(response.text)))


BASE = "application/vnd.sdmx.data+csv;version="


@pytest.mark.conformance("v2.media.csv_parameters")
@pytest.mark.parametrize("version", ["2.0.0", "2.1.0"])
def test_keys_and_time_format_reach_the_writer(client: FlaskClient, version: str) -> None:
    asked = f"{BASE}{version};labels=id;timeFormat=normalized;keys=both"
    in_url = f"{V2}?format=csv&formatVersion={version}&timeFormat=normalized&keys=both"
    for header, row, *_ in (lines(client, V2, asked), lines(client, in_url)):
        assert header[:6] == [
            "STRUCTURE", "STRUCTURE_ID", "ACTION", "SERIES_KEY", "OBS_KEY", "FREQ",
        ]  # fmt: skip
        cells = dict(zip(header, row, strict=True))
        assert cells["TIME_PERIOD"].endswith("-01")
        assert len(cells["TIME_PERIOD"]) == 10
        assert cells["OBS_KEY"].startswith(cells["SERIES_KEY"] + ".")


def test_time_format_of_version_1(client: FlaskClient) -> None:
    header, row, *_ = lines(client, V1, f"{BASE}1.0.0;timeFormat=normalized")
    assert dict(zip(header, row, strict=True))["TIME_PERIOD"].endswith("-01")


@pytest.mark.parametrize("labels", ["name", "both"])
def test_labels_reach_the_writer(client: FlaskClient, labels: str) -> None:
    header, row, *_ = lines(client, V2, f"{BASE}2.1.0;labels={labels}")
    cells = dict(zip(header, row, strict=True))
    if labels == "both":
        assert cells["REF_AREA: Reference area"].startswith(("MEX: Mexico", "DOM: Dominican"))
    else:
        assert header[header.index("REF_AREA") + 1] == "Reference area"
        assert cells["Reference area"] in ("Mexico", "Dominican Republic")
    response = client.get(V1, headers={"Accept": f"{BASE}1.0.0;labels=name"})
    assert response.status_code == 406


@pytest.mark.parametrize("url", [V1, V2])
def test_csvfilewithlabels_has_the_shape_dot_stat_gives(client: FlaskClient, url: str) -> None:
    response = client.get(f"{url}?format=csvfilewithlabels")
    assert "attachment" in response.headers["Content-Disposition"]
    header, row, *_ = csv.reader(io.StringIO(response.text))
    assert header[:6] == [
        "STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION", "FREQ", "Frequency",
    ]  # fmt: skip
    assert len(header) == len(row)


@pytest.mark.parametrize("format_", ["structurespecifictimeseriesdata", "generictimeseriesdata"])
def test_a_time_series_cannot_be_flat(client: FlaskClient, format_: str) -> None:
    url = f"{V1}?format={format_}&dimensionAtObservation=AllDimensions"
    assert client.get(url).status_code == 406


def test_a_workbook_has_names_in_the_language_asked_for(client: FlaskClient) -> None:
    response = client.get(f"{V2}?format=xlsx", headers={"Accept-Language": "es"})
    book = CalamineWorkbook.from_filelike(io.BytesIO(response.data))
    header, row, *_ = book.get_sheet_by_name("data").to_python()
    assert row[header.index("REF_AREA") + 1] in ("México", "República Dominicana")
