"""What every measured script uses; it imports nothing but the standard library."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def peak_mb() -> float:
    """Largest resident set of this process so far (VmHWM), in MiB."""
    with Path("/proc/self/status").open() as status:
        for line in status:
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return 0.0


@contextmanager
def measured(result: dict[str, object]) -> Iterator[None]:
    """Time what happens inside: user and system seconds of the process, and the wall clock."""
    base = peak_mb()
    cpu = sum(os.times()[:2])
    wall = time.perf_counter()
    yield
    result["wall"] = time.perf_counter() - wall
    result["cpu"] = sum(os.times()[:2]) - cpu
    result["base_mb"] = base
    result["peak_mb"] = peak_mb()


def report(result: dict[str, object], observations: int, total: float | None) -> None:
    """Print the result; ``total`` is the sum of the values read, to prove they were."""
    print(json.dumps(result | {"observations": observations, "total": total}))
    sys.stdout.flush()
