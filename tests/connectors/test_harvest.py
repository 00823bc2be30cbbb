"""Services harvested through sdmx1: a hub that stands in for one, and answers written by us."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest
import sdmx
from click.testing import CliRunner
from outcome import Outcome
from werkzeug.serving import make_server

from connectors import catalogue
from connectors.cli import connectors
from connectors.framework.harvest import Query, client_of, harvest, queries_of
from hub import intake
from hub.errors import HubError, NotFound, RequestSyntaxError
from hub.settings import Settings
from hub.store.home import Hub
from registry.app import create_app

Read = Callable[..., Outcome]
SERVICES = [i for i in catalogue.ids() if catalogue.record(i).service]
GENERIC = """<?xml version="1.0" encoding="UTF-8"?>
<m:GenericData xmlns:m="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message"
  xmlns:g="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/generic"
  xmlns:c="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common">
<m:Header><m:ID>X</m:ID><m:Test>false</m:Test><m:Prepared>2024-10-15T11:00:00</m:Prepared>
<m:Sender id="ESTAT"/><m:Structure structureID="S" dimensionAtObservation="TIME_PERIOD">
<c:Structure><Ref agencyID="ESTAT" id="MIGR_RESFIRST" version="1.0"/></c:Structure></m:Structure>
</m:Header><m:DataSet structureRef="S">{series}</m:DataSet></m:GenericData>"""


def series(citizen: str, geo: str, *observations: tuple[str, str | None, str | None]) -> str:
    """A series of MIGR_RESFIRST: citizen, country, and (year, figure, flag) of each observation."""
    key = {"freq": "A", "reason": "FAM", "citizen": citizen, "duration": "TOTAL", "unit": "PER"}
    values = "".join(f'<g:Value id="{k}" value="{v}"/>' for k, v in {**key, "geo": geo}.items())
    written = ""
    for year, value, flag in observations:
        figure = "" if value is None else f'<g:ObsValue value="{value}"/>'
        said = f'<g:Value id="OBS_FLAG" value="{flag}"/>' if flag else ""
        flags = f"<g:Attributes>{said}</g:Attributes>" if said else ""
        written += f'<g:Obs><g:ObsDimension value="{year}"/>{figure}{flags}</g:Obs>'
    return f"<g:Series><g:SeriesKey>{values}</g:SeriesKey>{written}</g:Series>"


@contextmanager
def serving(answer: Callable[[str], tuple[int, str]]) -> Iterator[str]:
    """A service that answers what ``answer`` says of a path, and its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer(unquote(self.path))
            self.send_response(status)
            self.send_header("Content-Type", "application/xml")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/rest"
    finally:
        server.shutdown()
        thread.join()


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_an_answer_becomes_the_file_that_the_connector_reads(read: Read, tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(path: str) -> tuple[int, str]:
        asked.append(path)
        return 200, GENERIC.format(
            series=series("HN", "ES", ("2021", "4000", None), ("2022", "4100.50", "bd"))
            + series("JM", "UK", ("2019", None, "c"), ("2020", "007", "p"))
        )

    record = catalogue.record("int/eurostat_permits")
    (query,) = queries_of(record)
    with serving(answer) as url:
        got = harvest(query, client_of(record, url))
    assert [path.split("?")[0] for path in asked] == [f"/rest/data/MIGR_RESFIRST/{query.key}"]
    assert got.answer.startswith(b"<?xml")
    said = rows(got.content)
    # Figures stay as the service wrote them, a missing one is blank and keeps its flag.
    assert [(r["citizen"], r["geo"], r["TIME_PERIOD"], r["OBS_VALUE"], r["OBS_FLAG"]) for r in said
            ] == [("HN", "ES", "2021", "4000", ""), ("HN", "ES", "2022", "4100.50", "bd"),
                  ("JM", "UK", "2019", "", "c"), ("JM", "UK", "2020", "007", "p")]  # fmt: skip
    path = tmp_path / got.filename
    path.write_bytes(got.content.replace(b"4100.50", b"4100").replace(b"007", b"7"))
    outcome = read(record.id, path)
    assert outcome.findings == []
    key = ["REF_AREA", "CITIZENSHIP", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS"]
    assert outcome.frame[key].fillna("").to_numpy().tolist() == [
        ["ESP", "HND", "2021", "4000", "A"],
        ["ESP", "HND", "2022", "4100", "B"],
        ["GBR", "JAM", "2019", "", "Q"],
        ["GBR", "JAM", "2020", "7", "P"],
    ]


@pytest.mark.parametrize(
    ("status", "body", "error", "says"),
    [
        (404, "none", NotFound, "no data for"),
        (503, "later", HubError, "answered 503"),
        (200, "<html><body>maintenance</body></html>", HubError, "no data message"),
        (200, GENERIC.format(series=""), NotFound, "no data for"),
        (200, GENERIC.format(series="")[:400], HubError, "no data message"),
        (200, '<!DOCTYPE x [<!ENTITY y "z">]>' + GENERIC, RequestSyntaxError, "DOCTYPE"),
    ],
)
def test_what_a_service_cannot_give_is_said(
    status: int, body: str, error: type[Exception], says: str
) -> None:
    query = Query("MIGR_RESFIRST", "ESTAT:MIGR_RESFIRST(1.0)", "A", {})
    record = catalogue.record("int/eurostat_permits")
    with serving(lambda _: (status, body)) as url, pytest.raises(error, match=says):
        harvest(query, client_of(record, url))


def test_a_service_that_is_not_there_is_said() -> None:
    query = Query("X", "X", "A", {})
    with serving(lambda _: (200, "")) as url:
        pass
    with pytest.raises(HubError, match="cannot be reached"):
        harvest(query, client_of(catalogue.record("int/eurostat_permits"), url))


def test_a_hub_is_a_service_that_can_be_harvested(tmp_path: Path) -> None:
    """What one hub publishes, another harvests: the same figures, codes and attributes."""
    settings = Settings.load({"HUB_HOME": str(tmp_path), "HUB_ADMIN_KEY": "k" * 24})
    hub = Hub.init(settings)
    (sample,) = catalogue.samples("sur/abs_census_nationality")
    token = intake.submit(hub, sample, sample.name, connector="sur/abs_census_nationality")
    intake.process(hub, token)
    server = make_server("127.0.0.1", 0, create_app(hub), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        address = f"http://127.0.0.1:{server.server_port}/sdmx/v1"
        sdmx.add_source({"id": "HUB_TEST", "name": "A hub", "url": address}, override=True)
        query = Query("DF_MIG_STOCK", "MIGHUB:DF_MIG_STOCK(1.0.0)", "A.SUR" + "." * 9, {})
        got = harvest(query, sdmx.Client("HUB_TEST"))
    finally:
        server.shutdown()
        thread.join()
        hub.close()
    found = {(r["MEASURE"], r["CITIZENSHIP"]): r["OBS_VALUE"] for r in rows(got.content)}
    assert found["STOCK_POP", "_T"] == "541638"
    assert found["STOCK_FC", "BRA"] == "5027"
    assert (len(found), got.observations) == (9, 9)
    assert {r["OBS_STATUS"] for r in rows(got.content)} == {"A"}
    assert {r["DEFINITION"] for r in rows(got.content)} == {"FC"}


def test_the_command_writes_files_and_answers(tmp_path: Path) -> None:
    body = GENERIC.format(series=series("HN", "ES", ("2021", "4000", None)))
    with serving(lambda _: (200, body)) as url:
        done = CliRunner().invoke(
            connectors,
            ["harvest", "int/eurostat_permits", "--url", url, "-o", str(tmp_path / "out")],
            env={"HUB_HOME": str(tmp_path / "none")},
        )
    assert done.exit_code == 0, done.output
    csv_, answer = sorted((tmp_path / "out").iterdir())
    assert (csv_.suffix, answer.suffix) == (".csv", ".xml")
    assert [row["OBS_VALUE"] for row in rows(csv_.read_bytes())] == ["4000"]
    assert answer.read_text("utf-8") == body


@pytest.mark.parametrize("connector", SERVICES)
def test_the_queries_of_a_record_can_be_asked(connector: str) -> None:
    """Each names a dataset that the connector knows, and gives an address of the service."""
    record = catalogue.record(connector)
    client = client_of(record)
    names = catalogue.record(connector).folder.joinpath("datasets.csv").read_text("utf-8")
    for query in queries_of(record):
        assert f"\n{query.name}," in names
        request = client.get("data", query.dataflow, key=query.key, dry_run=True)
        assert unquote(str(request.url)).startswith(record.url if "oecd" in connector else "http")
        assert query.key in unquote(str(request.url))


def test_a_source_of_files_is_not_harvested() -> None:
    with pytest.raises(RequestSyntaxError, match="no SDMX service"):
        queries_of(catalogue.record("mex/upm_air_entries"))


def test_there_are_services() -> None:
    assert {i.split("/")[1].split("_")[0] for i in SERVICES} == {"eurostat", "oecd", "wb"}
