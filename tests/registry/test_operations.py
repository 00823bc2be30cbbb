"""What an operator sees of a served hub: metrics, the log, how it stops."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from live import Server, served, until
from prometheus_client.parser import text_string_to_metric_families
from released import MONTHS, border, release, settings_of

from hub.store.home import Hub
from registry.app import create_app

PATH = "/sdmx/v1/data/DF_MIG_BORDER"
KEY = "operator-key-0123456789"

MESSAGE = (
    b"DATAFLOW,FREQ,REF_AREA,MEASURE,CITIZENSHIP,COUNTRY_RESIDENCE,COUNTRY_COUNTERPART,"
    b"BORDER_POINT,TRANSPORT_MODE,PERMIT_CATEGORY,TRAVEL_CONDITION,SEX,AGE,UNIT_MEASURE,"
    b"TIME_PERIOD,OBS_VALUE,OBS_STATUS\n"
    b"MIGHUB:DF_MIG_BORDER(1.0.0),M,DOM,ENTRIES,_T,_T,_T,_T,AIR,_T,_T,_T,_T,EV,2025-01,7,A\n"
)


def publish(hub: Hub) -> None:
    release(hub, [border(t, str(i)) for i, t in enumerate(MONTHS)])
    with hub.catalogue.write() as connection:  # no bytes stand behind it: the intake leaves it
        connection.exec_driver_sql("UPDATE submission SET state = 'published', pending_key = NULL")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("operated")
    with served(home, publish, HUB_WORKERS="2", HUB_THREADS="4", HUB_ADMIN_KEY=KEY) as made:
        yield made


def scraped(server: Server) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    status, response, body = server.get("/metrics")
    assert status == 200
    assert response.getheader("Content-Type", "").startswith("text/plain; version=0.0.4")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def lines(server: Server) -> list[dict[str, Any]]:
    """The log; every line is an object."""
    return [json.loads(line) for line in server.log.read_text().splitlines()]


def value(found: dict[Any, float], name: str, **labels: str) -> float:
    return found.get((name, tuple(sorted(labels.items()))), 0.0)


def test_all_processes_are_counted_together(server: Server) -> None:
    route = "/sdmx/v1/data/<rest:tail>"
    labels = {"method": "GET", "route": route, "status": "200"}
    before = scraped(server)
    bodies = [server.get(f"{PATH}/all", Accept="text/csv")[2] for _ in range(12)]

    def grown(name: str, **which: str) -> float:
        return value(scraped(server), name, **which) - value(before, name, **which)

    # A request is counted when its answer has ended, which a client may see a moment earlier.
    size = sum(map(len, bodies))
    assert until(lambda: grown("mighub_http_sent_bytes_total", route=route) == size)
    assert grown("mighub_http_requests_total", **labels) == 12
    assert grown("mighub_observations_sent_total", format="sdmx-csv-1.0") == 12 * len(MONTHS)
    assert grown("mighub_http_request_seconds_count", method="GET", route=route) == 12
    assert grown("mighub_engine_seconds_count", outcome="done") >= 12


def test_labels_are_routes_and_never_what_a_client_made_up(server: Server) -> None:
    server.get("/sdmx/v1/data/NO_SUCH_FLOW/all")
    server.get("/no/such/page")
    server.ask("BREW", "/health", {})

    def labelled(name: str) -> set[str]:
        return {value for _, labels in scraped(server) for n, value in labels if n == name}

    assert until(lambda: "OTHER" in labelled("method"))
    assert "BREW" not in labelled("method")
    assert until(lambda: {"/sdmx/v1/data/<rest:tail>", "none"} <= labelled("route"))
    rules = create_app(settings_of(server.log.parent)).url_map.iter_rules()
    assert labelled("route") <= {"none", *(rule.rule for rule in rules)}


def test_what_the_catalogue_holds_is_there(server: Server) -> None:
    # Only the one that asks is open, once those before it have been counted.
    assert until(lambda: value(scraped(server), "mighub_http_requests_open") == 1)
    found = scraped(server)
    assert value(found, "mighub_catalogue_up") == 1
    assert value(found, "mighub_submissions", state="published") >= 1
    assert value(found, "mighub_intake_queue_length") == 0
    released = value(
        found, "mighub_last_release_timestamp_seconds", dataflow="MIGHUB:DF_MIG_BORDER(1.0.0)"
    )
    assert abs(time.time() - released) < 600


def test_a_request_has_one_name_everywhere(server: Server) -> None:
    name = "office-7.retry_2"
    status, response, _ = server.get(f"{PATH}/all?lastNObservations=1", **{"X-Request-ID": name})
    assert status == 200
    assert response.getheader("X-Request-ID") == name
    assert until(lambda: any(line.get("request") == name for line in lines(server)))
    (line,) = [line for line in lines(server) if line.get("request") == name]
    assert line["logger"] == "registry.access"
    assert (line["method"], line["path"]) == ("GET", f"{PATH}/all")
    assert (line["query"], line["status"]) == ("lastNObservations=1", 200)
    assert line["bytes"] > 0
    assert line["ms"] > 0


def test_a_name_that_could_forge_the_log_is_not_taken(server: Server) -> None:
    for bad in ('x","status":200', "a" * 65, "a b"):
        _, response, _ = server.get("/health", **{"X-Request-ID": bad})
        assert response.getheader("X-Request-ID") not in (bad, "", None)


def test_a_secret_of_a_url_is_not_logged(server: Server) -> None:
    server.get("/sign-in/oidc?code=very-secret&state=x", **{"X-Request-ID": "sign-in-1"})
    assert until(lambda: any(line.get("request") == "sign-in-1" for line in lines(server)))
    assert "very-secret" not in server.log.read_text()


def test_the_intake_names_the_request_and_the_submission(server: Server) -> None:
    headers = {"X-API-Key": KEY, "X-Request-ID": "hand-in-1", "Content-Type": "text/csv"}
    path = "/api/submissions?filename=m.csv&provider=DOM_BCRD"
    status, _, body = server.ask("POST", path, headers, MESSAGE)
    assert status == 202, body
    token = json.loads(body)["token"]

    def done() -> list[dict[str, Any]]:
        return [x for x in lines(server) if x.get("submission") == token]

    assert until(lambda: len(done()) > 0), server.log.read_text()
    line = done()[-1]
    assert (line["logger"], line["request"]) == ("hub.intake.protocol", "hand-in-1")
    assert line["state"] == "published"
    assert line["inserted"] == 1

    def taken(name: str) -> float:
        return value(scraped(server), name, state="published")

    assert until(lambda: taken("mighub_intake_observations_total") >= 1)
    assert taken("mighub_intake_seconds_count") >= 1


def test_a_stop_lets_running_answers_end_and_is_quick(tmp_path: Path) -> None:
    """SIGTERM: nobody new is let in, who is there gets all of it, the exit is clean."""

    home = tmp_path / "stopped"
    home.mkdir()
    with served(home, publish, HUB_WORKERS="2", HUB_GRACE_SECONDS="60") as made:
        connection = http.client.HTTPConnection("127.0.0.1", made.port, timeout=60)
        connection.request("GET", PATH, headers={"Accept": "text/csv"})  # loads the stores
        whole = connection.getresponse().read()
        begun = threading.Event()
        slow = threading.Thread(target=_answered, args=(made, whole, begun, results := []))
        slow.start()
        assert begun.wait(60)
        since = time.monotonic()
        made.process.send_signal(signal.SIGTERM)
        assert made.process.wait(90) == 0
        assert time.monotonic() - since < 45, "it waits for what runs, not for its whole grace"
        slow.join()
        assert results == [True]
        assert not any(line.get("level") == "error" for line in lines(made))
        assert until(lambda: not _children(made.process.pid))
        assert not (home / "tmp" / "metrics" / str(made.process.pid)).exists()


def _answered(server: Server, whole: bytes, begun: threading.Event, results: list[bool]) -> None:
    """Ask for the answer, and take it slowly."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", PATH, headers={"Accept": "text/csv"})
    response = connection.getresponse()
    parts = [response.read(100)]
    begun.set()
    time.sleep(1)
    results.append(b"".join(parts) + response.read() == whole)


def _children(pid: int) -> list[int]:
    """Processes that this one left behind."""
    mark = f"--parent\0{pid}\0".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return [p for p in found if p != os.getpid()]
