"""Fetching from a real server on loopback that does what publishers' servers do."""

from __future__ import annotations

import json
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import trustme
from click.testing import CliRunner, Result
from publisher import Publisher, answer

from connectors import catalogue
from connectors.cli import connectors
from connectors.framework.addresses import Addresses, Edition, read_addresses
from connectors.framework.fetch import Fetched, fetch, file_fault
from connectors.framework.record import SourceRecord
from connectors.framework.web import FetchFailed, Reason, Visitor
from hub.settings import Settings
from hub.store.home import Hub

TOTALS = "dom/bcrd_air_totals"
FILE = catalogue.samples(TOTALS)[0].read_bytes()
AGENT = "MyOffice/2.0 (+https://example.org/hub)"

Page = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    server = Publisher()
    yield server
    server.stop()


def visitor(**more: Any) -> Visitor:
    given = {"limit": 2_000_000, "pause": 0.0, "backoff": 0.01, "timeout": 2.0, "attempts": 3}
    return Visitor(AGENT, **{**given, **more})


def source(*urls: str, **more: Any) -> SourceRecord:
    record = replace(catalogue.record(TOTALS), formats=("xls", "xlsx"))
    return replace(record, fetch=Addresses(urls, **more))


def gives(body: bytes = FILE, status: int = 200, **headers: str) -> Page:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: answer(handler, status, body, named)


def failure(record: SourceRecord, client: Visitor | None = None, **more: Any) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        fetch(record, client or visitor(), **more)
    return caught.value


def test_a_file_comes_whole_and_we_say_who_we_are(publisher: Publisher) -> None:
    publisher.pages["/lleg.xlsx"] = gives(ETag='"v1"')
    got = fetch(source(publisher.url("/lleg.xlsx")), visitor())
    assert got == Fetched(publisher.url("/lleg.xlsx"), "lleg.xlsx", FILE, got.headers)
    assert got.headers["etag"] == '"v1"'
    assert [path for path, _, _ in publisher.asked] == ["/robots.txt", "/lleg.xlsx"]
    assert {headers["User-Agent"] for _, headers, _ in publisher.asked} == {AGENT}


def test_what_has_not_changed_is_not_sent_again(publisher: Publisher) -> None:
    def page(handler: BaseHTTPRequestHandler) -> None:
        same = handler.headers["If-None-Match"] == '"v1"'
        since = handler.headers["If-Modified-Since"] == "Tue, 02 Jun 2026 10:00:00 GMT"
        answer(handler, 304, b"") if same and since else answer(handler, 200, FILE)

    publisher.pages["/a.xlsx"] = page
    known = lambda _: ('"v1"', "Tue, 02 Jun 2026 10:00:00 GMT")  # noqa: E731
    assert fetch(source(publisher.url("/a.xlsx")), visitor(), known=known).content is None
    assert fetch(source(publisher.url("/a.xlsx")), visitor()).content == FILE


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_succeed_later_is_tried_again(publisher: Publisher, status: int) -> None:
    def page(handler: BaseHTTPRequestHandler) -> None:
        answer(handler, 200 if len(publisher.paths()) == 3 else status, FILE)

    publisher.pages["/a.xlsx"] = page
    assert fetch(source(publisher.url("/a.xlsx")), visitor()).content == FILE
    assert len(publisher.paths()) == 3


def test_retry_after_is_obeyed(publisher: Publisher) -> None:
    def page(handler: BaseHTTPRequestHandler) -> None:
        first = len(publisher.paths()) == 1
        answer(handler, 429 if first else 200, FILE, {"Retry-After": "1"} if first else {})

    publisher.pages["/a.xlsx"] = page
    fetch(source(publisher.url("/a.xlsx")), visitor())
    (_, _, first), (_, _, second) = publisher.asked[1:]
    assert second - first >= 1.0


def test_a_server_that_asks_for_an_hour_gets_it(publisher: Publisher) -> None:
    publisher.pages["/a.xlsx"] = gives(status=429, Retry_After="3600")
    failed = failure(source(publisher.url("/a.xlsx")))
    assert failed.reason is Reason.BUSY
    assert "3600" in failed.message
    assert len(publisher.paths()) == 1


@pytest.mark.parametrize("status", [401, 403, 406])
def test_a_refusal_says_what_a_person_can_do(publisher: Publisher, status: int) -> None:
    publisher.pages["/a.xlsx"] = gives(status=status)
    failed = failure(source(publisher.url("/a.xlsx")))
    assert failed.reason is Reason.REFUSED
    assert str(status) in failed.message
    assert f"mighub connectors snapshot add {TOTALS} FILE" in failed.message
    assert len(publisher.paths()) == 1, "a refusal is not argued with"


@pytest.mark.parametrize(
    "rules",
    [
        b"User-agent: *\nDisallow: /files/\n",
        b"User-agent: myoffice\nDisallow: /\n\nUser-agent: *\nAllow: /\n",
        b"User-agent: *\nAllow: /\nDisallow: /*.xlsx$\n",
    ],
)
def test_robots_txt_is_obeyed_and_said(publisher: Publisher, rules: bytes) -> None:
    publisher.pages["/robots.txt"] = gives(rules)
    publisher.pages["/files/a.xlsx"] = gives()
    failed = failure(source(publisher.url("/files/a.xlsx")))
    assert failed.reason is Reason.ROBOTS
    assert "robots.txt" in failed.message
    assert publisher.paths() == []


def test_robots_txt_that_allows_the_file_lets_us(publisher: Publisher) -> None:
    publisher.pages["/robots.txt"] = gives(b"User-agent: *\nDisallow: /\nAllow: /files/a.xlsx\n")
    publisher.pages["/files/a.xlsx"] = gives()
    assert fetch(source(publisher.url("/files/a.xlsx")), visitor()).content == FILE


def test_a_host_that_cannot_say_what_it_allows_is_left_alone(publisher: Publisher) -> None:
    publisher.pages["/robots.txt"] = gives(status=503)
    publisher.pages["/a.xlsx"] = gives()
    assert failure(source(publisher.url("/a.xlsx"))).reason is Reason.BUSY
    assert publisher.paths() == []


def test_a_host_is_asked_no_faster_than_it_wants(publisher: Publisher) -> None:
    publisher.pages["/robots.txt"] = gives(b"User-agent: *\nCrawl-delay: 7\n")
    slept: list[float] = []
    urls = [publisher.url(path) for path in ("/a.xlsx", "/b.xlsx", "/c.xlsx")]
    publisher.pages["/c.xlsx"] = gives()
    fetch(source(*urls), visitor(pause=0.5, sleep=slept.append))
    assert publisher.paths() == ["/a.xlsx", "/b.xlsx", "/c.xlsx"]
    assert len(slept) == 3
    assert all(6 < pause <= 7 for pause in slept)


def test_a_certificate_nobody_vouches_for_is_not_overlooked() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    server = Publisher(context)
    server.pages["/a.xlsx"] = gives()
    try:
        failed = failure(source(server.url("/a.xlsx")))
    finally:
        server.stop()
    assert failed.reason is Reason.TLS
    assert "certificate of 127.0.0.1" in failed.message
    assert "snapshot add" in failed.message
    assert server.asked == []


def test_a_body_that_breaks_off_is_never_taken_for_the_file(publisher: Publisher) -> None:
    def page(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(FILE)))
        handler.end_headers()
        handler.wfile.write(FILE[: len(FILE) // 2])
        handler.close_connection = True

    publisher.pages["/a.xlsx"] = page
    assert failure(source(publisher.url("/a.xlsx"))).reason is Reason.TRUNCATED
    assert len(publisher.paths()) == 3


def test_a_body_that_broke_off_once_comes_whole_the_next_time(publisher: Publisher) -> None:
    def page(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(FILE)))
        handler.end_headers()
        handler.wfile.write(FILE if len(publisher.paths()) > 1 else FILE[:100])
        handler.close_connection = True

    publisher.pages["/a.xlsx"] = page
    assert fetch(source(publisher.url("/a.xlsx")), visitor()).content == FILE


def test_redirects_that_never_end(publisher: Publisher) -> None:
    publisher.pages["/a.xlsx"] = gives(b"", 302, Location="/b.xlsx")
    publisher.pages["/b.xlsx"] = gives(b"", 302, Location="/a.xlsx")
    assert failure(source(publisher.url("/a.xlsx"))).reason is Reason.REDIRECTS
    assert len(publisher.paths()) <= 7


def test_a_redirect_is_asked_about_in_robots_txt_too(publisher: Publisher) -> None:
    publisher.pages["/robots.txt"] = gives(b"User-agent: *\nDisallow: /private/\n")
    publisher.pages["/a.xlsx"] = gives(b"", 301, Location="/private/a.xlsx")
    publisher.pages["/private/a.xlsx"] = gives()
    assert failure(source(publisher.url("/a.xlsx"))).reason is Reason.ROBOTS
    assert publisher.paths() == ["/a.xlsx"]


def test_the_name_is_that_of_where_it_was(publisher: Publisher) -> None:
    publisher.pages["/latest"] = gives(b"", 302, Location="/2026/lleg%20mayo.xlsx")
    publisher.pages["/2026/lleg%20mayo.xlsx"] = gives()
    assert fetch(source(publisher.url("/latest")), visitor()).filename == "lleg mayo.xlsx"
    publisher.pages["/get"] = gives(
        Content_Disposition='attachment; filename="../../etc/lleg.xlsx"'
    )
    assert fetch(source(publisher.url("/get")), visitor()).filename == "lleg.xlsx"


def test_a_server_that_is_silent_or_drips_is_left(publisher: Publisher) -> None:
    left = threading.Event()

    def silent(handler: BaseHTTPRequestHandler) -> None:
        left.wait(60)

    def drips(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        for _ in range(1_000):
            if left.wait(0.05):
                break
            handler.wfile.write(b"P")
            handler.wfile.flush()

    publisher.pages |= {"/silent.xlsx": silent, "/drips.xlsx": drips}
    client = visitor(timeout=0.3, attempts=1, deadline=0.4)
    for path in ("/silent.xlsx", "/drips.xlsx"):
        began = time.monotonic()
        assert failure(source(publisher.url(path)), client).reason is Reason.SLOW
        assert time.monotonic() - began < 30, "much earlier than the page ends"
    left.set()


def test_more_than_we_take_is_not_taken(publisher: Publisher) -> None:
    publisher.pages["/a.xlsx"] = gives()
    failed = failure(source(publisher.url("/a.xlsx")), visitor(limit=len(FILE) - 1))
    assert failed.reason is Reason.TOO_LARGE
    assert fetch(source(publisher.url("/a.xlsx")), visitor(limit=len(FILE))).content == FILE


def test_nobody_there() -> None:
    server = Publisher()
    url = server.url("/a.xlsx")
    server.stop()
    assert failure(source(url)).reason is Reason.UNREACHABLE


@pytest.mark.parametrize(
    ("content", "formats", "said"),
    [
        (b"<!DOCTYPE html><title>No existe</title>", ("xls",), "a web page ('No existe')"),
        (b"\xef\xbb\xbf\n <html lang=es>", ("csv",), "a web page"),
        (b"%PDF-1.7 ...", ("xls", "csv"), "a PDF"),
        (b"PK\x03\x04", ("xls",), "a ZIP archive"),
        (b"", ("csv",), "empty"),
        (b" \n", ("csv",), "empty"),
        (b"a,b\n1,2\n", ("xls",), "something else"),
        (b"\x00\x01\x02", ("csv",), "something else"),
    ],
)
def test_what_is_not_the_file_is_refused(
    publisher: Publisher, content: bytes, formats: tuple[str, ...], said: str
) -> None:
    publisher.pages["/a.xls"] = gives(content)
    failed = failure(replace(source(publisher.url("/a.xls")), formats=formats))
    assert failed.reason is Reason.NOT_THE_FILE
    assert said in failed.message


@pytest.mark.parametrize("connector", catalogue.ids())
def test_the_files_of_each_source_are_taken_for_files(connector: str) -> None:
    for sample in catalogue.samples(connector):
        formats = (*catalogue.record(connector).formats, sample.suffix[1:])
        assert file_fault(sample.read_bytes(), formats) is None


def test_the_spelling_of_this_year_is_found(publisher: Publisher) -> None:
    addresses = read_addresses(
        {"urls": [publisher.url(f"/{{year}}/cuadro{name}.xlsx") for name in ("_1", "1_", "1")]}
    )
    publisher.pages["/2026/cuadro1_.xlsx"] = gives()
    record = replace(source(), fetch=addresses)
    got = fetch(record, visitor(), edition=Edition.parse("2026"))
    assert got.url == publisher.url("/2026/cuadro1_.xlsx")
    failed = failure(record, edition=Edition.parse("2025"))
    assert failed.reason is Reason.MISSING
    assert "cuadro_1" in failed.message and "cuadro1.xlsx" in failed.message


def test_an_index_page_in_latin_1_leads_to_the_file(publisher: Publisher) -> None:
    page = (
        "<html><body><a href='otra.xlsx'>Año</a>"
        "<a href='Cuadros/estadística MAYO mayo.xlsx'>Estadística</a></body></html>"
    )
    publisher.pages["/es/index"] = gives(page.encode("latin-1"), Content_Type="text/html")
    publisher.pages["/es/Cuadros/estad%C3%ADstica%20MAYO%20mayo.xlsx"] = gives()
    record = source(
        page=publisher.url("/es/index"), link=r"estadística {MONTH_NAME_ES} {month_name_es}\.xlsx$",
        encoding="latin-1",
    )  # fmt: skip
    assert fetch(record, visitor(), edition=Edition.parse("2026-05")).content == FILE
    failed = failure(record, edition=Edition.parse("2026-04"))
    assert (failed.reason, "no link" in failed.message) == (Reason.NO_LINK, True)
    several = replace(record, fetch=Addresses((), publisher.url("/es/index"), "xlsx$", "latin-1"))
    assert "2 links" in failure(several).message


def test_a_source_for_people_only_says_why() -> None:
    failed = failure(source(by_hand="The figures are in a PDF."))
    assert failed.reason is Reason.BY_HAND
    assert failed.message.startswith("The figures are in a PDF. Open")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"urls": ["ftp://example.org/a"]},
        {"urls": ["https://example.org/{country}"]},
        {"page": "https://example.org/"},
        {"link": "x", "urls": ["https://example.org"]},
        {"page": "https://example.org/", "link": "(["},
        {"url": "https://example.org/"},
    ],
)
def test_addresses_that_cannot_be_meant(given: dict[str, Any]) -> None:
    with pytest.raises((ValueError, re.error)):
        read_addresses(given)


@pytest.mark.parametrize("text", ["26", "2026-13", "2026-5", "mayo", "2026-00"])
def test_an_edition_is_a_year_or_a_month(text: str) -> None:
    with pytest.raises(ValueError, match="neither a year"):
        Edition.parse(text)


# -- the commands --------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HUB_FETCH_PAUSE", "0")
    with Hub.init(Settings.load()):
        return tmp_path / "home"


def call(*arguments: object) -> Result:
    return CliRunner().invoke(connectors, [str(a) for a in arguments])


def test_a_fetched_file_is_kept_once_and_read_the_same_again(
    publisher: Publisher, home: Path, tmp_path: Path
) -> None:
    def page(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers["If-None-Match"] == '"v1"':
            answer(handler, 304, b"")
        else:
            answer(handler, 200, FILE, {"ETag": '"v1"'})

    publisher.pages["/lleg_total_2026_extracto.xlsx"] = page
    url = publisher.url("/lleg_total_2026_extracto.xlsx")
    first = json.loads(call("fetch", TOTALS, "--url", url, "--format", "json").stdout)
    again = json.loads(call("fetch", TOTALS, "--url", url, "--format", "json").stdout)
    assert (first["new"], again["new"]) == (True, False)
    assert first["sha256"] == again["sha256"]
    assert again["checked_at"] >= first["checked_at"]
    assert (first["url"], first["licence"]) == (url, catalogue.record(TOTALS).licence)
    assert first["headers"]["etag"] == '"v1"'
    kept = [path for path in (home / "snapshots").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in kept] == [FILE]
    added = call("snapshot", "add", TOTALS, catalogue.samples(TOTALS)[0])
    assert added.exit_code == 0, added.output
    assert len([path for path in (home / "snapshots").rglob("*") if path.is_file()]) == 1
    listed = json.loads(call("snapshots", TOTALS, "--format", "json").stdout)
    assert [one["url"] for one in listed] == [None, url]
    outputs = []
    for name in ("one.xml", "two.xml"):
        target = tmp_path / name
        ran = call("run", TOTALS, "--snapshot", first["sha256"][:10], "-o", target)
        assert ran.exit_code == 0, ran.output
        outputs.append(target.read_bytes())
    assert outputs[0] == outputs[1]


def test_damaged_bytes_of_a_snapshot_are_not_read(home: Path) -> None:
    call("snapshot", "add", TOTALS, catalogue.samples(TOTALS)[0])
    (kept,) = (path for path in (home / "snapshots").rglob("*") if path.is_file())
    kept.write_bytes(FILE + b" ")
    result = call("run", TOTALS, "--snapshot", kept.name, "--output", home / "x.xml")
    assert result.exit_code == 1
    assert "damaged" in result.output
    assert not (home / "x.xml").exists()


def test_what_cannot_be_fetched_is_one_sentence(publisher: Publisher, home: Path) -> None:
    publisher.pages["/robots.txt"] = gives(b"User-agent: *\nDisallow: /\n")
    result = call("fetch", TOTALS, "--url", publisher.url("/a.xlsx"))
    assert result.exit_code == 1
    assert "robots.txt" in result.output and "snapshot add" in result.output
    assert json.loads(call("snapshots", "--format", "json").stdout) == []


def test_a_saved_error_page_is_not_kept(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "cuadro.xlsx"
    path.write_bytes(b"<html><title>Error 404</title></html>")
    result = call("snapshot", "add", TOTALS, path)
    assert (result.exit_code, "web page" in result.output) == (1, True)
    assert json.loads(call("snapshots", "--format", "json").stdout) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("fetch", "xyz/none"), 2),
        (("fetch", TOTALS, "--period", "mayo"), 2),
        (("run", TOTALS, "-o", "-"), 2),
        (("run", TOTALS, "-i", "x", "--snapshot", "12345678", "-o", "-"), 2),
        (("run", TOTALS, "--snapshot", "12345678", "-o", "-"), 1),
        (("run", TOTALS, "--snapshot", "xyz", "-o", "-"), 1),
    ],
)
def test_exit_codes(home: Path, arguments: tuple[object, ...], code: int) -> None:
    assert call(*arguments).exit_code == code
