"""The whole way of a file: bytes -> cells -> tables -> codes -> checks -> data message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from connectors.framework.archive import Limits
from connectors.framework.crosstab import Crosstab, Cut, read_cells
from connectors.framework.cutting import Source
from connectors.framework.discovery import Connector
from connectors.framework.faults import Faults, Place
from connectors.framework.listed import frame_of
from connectors.framework.listing import Listing
from connectors.framework.mapping import FAULT, blocks, locate, parted, tidy, unique
from connectors.framework.naming import known_unknowns, name_columns, name_rows
from connectors.framework.places import cells
from connectors.framework.plausible import check_plausible, check_private
from connectors.framework.record import SourceRecord
from connectors.framework.sheet import Workbook, open_workbook
from connectors.framework.snapshot import Snapshot
from connectors.framework.sums import check_sums, check_zeros
from connectors.framework.text import normalise
from hub.messages.api import SchemaResolver
from hub.model.dataset import Apart, DataMessage, Header
from hub.model.findings import Severity
from hub.model.schema import DataSchema

__all__ = ["FileRead", "header_of", "open_file", "read_file", "read_tables"]


@dataclass(frozen=True)
class FileRead:
    """A file of a source as it was read.

    ``frame`` has one row for each observation, with all its codes and where it stands in
    ``tables``; see :func:`connectors.framework.mapping.tidy`. The first ``sound`` of them are in
    order by themselves.
    """

    snapshot: Snapshot
    schema: DataSchema
    frame: pd.DataFrame
    sound: int
    tables: Sequence[Crosstab | Listing]
    faults: Faults


def read_file(
    connector: Connector, path: Path, resolver: SchemaResolver, limits: Limits | None = None
) -> DataMessage:
    """Read a file of the source into a data message.

    What is wrong with the file is in ``findings`` of the message, each fault once and at its own
    cell; ``blocks`` then holds the observations that could be read and are sound by themselves.

    Raises ``RequestSyntaxError`` when the file is no workbook, ``PayloadTooLarge`` when it is too
    large, ``NotFound`` when the resolver lacks the source's dataflow.
    """
    read = read_tables(connector, path, resolver, limits)
    return DataMessage(
        header=header_of(connector, read.snapshot),
        blocks=blocks(read.frame, read.schema, end=read.sound),
        locate=partial(locate, read.frame, read.tables, read.schema),
        findings=read.faults.findings,
        cells=partial(cells, read.frame, read.tables),
        apart=_apart(read),
    )


def _apart(read: FileRead) -> Apart | None:
    """What findings take from the file; ``None`` when that is nothing, or when more is wrong."""
    if read.faults.whole or read.sound == len(read.frame):
        return None
    rules = [str(rule) for rule in read.frame[FAULT].iloc[read.sound :]]
    return Apart(blocks(read.frame, read.schema, read.sound), rules)


def header_of(connector: Connector, snapshot: Snapshot) -> Header:
    """Header of the message that a file becomes."""
    return Header(
        id=f"{connector.id.replace('/', '_')}_{snapshot.sha256[:16]}",
        sender=connector.record.provider,
        prepared=snapshot.modified,
        source=connector.record.publisher["name"],
    )


def open_file(connector: Connector, snapshot: Snapshot, limits: Limits | None = None) -> Workbook:
    """The cells of a file of the source; see :func:`read_file` for the errors."""
    csv = connector.record.csv
    return open_workbook(
        snapshot,
        encoding=csv.get("encoding", "utf-8-sig"),
        delimiter=csv.get("delimiter", ","),
        limits=limits or Limits(),
    )


def read_tables(
    connector: Connector, path: Path, resolver: SchemaResolver, limits: Limits | None = None
) -> FileRead:
    """Read a file of the source into coded observations; see :func:`read_file`."""
    record = connector.record
    ref = record.dataflow
    schema = resolver.dataflow(ref.agency, ref.id, ref.version)
    snapshot = Snapshot.take(path)
    book = open_file(connector, snapshot, limits)
    faults = Faults(snapshot.filename)
    cut = connector.cut(book, Source(record, connector.maps, faults))
    frame = _observations(cut, book, record, schema, faults)
    frame, sound = parted(frame)
    return FileRead(snapshot, schema, frame, sound, [*cut.tables, *cut.listings], faults)


def _observations(
    cut: Cut, book: Workbook, record: SourceRecord, schema: DataSchema, faults: Faults
) -> pd.DataFrame:
    """Name, read and check the tables; the observations that came through."""
    reported: set[str] = set()
    for table in cut.tables:
        name_rows(table, faults)
        name_columns(table, faults, reported)
        known_unknowns(table, faults)
    # Only in a plain file are numbers texts; in a workbook a text is no number.
    csv = record.csv if book.plain else {}
    cells = [read_cells(table, record.markers, csv, faults) for table in cut.tables]
    for table, cell in zip(cut.tables, cells, strict=True):
        check_zeros(table, cell, faults)
    extract = _is_extract(book, record, faults)
    if cut.tables:
        unchecked = record.sample.unchecked if extract else frozenset()
        check_sums(cut, cells, record.tolerance, unchecked, faults)
    listed = [
        frame_of(listing, index, record, schema, faults)
        for index, listing in enumerate(cut.listings, len(cut.tables))
    ]
    frame = tidy(cut.tables, cells, record, schema, listed)
    if not frame.empty:
        frame = unique(frame, [*cut.tables, *cut.listings], schema, faults)
    check_private(frame, cut.listings, record, faults)
    if cut.listings and not frame.empty:
        frame = check_plausible(frame, cut.listings, record, schema, faults)
    if not extract and not faults.any_error:
        _expect(frame, cut, record, faults)
    return frame


def _is_extract(book: Workbook, record: SourceRecord, faults: Faults) -> bool:
    marker = record.sample.marker
    if not marker:
        return False
    for sheet in book:
        for row in range(sheet.height):
            for _, text in sheet.texts(row):
                if normalise(text).startswith(marker):
                    faults.add(
                        "EXTRACT",
                        Place(sheet.name, row + 1),
                        "The file says that it is an extract: totals of what was cut are not"
                        " checked.",
                        found=text.strip(),
                        severity=Severity.NOTE,
                    )
                    return True
    return False


def _expect(frame: pd.DataFrame, cut: Cut, record: SourceRecord, faults: Faults) -> None:
    """Compare a file that is otherwise in order with what the record expects of one."""
    least, most = record.expectations.observations
    if not least <= len(frame) <= most:
        faults.add(
            "EXPECTATION_MISSED",
            Place(),
            f"The file gives {len(frame)} observations and its record expects {least} to {most};"
            " see whether part of it is missing, or correct the record.",
            found=str(len(frame)),
            expected=f"{least} to {most}",
        )
    present = [
        (table.sheet, {normalise(head.label) for head in (*table.rows, *table.columns)})
        for table in cut.tables
    ]
    present += [
        (each.sheet, {normalise(text) for key in each.keys for text in set(each.text(key.header))})
        for each in cut.listings
    ]
    for sheet, labels in present:
        for label in record.expectations.labels:
            if normalise(label) not in labels:
                faults.add(
                    "LABEL_MISSING",
                    Place(sheet.name),
                    f"No row or column says {label!r}, which every file of the source has; put it"
                    " back.",
                    expected=label,
                )
