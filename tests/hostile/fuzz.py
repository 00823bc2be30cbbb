"""``make fuzz``: every reader, guided by the code that changed messages reach (atheris).

``python tests/hostile/fuzz.py [reader] [libFuzzer options]``; without a reader each has half a
minute. A message that brings a reader down is written as ``crash-...`` beside.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).parent
sys.path[:0] = [str(_HERE), str(_HERE.parents[1])]

_SECONDS = 30


def one(name: str, options: list[str]) -> None:
    """Fuzz one reader until told to stop."""
    import atheris

    with atheris.instrument_imports(include=["hub", "connectors", "dsd"]):
        from all_readers import readers, survives
        from changes import mutated

    reader = next(r for r in readers() if r.name == name)
    seeds = reader.seeds()

    def attempt(data: bytes) -> None:
        # Half of what comes is a message itself, half tells how to change a good one.
        seed = int.from_bytes(data[:7], "little")
        survives(reader, data[7:] if seed % 2 else mutated(seed, seeds[seed % len(seeds)]))

    atheris.Setup([sys.argv[0], *options], attempt)
    atheris.Fuzz()


def every() -> int:
    """Fuzz all readers, one after the other; 1 when one was brought down."""
    from all_readers import readers

    worst = 0
    for reader in readers():
        print(f"== {reader.name}", flush=True)
        command = [sys.executable, __file__, reader.name, f"-max_total_time={_SECONDS}",
                   "-timeout=20", "-rss_limit_mb=2048"]  # fmt: skip
        worst |= subprocess.run(command, check=False).returncode != 0
    return worst


if __name__ == "__main__":
    if len(sys.argv) > 1:
        one(sys.argv[1], sys.argv[2:])
    sys.exit(every())
