"""``mighub backup``, ``restore``, ``doctor``, ``migrate``: what an operator does with a hub."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.settings import Settings
from hub.terminal import console, examples, progress, show_json

if TYPE_CHECKING:
    from hub.operations.finding import Found

__all__ = ["backup", "doctor", "migrate", "restore"]

_FORMAT = click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table")


@click.command(epilog="Example: mighub backup /mnt/backups/hub")
@click.argument("destination")
@_FORMAT
def backup(destination: str, format_: str) -> None:
    """Back the hub in HUB_HOME up to DESTINATION, a folder or s3://bucket/folder.

    The hub may go on serving and taking data in. What an earlier backup in DESTINATION holds is
    not copied again. Whoever has a backup has all that the hub has, hashes of passwords and keys
    included: keep it as safe. hub.toml and the environment are not part of it.
    """
    from hub.operations.backup import backup as run  # noqa: PLC0415
    from hub.store.home import Hub  # noqa: PLC0415

    with Hub.open(Settings.load()) as hub, progress() as say:
        made = run(hub, destination, say)
    held = made.manifest
    if format_ == "json":
        show_json(
            {
                "id": held.id,
                "taken_at": held.taken_at.isoformat(),
                "files": len(held.files),
                "bytes": held.size,
                "copied_files": made.copied_files,
                "copied_bytes": made.copied_bytes,
            }
        )
        return
    click.echo(f"Backup  {held.id}")
    click.echo(f"Holds   {len(held.files):,} files, {held.size:,} bytes")
    click.echo(f"Copied  {made.copied_files:,} files, {made.copied_bytes:,} bytes")


@click.command(
    epilog=examples(
        "HUB_HOME=/srv/hub mighub restore s3://backups/hub --backup ID",
        "mighub restore /mnt/backups/hub --home /srv/new-hub",
    )
)
@click.argument("source")
@click.option("--backup", "id_", metavar="ID", help="Which backup; the newest by default.")
@click.option(
    "--home", type=click.Path(path_type=Path), help="Home folder of the new hub (HUB_HOME)."
)
@click.option("--list", "only_list", is_flag=True, help="Only say which backups there are.")
def restore(source: str, id_: str | None, home: Path | None, only_list: bool) -> None:
    """Make a hub from a backup in SOURCE, a folder or s3://bucket/folder.

    The hub is the one of the settings: its home folder, database and store must be empty, and may
    be of other kinds than those of the hub that was backed up. Everything is checked against the
    hashes of the backup. A restore that was interrupted is run again.
    """
    from hub.operations import manifest  # noqa: PLC0415
    from hub.operations.places import place_at  # noqa: PLC0415
    from hub.operations.restore import restore as run  # noqa: PLC0415

    settings = _settings_in(home)
    if only_list:
        for known in manifest.listed(place_at(source, settings.home / "tmp")):
            click.echo(known)
        return
    with progress() as say:
        held = run(settings, source, id_, say)
    click.echo(f"Restored  {held.id}, the hub as of {held.taken_at:%Y-%m-%d %H:%M:%S} UTC")
    click.echo(f"Home      {settings.home}")
    click.echo(f"Holds     {len(held.pointers)} dataflows, {len(held.files):,} files")
    click.echo("Next      mighub doctor --deep")


def _settings_in(home: Path | None) -> Settings:
    """The settings, with another home folder if one is given."""
    if home is None:
        return Settings.load()
    import os  # noqa: PLC0415

    return Settings.load({**os.environ, "HUB_HOME": str(home)})


@click.command(epilog="Example: mighub doctor --deep --format json")
@click.option("--deep", is_flag=True, help="Also read everything: hashes, rows, the audit trail.")
@click.option("--against", metavar="PLACE", help="Compare every file with the newest backup there.")
@_FORMAT
def doctor(deep: bool, against: str | None, format_: str) -> None:
    """Examine the hub in HUB_HOME and say what to do about what is wrong.

    The exit code is 1 when something is wrong; what is only worth knowing leaves it 0.
    """
    from hub.operations.doctor import FAULT, examine  # noqa: PLC0415

    with progress() as say:
        found = list(examine(deep=deep, against=against, say=say))
    wrong = any(one.state == FAULT for one in found)
    if format_ == "json":
        show_json({"well": not wrong, "checks": [asdict(one) for one in found]})
    else:
        _show(found)
    if wrong:
        raise SystemExit(1)


def _show(found: Iterable[Found]) -> None:
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(show_lines=False)
    for header in ("Check", "State", "Found", "What to do"):
        table.add_column(header, overflow="fold")
    styles = {"ok": "green", "note": "yellow", "fault": "red"}
    for one in found:
        state = f"[{styles[one.state]}]{one.state}[/]"
        table.add_row(one.name, state, escape(one.found), escape(one.advice))
    console().print(table)


@click.command(epilog="Example: mighub migrate --dry-run")
@click.option("--dry-run", is_flag=True, help="Show the SQL, which is run and taken back.")
def migrate(dry_run: bool) -> None:
    """Bring the tables of the catalogue up to this program.

    `mighub init` and `mighub serve` do so too. Everything happens in one transaction, or nothing.
    A catalogue of a newer program is refused. Make a backup first.
    """
    from hub.store.catalogue import Catalogue  # noqa: PLC0415
    from hub.store.upgrade import newest, pending, revision_of, upgrade, watched  # noqa: PLC0415

    catalogue = Catalogue(Settings.load().database_url)
    catalogue.require_tables()
    with catalogue.read() as connection:
        was, steps = revision_of(connection), pending(connection)
    click.echo(f"The tables are of revision {was}; this program works with {newest()}.", err=True)
    for revision, what in steps:
        click.echo(f"  {revision}  {what}", err=True)
    if not steps:
        return
    if dry_run:
        with catalogue.tried() as connection, watched(connection) as sent:
            upgrade(connection)
        for statement in sent:
            click.echo(f"{statement};")
        return
    catalogue.migrate()
    click.echo("Done.", err=True)
