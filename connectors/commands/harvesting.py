"""``mighub connectors harvest``: the data of a source that is an SDMX service."""

from __future__ import annotations

from pathlib import Path

import click

from connectors.commands.fetching import known_record
from connectors.framework.harvest import client_of, harvest, queries_of
from hub.commands.options import hub_in_use
from hub.commands.remote import local_actor
from hub.settings import Settings
from hub.terminal import console, examples, progress, write_whole

__all__ = ["harvest_"]


@click.command(
    "harvest",
    epilog=examples(
        "mighub connectors harvest int/eurostat_permits",
        "mighub connectors harvest int/oecd_flows --output harvested",
    ),
)
@click.argument("connector")
@click.option("--url", help="Ask the same interface at this address instead of the record's.")
@click.option(
    "--output",
    "-o",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the files, and the answers beside them, into this folder.",
)
def harvest_(connector: str, url: str | None, folder: Path | None) -> None:
    """Ask an SDMX service for the data of a source, one file for each query of its record.

    With a hub in HUB_HOME each file is kept as a snapshot, with the address it came from; `run`
    reads it like any other file.
    """
    from hub.store.snapshots import keep  # noqa: PLC0415

    record = known_record(connector)
    queries = queries_of(record)
    with hub_in_use() as hub, progress() as say:
        if hub is None and folder is None:
            home = Settings.load().home
            raise click.UsageError(f"There is no hub in {home} to keep the files: give --output.")
        client = client_of(record, url)
        for query in queries:
            say(f"Asking for {query.name} ...")
            got = harvest(query, client)
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
                write_whole([got.content], str(folder / got.filename))
                write_whole([got.answer], str((folder / got.filename).with_suffix(".xml")))
            if hub is not None:
                keep(
                    hub, record.id, got.content, filename=got.filename, licence=record.licence,
                    actor=local_actor(), url=got.url,
                )  # fmt: skip
            console(err=True).print(f"{got.filename}: {got.observations:,} observations.")
