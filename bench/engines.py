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
    yield (
        f"{'engine':20}{'first ms':>10}{'series ms':>11}{'area ms':>9}{'of obs':>10}"
        f"{'values ms':>11}{'all s':>8}{'all CPU s':>11}{'peak MB':>9}"
    )
    for name, url in ENGINES.items():
        found = run_script("hub_engine.py", None, [str(home), url])
        if "error" in found:
            yield f"{name:20} failed: {found['error']}"
            continue
        first, series, area, values = (
            1000 * found[what] for what in ("first", "series", "area", "values")
        )
        yield (
            f"{name:20}{first:10.0f}{series:11.1f}{area:9.0f}{found['observations_of_area']:10,}"
            f"{values:11.0f}{found['all']:8.2f}{found['all_cpu']:11.2f}{found['peak_mb']:9.0f}"
        )
