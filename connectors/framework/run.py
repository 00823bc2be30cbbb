"""The whole way of a file: bytes -> cells -> tables -> codes -> checks -> data message."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd

from connectors.framework.archive import Limits
from connectors.framework.crosstab import Cut, read_cells
from connectors.framework.cutting import Source
from connectors.framework.discovery import Connector
from connectors.framework.faults import Faults, Place
from connectors.framework.mapping import blocks, locate, tidy, unique
from connectors.framework.naming import known_unknowns, name_columns, name_rows
from connectors.framework.record import SourceRecord
from connectors.framework.sheet import Sheet, Workbook, open_workbook
from connectors.framework.snapshot import Snapshot
from connectors.framework.sums import check_sums
from connectors.framework.text import normalise
from connectors.framework.zeros import check_zeros
from hub.messages.api import SchemaResolver
from hub.model.dataset import DataMessage, Header
from hub.model.findings import Severity

__all__ = ["read_file"]


def read_file(
    connector: Connector, path: Path, resolver: SchemaResolver, limits: Limits | None = None
) -> DataMessage:
    """Read a file of the source into a data message.

    What is wrong with the file is in ``findings`` of the message, each fault once and at its own
    cell; ``blocks`` then holds the observations that could be read, which are not for publication.

    Raises ``RequestSyntaxError`` when the file is no workbook, ``PayloadTooLarge`` when it is too
    large, ``NotFound`` when the resolver lacks the source's dataflow.
    """
    record = connector.record
    ref = record.dataflow
    schema = resolver.dataflow(ref.agency, ref.id, ref.version)
    snapshot = Snapshot.take(path)
    book = open_workbook(
        snapshot,
        encoding=record.csv.get("encoding", "utf-8-sig"),
        delimiter=record.csv.get("delimiter", ","),
        limits=limits or Limits(),
    )
    faults = Faults(snapshot.filename)
    frame, cut = _tidy(connector, book, schema_of=schema, faults=faults)
    return DataMessage(
        header=Header(
            id=f"{connector.id.replace('/', '_')}_{snapshot.sha256[:16]}",
            sender=record.provider,
            prepared=snapshot.modified,
            source=record.publisher["name"],
        ),
        blocks=blocks(frame, schema),
        locate=partial(locate, frame, cut.tables, schema),
        findings=faults.findings,
    )
