"""``mighub connectors list`` and ``show``: which sources there are, and what is known of them."""

from __future__ import annotations

from collections.abc import Iterator

import click
from rich.table import Table

from connectors import catalogue
from connectors.commands.fetching import known_record
from connectors.reporting import REPORTING
from hub.terminal import console, examples, show_json

__all__ = ["list_", "show"]


@click.command(
    "list",
    epilog=examples(
        "mighub connectors list",
        "mighub connectors list --format json",
    ),
)
@click.option("--format", "how", type=click.Choice(["table", "json"]), default="table")
def list_(how: str) -> None:
    """List the sources the hub can read."""
    records = [catalogue.record(id_) for id_ in catalogue.ids()]
    if how == "json":
        show_json([record.summary() for record in records])
        return
    table = Table(box=None, pad_edge=False)
    for header in (
        "Connector",
        "Country",
        "Source",
        "Institution",
        "Dataflow",
        "Layout",
        "Licence",
    ):
        table.add_column(header, overflow="fold")
    for record in records:
        table.add_row(
            record.id,
            record.id.split("/")[0].upper(),
            record.title["en"],
            record.institution,
            record.dataflow.id,
            "seen" if record.seen else "described",
            record.licence,
        )
    console().print(table)
    console().print(
        f"{REPORTING} reads the hub's own workbooks; `mighub connectors workbook` makes them."
    )


@click.command(
    epilog=examples(
        "mighub connectors show mex/upm_air_entries",
        "mighub connectors show int/undesa_stock --format json",
    )
)
@click.argument("connector")
@click.option("--format", "how", type=click.Choice(["table", "json"]), default="table")
def show(connector: str, how: str) -> None:
    """Show what is known about a source: publisher, licence, coverage, layouts, samples."""
    record = known_record(connector)
    if how == "json":
        show_json(record.summary())
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in record.summary().items():
        table.add_row(name.replace("_", " "), "\n".join(_lines(value)))
    console().print(table)


def _lines(value: object) -> Iterator[str]:
    match value:
        case dict():
            for key, part in value.items():
                inner = list(_lines(part))
                yield f"{key}: {inner[0] if len(inner) == 1 else ', '.join(inner)}"
        case list():
            for part in value:
                yield from _lines(part)
        case _:
            yield str(value)
