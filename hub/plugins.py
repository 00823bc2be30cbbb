"""How the library finds what stands above it.

``hub`` imports neither ``connectors`` nor ``registry``. Both announce themselves as entry points:
``mighub.commands`` are click commands or groups of the command line; ``mighub.connectors`` names
the catalogue of connectors. A third party's package may announce more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol, cast

from hub.errors import HubError
from hub.messages.api import SchemaResolver
from hub.model.dataset import DataMessage

__all__ = ["ConnectorCatalogue", "ConnectorRecord", "commands", "connector_catalogue"]


class ConnectorRecord(Protocol):
    """What is known about the source of a connector without opening a file of it."""

    @property
    def title(self) -> Mapping[str, str]:
        """What the source is, by language; English is always there."""
        ...

    @property
    def publisher(self) -> Mapping[str, str]:
        """``name``, ``acronym`` and ``country`` (a code of CL_AREA) of who publishes it."""
        ...


class ConnectorCatalogue(Protocol):
    """The connectors that are installed."""

    def ids(self) -> Sequence[str]:
        """Connector ids, ``<iso3>/<source>``."""
        ...

    def record(self, connector: str) -> ConnectorRecord:
        """What is known about the source of a connector; ``NotFound`` when there is none."""
        ...

    def samples(self, connector: str) -> Sequence[Path]:
        """The extracts that a connector ships; ``NotFound`` when there is no such connector."""
        ...

    def read(self, connector: str, path: Path, resolver: SchemaResolver) -> DataMessage:
        """Read a national file into a data message.

        ``NotFound`` when there is no such connector. Faults of the file are findings of the
        message, placed by sheet, row and column.
        """
        ...


def connector_catalogue() -> ConnectorCatalogue:
    """The installed catalogue of connectors.

    Raises ``HubError`` when none is installed.
    """
    for entry in entry_points(group="mighub.connectors"):
        return cast(ConnectorCatalogue, entry.load())
    raise HubError("No connectors are installed")


def commands() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Names of the click commands that installed packages add, and what imports each."""
    for entry in entry_points(group="mighub.commands"):
        yield entry.name, entry.load
