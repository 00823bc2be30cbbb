"""The process that serves: gunicorn with threads, and the intake worker beside it."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from typing import Any

from gunicorn import glogging, util
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from hub import telemetry
from hub.intake.worker import spawn
from hub.settings import Settings
from registry.app import blueprints, create_app
from registry.rest.errors import error_xml

__all__ = ["Intake", "Server", "intake_worker"]

_LOG = logging.getLogger("registry")

#: Seconds a process may give no sign of life.
_TIMEOUT = 120

#: Seconds after which a worker that ended is started again.
_RESTART = 2


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn for one hub; processes and threads are those of the settings.

    Each process makes its own application: connections and thread pools of the stores do not
    survive a fork. ``stopping`` is called when the server is told to stop, before it waits for
    the answers that are running.
    """

    def __init__(self, settings: Settings, stopping: Callable[[], None] = lambda: None) -> None:
        self._settings = settings
        self._stopping = stopping
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
            "graceful_timeout": s.grace_seconds,
            "keepalive": 5,
            "limit_request_line": 8190,  # keys of many codes are long
            "accesslog": None,
            "logger_class": _Log,
            "loglevel": "warning",
            "child_exit": _forget,
            "proc_name": "mighub",
            "control_socket_disable": True,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, in the process that will run it."""
        return create_app(self._settings)

    def run(self) -> None:
        """Serve until told to stop."""
        tuple(blueprints())  # imported before the fork, so that its processes share it
        # Requests that do not even parse are answered by gunicorn; not with a page of HTML.
        util.write_error = _write_error
        gc.freeze()  # what all processes share is not looked at by each, which would unshare it
        gc.enable()
        try:
            _Master(self, self._stopping).run()
        finally:  # in each process, at its end: extensions ask that all of theirs is taken back
            gc.unfreeze()


class _Master(Arbiter):  # type: ignore[misc]
    """Gunicorn's first process; tells when it stops."""

    def __init__(self, app: Server, stopping: Callable[[], None]) -> None:
        self._stopping = stopping
        super().__init__(app)

    def stop(self, graceful: bool = True) -> None:
        """Stop accepting, and wait for what runs."""
        self._stopping()
        super().stop(graceful)


class _Log(glogging.Logger):  # type: ignore[misc]
    """Gunicorn's own lines go where all others go."""

    def setup(self, cfg: Any) -> None:
        """Take its handlers away."""
        super().setup(cfg)
        self.error_log.handlers = []
        self.error_log.propagate = True


def _forget(_server: Any, worker: Any) -> None:
    telemetry.forget(worker.pid)


def _write_error(sock: socket.socket, status: int, reason: str, text: str) -> None:
    code = {501: 501, 403: 110}.get(status, 500 if status >= 500 else 140)
    body = error_xml(code, f"{reason}. {text}".strip())
    head = (
        f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: application/xml\r\n"
        f"Access-Control-Allow-Origin: *\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    util.write_nonblock(sock, head.encode("latin-1") + body)


class Intake:
    """The intake worker, a process that is started again should it end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stopped = threading.Event()
        self._guard = threading.Lock()  # none is started once it was told to stop
        self._process = spawn(settings)
        watcher = threading.Thread(target=self._watch, name="intake-watcher", daemon=True)
        watcher.start()

    def stop(self) -> None:
        """Let it end at the next point from which its work can be resumed. Returns at once."""
        with self._guard:
            self._stopped.set()
            self._process.terminate()

    def wait(self) -> None:
        """Wait until it has ended; after its grace, end it."""
        try:
            self._process.wait(timeout=self._settings.grace_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _watch(self) -> None:
        while not self._stopped.is_set():
            self._process.wait()
            telemetry.forget(self._process.pid)
            if self._stopped.wait(_RESTART):
                return
            _LOG.error("the intake worker ended; it is started again")
            with self._guard:
                if not self._stopped.is_set():
                    self._process = spawn(self._settings)


@contextlib.contextmanager
def intake_worker(settings: Settings) -> Iterator[Intake]:
    """Run the intake worker while the block runs.

    The worker ends by itself when this process is killed, so a server started again never meets
    the worker of an earlier one for long.
    """
    owner = os.getpid()
    intake = Intake(settings)
    try:
        yield intake
    finally:
        # A server process that was forked within the block leaves it here as well: the worker is
        # not its child, and what waits for it was not forked along.
        if os.getpid() == owner:
            intake.stop()
            intake.wait()
