"""``mighub connectors records``: from a register of crossings to counts, in its office."""

from __future__ import annotations

import click

from connectors.commands.checked import Checked
from connectors.framework.records import Register, Registers
from connectors.framework.records_count import read_register
from hub.commands.options import WRITABLE, structures_in_use
from hub.errors import NotFound
from hub.terminal import examples, progress, source_file

__all__ = ["records"]


@click.command(
    epilog=examples(
        "mighub connectors records lca/border_records -i crossings.csv.gz -o counts.xml",
        "mighub connectors records lca/border_records -i crossings.parquet --report json",
        "mighub submit counts.xml --provider LCA_DOI",
    )
)
@click.argument("register")
@click.option("--input", "-i", "source", required=True, help="The extract: CSV, CSV.gz or Parquet.")
@click.option("--output", "-o", "target", help="The message of counts; - is stdout.")
@click.option(
    "--format", "-f", "format_", type=click.Choice(WRITABLE), default="sdmx-ml-2.1",
    show_default=True, help="Format of the message.",
)  # fmt: skip
@click.option(
    "--report", type=click.Choice(["table", "json"]), default="table", help="Form of the report."
)
def records(register: str, source: str, target: str | None, format_: str, report: str) -> None:
    """Count the crossings of a register, protect small counts, and write them as a message.

    The extract is read where it lies and never kept; names, documents and dates of birth are in no
    output. Without --output nothing is written: the report says what would be withheld. Faults are
    told by row and column. Exit code 0: fine; 1: errors; 2: wrong use.
    """
    record = _known(register)
    with source_file(source) as path, progress() as say:
        say(f"Counting {path.name} ...")
        structures = structures_in_use()
        checked = Checked(read_register(record, path, structures), path.name, say)
    checked.write(target, format_, report=report)


def _known(register: str) -> Register:
    try:
        return Registers().get(register)
    except NotFound as error:
        raise click.UsageError(error.message) from None
