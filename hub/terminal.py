"""What commands print: progress on stderr when it is a terminal, reports as tables or JSON."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

import click
from click.shell_completion import CompletionItem
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hub.errors import DataRefused, HubError
from hub.model.findings import Finding, Report, Severity

__all__ = [
    "HubGroup",
    "LaterGroup",
    "console",
    "examples",
    "progress",
    "show_json",
    "show_report",
    "source_file",
    "write_made",
    "write_whole",
]

#: Findings that a table shows; the JSON report has all of them.
_SHOWN = 200
_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}


class HubGroup(click.Group):
    """A group of commands in which an error of the hub is one sentence and exit code 1."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except DataRefused as error:
            show_report(error.report)
            raise click.ClickException(error.message) from None
        except HubError as error:
            raise click.ClickException(error.message) from None


class LaterGroup(HubGroup):
    """A group that imports a command when it is run, so that help and completion come at once.

    ``later`` has, by name, where the command stands (``module:attribute``) and the first sentence
    of its help.
    """

    def __init__(self, *args: Any, later: Mapping[str, tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.later = later

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, sorted."""
        return sorted(self.later)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command; ``None`` where there is none of that name."""
        if cmd_name not in self.later:
            return None
        module, attribute = self.later[cmd_name][0].split(":")
        found = getattr(import_module(module), attribute)
        assert isinstance(found, click.Command)
        return found

    def summary(self, ctx: click.Context, name: str) -> str:
        """What a command does, in a sentence."""
        return self.later[name][1]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands, in the help of the group."""
        with formatter.section("Commands"):
            formatter.write_dl([(n, self.summary(ctx, n)) for n in self.list_commands(ctx)])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """What a shell offers for the beginning of a word."""
        names = [n for n in self.list_commands(ctx) if n.startswith(incomplete)]
        found = [CompletionItem(n, help=self.summary(ctx, n)) for n in names]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]


def examples(*lines: str, head: str = "Examples") -> str:
    """The end of a command's help: examples, each on a line of its own."""
    # Click folds what does not begin with this sign into one paragraph.
    return "\n".join(("\b", f"{head}:", *(f"  {line}" for line in lines)))


def console(*, err: bool = False) -> Console:
    """A console that does not fold tables where there is no terminal to fold them for."""
    stream = sys.stderr if err else sys.stdout
    return Console(stderr=err, width=None if stream.isatty() else 160, highlight=False)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A line on stderr that each call overwrites; nothing where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with console(err=True).status("") as status:

        def say(text: str) -> None:
            status.update(text)

        yield say


@contextmanager
def source_file(source: str) -> Iterator[Path]:
    """A path of ``source``, of which ``-`` is standard input."""
    if source != "-":
        path = Path(source)
        if not path.is_file():
            raise click.UsageError(f"There is no file {source!r}.")
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="mighub-") as folder:
        path = Path(folder) / "stdin"
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield path


def write_whole(chunks: Iterable[bytes], target: str) -> None:
    """Write to a file, which appears whole or not at all; ``-`` is standard output.

    A link stays one, and what is no file (a pipe, ``/dev/null``) is written to, not replaced.
    """
    if target == "-":
        sys.stdout.buffer.writelines(chunks)
        sys.stdout.buffer.flush()
        return
    path = Path(target).resolve()
    if path.exists() and not path.is_file():
        with _opened(path, target) as there:
            there.writelines(chunks)
        return
    part = path.with_name(f".{path.name}.part")
    try:
        with _opened(part, target) as file:
            file.writelines(chunks)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _opened(path: Path, target: str) -> BinaryIO:
    try:
        return path.open("wb")
    except OSError as error:
        raise click.UsageError(f"{target} cannot be written: {error.strerror}.") from None


def write_made(content: bytes, target: str) -> None:
    """Write a file that was made, and say so; ``-`` is standard output."""
    write_whole([content], target)
    if target != "-":
        click.echo(f"{target}: {len(content):,} bytes", err=True)


def show_json(value: object, *, err: bool = False) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2), err=err)


def show_report(
    report: Report,
    *,
    err: bool = True,
    refused: str = "refused",
    say: Callable[[Finding], str] = lambda finding: finding.message,
) -> None:
    """Print findings as a table and the verdict as a sentence.

    ``refused`` is what follows from errors, for instance that nothing was written; ``say`` tells a
    finding in the reader's language, its suggestion not included.
    """
    out = console(err=err)
    if report.findings:
        table = Table(show_lines=False)
        for header in ("Sheet", "Row", "Column", "Rule", "What to do"):
            table.add_column(header, overflow="fold")
        for finding in report.findings[:_SHOWN]:
            hint = f" Perhaps {finding.suggestion!r}?" if finding.suggestion else ""
            place = finding.row if finding.row is not None else finding.line
            table.add_row(
                escape(finding.sheet or ""),
                "" if place is None else str(place),
                escape(finding.column or ""),
                f"[{_STYLES[finding.severity]}]{finding.rule}[/]",
                escape(f"{say(finding)}{hint}"),
            )
        out.print(table)
    counts = ", ".join(f"{count} {name}" for name, count in report.counts.items() if count)
    if sum(report.counts.values()) > _SHOWN:
        counts += f" (the first {_SHOWN} are shown; the JSON report has more)"
    state = "in order" if report.valid else refused
    out.print(f"{report.observations:,} observations, {counts or 'no findings'}: {state}.")
