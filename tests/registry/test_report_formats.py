"""Reports of a submission for people, over HTTP."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from flask.testing import FlaskClient

from hub import intake
from hub.settings import Settings
from hub.store.home import Hub
from registry.app import create_app

BODY = b"""DATAFLOW,FREQ,REF_AREA,MEASURE,CITIZENSHIP,COUNTRY_RESIDENCE,\
COUNTRY_COUNTERPART,BORDER_POINT,\
TRANSPORT_MODE,PERMIT_CATEGORY,TRAVEL_CONDITION,SEX,AGE,UNIT_MEASURE,TIME_PERIOD,OBS_VALUE,OBS_STATUS
MIGHUB:DF_MIG_BORDER(1.0.0),M,HND,ENTRIES,_T,_T,_T,_T,AIR,_T,_T,X,_T,EV,2024-01,5,A
"""


@pytest.fixture
def asked(tmp_path: Path) -> tuple[FlaskClient, str]:
    settings = Settings.load({"HUB_HOME": str(tmp_path / "home"), "HUB_ADMIN_KEY": "key"})
    with Hub.init(settings) as hub:
        token = intake.submit(hub, io.BytesIO(BODY), "entries.csv")
        intake.process(hub, token)
    client = create_app(settings).test_client()
    client.environ_base["HTTP_X_API_KEY"] = "key"
    return client, f"/api/submissions/{token}/report"


def test_the_report_comes_in_every_form(asked: tuple[FlaskClient, str]) -> None:
    client, url = asked
    assert client.get(url).get_json()["counts"]["error"] == 1
    assert client.get(url, query_string={"format": "json"}).get_json()["valid"] is False
    page = client.get(url, query_string={"format": "html", "lang": "es"})
    assert page.mimetype == "text/html"
    assert "Código desconocido" in page.text
    table = client.get(url, query_string={"format": "csv"})
    assert table.mimetype == "text/csv"
    assert "entries-report.csv" in table.headers["Content-Disposition"]
    assert len(table.text.splitlines()) == 2
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(url, query_string={"format": "xlsx", "lang": "es"}).data)
    )
    assert book.sheetnames == ["Hallazgos", "CSV"]
    cell = book["CSV"]["L2"]
    assert (cell.value, cell.fill.fgColor.rgb) == ("X", "FFF4A6A6")
    assert "«X»" in cell.comment.text


@pytest.mark.parametrize("query", [{"format": "pdf"}, {"lang": "xx"}, {"form": "html"}])
def test_what_is_not_offered_is_refused(
    asked: tuple[FlaskClient, str], query: dict[str, str]
) -> None:
    client, url = asked
    assert client.get(url, query_string=query).status_code == 400
