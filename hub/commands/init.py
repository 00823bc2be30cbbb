"""``mighub init``: make a hub, or bring one up to this program."""

from __future__ import annotations

import click

from hub.settings import Settings

__all__ = ["init"]


@click.command(epilog="Example: HUB_HOME=/srv/hub mighub init")
def init() -> None:
    """Make the hub in HUB_HOME: folders, catalogue, shipped structures, first key.

    It loses nothing when there is a hub already, so it is also the upgrade.
    """
    from hub.store.home import Hub  # noqa: PLC0415

    with Hub.init(Settings.load()) as hub:
        click.echo(f"Home          {hub.settings.home}")
        click.echo(f"Structures    {len(hub.structures)} artefacts")
        click.echo(f"Administrator {hub.admin_key or 'key known to its owner only'}")
