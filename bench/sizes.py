"""The part of ``make bench`` on size: what the same table costs when it is ten times as large.

Each hub takes the cube in as one Parquet message; then the queries run in a process of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from bench.processes import OUT, message, run_script

__all__ = ["HUGE", "lines"]

SIZES = (100_000, 1_000_000, 10_000_000)
#: Stored and queried too when the run is asked for it: it takes some minutes.
HUGE = 100_000_000


def lines(_observations: int, huge: bool = False) -> Iterator[str]:
    """The measurements, one size a line."""
    yield (
        f"{'observations':>14}{'store CPU s':>13}{'per 1 M':>9}{'peak MB':>9}{'one series ms':>15}"
        f"{'12 800 obs ms':>15}{'availability ms':>17}{'all s':>8}{'per 1 M':>9}"
    )
    for size in (*SIZES, *([HUGE] if huge else [])):
        found = run_script(
            "hub_size.py", None, [str(message("parquet", size)), str(size), str(OUT)]
        )
        if "error" in found:
            yield f"{size:14,} failed: {found['error']}"
            continue
        yield (
            f"{size:14,}{found['store']:13.2f}{found['store'] / size * 1e6:9.2f}"
            f"{found['peak_mb']:9.0f}{found['series']:15.2f}{found['pair']:15.2f}"
            f"{found['available']:17.2f}{found['all']:8.2f}{found['all'] / size * 1e6:9.2f}"
        )


if __name__ == "__main__":
    import sys

    print("\n".join(lines(0, huge="--huge" in sys.argv)))
