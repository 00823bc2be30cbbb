"""``mighub audit``: the audit trail, checked and exported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from hub.settings import Settings
from hub.store import audit as trail
from hub.store.home import Hub
from hub.terminal import HubGroup, write_whole

__all__ = ["audit"]

_PAGE = 5000


@click.group(cls=HubGroup, epilog="Example: mighub audit verify")
def audit() -> None:
    """Who did what: a trail that shows when it was changed."""


@audit.command(epilog="Example: mighub audit verify --export trail-2026-06.jsonl")
@click.option(
    "--export", "export_", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An earlier export, with which the trail has to begin.",
)  # fmt: skip
def verify(export_: Path | None) -> None:
    """Follow the chain of hashes from the first line; exit code 1 when it is broken."""
    with Hub.open(Settings.load()) as hub:
        verdict = trail.verify(hub.catalogue, None if export_ is None else _lines(export_))
    if verdict.fault is not None:
        raise click.ClickException(verdict.fault)
    click.echo(f"{verdict.lines} lines, unbroken. Last: {verdict.head}")


@audit.command(epilog="Example: mighub audit export trail.jsonl")
@click.argument("target", default="-")
def export(target: str) -> None:
    """Write the trail to TARGET as JSON, one line each; keep it elsewhere for `verify`."""
    with Hub.open(Settings.load()) as hub:
        # An export is itself something that was done, and stands in it.
        hub.audit("command line", "audit.exported", "audit")
        write_whole(_exported(hub), target)


def _exported(hub: Hub) -> Iterator[bytes]:
    after = 0
    while page := trail.entries(hub.catalogue, after=after, limit=_PAGE):
        for entry in page:
            yield json.dumps(entry.to_dict(), ensure_ascii=False).encode() + b"\n"
        after = page[-1].id


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("r", encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                found = json.loads(line)
            except ValueError:
                raise click.ClickException(f"Line {number} of {path.name} is no JSON.") from None
            yield found
