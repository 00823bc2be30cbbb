"""The part of ``make bench`` on the layout of tables: sort order, row groups, size of files."""

from __future__ import annotations

from collections.abc import Iterator

from bench.processes import OUT, run_script

__all__ = ["lines"]


def lines(observations: int) -> Iterator[str]:
    """The measurements, one a line."""
    found = run_script("hub_layout.py", None, [str(observations), str(OUT)])
    if "error" in found:
        yield f"layout failed: {found['error']}"
        return
    kinds = found["kinds"]
    yield f"{'layout':18}{'files':>6}{'MB':>7}" + "".join(
        f"{kind + ' CPU ms':>18}" for kind in kinds
    )
    for name, row in found["results"].items():
        yield f"{name:18}{row['files']:6.0f}{row['mb']:7.2f}" + "".join(
            f"{row[kind]:18.1f}" for kind in kinds
        )
