"""The report over HTTP: in the reader's language, in pages where it is long, with true counts."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from lxml import html
from page_site import ADMIN, message, new_hub
from test_submissions import URL, bearer, post

from hub import intake
from hub.store.home import Hub
from registry.app import create_app

#: Faults: 450 unknown codes of SEX and one of CITIZENSHIP.
ROWS = [("MEX", "X", f"{1990 + n // 12}-{n % 12 + 1:02}", str(n)) for n in range(450)]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with new_hub(tmp_path_factory.mktemp("reports")) as made:
        yield made


@pytest.fixture(scope="module")
def client(hub: Hub) -> FlaskClient:
    return create_app(hub).test_client()


@pytest.fixture(scope="module")
def token(client: FlaskClient, hub: Hub) -> str:
    sent: str = post(client, message(*ROWS, ("MEXX", "_T", "2026-05", "1"))).json["token"]
    intake.process(hub, sent)
    return sent


def get(client: FlaskClient, token: str, query: str = "", **headers: str):  # type: ignore[no-untyped-def]
    return client.get(f"{URL}/{token}/report{query}", headers={**bearer(ADMIN), **headers})


def test_json_is_in_the_readers_language_and_the_same_otherwise(
    client: FlaskClient, token: str
) -> None:
    english = get(client, token).json
    spanish = get(client, token, **{"Accept-Language": "es-HN,es;q=0.9,en;q=0.5"})
    assert spanish.headers["Content-Language"] == "es"
    assert "Accept-Language" in spanish.headers["Vary"]
    assert spanish.json == get(client, token, "?lang=es").json
    assert len(english["findings"]) == len(spanish.json["findings"]) == 451
    for one, other in zip(english["findings"], spanish.json["findings"], strict=True):
        assert one["message"] != other["message"]
        assert one["expected"] != other["expected"]
        same = one.keys() - {"message", "expected"}
        assert {k: one[k] for k in same} == {k: other[k] for k in same}
    assert get(client, token, "?lang=nl").status_code == 400


def test_json_is_read_in_pages(client: FlaskClient, token: str) -> None:
    whole = get(client, token).json
    assert whole["causes"] == [{"rule": "CODE_UNKNOWN", "severity": "error", "total": 451}]
    parts = [get(client, token, f"?offset={n}&limit=200").json for n in (0, 200, 400)]
    assert [len(p["findings"]) for p in parts] == [200, 200, 51]
    assert [f for p in parts for f in p["findings"]] == whole["findings"]
    assert {(p["listed"], p["counts"]["error"]) for p in parts} == {(451, 451)}
    assert get(client, token, "?rule=FACET").json["findings"] == []
    for bad in ("?limit=-1", "?offset=x", "?format=csv&rule=FACET", "?format=xml", "?rules=A"):
        assert get(client, token, bad).status_code == 400, bad


def test_the_page_leads_to_every_finding_and_the_table_has_all(
    client: FlaskClient, token: str
) -> None:
    first = html.document_fromstring(get(client, token, "?format=html&lang=es").data)
    assert len(first.find_class("places")[0].findall(".//tbody/tr")) == 20
    (way,) = [a.get("href") for a in first.findall(".//section//a")]
    rows: list[int] = []
    while way:
        page = html.document_fromstring(get(client, token, way).data)
        assert page.get("lang") == "es"
        places = [th.text_content() for th in page.findall(".//tbody//th")]
        rows += [int(m[1]) for p in places if (m := re.search(r"Fila (\d+)", p))]
        way = next((a.get("href") for a in page.findall(".//nav//a[@rel='next']")), None)
    assert rows == list(range(2, 453))
    table = get(client, token, "?format=csv&lang=es").data.decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(table)))) == 1 + 451
