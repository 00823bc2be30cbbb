"""The hub as it is served (gunicorn), and a plain connection to it that changes no URL."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine_choice import ENGINE_URL
from released import settings_of

from hub.store.home import Hub


@dataclass
class Server:
    """A served hub."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **headers: str) -> tuple[int, http.client.HTTPResponse, bytes]:
        return self.ask("GET", path, headers)

    def ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> tuple[int, http.client.HTTPResponse, bytes]:
        """The target goes out as it is written here: nothing is encoded or normalised."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            return response.status, response, response.read()
        finally:
            connection.close()


def until(true: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether something comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextlib.contextmanager
def served(
    home: Path,
    publish: Callable[[Hub], None],
    arguments: Sequence[str] = ("-c", "from registry.cli import serve; serve()"),
    **settings: str,
) -> Iterator[Server]:
    """Serve the hub of a folder; ``publish`` puts its data there once it answers.

    ``arguments`` are those of the Python that serves.
    """
    port = free_port()
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HUB_") and k != "PORT"}
    given = {"HUB_HOME": str(home), "PORT": str(port), "HUB_ENGINE_URL": ENGINE_URL}
    env = {**kept, **given, **settings}
    log = home / "log"
    command = [sys.executable, *arguments]
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
        assert until(answers, 60), log.read_text()
        with Hub.open(settings_of(home)) as hub:
            publish(hub)
        yield made
    finally:
        process.kill()  # the intake worker ends by itself
        process.wait(20)
