"""The part of ``make bench`` on starts: how long a person waits before anything happens.

Each is a new process on a quiet machine whose disk cache is warm, modules compiled. The libraries
that the hub cannot do without are the floor of a server's start.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.load import serving
from bench.service import ask

__all__ = ["lines"]

_TIMES = 9
_LIBRARIES = "import duckdb, flask, gunicorn.app.base, lxml.etree, pandas, sdmx, sqlalchemy"


def lines(_: int) -> Iterator[str]:
    """The measurements, one a line."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    yield f"{'':44}{'median s':>9}{'worst s':>9}"
    yield _line("Python that does nothing", _run("-c", "pass"))
    yield _line("mighub --help", _run("-m", "hub", "--help"))
    yield _line("mighub validate --help", _run("-m", "hub", "validate", "--help"))
    yield _line("sdmx1, pandas, Flask and the like, imported", _run("-c", _LIBRARIES))
    with tempfile.TemporaryDirectory(prefix="mighub-start-") as folder:
        home = Path(folder)

        def served() -> float:
            start = time.perf_counter()
            with serving(home) as server:
                ask(server.port)("/health")
                return time.perf_counter() - start

        yield f"{'mighub serve of a new hub, to its first answer':44}{served():9.2f}"
        yield _line("mighub serve, to its first answer", served)


def _run(*arguments: str) -> Callable[[], float]:
    def run() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start

    return run


def _line(name: str, what: Callable[[], float]) -> str:
    what()  # compiles what was not
    times = [what() for _ in range(_TIMES)]
    return f"{name:44}{statistics.median(times):9.2f}{max(times):9.2f}"
