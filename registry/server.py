"""The process that serves: gunicorn with threads, and the intake worker beside it."""

from __future__ import annotations

import contextlib
import logging
import socket
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

from gunicorn import util
from gunicorn.app.base import BaseApplication

from hub.intake.worker import spawn
from hub.settings import Settings
from registry.app import create_app  # before the fork: its processes share what it imports
from registry.rest.errors import error_xml

__all__ = ["Server", "intake_worker"]

_LOG = logging.getLogger("registry")

#: Seconds a process may give no sign of life, and may take to stop.
_TIMEOUT, _GRACE = 120, 20

#: Seconds after which a worker that ended is started again.
_RESTART = 2


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn for one hub; processes and threads are those of the settings.

    Each process makes its own application: connections and thread pools of the stores do not
    survive a fork.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Settings of the hub as gunicorn's."""
        s = self._settings
        for name, value in {
            "bind": f"{'[' + s.host + ']' if ':' in s.host else s.host}:{s.port}",
            "workers": s.workers,
            "threads": s.threads,
            "worker_class": "gthread",
            "timeout": _TIMEOUT,
            "graceful_timeout": _GRACE,
            "keepalive": 5,
            "limit_request_line": 8190,  # keys of many codes are long
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
            "proc_name": "mighub",
            "control_socket_disable": True,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, in the process that will run it."""
        return create_app(self._settings)

    def run(self) -> None:
        """Serve until told to stop."""
        # Requests that do not even parse are answered by gunicorn; not with a page of HTML.
        util.write_error = _write_error
        super().run()


def _write_error(sock: socket.socket, status: int, reason: str, text: str) -> None:
    code = {501: 501, 403: 110}.get(status, 500 if status >= 500 else 140)
    body = error_xml(code, f"{reason}. {text}".strip())
    head = (
        f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: application/xml\r\n"
        f"Access-Control-Allow-Origin: *\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    util.write_nonblock(sock, head.encode("latin-1") + body)


@contextlib.contextmanager
def intake_worker(settings: Settings) -> Iterator[None]:
    """Run the intake worker while the block runs, and start it again should it end.

    The worker ends by itself when this process is killed, so a server started again never meets
    the worker of an earlier one for long.
    """
    stop = threading.Event()
    process = spawn(settings)

    def watch() -> None:
        nonlocal process
        while not stop.is_set():
            process.wait()
            if not stop.wait(_RESTART):
                _LOG.error("the intake worker ended; it is started again")
                process = spawn(settings)

    watcher = threading.Thread(target=watch, name="intake-watcher", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        process.terminate()
        try:
            process.wait(timeout=_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
