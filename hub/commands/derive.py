"""``mighub derive``: the indicators that the hub computes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.table import Table

from hub.settings import Settings
from hub.terminal import console, examples, show_json

if TYPE_CHECKING:
    from hub.derived.publish import Derived

__all__ = ["derive"]


@click.command(
    epilog=examples(
        "mighub derive --dry-run",
        "mighub derive --format json",
    )
)
@click.option("--dry-run", is_flag=True, help="Compute and compare, and publish nothing.")
@click.option("--format", "how", type=click.Choice(["table", "json"]), default="table")
def derive(*, dry_run: bool, how: str) -> None:
    """Compute the hub's own indicators anew and publish what changed.

    A hub that runs does so by itself after each release. The table says how many results each
    indicator has, and why results are left out.
    """
    from hub.derived.publish import derive as compute  # noqa: PLC0415
    from hub.intake import process  # noqa: PLC0415
    from hub.store.home import Hub  # noqa: PLC0415

    with Hub.open(Settings.load()) as hub:
        if dry_run:
            found = compute(hub, dry_run=True)
        else:
            with hub.writer_lock():
                found = compute(hub)
        state = None
        if found.submission is not None:
            state = process(hub, found.submission).state
    if how == "json":
        show_json({**found.to_dict(), "state": state})
        return
    _show(found)
    if found.submission is not None:
        console().print(f"Submission {found.submission}: {state}")


def _show(found: Derived) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("Indicator")
    table.add_column("Results", justify="right")
    table.add_column("Left out")
    for one in found.counts:
        said = one.to_dict()["left_out"]
        why = "\n".join(f"{n} {reason}" for reason, n in said.items())
        table.add_row(one.indicator, str(one.results), why)
    console().print(table)
    console().print(f"New or changed {found.changed}, withdrawn {found.withdrawn}.")
