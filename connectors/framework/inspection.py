"""Looking into a file of a source: the words of its codes, the cells around a place."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from connectors.framework.archive import Limits
from connectors.framework.difference import Pair
from connectors.framework.discovery import Connectors
from connectors.framework.pair import LATER, is_pair, member_of
from connectors.framework.places import around, trace
from connectors.framework.run import open_file, read_tables
from connectors.framework.sheet import open_workbook
from connectors.framework.snapshot import Snapshot
from hub.errors import NotFound
from hub.messages.api import SchemaResolver
from hub.plugins import Grid, Traced

__all__ = ["Inspection"]


class Inspection:
    """What the catalogue of connectors tells about the inside of files."""

    _connectors: Connectors

    def version(self, connector: str) -> str:
        """A hash of the record, the maps and the code of a source.

        What is read without a source of its own, as the hub's own workbooks are, goes with the
        program: the hash is that of nothing.
        """
        digest = hashlib.sha256()
        if connector in self._connectors.ids():
            folder = self._connectors.get(connector).folder
            for path in sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".csv", ".py")):
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()[:16]

    def trace(
        self, connector: str, path: Path, resolver: SchemaResolver, ordinal: int
    ) -> tuple[Mapping[str, str | None], Sequence[Traced]]:
        """The observation ``ordinal`` of a file and where its codes come from.

        Of a difference these are the words of the later edition. Raises ``NotFound`` when the file
        has no observation of that number.
        """
        found = self._connectors.get(connector)
        prefix = ""
        if is_pair(path):
            pair = Pair.read(found, path, resolver)
            frame, read = pair.frame, pair.later
            prefix = f"{pair.names[LATER]}/"
        else:
            read = read_tables(found, path, resolver)
            frame = read.frame
        if ordinal >= len(frame):
            raise NotFound(f"{path.name} has no observation {ordinal + 1} any more.")
        row = frame.iloc[ordinal]
        key = {component: str(row[component]) for component in read.schema.key}
        return key, [
            one if one.sheet is None else replace(one, sheet=prefix + one.sheet)
            for one in trace(frame, read.tables, read.schema, ordinal)
        ]

    def grid(
        self, connector: str, path: Path, sheet: str, cells: Sequence[tuple[int, int]]
    ) -> Grid:
        """The part of a sheet around some cells. Raises ``NotFound`` without such a sheet."""
        snapshot, name = Snapshot.take(path), sheet
        if is_pair(path):
            member, _, name = sheet.rpartition("/")
            snapshot = member_of(path, member)
        book = (
            open_file(self._connectors.get(connector), snapshot)
            if connector in self._connectors.ids()
            else open_workbook(snapshot, limits=Limits())
        )
        for one in book:
            if one.name == name:
                return replace(around(one, cells), sheet=sheet)
        raise NotFound(f"{path.name} has no sheet {sheet!r}.")
