"""``mighub structures``: the shared structures as a standard message."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from hub.commands.options import structures_in_use
from hub.terminal import write_whole

__all__ = ["structures"]


@click.group()
def structures() -> None:
    """Codelists, concepts, data structures, dataflows, providers, agreements, constraints."""


@structures.command(
    epilog="Examples: mighub structures export -o structures.xml | "
    "mighub structures export --agency MIGHUB --id CL_AREA --pretty"
)
@click.option("--agency", help="Only artefacts of this agency.")
@click.option("--id", "id_", help="Only artefacts with this id.")
@click.option("--pretty", is_flag=True, help="Indent the XML.")
@click.option("--output", "-o", default="-", help="File to write; - is standard output.")
def export(agency: str | None, id_: str | None, pretty: bool, output: str) -> None:
    """Write structures as one SDMX-ML 2.1 structure message."""
    from hub.model.dataset import Header  # noqa: PLC0415
    from hub.structures import ml21_write  # noqa: PLC0415
    from hub.structures.repository import StructureSet  # noqa: PLC0415

    found = structures_in_use()
    assert isinstance(found, StructureSet)
    chosen = [
        a
        for a in found
        if (agency is None or a.maintainer.id == agency) and (id_ is None or a.id == id_)
    ]
    if not chosen:
        raise click.UsageError("No artefact has that agency and id.")
    header = Header("STRUCTURES", "MIGHUB", datetime.now(UTC))
    write_whole([ml21_write.write(chosen, header, pretty=pretty)], output)
