"""``mighub connectors fetch``, ``snapshots``, ``snapshot add``: files and where they came from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from connectors import catalogue
from connectors.framework.addresses import Edition
from connectors.framework.fetch import Fetched, fetch, file_fault
from connectors.framework.record import SourceRecord
from connectors.framework.web import Visitor
from hub.commands.options import hub_in_use
from hub.commands.remote import local_actor
from hub.errors import NotFound, RequestSyntaxError
from hub.settings import Settings
from hub.terminal import HubGroup, console, examples, progress, show_json, write_whole

if TYPE_CHECKING:
    from hub.store.home import Hub
    from hub.store.snapshots import StoredSnapshot

__all__ = [
    "edition_of",
    "fetch_",
    "known_record",
    "required_hub",
    "snapshot_",
    "snapshots_",
    "take",
    "visitor",
]


def known_record(connector: str) -> SourceRecord:
    """The record of a connector; an unknown one is wrong use."""
    try:
        return catalogue.record(connector)
    except NotFound as error:
        raise click.UsageError(error.message) from None


def edition_of(text: str | None) -> Edition | None:
    """The period of ``--period``; what is none is wrong use."""
    try:
        return None if text is None else Edition.parse(text)
    except ValueError as error:
        raise click.UsageError(f"--period: {error}") from None


@contextmanager
def required_hub() -> Iterator[Hub]:
    """The hub in HUB_HOME; without one there is nothing to do."""
    from hub.store.home import Hub  # noqa: PLC0415

    with Hub.open(Settings.load()) as hub:
        yield hub


def visitor(settings: Settings) -> Visitor:
    """A client that names itself as the settings say."""
    agent = settings.fetch_agent or f"mighub/{version('mighub')}"
    return Visitor(agent, limit=settings.max_upload, pause=settings.fetch_pause)


@click.command(
    "fetch",
    epilog=examples(
        "mighub connectors fetch mex/upm_air_entries --period 2026",
        "mighub connectors fetch dom/bcrd_air_totals --period 2026 --output lleg_total.xls",
        "mighub connectors fetch int/undesa_stock --url https://example.org/stock.xlsx",
    ),
)
@click.argument("connector")
@click.option("--period", help="Which edition, where the address depends on it: 2026 or 2026-05.")
@click.option("--url", help="Take the file from this address instead of those of the record.")
@click.option("--output", "-o", "target", help="Write the file too; - is stdout.")
@click.option("--format", "how", type=click.Choice(["table", "json"]), default="table")
def fetch_(
    connector: str, period: str | None, url: str | None, target: str | None, how: str
) -> None:
    """Fetch a file of a source from its publisher and keep it as a snapshot.

    The publisher is asked whether the file changed since the last snapshot, at a polite pace, and
    only for what its robots.txt allows. Where a person is needed, the error says what to do.
    Without a hub in HUB_HOME the file is only written to --output.
    """
    record, edition = known_record(connector), edition_of(period)
    with hub_in_use() as hub, progress() as say:
        if hub is None and target is None:
            folder = Settings.load().home
            raise click.UsageError(f"There is no hub in {folder} to keep the file: give --output.")
        say(f"Asking for {record.id} ...")
        settings = Settings.load() if hub is None else hub.settings
        if hub is None:
            got = ask(record, visitor(settings), edition, url)
            assert got.content is not None
            write_whole([got.content], str(target))
            console(err=True).print(f"{got.url}: {len(got.content):,} bytes, not kept.")
            return
        stored, new = take(hub, record, visitor(settings), edition, url)
        if target is not None:
            _write(hub, stored, target)
    if how == "json":
        show_json({"new": new, **stored.to_dict()}, err=target == "-")
        return
    state = "new" if new else "as before"
    console(err=target == "-").print(
        f"{stored.filename}: {stored.size:,} bytes, {state}, snapshot {stored.sha256[:12]}."
    )


def ask(
    record: SourceRecord,
    client: Visitor,
    edition: Edition | None,
    url: str | None,
    hub: Hub | None = None,
) -> Fetched:
    """Fetch; with a hub only what changed since its last snapshot from the address."""
    from hub.store.snapshots import snapshots  # noqa: PLC0415

    held = {one.url: one.headers for one in reversed(snapshots(hub, record.id))} if hub else {}

    def known(address: str) -> tuple[str | None, str | None]:
        headers = held.get(address, {})
        return headers.get("etag"), headers.get("last-modified")

    try:
        return fetch(record, client, edition=edition, url=url, known=known)
    except ValueError as error:
        raise RequestSyntaxError(f"{record.id}: {error} (--period).") from None


def take(
    hub: Hub, record: SourceRecord, client: Visitor, edition: Edition | None, url: str | None
) -> tuple[StoredSnapshot, bool]:
    """Fetch and keep; the snapshot, and whether its bytes are new to the source."""
    from hub.store.snapshots import keep, snapshots, still_current  # noqa: PLC0415

    before = {one.sha256 for one in snapshots(hub, record.id)}
    got = ask(record, client, edition, url, hub)
    if got.content is None:
        return still_current(hub, record.id, got.url), False
    stored = keep(
        hub, record.id, got.content, filename=got.filename, licence=record.licence,
        actor=local_actor(), url=got.url, headers=got.headers,
    )  # fmt: skip
    return stored, stored.sha256 not in before


def _write(hub: Hub, stored: StoredSnapshot, target: str) -> None:
    from hub.store.snapshots import as_file  # noqa: PLC0415

    with as_file(hub, stored) as path:
        write_whole([path.read_bytes()], target)


@click.command(
    "snapshots",
    epilog=examples(
        "mighub connectors snapshots",
        "mighub connectors snapshots mex/upm_air_entries --format json",
    ),
)
@click.argument("connector", required=False)
@click.option("--format", "how", type=click.Choice(["table", "json"]), default="table")
def snapshots_(connector: str | None, how: str) -> None:
    """List the files of publishers that this hub keeps, the latest first."""
    from hub.store.snapshots import snapshots  # noqa: PLC0415

    if connector is not None:
        known_record(connector)
    with required_hub() as hub:
        found = snapshots(hub, connector)
    if how == "json":
        show_json([one.to_dict() for one in found])
        return
    table = Table(box=None, pad_edge=False)
    for header in ("Snapshot", "Source", "File", "Bytes", "Taken", "Checked", "From"):
        table.add_column(header, overflow="fold")
    for one in found:
        table.add_row(
            one.sha256[:12], one.source, one.filename, f"{one.size:,}",
            f"{one.taken_at:%Y-%m-%d %H:%M}", f"{one.checked_at:%Y-%m-%d %H:%M}",
            one.url or one.taken_by,
        )  # fmt: skip
    console().print(table)


@click.group(
    "snapshot",
    cls=HubGroup,
    epilog=examples(
        "mighub connectors snapshot add mex/upm_air_entries cuadro1.3.1_.xls",
    ),
)
def snapshot_() -> None:
    """Keep a file that a person downloaded."""


@snapshot_.command(
    "add",
    epilog=examples(
        "mighub connectors snapshot add mex/upm_air_entries cuadro1.3.1_.xls",
        "mighub connectors snapshot add int/undesa_stock stock.xlsx --url https://example.org/s.xlsx",
    ),
)
@click.argument("connector")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--url", default="", help="Where it was downloaded from.")
def add(connector: str, file: Path, url: str) -> None:
    """Keep a file of a source as it is, with its hash, its licence and where it came from."""
    from hub.store.snapshots import keep  # noqa: PLC0415

    record = known_record(connector)
    content = file.read_bytes()
    fault = file_fault(content, record.formats)
    if fault is not None:
        raise RequestSyntaxError(f"{file.name} is {fault}. Nothing was kept.")
    with required_hub() as hub:
        stored = keep(
            hub, record.id, content, filename=file.name, licence=record.licence,
            actor=local_actor(), url=url,
        )  # fmt: skip
    console().print(f"{stored.filename}: {stored.size:,} bytes, snapshot {stored.sha256[:12]}.")
