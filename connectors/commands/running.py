"""``mighub connectors run``: a national file as an SDMX message, or what it would change."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from connectors import catalogue
from connectors.commands.checked import Checked
from connectors.commands.due import run_due
from connectors.commands.fetching import known_record, required_hub
from connectors.reporting import REPORTING
from hub.commands.options import WRITABLE, structures_in_use
from hub.settings import Settings
from hub.terminal import examples, progress, show_json, show_report, source_file

__all__ = ["run"]


@click.command(
    epilog=examples(
        "mighub connectors run mex/upm_air_entries --input cuadro131.xls --output out.xml",
        "mighub connectors run int/undesa_stock -i stock.xlsx -o - -f sdmx-csv-2.0",
        "mighub connectors run mex/iom_irregular_nationality -i irreg_mexico_nat.csv --diff",
        "mighub connectors run reporting_workbook -i LCA-DF_MIG_BORDER-2026-en.xlsx --diff",
        "mighub connectors run mex/upm_air_entries --snapshot 3f9a0c11d2e4 --diff",
        "mighub connectors run --due",
        "mighub connectors run --due --publish",
    )
)
@click.argument("connector", required=False)
@click.option("--input", "-i", "source", help="The publisher's file; - is stdin.")
@click.option("--snapshot", help="A file the hub keeps, by its hash (see `snapshots`).")
@click.option("--output", "-o", "target", help="The message; - is stdout.")
@click.option(
    "--format",
    "-f",
    "format_",
    type=click.Choice(WRITABLE),
    default="sdmx-ml-2.1",
    show_default=True,
    help="Format of the message.",
)
@click.option(
    "--report", type=click.Choice(["table", "json"]), default="table", help="Form of the report."
)
@click.option(
    "--diff",
    is_flag=True,
    help="Write nothing; show what the file would change of what the hub publishes.",
)
@click.option("--due", is_flag=True, help="Show what the calendar says is due, and from where.")
@click.option("--publish", is_flag=True, help="With --due: fetch it, keep it and publish it.")
@click.option(
    "--limit", type=click.IntRange(0), default=20, show_default=True, help="Rows --diff shows."
)
def run(
    connector: str | None,
    *,
    source: str | None,
    snapshot: str | None,
    target: str | None,
    format_: str,
    report: str,
    diff: bool,
    due: bool,
    publish: bool,
    limit: int,
) -> None:
    """Read a national file, check it and write it as an SDMX message.

    Nothing is written when the file has errors; each is shown with its sheet, row and column.
    Exit code 0: written; 1: errors; 2: wrong use. With --report json the report goes to stdout
    (to stderr when the message does).
    """
    if due:
        if connector or source or snapshot or target or diff:
            raise click.UsageError("--due takes its sources from the calendar; name none.")
        run_due(publish=publish, how=report)
        return
    if publish:
        raise click.UsageError("--publish goes with --due; a single file: `mighub submit`.")
    connector = _named(connector)
    if (source is None) == (snapshot is None):
        raise click.UsageError("Give --input for a file, or --snapshot for one the hub keeps.")
    if diff == (target is not None):
        raise click.UsageError("Give --output for the message, or --diff for a dry run.")
    if target is None:
        _diff(connector, source, snapshot, report, limit)
        return
    with _file(connector, source, snapshot) as path, progress() as say:
        say(f"Reading {path.name} ...")
        checked = Checked(catalogue.read(connector, path, structures_in_use()), path.name, say)
    checked.write(target, format_, report=report)


def _named(connector: str | None) -> str:
    """The connector; none, or one that there is not, is wrong use."""
    if connector is None:
        raise click.UsageError("Name a connector (see `mighub connectors list`), or give --due.")
    if connector != REPORTING:
        known_record(connector)
    return connector


@contextmanager
def _file(connector: str, source: str | None, snapshot: str | None) -> Iterator[Path]:
    """The file to read: one of the caller's, or a snapshot."""
    if source is not None:
        with source_file(source) as path:
            yield path
        return
    from hub.store.snapshots import as_file, find_snapshot  # noqa: PLC0415

    with required_hub() as hub, as_file(hub, find_snapshot(hub, str(snapshot), connector)) as path:
        yield path


def _diff(
    connector: str, source: str | None, snapshot: str | None, report: str, limit: int
) -> None:
    """Show what a file would change; exit code 1 when it has errors and cannot be published."""
    # The store, and the database under it, are only needed here.
    from connectors.differences import show_previews  # noqa: PLC0415
    from hub.intake.preview import preview  # noqa: PLC0415
    from hub.store.home import Hub  # noqa: PLC0415

    with (
        Hub.open(Settings.load()) as hub,
        _file(connector, source, snapshot) as path,
        progress() as say,
    ):
        say(f"Reading {path.name} ...")
        message = catalogue.read(connector, path, hub.structures)
        say("Comparing ...")
        checked, previews = preview(hub, message, file=path.name, connector=connector, limit=limit)
    if report == "json":
        show_json({"report": checked.to_dict(), "diff": [each.to_dict() for each in previews]})
    else:
        show_report(checked, refused="refused, and could not be published as it is")
        show_previews(previews)
    if not checked.valid:
        sys.exit(1)
