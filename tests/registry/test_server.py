"""The real server: gunicorn with its processes, and the intake worker beside it."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from live import Server, served, until
from released import MONTHS, border, release

from hub.store.home import Hub

PATH = "/sdmx/v1/data/DF_MIG_BORDER"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    def publish(hub: Hub) -> None:
        release(hub, [border(t, str(i)) for i, t in enumerate(MONTHS)])

    home = tmp_path_factory.mktemp("served")
    with served(home, publish, HUB_WORKERS="2", HUB_THREADS="4") as made:
        yield made


def test_a_release_of_another_process_is_seen_at_once(server: Server) -> None:
    status, response, body = server.get(PATH, Accept="text/csv")
    assert status == 200
    assert response.getheader("Content-Type") == "application/vnd.sdmx.data+csv;version=1.0.0"
    assert body.count(b"\n") == len(MONTHS) + 1


def test_the_server_hands_on_the_raw_path(server: Server) -> None:
    for path in (f"{PATH}/{'.' * 12}", f"{PATH}/M%2EMEX%2BDOM{'.' * 11}/all/", f"{PATH}//"):
        assert server.get(path, Accept="text/csv")[0] == 200, path


def test_head_and_keep_alive(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    for method in ("HEAD", "GET", "HEAD"):
        connection.request(method, PATH)
        response = connection.getresponse()
        assert response.status == 200
        assert (len(response.read()) == 0) == (method == "HEAD")
    connection.close()


@pytest.mark.conformance("v2.status.414")
@pytest.mark.conformance("v1.status.414")
def test_a_request_line_beyond_the_limit_gets_no_html(server: Server) -> None:
    status, response, body = server.get(f"{PATH}/{'A+' * 5000}A")
    assert status == 414
    assert response.getheader("Content-Type") == "application/xml"
    assert b"Error" in body
    assert b"<html" not in body
    assert server.get("/health")[0] == 200


def test_many_readers_at_once(server: Server) -> None:
    with ThreadPoolExecutor(16) as pool:
        sizes = list(
            pool.map(lambda _: server.get(PATH, Accept="text/csv")[2].count(b"\n"), range(64))
        )
    assert set(sizes) == {len(MONTHS) + 1}


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
def test_the_intake_worker_is_started_again_and_ends_with_the_server(server: Server) -> None:
    def worker() -> list[int]:
        mark = f"--parent\0{server.process.pid}\0".encode()
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):  # it ended while we looked
                if mark in path.read_bytes():
                    found.append(int(path.parent.name))
        return found

    assert until(lambda: len(worker()) == 1)
    (first,) = worker()
    os.kill(first, signal.SIGKILL)
    assert until(lambda: len(worker()) == 1 and worker() != [first])
    assert server.get("/health")[0] == 200  # losing it does not hurt who serves
    server.process.kill()
    server.process.wait(20)
    assert until(lambda: not worker())
