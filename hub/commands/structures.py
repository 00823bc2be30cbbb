"""``mighub structures``: structures out of the hub, into it, and side by side."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.table import Table

from hub.commands.options import structures_in_use
from hub.settings import Settings
from hub.terminal import console, examples, show_json, source_file, write_whole

if TYPE_CHECKING:
    from hub.structures.diff import Diff
    from hub.structures.submission import SubmissionResult

__all__ = ["structures"]


@click.group()
def structures() -> None:
    """Codelists, concepts, data structures, dataflows, providers, agreements, constraints."""


@structures.command(
    epilog=examples(
        "mighub structures export -o structures.xml",
        "mighub structures export --agency MIGHUB --id CL_AREA --pretty",
    )
)
@click.option("--agency", help="Only artefacts of this agency.")
@click.option("--id", "id_", help="Only artefacts with this id.")
@click.option("--pretty", is_flag=True, help="Indent the XML.")
@click.option("--output", "-o", default="-", help="File to write; - is standard output.")
def export(agency: str | None, id_: str | None, pretty: bool, output: str) -> None:
    """Write structures as one SDMX-ML 2.1 structure message.

    What SDMX 2.1 has not, such as metadata providers, is left out unless --id names it.
    """
    from hub.model.dataset import Header  # noqa: PLC0415
    from hub.structures import ml21_write  # noqa: PLC0415
    from hub.structures.kinds import KINDS, kind_of  # noqa: PLC0415
    from hub.structures.repository import StructureSet  # noqa: PLC0415

    found = structures_in_use()
    assert isinstance(found, StructureSet)
    chosen = [
        a
        for a in found
        if (agency is None or a.maintainer.id == agency)
        and (a.id == id_ if id_ is not None else bool(KINDS[kind_of(a).name].element))
    ]
    if not chosen:
        raise click.UsageError("No artefact has that agency and id.")
    header = Header("STRUCTURES", "MIGHUB", datetime.now(UTC))
    write_whole([ml21_write.write(chosen, header, pretty=pretty)], output)


_HOW = click.option("--format", "how", type=click.Choice(["table", "json"]), default="table")
_STYLES = {"none": "green", "patch": "green", "minor": "yellow", "major": "red"}


@structures.command(
    epilog=examples(
        "mighub structures load codelists.xml --dry-run",
        "mighub structures load - --action append < structures.json",
    )
)
@click.argument("file")
@click.option("--dry-run", is_flag=True, help="Say what would happen, change nothing.")
@click.option(
    "--action",
    type=click.Choice(["append", "merge", "replace", "delete"]),
    default="replace",
    show_default=True,
    help="append changes nothing that is there; merge adds and replaces items of a scheme.",
)
@_HOW
def load(file: str, dry_run: bool, action: str, how: str) -> None:
    """Load the structures in FILE into the hub in HUB_HOME.

    FILE is a structure message in any format the hub reads. What breaks no rule is stored, the
    rest is refused with the reason. Exit code 0 when all went well, 1 when something was refused.
    """
    from hub.messages.structures_read import read_structures  # noqa: PLC0415
    from hub.store.home import Hub  # noqa: PLC0415
    from hub.structures.submission import Change, StructureAction  # noqa: PLC0415

    with source_file(file) as path, Hub.open(Settings.load()) as hub:
        wanted = StructureAction(action.title())
        changes = [Change.of(artefact, wanted) for artefact in read_structures(path)]
        if not changes:
            raise click.UsageError("There are no structures in the file.")
        results = hub.maintain(changes, actor="command line", dry_run=dry_run).results
    if how == "json":
        show_json({"dry_run": dry_run, "results": [_result(r) for r in results]})
    else:
        _show_results(results, dry_run=dry_run)
    sys.exit(0 if all(r.ok for r in results) else 1)


def _result(result: SubmissionResult) -> dict[str, Any]:
    return {
        "urn": result.urn,
        "action": result.action.value,
        "status": result.status.value,
        "code": result.code,
        "messages": list(result.texts),
    }


def _show_results(results: tuple[SubmissionResult, ...], *, dry_run: bool) -> None:
    table = Table("Kind", "Artefact", "Result", "Message", show_lines=False)
    for result in results:
        style = "green" if result.ok else "red"
        texts = escape(" ".join(result.texts))
        name = escape(str(result.key.ref))
        table.add_row(result.key.kind, name, f"[{style}]{result.status.value}[/]", texts)
    console().print(table)
    good = sum(r.ok for r in results)
    tail = " Nothing was changed: this was a dry run." if dry_run else ""
    console().print(f"{good} in order, {len(results) - good} refused.{tail}")


@structures.command(
    epilog=examples(
        "mighub structures diff old.xml new.xml",
        "mighub structures diff 'MIGHUB:CL_AREA(1.0.0)' new.json",
        "mighub structures diff URN URN --format json",
    )
)
@click.argument("left")
@click.argument("right")
@_HOW
def diff(left: str, right: str, how: str) -> None:
    """Say what changed from LEFT to RIGHT, and whether it is patch, minor or major.

    Each side is a file with a structure message, or an artefact of the hub by its URN or as
    AGENCY:ID(VERSION). Artefacts of the same kind, agency and id are compared; two files with one
    artefact each are compared whatever their ids are. Exit code 1 when the version on the right is
    not as far from that on the left as the change is, or an artefact is on one side only.
    """
    from hub.commands.structure_pairs import pairs  # noqa: PLC0415

    found, alone = pairs(left, right)
    if how == "json":
        show_json({"diffs": [d.to_dict() for d in found], "on_one_side_only": alone})
    else:
        for one in found:
            _show_diff(one)
        for text in alone:
            click.echo(f"On one side only: {text}")
    sys.exit(0 if not alone and all(d.respected for d in found) else 1)


def _show_diff(found: Diff) -> None:
    out = console()
    if found.rows:
        table = Table("Change", "Part", "Property", "Before", "After", "Impact", show_lines=False)
        for row in found.rows:
            word = row.impact.word
            shown = (row.change, f"{row.part} {row.path}".strip(), row.fact, row.before or "",
                     row.after or "")  # fmt: skip
            reason = f"[{_STYLES[word]}]{word}[/]: {row.reason}"
            table.add_row(*(escape(text) for text in shown), reason)
        out.print(table)
    word = found.impact.word
    names = f"{found.left.kind} {found.left.ref} -> {found.right.ref}"
    advice = "" if found.respected else f" It needs version {found.suggested} or later."
    out.print(f"{escape(names)}: [{_STYLES[word]}]{word}[/].{escape(advice)}")
