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
from importlib import import_module

from hub import logs
from hub.errors import Unavailable
from hub.events.sender import sending
from hub.intake import uploads
from hub.intake.protocol import run_pending
from hub.intake.settling import Settling
from hub.intake.waiting import refresh
from hub.settings import Settings
from hub.store import attached
from hub.store.home import Hub

__all__ = ["main", "spawn", "sweep", "work"]

_POLL_S = 0.25
#: Longest pause after an error that is not the data's (a full disk, a database that is away).
_BACKOFF_S = 30.0
#: Longest pause while the object store or the database is away.
_AWAY_S = 3.0

#: Pause between two looks for what nobody will use.
_SWEEP_S = 3600.0

#: Pause between two looks for tables that have become quiet.
_SETTLE_S = 60.0

#: What computes indicators from releases.
_DERIVED = "hub.derived.publish"

#: Age of half an upload whose sender will not come back.
_STALE_S = 24 * 3600.0

_log = logging.getLogger(__name__)


def work(hub: Hub, stop: threading.Event, orphaned: Callable[[], bool] = lambda: False) -> None:
    """Take submissions through until ``stop`` is set or ``orphaned()`` is true."""
    pause = _POLL_S
    derive_at = sweep_at = 0.0
    settle, settle_at = Settling(), time.monotonic() + _SETTLE_S

    def ended() -> bool:
        return stop.is_set() or orphaned()

    while not ended():
        if time.monotonic() >= sweep_at:
            _beside("old files could not be swept away", sweep, hub)
            sweep_at = time.monotonic() + _SWEEP_S
        try:
            run_pending(hub, ended)
            pause = _POLL_S
        except Unavailable as error:
            pause = min(2 * pause, _AWAY_S)
            _log.warning("%s; the intake goes on in %.1f s", error.message, pause)
        except Exception:
            _log.exception("the intake stumbled; it goes on in %.1f s", pause)
            pause = min(2 * pause, _BACKOFF_S)
        _beside("previews could not be brought up to date", refresh, hub)
        if time.monotonic() >= settle_at:
            _beside("files of quiet tables could not be put together", settle, hub)
            settle_at = time.monotonic() + _SETTLE_S
        if time.monotonic() >= derive_at:
            derive_at = time.monotonic() + (0.0 if _derive(hub, ended) else _BACKOFF_S)
        stop.wait(pause)


def _beside(failed: str, task: Callable[[Hub], object], hub: Hub) -> None:
    """Do something beside the intake; what goes wrong there holds up nobody's data."""
    try:
        task(hub)
    except Unavailable as error:
        _log.warning("%s: %s", failed, error.message)
    except Exception:
        _log.exception(failed)


def _derive(hub: Hub, stop: Callable[[], bool]) -> bool:
    """Compute indicators anew where a release changed them; whether that went well."""
    try:
        # By name: what computes indicators hands them in, so it stands above the intake.
        import_module(_DERIVED).refresh(hub, stop)
    except Exception:
        _log.exception("indicators could not be computed; tried again in %.0f s", _BACKOFF_S)
        return False
    return True


def sweep(hub: Hub) -> None:
    """Delete what interrupted processes left behind and nobody will use."""
    folders = list(hub.folder("staging").iterdir())
    # Asked for after the folders: one that was begun meanwhile belongs to a submission at work.
    pending = {s.token for s in hub.submissions.pending()}
    for folder in folders:
        if folder.name not in pending:
            shutil.rmtree(folder, ignore_errors=True)
    long_ago = time.time() - _STALE_S
    uploads.sweep(hub)
    on_their_way = [*hub.folder("tmp").glob(".part-*"), *hub.folder("cache").glob("up/*")]
    for part in on_their_way:
        if part.stat().st_mtime < long_ago:
            part.unlink(missing_ok=True)
    attached.sweep(hub)


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
    settings = Settings.load()
    logs.configure(settings.log_format, settings.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with Hub.open(settings) as hub, sending(hub):
        work(hub, stop, lambda: parent is not None and os.getppid() != parent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
