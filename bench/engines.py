"""The part of ``make bench`` on query engines: the same questions to each, in a process of its own.

The hub itself does not ask an engine for a whole dataflow whose files lie in the order of the
answer; here it is asked, and sorts.
"""

from __future__ import annotations

from collections.abc import Iterator

from bench.homes import holding
from bench.processes import run_script

__all__ = ["lines"]

ENGINES = {"DuckDB": "", "ClickHouse (chDB)": "chdb://"}


def lines(observations: int) -> Iterator[str]:
    """The measurements, one engine a line; milliseconds are medians."""
    home = holding(observations)
    asked = ("first", "series", "area", "values", "all")
    yield f"{'wall ms (CPU ms)':20}{''.join(f'{what:>16}' for what in asked)}{'peak MB':>10}"
    for name, url in ENGINES.items():
        found = run_script("hub_engine.py", None, [str(home), url])
        if "error" in found:
            yield f"{name:20} failed: {found['error']}"
            continue
        times = (f"{found[w] * 1000:.1f} ({found[f'{w}_cpu'] * 1000:.1f})" for w in asked)
        yield f"{name:20}{''.join(f'{time:>16}' for time in times)}{found['peak_mb']:10.0f}"
    yield f"area: {found.get('observations_of_area', 0):,} of {observations:,} observations"
