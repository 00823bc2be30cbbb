"""Connectors that are not (yet) shipped: a folder of one's own with ``<iso3>/<source>/``."""

from __future__ import annotations

from pathlib import Path

import click

from connectors.framework.discovery import Connector, Connectors
from hub.errors import NotFound

__all__ = ["connector_in"]


def connector_in(root: Path | None, connector: str) -> Connector:
    """The connector under ``root`` (``None``: the shipped ones); an unknown one is wrong use."""
    try:
        return (Connectors() if root is None else Connectors(root)).get(connector)
    except NotFound as error:
        raise click.UsageError(error.message) from None
