"""``mighub deliver``: packs for consumers."""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from hub.errors import RequestSyntaxError
from hub.model.schema import StructureRef
from hub.settings import Settings
from hub.terminal import console, examples, progress, show_json

if TYPE_CHECKING:
    from hub.delivery.ledger import Entry
    from hub.store.home import Hub

__all__ = ["deliver"]


@click.command(
    epilog=examples(
        "mighub deliver",
        "mighub deliver oecd -o oecd.zip",
        'mighub deliver partner --dataflow "MIGHUB:DF_MIG_BORDER(1.0.0)" -o pack',
    )
)
@click.argument("consumer", required=False)
@click.option(
    "--dataflow", "dataflows", multiple=True, metavar="AGENCY:ID(VERSION)",
    help="Only this dataflow; may be repeated.",
)  # fmt: skip
@click.option(
    "--output", "-o", type=click.Path(path_type=Path),
    help="A file that ends with .zip, or a folder that is not there yet.",
)  # fmt: skip
@click.option("--format", "how", type=click.Choice(["table", "json"]), default="table")
def deliver(
    consumer: str | None, dataflows: tuple[str, ...], output: Path | None, how: str
) -> None:
    """Make a pack for CONSUMER: its messages, manifest, structures, checks, and what changed.

    Without CONSUMER: who there is, and which packs were made. Exit code 0 when every message is
    valid for the consumer's structure, 1 when one is not.
    """
    from hub.delivery.consumers import consumer as known  # noqa: PLC0415
    from hub.delivery.pack import make  # noqa: PLC0415
    from hub.store.home import Hub  # noqa: PLC0415

    if output is not None and output.exists() and output.suffix != ".zip":
        raise click.UsageError(f"{output} is there already.")
    with Hub.open(Settings.load()) as hub:
        if consumer is None:
            _overview(hub, how)
            return
        chosen = [_ref(text) for text in dataflows]
        with progress() as say:
            say("Making the pack ...")
            actor = f"command line, user {os.getuid()}"
            made = make(hub, known(hub, consumer), actor=actor, dataflows=chosen)
        if output is not None:
            _write(hub, made, output)
    _show(made, how)
    messages = [m for d in made.manifest["datasets"] for m in d["messages"]]
    sys.exit(0 if all(m["report"]["valid"] for m in messages) else 1)


def _ref(text: str) -> StructureRef:
    try:
        return StructureRef.parse(text)
    except ValueError as error:
        raise RequestSyntaxError(f"--dataflow: {error}.") from None


def _write(hub: Hub, made: Entry, output: Path) -> None:
    from hub.delivery.ledger import file_of  # noqa: PLC0415

    path = file_of(hub, made)
    if output.suffix == ".zip":
        shutil.copyfile(path, output)
        return
    with zipfile.ZipFile(path) as packed:
        packed.extractall(output)


def _show(made: Entry, how: str) -> None:
    if how == "json":
        show_json({"id": made.id, "sha256": made.sha256, "manifest": made.manifest})
        return
    table = Table("Dataset", "Observations", "New", "Revised", "Withdrawn", "Message", "Check")
    for one in made.manifest["datasets"]:
        changes = one["changes"] or {}
        for message in one["messages"] or [{"file": "", "report": None}]:
            report = message["report"]
            many = message.get("observations", one["observations"])
            check = "" if report is None else "in order" if report["valid"] else "refused"
            if report and any(report["counts"].values()):
                check += ": " + ", ".join(f"{n} {w}" for w, n in report["counts"].items() if n)
            counts = (str(changes.get(k, "")) for k in ("inserted", "updated", "deleted"))
            table.add_row(one["dataflow"], f"{many:,}", *counts, message["file"], check)
            changes = {}  # told once
    console().print(table)
    console().print(f"Pack {made.id}, data as of {made.manifest['as_of']}, SHA-256 {made.sha256}")


def _overview(hub: Hub, how: str) -> None:
    from hub.delivery.consumers import consumers  # noqa: PLC0415
    from hub.delivery.ledger import entries  # noqa: PLC0415

    found, made = consumers(hub), entries(hub)
    if how == "json":
        show_json(
            {
                "consumers": [
                    {"id": c.id, "names": dict(c.names),
                     "dataflows": {str(ref): list(f) for ref, f in c.dataflows.items()}}
                    for c in found
                ],
                "packs": [
                    {"id": p.id, "consumer": p.consumer, "as_of": p.as_of.isoformat(),
                     "sha256": p.sha256, "size": p.size}
                    for p in made
                ],
            }
        )  # fmt: skip
        return
    table = Table("Consumer", "Name", "Dataflows")
    for c in found:
        table.add_row(c.id, c.names["en"], "\n".join(map(str, c.dataflows)))
    console().print(table)
    packs = Table("Pack", "Consumer", "Data as of", "Bytes", "SHA-256")
    for p in made:
        packs.add_row(
            str(p.id), p.consumer, f"{p.as_of:%Y-%m-%d %H:%M:%S}", f"{p.size:,}", p.sha256
        )
    console().print(packs)
