"""``mighub connectors difference``: two editions of a cumulative publication as one file."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from connectors import catalogue
from connectors.framework.pair import pack
from hub.commands.options import structures_in_use
from hub.errors import NotFound
from hub.model.dataset import Block
from hub.terminal import console, examples, progress, show_json, show_report, write_whole
from hub.validation import validate

__all__ = ["difference"]


@click.command(
    epilog=examples(
        "mighub connectors difference mex/upm_air_entries --earlier 4.xls --later 5.xls -o may.tar",
        "mighub submit may.tar --connector mex/upm_air_entries",
    )
)
@click.argument("connector")
@click.option(
    "--earlier", required=True, help="The edition before.",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)  # fmt: skip
@click.option(
    "--later", required=True, help="The edition after.",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)  # fmt: skip
@click.option("--output", "-o", "target", required=True, type=click.Path(path_type=Path))
@click.option("--report", type=click.Choice(["table", "json"]), default="table")
def difference(connector: str, earlier: Path, later: Path, target: Path, report: str) -> None:
    """Put two editions of a cumulative publication into one file.

    The file is submitted like any other of the source: the hub publishes what the later edition
    counts and the earlier one does not, each figure with both its cells. It is checked first, and
    not written when it has errors.
    """
    try:
        catalogue.record(connector)
    except NotFound as error:
        raise click.UsageError(error.message) from None
    content = pack(earlier, later)
    with tempfile.TemporaryDirectory() as folder, progress() as say:
        path = Path(folder) / target.name
        path.write_bytes(content)
        say("Reading both editions ...")
        blocks: list[Block] = []
        message = catalogue.read(connector, path, structures_in_use())
        checked = validate(message, blocks.append, file=target.name)
    if report == "json":
        show_json(checked.to_dict())
    else:
        show_report(checked, refused="refused, nothing was written")
    if not checked.valid:
        sys.exit(1)
    write_whole([content], str(target))
    rows = sum(block.batch.num_rows for block in blocks)
    console().print(f"{target}: {rows:,} observations", highlight=False)
