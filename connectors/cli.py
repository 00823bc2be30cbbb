"""``mighub connectors``: which sources there are, and a national file as an SDMX message."""

from __future__ import annotations

import click

from hub.terminal import LaterGroup, examples

__all__ = ["connectors"]

#: Name, place and summary of the commands.
_COMMANDS = {
    "list": ("commands.listing:list_", "List the sources the hub can read."),
    "show": (
        "commands.listing:show",
        "Show what is known about a source: publisher, licence, coverage, layouts, samples.",
    ),
    "run": (
        "commands.running:run",
        "Read a national file, check it and write it as an SDMX message.",
    ),
    "fetch": (
        "commands.fetching:fetch_",
        "Fetch a file of a source from its publisher and keep it as a snapshot.",
    ),
    "snapshots": (
        "commands.fetching:snapshots_",
        "List the files of publishers that this hub keeps, the latest first.",
    ),
    "snapshot": ("commands.fetching:snapshot_", "Keep a file that a person downloaded."),
    "harvest": (
        "commands.harvesting:harvest_",
        "Ask an SDMX service for the data of a source, one file for each query of its record.",
    ),
    "suggest": (
        "commands.suggesting:suggest",
        "Propose codes for the labels of a file that nobody has mapped yet.",
    ),
    "adopt": (
        "commands.suggesting:adopt",
        "Add the rows of a CSV of proposals that a person accepted to the maps of a connector.",
    ),
    "difference": (
        "pairs:difference",
        "Put two editions of a cumulative publication into one file.",
    ),
    "golden": (
        "commands.golden:golden",
        "Keep what the samples of a connector come to, for the tests to compare.",
    ),
    "new": (
        "commands.scaffolding:new",
        "Make a connector for a new source: record, maps, sample, code and test, in one go.",
    ),
    "records": (
        "commands.records:records",
        "Count the crossings of a register, protect small counts, and write them as a message.",
    ),
    "workbook": (
        "reporting.command:workbook",
        "Make a blank workbook for an office to fill; hand it in with `mighub submit FILE`.",
    ),
}


@click.group(
    cls=LaterGroup,
    later={n: (f"connectors.{place}", told) for n, (place, told) in _COMMANDS.items()},
    epilog=examples(
        "mighub connectors list",
        "mighub connectors show mex/upm_air_entries",
        "mighub connectors run mex/upm_air_entries --input cuadro131.xls --output out.xml",
        "mighub connectors fetch mex/upm_air_entries --period 2026",
        "mighub connectors records lca/border_records -i crossings.csv -o counts.xml",
    ),
)
def connectors() -> None:
    """National files in, SDMX messages out."""
