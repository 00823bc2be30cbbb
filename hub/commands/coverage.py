"""``mighub coverage``: what a consumer is given, what it is not, and why."""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING

import click
from rich.table import Table

from hub.errors import NotFound
from hub.settings import Settings
from hub.terminal import console, show_json

if TYPE_CHECKING:
    from hub.model.schema import StructureRef
    from hub.store.coverage import Coverage

__all__ = ["coverage"]


@click.command()
@click.argument("dataflow", required=False)
@click.option(
    "--lang", type=click.Choice(["en", "es"]), default="en", help="Language of sentences."
)
@click.option("--format", "how", type=click.Choice(["table", "json", "csv"]), default="table")
def coverage(dataflow: str | None, lang: str, how: str) -> None:
    r"""What became of each observation that a consumer's DATAFLOW may be made from.

    DATAFLOW is AGENCY:ID(VERSION), or an id that only one of them has; without it all are listed.

    \b
    Examples:
      mighub coverage
      mighub coverage DSD_MIG@DF_MIG
      mighub coverage "OECD.ELS.IMD:DSD_MIG@DF_MIG(1.0)" --format csv > coverage.csv
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


def _show(found: Coverage, lang: str) -> None:
    tree, out = found.to_dict(lang), console()
    out.print(
        f"{found.dataflow}: {found.cells:,} cells, from {found.used:,} of "
        f"{found.observations:,} observations\n"
    )
    table = Table(box=None, pad_edge=False)
    for header in ("Observations", "Rule", "", "Why"):
        table.add_column(header, justify="right" if header == "Observations" else "left")
    for one in tree["outcomes"]:
        state = "[green]used[/]" if one["used"] else one["reason"].lower().replace("_", " ")
        table.add_row(f"{one['observations']:,}", one["rule"], state, one["why"])
    out.print(table)
    lacking = [w for w in tree["wanted"] if not w["years"]]
    if lacking:
        out.print("\nLacking: " + "; ".join(".".join(w["codes"].values()) for w in lacking))
