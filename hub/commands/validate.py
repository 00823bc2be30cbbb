"""``mighub validate``: the report an office gets before it sends anything anywhere."""

from __future__ import annotations

import sys

import click

from hub.commands.options import READABLE, format_of, structures_in_use
from hub.errors import RequestSyntaxError
from hub.model.findings import Report
from hub.plugins import connector_catalogue
from hub.terminal import progress, show_json, show_report, source_file

__all__ = ["validate"]


@click.command(
    epilog="Examples: mighub validate flows.csv | mighub validate c131.xls --connector "
    "mex/upm_air_entries | mighub validate - --format json < message.xml"
)
@click.argument("file")
@click.option("--connector", help="Read FILE as this national source.")
@click.option("--input-format", type=click.Choice(READABLE), help="Instead of finding it out.")
@click.option("--format", "how", type=click.Choice(["table", "json"]), default="table")
def validate(file: str, connector: str | None, input_format: str | None, how: str) -> None:
    """Check FILE and say what is wrong, where, and what to do.

    FILE is an SDMX data message, or with --connector a national file; - is standard input. Exit
    code 0 when it may be published, 1 when not.
    """
    with source_file(file) as path, progress() as say:
        say("Checking ...")
        name = "stdin" if file == "-" else path.name
        report = _report(path, name, connector, input_format)
    if how == "json":
        show_json(report.to_dict())
    else:
        show_report(report, err=False, refused="not publishable as it is")
    sys.exit(0 if report.valid else 1)


def _report(path, name: str, connector: str | None, format_: str | None) -> Report:  # type: ignore[no-untyped-def]
    from hub.validation import check_file, validate  # noqa: PLC0415
    from hub.validation.dataset import syntax_finding  # noqa: PLC0415

    structures = structures_in_use()
    if connector is not None:
        message = connector_catalogue().read(connector, path, structures)
        return validate(message, file=name)
    try:
        return check_file(path, format_of(path, format_), structures, file=name)
    except RequestSyntaxError as error:
        report = Report()
        report.add(syntax_finding(error, name))
        return report
