"""``mighub coverage``: what a consumer is given, what it is not, and why."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from hub.errors import NotFound
from hub.settings import Settings
from hub.terminal import console, examples, show_json

if TYPE_CHECKING:
    from hub.model.schema import StructureRef
    from hub.store.coverage import Coverage

__all__ = ["coverage"]


@click.command(
    epilog=examples(
        "mighub coverage",
        "mighub coverage DSD_MIG@DF_MIG",
        'mighub coverage "OECD.ELS.IMD:DSD_MIG@DF_MIG(1.0)" --format csv > coverage.csv',
    )
)
@click.argument("dataflow", required=False)
@click.option(
    "--lang", type=click.Choice(["en", "es"]), default="en", help="Language of sentences."
)
@click.option("--format", "how", type=click.Choice(["table", "json", "csv"]), default="table")
def coverage(dataflow: str | None, lang: str, how: str) -> None:
    """What became of each observation that a consumer's DATAFLOW may be made from.

    DATAFLOW is AGENCY:ID(VERSION), or an id that only one of them has; without it all are listed.
    """
    from hub.store import coverage as reports  # noqa: PLC0415
    from hub.store.home import Hub  # noqa: PLC0415

    known = reports.covered()
    if dataflow is None:
        for ref in known:
            click.echo(str(ref))
        return
    with Hub.open(Settings.load()) as hub:
        found = reports.coverage(hub, _meant(dataflow, known))
    if how == "json":
        show_json(found.to_dict(lang))
    elif how == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(reports.COLUMNS)
        writer.writerows(found.table(lang))
    else:
        _show(found, lang)


def _meant(text: str, known: list[StructureRef]) -> StructureRef:
    meant = [ref for ref in known if text in (str(ref), ref.id)]
    if len(meant) != 1:
        raise NotFound(f"There is no consumer's dataflow {text}: see `mighub coverage`.")
    return meant[0]


def _state(outcome: Mapping[str, Any]) -> str:
    """What became of observations; the rule that left them out need not be said again."""
    if outcome["used"]:
        return "[green]used[/]"
    reason = outcome["reason"]
    return "left out" if reason == outcome["rule"] else reason.lower().replace("_", " ")


def _show(found: Coverage, lang: str) -> None:
    tree, out = found.to_dict(lang), console()
    out.print(
        f"{found.dataflow}: {found.cells:,} cells, from {found.used:,} of "
        f"{found.observations:,} observations\n"
    )
    if tree["given"]:
        out.print(f"[yellow]{tree['given']}[/]\n")
    table = Table(box=None, pad_edge=False)
    for header in ("Observations", "Rule", "Outcome", "Why"):
        table.add_column(header, justify="right" if header == "Observations" else "left")
    for one in tree["outcomes"]:
        table.add_row(f"{one['observations']:,}", one["rule"], _state(one), one["why"])
    out.print(table)
    lacking = [w for w in tree["wanted"] if not w["years"]]
    if lacking:
        out.print("\nLacking: " + "; ".join(".".join(w["codes"].values()) for w in lacking))
