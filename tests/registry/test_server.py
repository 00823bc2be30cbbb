"""The real server: gunicorn with its processes, and the intake worker beside it."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import MONTHS, border, release, settings_of

from hub.store.home import Hub

PATH = "/sdmx/v1/data/DF_MIG_BORDER"


@dataclass
class Server:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def get(self, path: str, **headers: str) -> tuple[int, http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response.status, response, response.read()
        finally:
            connection.close()


def until(true: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("served")
    port = free_port()
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HUB_") and k != "PORT"}
    env = {**kept, "HUB_HOME": str(home), "PORT": str(port), "HUB_WORKERS": "2", "HUB_THREADS": "4"}
    log = home / "log"
    command = [sys.executable, "-c", "from registry.cli import serve; serve()"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=env, stdout=out, stderr=out)
    made = Server(process, port, log)

    def answers() -> bool:
        try:
            return made.get("/health")[0] == 200
        except OSError:
            assert process.poll() is None, log.read_text()
            return False

    try:
        assert until(answers), log.read_text()
        with Hub.open(settings_of(home)) as hub:
            release(hub, [border(t, str(i)) for i, t in enumerate(MONTHS)])
        yield made
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(20)


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
