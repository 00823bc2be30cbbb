"""``mighub people`` and ``mighub keys``: accounts and API keys, on the machine of the hub."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import click
from rich.table import Table

from hub.errors import RequestSyntaxError
from hub.settings import Settings
from hub.store.home import Hub
from hub.store.keys import new_key
from hub.store.people import LINK_LASTS
from hub.store.rights import Grant
from hub.terminal import HubGroup, console, show_json

__all__ = ["keys", "people"]

_FORMAT = click.option(
    "--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True
)
_GRANTS = click.option(
    "--grant", "-g", "grants", multiple=True, metavar="ROLE[:SCOPE]",
    help="What they may do, such as admin, provider:MEX_INM, reviewer; may be repeated.",
)  # fmt: skip


def _actor() -> str:
    """Who runs the command, for the audit trail: the user of this machine."""
    return f"command line, user {os.getuid()}"


def _open() -> Hub:
    return Hub.open(Settings.load())


def _parsed(grants: tuple[str, ...]) -> list[Grant]:
    return [Grant.parse(text) for text in grants]


def _link(token: str) -> None:
    hours = int(LINK_LASTS.total_seconds() // 3600)
    click.echo(f"Give the person this address of the hub; it works once, within {hours} hours:")
    click.echo(f"  /password/{token}")


def _day(when: datetime | None) -> str:
    return "" if when is None else f"{when:%Y-%m-%d %H:%M}"


@click.group(cls=HubGroup, epilog="Example: mighub people list")
def people() -> None:
    """Who has an account, and what they may do."""


@people.command("add", epilog='Example: mighub people add ana@inm.gob.mx "Ana" -g provider:MEX_INM')
@click.argument("login")
@click.argument("name")
@_GRANTS
def add_person(login: str, name: str, grants: tuple[str, ...]) -> None:
    """Add an account; prints the link with which its owner chooses a password."""
    with _open() as hub:
        _, token = hub.people.add(login, name, _parsed(grants), actor=_actor())
    _link(token)


@people.command("list", epilog="Example: mighub people list --format json")
@_FORMAT
def list_people(format_: str) -> None:
    """Everybody with an account."""
    with _open() as hub:
        found = hub.people.all()
    if format_ == "json":
        show_json(
            [
                {"login": p.login, "name": p.name, "grants": [str(g) for g in p.grants],
                 "disabled": p.disabled_at is not None}
                for p in found
            ]
        )  # fmt: skip
        return
    table = Table("Login", "Name", "Grants", "Disabled")
    for one in found:
        table.add_row(one.login, one.name, ", ".join(map(str, one.grants)), _day(one.disabled_at))
    console().print(table)


@people.command("grant", epilog="Example: mighub people grant ana@inm.gob.mx -g reviewer")
@click.argument("login")
@_GRANTS
def grant(login: str, grants: tuple[str, ...]) -> None:
    """Replace what LOGIN may do; without --grant it may do nothing any more."""
    with _open() as hub:
        hub.people.change(hub.people.named(login).id, grants=_parsed(grants), actor=_actor())


@people.command("disable", epilog="Example: mighub people disable ana@inm.gob.mx")
@click.argument("login")
def disable(login: str) -> None:
    """Let LOGIN sign in no more; what they did stays in the audit trail."""
    with _open() as hub:
        hub.people.change(hub.people.named(login).id, disabled=True, actor=_actor())


@people.command("enable", epilog="Example: mighub people enable ana@inm.gob.mx")
@click.argument("login")
def enable(login: str) -> None:
    """Let LOGIN sign in again."""
    with _open() as hub:
        hub.people.change(hub.people.named(login).id, disabled=False, actor=_actor())


@people.command("reset", epilog="Example: mighub people reset ana@inm.gob.mx")
@click.argument("login")
def reset(login: str) -> None:
    """Print a new link with which LOGIN chooses a password."""
    with _open() as hub:
        token = hub.people.reset(hub.people.named(login).id, actor=_actor())
    _link(token)


@click.group(cls=HubGroup, epilog="Example: mighub keys list")
def keys() -> None:
    """API keys: who uses the hub without a browser."""


@keys.command("add", epilog='Example: mighub keys add "INM, nightly" -g provider:MEX_INM')
@click.argument("label")
@_GRANTS
@click.option("--expires", metavar="DATE", help="Last day it is good, such as 2027-06-30.")
def add_key(label: str, grants: tuple[str, ...], expires: str | None) -> None:
    """Make a key and print it; it is kept nowhere."""
    if not grants:
        raise click.UsageError("A key needs at least one --grant.")
    first, *others = _parsed(grants)
    key = new_key()
    with _open() as hub:
        hub.keys.add(
            key, label, first.role, first.scope, others=others, expires_at=_end(expires),
            actor=_actor(),
        )  # fmt: skip
    click.echo(key)


def _end(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(hour=23, minute=59, second=59, tzinfo=UTC)
    except ValueError:
        raise RequestSyntaxError(f"--expires is a date such as 2027-06-30, not {text!r}.") from None
    if day <= datetime.now(UTC):
        raise RequestSyntaxError("A key cannot end in the past.")
    return day


@keys.command("list", epilog="Example: mighub keys list")
@_FORMAT
def list_keys(format_: str) -> None:
    """All keys, without the keys themselves."""
    with _open() as hub:
        found = hub.keys.all()
    if format_ == "json":
        show_json(
            [
                {"id": k.id, "label": k.label, "grants": [str(g) for g in k.grants],
                 "valid": k.valid(), "expires_at": k.expires_at and k.expires_at.isoformat(),
                 "last_used_at": k.last_used_at and k.last_used_at.isoformat()}
                for k in found
            ]
        )  # fmt: skip
        return
    table = Table("Id", "Label", "Grants", "Last used", "Ends", "Valid")
    for one in found:
        table.add_row(
            one.id, one.label, ", ".join(map(str, one.grants)), _day(one.last_used_at),
            _day(one.expires_at), "yes" if one.valid() else "no",
        )  # fmt: skip
    console().print(table)


@keys.command("revoke", epilog="Example: mighub keys revoke 4f2a90c1d3be")
@click.argument("id_", metavar="ID")
def revoke(id_: str) -> None:
    """No longer accept the key with this ID."""
    with _open() as hub:
        hub.keys.revoke(id_, actor=_actor())
