"""``/api/submissions`` and the upload pages, with the real intake behind them."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from page_site import ADMIN, BAD, PROVIDER, READER, message, new_hub, page, said

from hub import intake
from hub.plugins import connector_catalogue
from hub.store.home import Hub
from hub.store.keys import Role
from registry.app import create_app

URL = "/api/submissions"
FIRST = message(("USA", "_T", "2026-06", "100"), ("CAN", "_T", "2026-06", "7"))
SECOND = message(("USA", "_T", "2026-06", "101"), ("CAN", "_T", "2026-06", "7"))


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with new_hub(tmp_path_factory.mktemp("submissions")) as made:
        yield made


@pytest.fixture(scope="module")
def app(hub: Hub) -> Flask:
    return create_app(hub)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def post(client: FlaskClient, body: bytes, query: str = "", key: str = ADMIN) -> Any:
    return client.post(f"{URL}?filename=a.csv{query}", data=body, headers=bearer(key))


# Handing in


def test_a_message_is_taken_followed_and_published(client: FlaskClient, hub: Hub) -> None:
    answer = post(client, FIRST)
    assert answer.status_code == 202
    token = answer.json["token"]
    assert answer.headers["Location"] == f"{URL}/{token}"
    assert answer.json["state"] == "received"
    assert answer.json["format"] == "sdmx-csv-1.0"
    assert client.get(f"{URL}/{token}/report", headers=bearer(ADMIN)).status_code == 404, (
        "there is no report yet"
    )

    assert intake.process(hub, token).finished
    state = client.get(f"{URL}/{token}", headers=bearer(ADMIN)).json
    assert state["state"] == "published"
    assert state["counts"] == {"observations": 2, "inserted": 2, "updated": 0, "deleted": 0}
    assert state["releases"][0]["dataflow"] == "MIGHUB:DF_MIG_BORDER(1.0.0)"
    assert state["received_at"].endswith("Z")
    report = client.get(f"{URL}/{token}/report", headers=bearer(ADMIN)).json
    assert report["valid"] is True
    assert set(report) == {
        "valid",
        "dataflow",
        "observations",
        "counts",
        "truncated",
        "causes",
        "findings",
    }

    token = post(client, SECOND).json["token"]
    intake.process(hub, token)
    changes = client.get(f"{URL}/{token}/diff", headers=bearer(ADMIN)).json
    assert changes["total"] == 1
    assert changes["changes"][0]["kind"] == "changed"
    assert changes["changes"][0]["changes"] == {"OBS_VALUE": {"old": "100", "new": "101"}}

    token = post(client, SECOND).json["token"]
    intake.process(hub, token)
    assert client.get(f"{URL}/{token}", headers=bearer(ADMIN)).json["state"] == "unchanged"


def test_a_wrong_message_is_refused_with_its_report(client: FlaskClient, hub: Hub) -> None:
    token = post(client, BAD).json["token"]
    intake.process(hub, token)
    state = client.get(f"{URL}/{token}", headers=bearer(ADMIN)).json
    assert (state["state"], state["releases"]) == ("refused", [])
    report = client.get(state["links"]["report"], headers=bearer(ADMIN)).json
    places = {(f["rule"], f["row"], f["column"]) for f in report["findings"]}
    assert ("CODE_UNKNOWN", 3, "CITIZENSHIP") in places
    assert ("CODE_UNKNOWN", 3, "SEX") in places
    assert ("VALUE_TYPE", 3, "OBS_VALUE") in places
    assert all(f["file"] == "a.csv" for f in report["findings"])


def test_the_body_may_be_a_form(client: FlaskClient, hub: Hub) -> None:
    data = {"file": (io.BytesIO(FIRST), "entries.csv"), "format": "sdmx-csv-1.0"}
    answer = client.post(URL, data=data, headers={"X-API-Key": ADMIN})
    assert answer.status_code == 202
    assert answer.json["filename"] == "entries.csv"
    intake.process(hub, answer.json["token"])


def test_a_raw_body_that_is_labelled_as_a_form_is_read(client: FlaskClient, hub: Hub) -> None:
    """``curl --data-binary`` says application/x-www-form-urlencoded whatever it sends."""
    answer = client.post(
        URL, data=FIRST, headers=bearer(ADMIN), content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 202
    assert answer.json["size"] == len(FIRST)
    intake.process(hub, answer.json["token"])


def test_a_national_file_is_read_by_its_connector(client: FlaskClient, hub: Hub) -> None:
    catalogue = connector_catalogue()
    sample: Path = catalogue.samples("mex/upm_air_entries")[0]  # type: ignore[attr-defined]
    data = {"file": (io.BytesIO(sample.read_bytes()), sample.name)}
    answer = client.post(
        f"{URL}?connector=mex/upm_air_entries", data=data, headers=bearer(PROVIDER)
    )
    assert answer.status_code == 202
    assert answer.json["provider"] == "MEX_INM"
    intake.process(hub, answer.json["token"])
    state = client.get(f"{URL}/{answer.json['token']}", headers=bearer(ADMIN)).json
    assert state["state"] == "published"
    assert state["counts"]["inserted"] > 1000


def test_a_dry_run_answers_with_the_report_and_keeps_nothing(client: FlaskClient, hub: Hub) -> None:
    before = hub.submissions.count()
    kept = sorted((hub.settings.home / "incoming").rglob("*"))
    answer = post(client, BAD, "&dry_run=true")
    assert answer.status_code == 200
    assert answer.json["valid"] is False
    assert answer.json["counts"]["error"] == 3
    assert hub.submissions.count() == before
    assert sorted((hub.settings.home / "incoming").rglob("*")) == kept
    good = post(client, message(("MEX", "_T", "2026-05", "1")), "&dry_run=true")
    assert good.json["valid"] is True


def test_a_dry_run_gives_the_report_that_a_submission_gets(client: FlaskClient, hub: Hub) -> None:
    catalogue = connector_catalogue()
    wrong: Path = catalogue.samples("dom/bcrd_air_arrivals")[0]  # type: ignore[attr-defined]
    right: Path = catalogue.samples("mex/upm_air_entries")[0]  # type: ignore[attr-defined]
    for body in (wrong.read_bytes(), right.read_bytes(), b"no workbook at all"):
        query = "&connector=mex/upm_air_entries"
        checked = post(client, body, f"{query}&dry_run=1")
        assert checked.status_code == 200
        token = post(client, body, query).json["token"]
        intake.process(hub, token)
        assert checked.json == client.get(f"{URL}/{token}/report", headers=bearer(ADMIN)).json
        assert all(f["file"] == "a.csv" for f in checked.json["findings"])


def test_a_dry_run_answers_in_the_language_of_the_reader(client: FlaskClient) -> None:
    english = post(client, BAD, "&dry_run=true")
    assert english.headers["Content-Language"] == "en"
    by_header = client.post(
        f"{URL}?filename=a.csv&dry_run=true",
        data=BAD,
        headers={**bearer(ADMIN), "Accept-Language": "es-GT,es;q=0.9"},
    )
    by_name = post(client, BAD, "&dry_run=true&lang=es")
    assert by_header.headers["Content-Language"] == "es"
    assert by_header.headers["Vary"] == "Accept-Language"
    assert by_header.json == by_name.json
    pairs = list(zip(english.json["findings"], by_name.json["findings"], strict=True))
    assert all(one["message"] != other["message"] for one, other in pairs)
    assert all(one["rule"] == other["rule"] for one, other in pairs)
    assert "no es un código" in by_name.json["findings"][0]["message"]
    assert post(client, BAD, "&dry_run=true&lang=xx").status_code == 400


@pytest.mark.parametrize(
    ("body", "query", "status", "said"),
    [
        (b"", "", 400, "El archivo está vacío"),
        (b"PK\x03\x04 cut off", "", 400, "El archivo está dañado"),
        (
            b"no message at all",
            "",
            415,
            "El centro no reconoce este archivo. Si es",
        ),
        (FIRST, "&connector=no/such", 404, "No existe el conector no/such."),
    ],
)
def test_what_cannot_be_taken_is_told_in_the_language_of_the_sender(
    client: FlaskClient, body: bytes, query: str, status: int, said: str
) -> None:
    answer = post(client, body, f"{query}&lang=es")
    assert answer.status_code == status
    assert answer.json["errors"][0]["detail"].startswith(said)
    assert "sdmx-csv-1.0" not in answer.json["errors"][0]["detail"][:200]
    if not query:
        shown = send(client, "es", file=(io.BytesIO(body), "malo.xlsx"))
        assert shown.status_code == status
        assert said in " ".join(html.fromstring(shown.text).text_content().split())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"pais;total", "a.xlsx no es un libro de hojas de cálculo: lleva ese nombre"),
        (b"PK\x05\x06" + bytes(18), "es un archivo comprimido vacío"),
        (b"%PDF-1.4 nothing", "es un PDF que el centro no puede abrir"),
        (b"\x89PNG\r\n", "a.xlsx no es un libro de hojas de cálculo"),
    ],
)
def test_a_file_of_another_kind_is_told_to_be_one(
    client: FlaskClient, body: bytes, said: str
) -> None:
    query = f"{URL}?filename=a.xlsx&connector=hnd/conmigho_returns&dry_run=true&lang=es"
    (finding,) = client.post(query, data=body, headers=bearer(ADMIN)).json["findings"]
    assert finding["rule"] == "MESSAGE_SYNTAX"
    assert said in finding["message"]


# Who may


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        (bearer("wrong"), 401),
        (bearer(""), 401),
        ({"Authorization": f"Basic {ADMIN}"}, 401),
        ({"X-API-Key": "x" * 100_000}, 401),
        ({**bearer(ADMIN), "X-API-Key": PROVIDER}, 401),
        (bearer(READER), 403),
        ({**bearer(ADMIN), "X-API-Key": ADMIN}, 202),
        ({"Authorization": f"bearer  {ADMIN} "}, 202),
    ],
)
def test_only_known_keys_of_the_right_role_hand_in(
    client: FlaskClient, headers: dict[str, str], status: int
) -> None:
    answer = client.post(URL, data=FIRST, headers=headers)
    assert answer.status_code == status
    if status == 401:
        assert "Bearer" in answer.headers["WWW-Authenticate"]
        assert answer.json["errors"][0]["code"] == 110


def test_a_revoked_key_is_not_known(client: FlaskClient, hub: Hub) -> None:
    key = hub.keys.add("test-revoked-key-0123456789", "gone", Role.ADMIN)
    assert post(client, FIRST, key="test-revoked-key-0123456789").status_code == 202
    hub.keys.revoke(key.id)
    assert post(client, FIRST, key="test-revoked-key-0123456789").status_code == 401


def test_a_provider_hands_in_for_itself_only(client: FlaskClient) -> None:
    assert post(client, FIRST, "&provider=DOM_BCRD", PROVIDER).status_code == 403
    assert post(client, FIRST, "&provider=MEX_INM", PROVIDER).status_code == 202


def test_the_list_shows_a_provider_its_own(client: FlaskClient, hub: Hub) -> None:
    everything = client.get(f"{URL}?limit=200", headers=bearer(ADMIN)).json
    assert everything["total"] == hub.submissions.count()
    assert len(everything["submissions"]) == everything["total"]
    mine = client.get(f"{URL}?limit=200", headers=bearer(PROVIDER)).json
    assert 0 < mine["total"] < everything["total"]
    assert {s["provider"] for s in mine["submissions"]} == {"MEX_INM"}
    page_ = client.get(f"{URL}?limit=1&offset=1", headers=bearer(ADMIN)).json
    assert page_["submissions"][0] == everything["submissions"][1]
    assert client.get(URL).status_code == 401
    hub.keys.add("test-agency-key-0123456789", "An agency", Role.AGENCY)
    agency = bearer("test-agency-key-0123456789")
    assert client.get(URL, headers=agency).status_code == 403
    read = client.get(f"{URL}?limit=200", headers=bearer(READER)).json
    assert read["total"] == everything["total"], "a reader of unreleased data sees what waits"


def test_keys_are_neither_logged_nor_told(
    client: FlaskClient, hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "mig_a-secret-that-nobody-may-see"
    answers = [
        client.post(URL, data=FIRST, headers=bearer(secret)),
        client.post("/upload", data={"key": secret, "kind": "sdmx"}),
    ]
    assert all(secret not in a.text for a in answers)
    assert secret not in caplog.text
    database = (hub.settings.home / "catalogue.db").read_bytes()
    assert ADMIN.encode() not in database
    assert PROVIDER.encode() not in database


# What cannot be taken


@pytest.mark.parametrize(
    ("body", "query", "status"),
    [
        (b"", "", 400),
        (b"\x89PNG\r\n\x1a\n....", "", 415),
        (FIRST, "&format=word", 415),
        (FIRST, "&format=sdmx-ml-2.1-structure", 415),
        (FIRST, "&connector=no/such", 404),
        (FIRST, "&format=sdmx-csv-1.0&connector=mex/upm_air_entries", 400),
        (FIRST, "&action=destroy", 400),
        (FIRST, "&dry_run=perhaps", 400),
        (FIRST, "&unknown=1", 400),
        (FIRST, "&filename=b.csv", 400),
    ],
)
def test_what_cannot_be_taken_is_told(
    client: FlaskClient, body: bytes, query: str, status: int
) -> None:
    answer = post(client, body, query)
    assert answer.status_code == status, answer.text
    assert answer.json["errors"][0]["detail"]


def test_a_form_with_two_files_is_refused(client: FlaskClient) -> None:
    data = {"file": (io.BytesIO(FIRST), "a.csv"), "other": (io.BytesIO(FIRST), "b.csv")}
    assert client.post(URL, data=data, headers=bearer(ADMIN)).status_code == 400


def test_a_body_that_is_too_large_is_413(app: Flask, client: FlaskClient) -> None:
    whole = app.config["MAX_CONTENT_LENGTH"]
    app.config["MAX_CONTENT_LENGTH"] = 100
    try:
        assert post(client, FIRST).status_code == 413
        form = {"file": (io.BytesIO(FIRST), "a.csv")}
        assert client.post(URL, data=form, headers=bearer(ADMIN)).status_code == 413
        answer = client.post("/upload", data={"key": ADMIN, "file": (io.BytesIO(FIRST), "a")})
        assert (answer.status_code, answer.mimetype) == (413, "text/html")
    finally:
        app.config["MAX_CONTENT_LENGTH"] = whole


def test_an_unknown_token_is_404(client: FlaskClient) -> None:
    for path in ("", "/report", "/diff"):
        assert client.get(f"{URL}/nope{path}", headers=bearer(ADMIN)).status_code == 404


# The form


def send(client: FlaskClient, language: str = "en", **form: Any) -> Any:
    data = {"kind": "sdmx", "key": ADMIN, "file": (io.BytesIO(FIRST), "a.csv"), **form}
    return client.post("/upload", data=data, headers={"Accept-Language": language})


def test_the_form_offers_the_connectors_by_country(client: FlaskClient) -> None:
    doc = page(client, "/upload", "es")
    groups = {g.get("label"): g.xpath("./option/@value") for g in doc.xpath("//optgroup")}
    assert "mex/upm_air_entries" in groups["México"]
    assert {value.partition("/")[0] for value in groups["México"]} == {"mex"}
    offered = [value for values in groups.values() for value in values]
    assert sorted(offered) == sorted(connector_catalogue().ids())
    assert "entradas aéreas" in said(doc).lower()


@pytest.mark.parametrize(
    ("form", "status", "field"),
    [
        ({"key": ""}, 401, "key"),
        ({"key": "wrong"}, 401, "key"),
        ({"key": READER}, 403, "key"),
        ({"file": (io.BytesIO(b""), "")}, 400, "file"),
        ({"file": (io.BytesIO(b"\x89PNG...."), "a.png")}, 415, "file"),
        ({"kind": "national", "connector": "no/such"}, 400, "connector"),
    ],
)
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_form_comes_back_with_what_is_wrong(
    client: FlaskClient, language: str, form: dict[str, Any], status: int, field: str
) -> None:
    form = {k: (io.BytesIO(v[0].getvalue()), v[1]) if isinstance(v, tuple) else v
            for k, v in form.items()}  # fmt: skip
    answer = send(client, language, **form)
    assert answer.status_code == status
    doc = html.document_fromstring(answer.text)
    summary = doc.xpath("//div[@role='alert']")[0]
    assert summary.xpath(f".//a[@href='#{field}']"), said(summary)
    faulty = doc.xpath("//*[@aria-invalid='true']")
    assert [f.get("id") for f in faulty] == [field]
    assert faulty[0].get("aria-describedby")
    assert doc.xpath("//input[@name='key']/@value") == [], "the key must not come back"


def test_a_file_sent_with_the_form_has_a_page_from_received_to_published(
    client: FlaskClient, hub: Hub
) -> None:
    answer = send(client, file=(io.BytesIO(message(("GTM", "_T", "2026-04", "5"))), "gtm.csv"))
    assert answer.status_code == 303
    doc = page(client, answer.location)
    assert "waiting for its turn" in said(doc)
    assert doc.xpath("//noscript/meta[@http-equiv='refresh']"), "without JavaScript it stands still"
    intake.process(hub, answer.location.rpartition("/")[2])
    doc = page(client, answer.location, "es")
    assert "Publicado" in said(doc.xpath("//div[contains(@class, 'state')]")[0])
    assert not doc.xpath("//meta[@http-equiv='refresh']")
    link = doc.xpath("//a[contains(@href, '/data/')]/@href")[0]
    assert "Guatemala" in said(page(client, link))


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Unknown code"), ("es", "Código desconocido")]
)
def test_the_page_of_a_refused_file_groups_findings_by_rule(
    client: FlaskClient, hub: Hub, language: str, title: str
) -> None:
    token = post(client, BAD).json["token"]
    intake.process(hub, token)
    assert client.post("/sign-in", data={"key": ADMIN}).status_code == 303
    doc = page(client, f"/submissions/{token}", language)
    rules = {said(r.find(".//h3")): r for r in doc.xpath("//section[@class='rule']")}
    assert len(rules) == 2
    (rule,) = (r for t, r in rules.items() if t.lower() == title.lower())
    where = [said(th) for th in rule.xpath(".//tbody//th")]
    row, column = {"en": ("row", "column"), "es": ("fila", "columna")}[language]
    assert where == [f"{row} 3, {column} CITIZENSHIP", f"{row} 3, {column} SEX"]
    assert "USB" in said(rule)
    assert len(said(rule.xpath("./p")[0])) > 20, "it does not say what to do"
    report = doc.xpath("//a[contains(@href, '/report')]/@href")[0]
    assert client.get(report, headers=bearer(ADMIN)).json["counts"]["error"] == 3


def test_only_checking_shows_the_report_at_once(client: FlaskClient, hub: Hub) -> None:
    before = hub.submissions.count()
    answer = send(client, "es", dry_run="true", file=(io.BytesIO(BAD), "malo.csv"))
    assert answer.status_code == 200
    assert "malo.csv" in answer.text
    assert "no se publicó nada" in answer.text
    assert hub.submissions.count() == before


def test_a_hostile_file_name_is_only_text(client: FlaskClient, hub: Hub) -> None:
    name = "<img src=x onerror=alert(1)>.csv"
    token = send(client, file=(io.BytesIO(BAD), name)).location.rpartition("/")[2]
    intake.process(hub, token)
    answer = client.get(f"/submissions/{token}")
    assert "<img" not in answer.text
    assert "&lt;img src=x" in answer.text
