"""The connectors as the rest of the hub sees them (``hub.plugins.ConnectorCatalogue``)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from connectors.framework.difference import read_pair
from connectors.framework.discovery import Connectors
from connectors.framework.inspection import Inspection
from connectors.framework.pair import is_pair
from connectors.framework.record import SourceRecord
from connectors.framework.records import Register, Registers
from connectors.framework.records_count import read_register
from connectors.framework.run import read_file
from connectors.reporting import REPORTING
from connectors.reporting.offering import Workbooks
from connectors.reporting.read import read_workbook
from hub.messages.api import SchemaResolver
from hub.model.dataset import DataMessage
from hub.structures.repository import StructureSet

__all__ = ["Catalogue"]


class Catalogue(Inspection, Workbooks):
    """The connectors under one folder, and the hub's own workbooks; nothing is read before it is
    asked for.
    """

    def __init__(self, connectors: Connectors | None = None) -> None:
        self._connectors = connectors or Connectors()
        self._registers = Registers(self._connectors.root)

    def ids(self) -> Sequence[str]:
        """Connector ids, ``<iso3>/<source>``, sorted."""
        return self._connectors.ids()

    def has(self, connector: str) -> bool:
        """Whether ``read`` knows a connector: one of ``ids``, or the reporting workbook."""
        return connector == REPORTING or connector in self.ids()

    def registers(self) -> Sequence[str]:
        """Ids of the registers of single crossings, sorted."""
        return self._registers.ids()

    def register(self, register: str) -> Register:
        """What is known about a register. Raises ``NotFound``."""
        return self._registers.get(register)

    def count(self, register: str, path: Path, structures: StructureSet) -> DataMessage:
        """The counts of a register's extract (see :func:`records_count.read_register`)."""
        return read_register(self._registers.get(register), path, structures)

    def register_in(self, path: Path) -> str | None:
        """The register that a file is an extract of, by its header."""
        return self._registers.match(path)

    def record(self, connector: str) -> SourceRecord:
        """What is known about a source. Raises ``NotFound``."""
        return self._connectors.get(connector).record

    def samples(self, connector: str) -> list[Path]:
        """The shipped extracts of a source. Raises ``NotFound``."""
        return self.record(connector).samples()

    def read(self, connector: str, path: Path, resolver: SchemaResolver) -> DataMessage:
        """Read a file of the source into a data message (see :func:`run.read_file`).

        Two files in one (see :mod:`connectors.framework.difference`) become their difference. The
        reporting workbook says itself whose it is and what about.
        """
        if connector == REPORTING:
            return read_workbook(path, resolver)
        found = self._connectors.get(connector)
        if is_pair(path):
            return read_pair(found, path, resolver)
        return read_file(found, path, resolver)
