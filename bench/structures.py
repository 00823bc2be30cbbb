"""The part of ``make bench`` on structures: a catalogue of 2 000 artefacts and a very long list."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["lines"]

HERE = Path(__file__).parent


def lines() -> Iterator[str]:
    """The measurements, one a line, made in a process of its own."""
    done = subprocess.run(
        [sys.executable, str(HERE / "runs" / "hub_structures.py")],
        capture_output=True, text=True, check=False, timeout=600,
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(HERE), str(HERE.parent)))},
    )  # fmt: skip
    if done.returncode:
        yield f"structures failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}"
        return
    found = json.loads(done.stdout.strip().splitlines()[-1])
    yield f"{'structures':30}{'format':28}{'first byte s':>13}{'whole s':>9}{'MB':>7}"
    for row in found["rows"]:
        yield (
            f"{row['step']:30}{row['format']:28}{row['first']:13.3f}{row['whole']:9.3f}"
            f"{row['mb']:7.1f}"
        )
    yield f"peak memory {found['peak_mb']} MB"
