"""``mighub connectors golden``: say that what the samples of a connector come to is right."""

from __future__ import annotations

from pathlib import Path

import click

from connectors.commands.roots import connector_in
from connectors.framework.golden import golden_of, kept_golden, write_golden
from hub.structures.repository import StructureSet
from hub.terminal import console, examples, show_json

__all__ = ["golden"]


@click.command(
    epilog=examples(
        "mighub connectors golden mex/upm_air_entries --show",
        "mighub connectors golden mex/upm_air_entries",
    )
)
@click.argument("connector")
@click.option("--show", "only", is_flag=True, help="Show what they come to; write nothing.")
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of connectors that are not the shipped ones.",
)
def golden(connector: str, only: bool, root: Path | None) -> None:
    """Keep what the samples of a connector come to, for the tests to compare.

    Compare the sums with the publisher's file first: from then on they are what is right.
    """
    found = connector_in(root, connector)
    structures = StructureSet.shipped()
    if only:
        show_json(golden_of(found, structures))
        return
    before = kept_golden(found)
    path = write_golden(found, structures)
    after = kept_golden(found)
    state = "new" if before is None else "as before" if before == after else "changed"
    console().print(f"{path.parent.parent.name}/{path.parent.name}/{path.name}: {state}.")
