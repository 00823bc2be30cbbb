"""``mighub events``: what subscribers were told, and what did not come through."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import click
from rich.table import Table

from hub.settings import Settings
from hub.store.events import DeliveryState
from hub.store.home import Hub
from hub.terminal import HubGroup, console, show_json

__all__ = ["events"]

_FORMAT = click.option(
    "--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True
)


def _actor() -> str:
    """Who runs the command, for the audit trail: the user of this machine."""
    return f"command line, user {os.getuid()}"


@click.group(cls=HubGroup, epilog="Example: mighub events list --state dead")
def events() -> None:
    """Notifications to subscribers: what was sent, waits or was given up."""


@events.command("list", epilog="Example: mighub events list --state dead --format json")
@click.option(
    "--state", type=click.Choice([s.value for s in DeliveryState]), help="Only those in this state."
)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@_FORMAT
def list_(state: str | None, limit: int, format_: str) -> None:
    """Notifications, newest first."""
    with Hub.open(Settings.load()) as hub:
        counts = hub.events.counts()
        found = hub.events.deliveries(state=DeliveryState(state) if state else None, limit=limit)
    if format_ == "json":
        show_json(
            [
                {"id": d.id, "event": d.event, "kind": d.kind, "at": d.at.isoformat(),
                 "subscription": d.subscriber, "address": d.address, "state": d.state.value,
                 "attempts": d.attempts, "status": d.status, "error": d.error}
                for d in found
            ]
        )  # fmt: skip
        return
    table = Table("Id", "Of", "About", "Address", "State", "Attempts", "Why")
    for one in found:
        table.add_row(
            str(one.id), f"{one.at:%Y-%m-%d %H:%M}", one.kind, one.address, one.state.value,
            str(one.attempts), one.error or "",
        )  # fmt: skip
    console().print(table)
    console().print(", ".join(f"{count} {name}" for name, count in counts.items()))


@events.command("subscribers", epilog="Example: mighub events subscribers")
@_FORMAT
def subscribers(format_: str) -> None:
    """Who is told, and who is paused and why."""
    with Hub.open(Settings.load()) as hub:
        found = hub.subscribers.all()
    if format_ == "json":
        show_json(
            [
                {"id": s.id, "kind": s.kind.value, "address": s.address, "label": s.label,
                 "owner": s.owner, **s.wanted.to_dict(), "state": s.state.value,
                 "reason": s.reason}
                for s in found
            ]
        )  # fmt: skip
        return
    table = Table("Id", "Kind", "Address", "Owner", "State", "Why")
    for one in found:
        table.add_row(
            one.id, one.kind.value, one.address, one.owner, one.state.value, one.reason or ""
        )
    console().print(table)


@events.command("retry", epilog="Example: mighub events retry 17 18 (without ids: all)")
@click.argument("ids", nargs=-1, type=int)
def retry(ids: tuple[int, ...]) -> None:
    """Send again what was given up; a paused subscriber has to be resumed."""
    with Hub.open(Settings.load()) as hub:
        count = hub.events.retry(ids or None, datetime.now(UTC))
        hub.audit(_actor(), "events.retry", ", ".join(map(str, ids)) or "all")
    click.echo(f"{count} notifications wait again.")


@events.command(
    "resume", epilog="Example: mighub events resume 4c1f4e0a-0f0e-4b0c-9d51-6f6a3b9ad9c1"
)
@click.argument("id_", metavar="ID")
def resume(id_: str) -> None:
    """Go on with the subscriber ID, beginning with what was given up."""
    with Hub.open(Settings.load()) as hub:
        hub.subscribers.resume(id_, actor=_actor())
        count = hub.events.retry(None, datetime.now(UTC), subscriber_id=id_)
    click.echo(f"Resumed; {count} notifications that were given up wait again.")
