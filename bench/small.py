"""The part of ``make bench`` on many small submissions: does the table stay as fast as one load?"""

from __future__ import annotations

from collections.abc import Iterator

from bench.processes import OUT, run_script

__all__ = ["lines"]

_SUBMISSIONS = 1_000


def lines(_: int, submissions: int = _SUBMISSIONS) -> Iterator[str]:
    """The measurements, one a line."""
    found = run_script("hub_small.py", None, [str(submissions), str(OUT)])
    if "error" in found:
        yield f"small failed: {found['error']}"
        return
    yield (
        f"{'same rows in':14}{'submissions':>12}{'each ms':>9}{'worst ms':>10}{'files':>7}"
        f"{'MB kept':>9}{'one series ms':>15}{'wide ms':>9}{'full ms':>9}"
    )
    for name, row in found["results"].items():
        yield (
            f"{name:14}{row['submissions']:12}{row['each_ms']:9.0f}{row['worst_ms']:10.0f}"
            f"{row['files']:7}{row['mb']:9.1f}{row['one series']:15.1f}{row['wide']:9.1f}"
            f"{row['full']:9.1f}"
        )
