"""The folder in which the processes of one server count together (:mod:`hub.telemetry`)."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

__all__ = ["counting_together"]


@contextlib.contextmanager
def counting_together(home: Path) -> Iterator[None]:
    """Let this process and those it starts within the block count together.

    Must be entered before anything that counts is imported. Each server has a folder of its own;
    those of servers that were killed are taken away.
    """
    folder = home / "tmp" / "metrics"
    folder.mkdir(parents=True, exist_ok=True)
    for other in folder.iterdir():
        if not other.name.isdigit() or not _lives(int(other.name)):
            shutil.rmtree(other, ignore_errors=True)
    owner = os.getpid()
    own = folder / str(owner)
    shutil.rmtree(own, ignore_errors=True)  # of a process that had the same number
    own.mkdir()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(own)
    try:
        yield
    finally:
        if os.getpid() == owner:  # a forked server process leaves through here too
            del os.environ["PROMETHEUS_MULTIPROC_DIR"]
            shutil.rmtree(own, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
