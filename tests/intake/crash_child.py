"""What runs in the processes that the crash tests kill."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from intake_hub import settings_at

import hub.messages.csv10_read  # noqa: F401 (else imported in each process)
from hub.intake import protocol, publish, reading, waiting
from hub.intake.undo import undo
from hub.store import blobs, releases, submissions
from hub.store.home import Hub
from hub.store.observations import ObservationStore
from hub.structures.repository import StructureSet

StructureSet.shipped()  # read once, for all processes

#: Where a process may be made to die: the function, and whether before or after it.
PLACES: dict[str, tuple[Any, str]] = {
    "start": (submissions.Submissions, "start"),
    "validate": (reading, "validate"),
    "report-file": (blobs._Home, "put_bytes"),
    "commit": (ObservationStore, "commit"),
    "write": (publish, "write"),
    "add": (ObservationStore, "add"),
    "sync": (ObservationStore, "_sync"),
    "net": (publish, "net_change"),
    "conclude": (protocol, "conclude"),
    "ledger": (releases.Releases, "publish"),
    "finish": (submissions.Submissions, "finish"),
    "preview": (waiting, "save"),
    "undone": (submissions.Submissions, "undone"),
}


def context() -> ForkServerContext:
    """Makes processes from one that has imported all this, and opened nothing.

    A process then costs milliseconds, and most of its life is intake.
    """
    # The server of processes does not get the test runner's path, only the environment.
    here = str(Path(__file__).parent)
    if here not in os.environ.get("PYTHONPATH", "").split(os.pathsep):
        os.environ["PYTHONPATH"] = os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(["crash_child"])
    return made


def run(home: Path) -> None:
    """Take all through that is unfinished."""
    with Hub.open(settings_at(home)) as hub:
        protocol.run_pending(hub)


def die_at(home: Path, place: str, call: int, after: bool) -> None:
    """The same, but die by SIGKILL at the ``call``-th call of ``place``."""
    owner, name = PLACES[place]
    setattr(owner, name, _deadly(getattr(owner, name), call, after))
    run(home)


def die_in_undo(home: Path, token: str, place: str, call: int, after: bool) -> None:
    """Undo a release, but die at the ``call``-th call of ``place``."""
    owner, name = PLACES[place]
    setattr(owner, name, _deadly(getattr(owner, name), call, after))
    with Hub.open(settings_at(home)) as hub:
        undo(hub, token)


def _deadly(function: Callable[..., Any], call: int, after: bool) -> Callable[..., Any]:
    calls = 0

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **kwargs)
        if calls == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return wrapped
