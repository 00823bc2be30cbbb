"""The connectors as the rest of the hub sees them (``hub.plugins.ConnectorCatalogue``)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from connectors.framework.difference import LATER, Pair, is_pair, member_of, read_pair
from connectors.framework.discovery import Connectors
from connectors.framework.places import around, trace
from connectors.framework.record import SourceRecord
from connectors.framework.run import open_file, read_file, read_tables
from connectors.framework.snapshot import Snapshot
from hub.errors import NotFound
from hub.messages.api import SchemaResolver
from hub.model.dataset import DataMessage
from hub.model.schema import StructureRef
from hub.plugins import Claim, Figures
from hub.structures.repository import StructureSet
from hub.plugins import Grid, Traced

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

    def has(self, connector: str) -> bool:
        """Whether ``read`` knows a connector."""
        return connector == REPORTING or connector in self.ids()

    def claim(self, path: Path) -> Claim | None:
        """What a reporting workbook says about itself; ``None`` for any other file."""
        return claim_of(path)

    def workbook(
        self,
        structures: StructureSet,
        country: str,
        dataflow: str,
        period: str,
        *,
        language: str | None = None,
        provider: str | None = None,
        published: Callable[[StructureRef, str, str], Figures] | None = None,
    ) -> tuple[str, bytes]:
        """Name and bytes of a blank reporting workbook; see :func:`layouts.build`."""
        form = build(structures, country, dataflow, period, language=language, provider=provider)
        before = form.sheets["before"]
        known = published(form.dataflow, country, before) if published is not None else {}
        name = f"{country}-{dataflow}-{period}-{form.language}.xlsx"
        return name, blank_workbook(structures, form, known)

    def workbooks(self) -> Mapping[str, Sequence[str]]:
        """Countries that have reporting workbooks, and the ids of their dataflows."""
        return {country: dataflows() for country in countries()}

    def read(self, connector: str, path: Path, resolver: SchemaResolver) -> DataMessage:
        """Read a file of the source into a data message (see :func:`run.read_file`)."""
        if connector == REPORTING:
            return read_workbook(path, resolver)
        return read_file(self._connectors.get(connector), path, resolver)
