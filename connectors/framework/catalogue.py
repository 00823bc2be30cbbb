"""The connectors as the rest of the hub sees them (``hub.plugins.ConnectorCatalogue``)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from connectors.framework.discovery import Connectors
from connectors.framework.record import SourceRecord
from connectors.framework.run import read_file
from hub.messages.api import SchemaResolver
from hub.model.dataset import DataMessage

__all__ = ["Catalogue"]


class Catalogue:
    """The connectors under one folder; nothing is read before it is asked for."""

    def __init__(self, connectors: Connectors | None = None) -> None:
        self._connectors = connectors or Connectors()

    def ids(self) -> Sequence[str]:
        """Connector ids, ``<iso3>/<source>``, sorted."""
        return self._connectors.ids()

    def record(self, connector: str) -> SourceRecord:
        """What is known about a source. Raises ``NotFound``."""
        return self._connectors.get(connector).record

    def samples(self, connector: str) -> list[Path]:
        """The shipped extracts of a source. Raises ``NotFound``."""
        return self.record(connector).samples()

    def read(self, connector: str, path: Path, resolver: SchemaResolver) -> DataMessage:
        """Read a file of the source into a data message (see :func:`run.read_file`)."""
        return read_file(self._connectors.get(connector), path, resolver)
