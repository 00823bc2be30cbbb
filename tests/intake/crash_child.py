"""What runs in the processes that the crash tests kill."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from intake_hub import settings_at

from hub.intake import protocol, publish, reading, reports
from hub.store import releases, submissions
from hub.store.home import Hub
from hub.store.observations import ObservationStore

#: Where a process may be made to die: the function, and whether before or after it.
PLACES: dict[str, tuple[Any, str]] = {
    "start": (submissions.Submissions, "start"),
    "validate": (reading, "validate"),
    "report-file": (reports, "write_durably"),
    "commit": (ObservationStore, "commit"),
    "sync": (ObservationStore, "_sync"),
    "net": (publish, "net_change"),
    "conclude": (protocol, "conclude"),
    "ledger": (releases.Releases, "publish"),
    "finish": (submissions.Submissions, "finish"),
}


def run(home: Path) -> None:
    """Take all through that is unfinished."""
    with Hub.open(settings_at(home)) as hub:
        protocol.run_pending(hub)


def die_at(home: Path, place: str, call: int, after: bool) -> None:
    """The same, but die by SIGKILL at the ``call``-th call of ``place``."""
    owner, name = PLACES[place]
    setattr(owner, name, _deadly(getattr(owner, name), call, after))
    run(home)


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
