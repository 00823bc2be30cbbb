"""``mighub validate``: the report an office gets before it sends anything anywhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.commands.options import READABLE, dataflow_option, format_of, hub_in_use, named
from hub.errors import RequestSyntaxError
from hub.model.findings import Report
from hub.plugins import connector_catalogue
from hub.settings import Settings
from hub.structures.repository import StructureSet
from hub.terminal import examples, progress, show_json, show_report, source_file, write_whole

if TYPE_CHECKING:
    from hub.validation.field import FieldContext

__all__ = ["validate"]

_OUT = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command(
    epilog=examples(
        "mighub validate flows.csv",
        "mighub validate c131.xls --connector mex/upm_air_entries --report-xlsx out.xlsx --lang es",
        "mighub validate - --format json < message.xml",
    )
)
@click.argument("file")
@click.option("--connector", help="Read FILE as this national source.")
@click.option("--input-format", type=click.Choice(READABLE), help="Instead of finding it out.")
@dataflow_option()
@click.option("--provider", help="Who sends: the data provider whose agreements are to hold.")
@click.option("--format", "how", type=click.Choice(["table", "json"]), default="table")
@click.option("--report-html", type=_OUT, help="Write the report as a page for people.")
@click.option("--report-csv", type=_OUT, help="Write the report as a table.")
@click.option("--report-xlsx", type=_OUT, help="Write FILE as a workbook with its cells marked.")
@click.option("--lang", type=click.Choice(["en", "es"]), default="en", help="Of the report.")
@click.option(
    "--split",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write what is valid, the rest, and the rules it broke into FOLDER.",
)
def validate(
    file: str,
    *,
    connector: str | None,
    input_format: str | None,
    dataflow: str | None,
    provider: str | None,
    how: str,
    report_html: Path | None,
    report_csv: Path | None,
    report_xlsx: Path | None,
    lang: str,
    split: Path | None,
) -> None:
    """Check FILE and say what is wrong, where, and what to do.

    FILE is an SDMX data message, or with --connector a national file; - is standard input. Where
    HUB_HOME is a hub, its structures, its rule files (rules/*.yaml) and what it has published are
    used. Exit code 0 when it may be published, 1 when not.
    """
    from hub.validation import render  # noqa: PLC0415
    from hub.validation.report_words import told  # noqa: PLC0415

    with source_file(file) as path, progress() as say:
        say("Checking ...")
        name = "stdin" if file == "-" else path.name
        report = _report(path, name, connector, input_format, dataflow, provider)
        if split is not None and not report.valid:
            _split(path, name, connector, input_format, dataflow, provider, split)
        _write(report, path, name, lang, html=report_html, table=report_csv, book=report_xlsx)
    if how == "json":
        show_json(told(report.to_dict(), lang))
    else:
        show_report(
            report, err=False, refused="not publishable as it is", say=lambda f: render(f, lang)
        )
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
        write_whole([write_html(content, language, file=name).encode()], str(html))
    if table is not None:
        write_whole(write_csv(content, language), str(table))
    if book is not None:
        write_whole([write_xlsx(content, path, language)], str(book))


def _split(
    path: Path,
    name: str,
    connector: str | None,
    format_: str | None,
    dataflow: str | None,
    provider: str | None,
    target: Path,
) -> None:
    """Write the parts of a faulty file; say so when it has none."""
    from hub.intake.apart import part_file  # noqa: PLC0415
    from hub.messages.api import read_data  # noqa: PLC0415

    with _judged_by(provider) as (structures, context):
        if connector is not None:
            message, chosen = connector_catalogue().read(connector, path, structures), None
        else:
            chosen = format_of(path, format_).name
            message = read_data(path, chosen, named(structures, dataflow))
        sender = Settings.load().sender
        parts = part_file(
            message, target, file=name, format_=chosen, context=context, sender=sender
        )
    if parts is None:
        click.echo("The file cannot be parted: it has to be corrected as a whole.", err=True)
        return
    rows = ", ".join(f"{part}: {about['rows']:,} rows" for part, about in parts.items())
    click.echo(f"{target}: {rows}", err=True)


@contextmanager
def _judged_by(provider: str | None) -> Iterator[tuple[StructureSet, FieldContext]]:
    """Structures, and what the rules of the field may ask: those of the hub where there is one."""
    from hub.intake.field import RULES, field_context  # noqa: PLC0415
    from hub.validation.field import FieldContext, learn, load_rules, shipped_rules  # noqa: PLC0415

    with hub_in_use() as hub:
        if hub is None:
            own = learn(load_rules(Settings.load().home / RULES))
            yield StructureSet.shipped(), FieldContext(rules=(*shipped_rules(), *own))
        else:
            yield hub.structures, field_context(hub, provider)


def _report(
    path: Path,
    name: str,
    connector: str | None,
    format_: str | None,
    dataflow: str | None,
    provider: str | None,
) -> Report:
    from hub.validation import check_file, validate  # noqa: PLC0415
    from hub.validation.dataset import syntax_finding  # noqa: PLC0415

    with _judged_by(provider) as (structures, context):
        try:
            if connector is not None:
                message = connector_catalogue().read(connector, path, structures)
                return validate(message, file=name, field=context)
            resolver = named(structures, dataflow)
            return check_file(path, format_of(path, format_), resolver, file=name, field=context)
        except RequestSyntaxError as error:
            report = Report()
            report.add(syntax_finding(error, name))
            return report
