"""The worker: a process that takes submissions through as they come in.

A server starts one with :func:`spawn`. It ends when its parent is gone, however that happened,
and on SIGTERM or SIGINT at the next point from which the work can be resumed.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import fields

from hub.intake import uploads
from hub.intake.protocol import run_pending
from hub.intake.waiting import refresh
from hub.settings import Settings
from hub.store.home import Hub

__all__ = ["main", "spawn", "sweep", "work"]

_POLL_S = 0.25
#: Longest pause after an error that is not the data's (a full disk, a database that is away).
_BACKOFF_S = 30.0

#: Age of half an upload whose sender will not come back.
_STALE_S = 24 * 3600.0

_log = logging.getLogger(__name__)


def work(hub: Hub, stop: threading.Event, orphaned: Callable[[], bool] = lambda: False) -> None:
    """Take submissions through until ``stop`` is set or ``orphaned()`` is true."""
    pause = _POLL_S

    def ended() -> bool:
        return stop.is_set() or orphaned()

    while not ended():
        try:
            run_pending(hub, ended)
            pause = _POLL_S
        except Exception:
            _log.exception("the intake stumbled; it goes on in %.1f s", pause)
            pause = min(2 * pause, _BACKOFF_S)
        _refresh(hub)
        stop.wait(pause)


def _refresh(hub: Hub) -> None:
    """Bring previews up to date; what goes wrong there holds up nobody's data."""
    try:
        refresh(hub)
    except Exception:
        _log.exception("previews could not be brought up to date")


def sweep(hub: Hub) -> None:
    """Delete what interrupted processes left behind and nobody will use."""
    pending = {s.token for s in hub.submissions.pending()}
    for folder in hub.folder("staging").iterdir():
        if folder.name not in pending:
            shutil.rmtree(folder, ignore_errors=True)
    long_ago = time.time() - _STALE_S
    uploads.sweep(hub)
    for part in hub.folder("incoming").glob(".part-*"):
        if part.stat().st_mtime < long_ago:
            part.unlink(missing_ok=True)


def spawn(settings: Settings) -> subprocess.Popen[bytes]:
    """Start a worker process for the hub of ``settings`` as a child of this one."""
    environment = dict(os.environ)
    for field in fields(settings):
        # The worker signs nobody in: it does not get the key.
        name = "PORT" if field.name == "port" else f"HUB_{field.name.upper()}"
        environment[name] = "" if field.name == "admin_key" else str(getattr(settings, field.name))
    command = [sys.executable, "-m", "hub.intake.worker", "--parent", str(os.getpid())]
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)


def main(arguments: list[str] | None = None) -> int:
    """Entry of the worker process."""
    parser = argparse.ArgumentParser(prog="python -m hub.intake.worker", description=__doc__)
    parser.add_argument("--parent", type=int, help="end when this process is no longer the parent")
    parent = parser.parse_args(arguments).parent
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with Hub.open() as hub:
        sweep(hub)
        work(hub, stop, lambda: parent is not None and os.getppid() != parent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
