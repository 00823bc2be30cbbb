"""``mighub convert``: a data message in another format."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from hub.commands.options import (
    NAMES,
    READABLE,
    WRITABLE,
    dataflow_option,
    format_of,
    named,
    structures_in_use,
)
from hub.errors import DataRefused
from hub.messages.api import WriteOptions, read_data, write_data
from hub.model.dataset import DataMessage, Header
from hub.model.findings import Report
from hub.store.labels import Labels
from hub.terminal import examples, progress, source_file, write_whole

__all__ = ["convert"]


@click.command(
    epilog=examples(
        "mighub convert out.xml --format sdmx-csv-1.0 -o out.csv",
        "mighub convert - --format sdmx-json-2.0 < out.csv",
    )
)
@click.argument("file")
@click.option("--format", "format_", type=click.Choice(WRITABLE), required=True)
@click.option("--input-format", type=click.Choice(READABLE), help="Instead of finding it out.")
@click.option("--at", help="Dimension at the observation, or AllDimensions.")
@click.option("--labels", type=click.Choice(["id", "name", "both"]), default="id", help="SDMX-CSV.")
@click.option("--lang", type=NAMES, default="en", help="Language of names.")
@dataflow_option()
@click.option("--output", "-o", default="-", help="File to write; - is standard output.")
def convert(
    file: str,
    format_: str,
    input_format: str | None,
    at: str | None,
    labels: str,
    lang: str,
    dataflow: str | None,
    output: str,
) -> None:
    """Write FILE in another format. Codes are not checked: that is `mighub validate`.

    A component that the structure does not know stops the conversion, as it would be lost.
    """
    with source_file(file) as path, progress() as say:
        say("Converting ...")
        structures = structures_in_use()
        resolver = named(structures, dataflow)
        message = read_data(path, format_of(path, input_format), resolver)
        header = message.header or Header("CONVERTED", "MIGHUB", datetime.now(UTC))
        options = WriteOptions(
            dimension_at_observation=at,
            labels=labels,
            label_source=Labels(structures, lang),
        )
        write_whole(_whole(write_data(message.blocks, format_, header, options), message), output)


def _whole(chunks, message: DataMessage):  # type: ignore[no-untyped-def]
    """The chunks; faults the reader found, complete at the end, stop the file from appearing."""
    yield from chunks
    report = Report()
    report.extend(message.findings)
    for finding in message.findings if report.valid else ():
        click.echo(f"{finding.severity}: {finding.message}", err=True)
    if not report.valid:
        raise DataRefused("The message holds what its structure does not know.", report)
