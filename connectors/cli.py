"""``mighub connectors``: which sources there are, and a national file as an SDMX message."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from connectors import catalogue
from connectors.framework.record import SourceRecord
from hub.errors import HubError, NotFound
from hub.messages.api import WriteOptions, write_data
from hub.messages.formats import Kind, by_name, formats
from hub.model.dataset import Block
from hub.model.findings import Report, Severity
from hub.structures.repository import StructureSet
from hub.validation import validate

__all__ = ["connectors"]

#: Findings that the table shows; all of them are in the JSON report.
_SHOWN = 200
_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}
_FORMATS = [format_.name for format_ in formats(Kind.DATA) if format_.writer is not None]


@click.group()
def connectors() -> None:
    r"""National files in, SDMX messages out.

    \b
    Examples:
      mighub connectors list
      mighub connectors show mex/upm_air_entries
      mighub connectors run mex/upm_air_entries --input cuadro131.xls --output out.xml
    """


@connectors.command("list")
@click.option("--format", "how", type=click.Choice(["table", "json"]), default="table")
def list_(how: str) -> None:
    r"""List the sources the hub can read.

    \b
    Examples:
      mighub connectors list
      mighub connectors list --format json
    """
    records = [catalogue.record(id_) for id_ in catalogue.ids()]
    if how == "json":
        _json([record.summary() for record in records])
        return
    table = Table(box=None, pad_edge=False)
    for header in ("Connector", "Source", "Publisher", "Dataflow"):
        table.add_column(header, overflow="fold")
    for record in records:
        table.add_row(
            record.id, record.title["en"], record.publisher["acronym"], str(record.dataflow)
        )
    Console().print(table)


@connectors.command()
@click.argument("connector")
@click.option("--format", "how", type=click.Choice(["table", "json"]), default="table")
def show(connector: str, how: str) -> None:
    r"""Show what is known about a source: publisher, licence, coverage, layouts, samples.

    \b
    Examples:
      mighub connectors show mex/upm_air_entries
      mighub connectors show int/undesa_stock --format json
    """
    record = _record(connector)
    if how == "json":
        _json(record.summary())
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in record.summary().items():
        table.add_row(name.replace("_", " "), "\n".join(_lines(value)))
    Console().print(table)


def _lines(value: object) -> Iterator[str]:
    match value:
        case dict():
            for key, part in value.items():
                inner = list(_lines(part))
                yield f"{key}: {inner[0] if len(inner) == 1 else ', '.join(inner)}"
        case list():
            for part in value:
                yield from _lines(part)
        case _:
            yield str(value)


@connectors.command()
@click.argument("connector")
@click.option("--input", "-i", "source", required=True, help="The publisher's file; - is stdin.")
@click.option("--output", "-o", "target", required=True, help="The message; - is stdout.")
@click.option(
    "--format",
    "-f",
    "format_",
    type=click.Choice(_FORMATS),
    default="sdmx-ml-2.1",
    show_default=True,
    help="Format of the message.",
)
@click.option(
    "--report", type=click.Choice(["table", "json"]), default="table", help="Form of the report."
)
def run(connector: str, source: str, target: str, format_: str, report: str) -> None:
    r"""Read a national file, check it and write it as an SDMX message.

    Nothing is written when the file has errors; each is shown with its sheet, row and column.
    Exit code 0: written; 1: errors; 2: wrong use. With --report json the report goes to stdout
    (to stderr when the message does).

    \b
    Examples:
      mighub connectors run mex/upm_air_entries --input cuadro131.xls --output out.xml
      mighub connectors run int/undesa_stock -i stock.xlsx -o - -f sdmx-csv-2.0
    """
    _record(connector)
    if source != "-" and not Path(source).is_file():
        raise click.UsageError(f"There is no file {source}")
    say = _progress()
    out = Console(stderr=target == "-" or report == "table")
    try:
        with _file(source) as path:
            written = _run(connector, path, say)
    except HubError as error:
        click.echo(f"{error.title}: {error.message}", err=True)
        sys.exit(1)
    header, blocks, checked = written
    if report == "json":
        _json(checked.to_dict(), err=target == "-")
    else:
        _table(checked, out)
    if not checked.valid:
        sys.exit(1)
    say(f"Writing {checked.observations} observations as {format_} ...")
    chunks = write_data(blocks, by_name(format_), header, WriteOptions())
    _write(chunks, target)
    say("")


def _run(connector: str, path: Path, say: Callable[[str], None]):  # type: ignore[no-untyped-def]
    say(f"Reading {path.name} ...")
    message = catalogue.read(connector, path, StructureSet.shipped())
    say("Checking ...")
    blocks: list[Block] = []
    report = validate(message, blocks.append, file=path.name)
    assert message.header is not None
    return message.header, blocks, report


def _record(connector: str) -> SourceRecord:
    try:
        return catalogue.record(connector)
    except NotFound as error:
        raise click.UsageError(error.message) from None


@contextlib.contextmanager
def _file(source: str) -> Iterator[Path]:
    if source != "-":
        yield Path(source)
        return
    with tempfile.TemporaryDirectory(prefix="mighub-") as folder:
        path = Path(folder) / "stdin"
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield path


def _write(chunks: Iterable[bytes], target: str) -> None:
    """Write the message; a file appears whole or not at all."""
    if target == "-":
        stream = sys.stdout.buffer
        for chunk in chunks:
            stream.write(chunk)
        stream.flush()
        return
    path = Path(target)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.writelines(chunks)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _table(report: Report, console: Console) -> None:
    if report.findings:
        table = Table(title=None, show_lines=False)
        for header in ("Sheet", "Row", "Column", "Rule", "What to do"):
            table.add_column(header, overflow="fold")
        for finding in report.findings[:_SHOWN]:
            hint = f" Perhaps {finding.suggestion!r}?" if finding.suggestion else ""
            table.add_row(
                finding.sheet or "",
                str(finding.row or finding.line or ""),
                finding.column or "",
                f"[{_STYLES[finding.severity]}]{finding.rule}[/]",
                f"{finding.message}{hint}",
            )
        console.print(table)
    counts = ", ".join(f"{count} {name}" for name, count in report.counts.items() if count)
    if len(report.findings) > _SHOWN:
        counts += f" (the first {_SHOWN} are shown; --report json has more)"
    state = "in order" if report.valid else "refused, nothing was written"
    console.print(f"{report.observations} observations, {counts or 'no findings'}: {state}.")


def _json(value: object, *, err: bool = False) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2), err=err)


def _progress() -> Callable[[str], None]:
    """A line on stderr that is overwritten, when stderr is a terminal."""
    if not sys.stderr.isatty():
        return lambda _: None

    def say(text: str) -> None:
        click.echo(f"\r\x1b[K{text}", nl=False, err=True)

    return say
