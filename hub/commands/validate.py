"""``mighub validate``: the report an office gets before it sends anything anywhere."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from hub.commands.options import READABLE, dataflow_option, format_of, named, structures_in_use
from hub.errors import RequestSyntaxError
from hub.model.findings import Report
from hub.plugins import connector_catalogue
from hub.terminal import progress, show_json, show_report, source_file

__all__ = ["validate"]

_OUT = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command(
    epilog="Examples: mighub validate flows.csv | mighub validate c131.xls --connector "
    "mex/upm_air_entries --report-xlsx marked.xlsx --lang es | "
    "mighub validate - --format json < message.xml"
)
@click.argument("file")
@click.option("--connector", help="Read FILE as this national source.")
@click.option("--input-format", type=click.Choice(READABLE), help="Instead of finding it out.")
@dataflow_option()
@click.option("--format", "how", type=click.Choice(["table", "json"]), default="table")
@click.option("--report-html", type=_OUT, help="Write the report as a page for people.")
@click.option("--report-csv", type=_OUT, help="Write the report as a table.")
@click.option("--report-xlsx", type=_OUT, help="Write FILE as a workbook with its cells marked.")
@click.option("--lang", type=click.Choice(["en", "es"]), default="en", help="Of these reports.")
def validate(
    file: str,
    *,
    connector: str | None,
    input_format: str | None,
    dataflow: str | None,
    how: str,
    report_html: Path | None,
    report_csv: Path | None,
    report_xlsx: Path | None,
    lang: str,
) -> None:
    """Check FILE and say what is wrong, where, and what to do.

    FILE is an SDMX data message, or with --connector a national file; - is standard input. Exit
    code 0 when it may be published, 1 when not.
    """
    with source_file(file) as path, progress() as say:
        say("Checking ...")
        name = "stdin" if file == "-" else path.name
        report = _report(path, name, connector, input_format, dataflow)
        _write(report, path, name, lang, html=report_html, table=report_csv, book=report_xlsx)
    if how == "json":
        show_json(report.to_dict())
    else:
        show_report(report, err=False, refused="not publishable as it is")
    sys.exit(0 if report.valid else 1)


def _write(
    report: Report,
    path: Path,
    name: str,
    language: str,
    *,
    html: Path | None,
    table: Path | None,
    book: Path | None,
) -> None:
    """Write the reports that were asked for."""
    from hub.validation.report_csv import write_csv  # noqa: PLC0415
    from hub.validation.report_html import write_html  # noqa: PLC0415
    from hub.validation.report_xlsx import write_xlsx  # noqa: PLC0415

    content = report.to_dict()
    if html is not None:
        html.write_text(write_html(content, language, file=name), "utf-8")
    if table is not None:
        table.write_bytes(b"".join(write_csv(content, language)))
    if book is not None:
        book.write_bytes(write_xlsx(content, path, language))


def _report(  # type: ignore[no-untyped-def]
    path, name: str, connector: str | None, format_: str | None, dataflow: str | None
) -> Report:
    from hub.validation import check_file, validate  # noqa: PLC0415
    from hub.validation.dataset import syntax_finding  # noqa: PLC0415

    structures = structures_in_use()
    if connector is not None:
        message = connector_catalogue().read(connector, path, structures)
        return validate(message, file=name)
    try:
        resolver = named(structures, dataflow)
        return check_file(path, format_of(path, format_), resolver, file=name)
    except RequestSyntaxError as error:
        report = Report()
        report.add(syntax_finding(error, name))
        return report
