"""Observations: one Delta Lake table per dataflow, on a folder or an object store.

Columns are the schema's, all text, and some of the hub's own. ``_provider`` is the id of the data
provider whose submission made the observation what it is (null: not stated, or the row is older
than the column), ``_submission`` the token of that submission, ``_row`` the observation's 0-based
number in its message, ``_sheet`` and ``_cell`` the cell of a national file that it was read from
(null: the body is a message; several, as of a difference, stand on a line each). ``_start`` and
``_end`` are the instants that the time period covers, for period filters (``timestamp[us]``, naive
UTC, end exclusive; null where the dataflow has no time). Every commit names the submission it
belongs to, and the change data feed is on. Nothing is ever vacuumed: each version stays readable.

Only the holder of the writer lock commits. Readers take a version from the release ledger and
read its files; they never look for the newest one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
from deltalake import (
    ColumnProperties,
    CommitProperties,
    DeltaTable,
    Field,
    Schema,
    WriterProperties,
)
from deltalake import write_deltalake as write_delta
from deltalake.exceptions import TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from hub.errors import Unavailable
from hub.model.schema import DataSchema, StructureRef
from hub.model.stored import (
    CELL,
    END,
    PLACE,
    PROVIDER,
    ROW,
    SHEET,
    START,
    SUBMISSION,
    reading_order,
)
from hub.store.arrange import crowd, write_sorted
from hub.store.away import TABLE_OPTIONS, asks_store
from hub.store.durable import sync_commit
from hub.store.objects import ObjectStore
from hub.store.table_files import ROW_GROUP

__all__ = [
    "CELL",
    "END",
    "OP",
    "PLACE",
    "PROVIDER",
    "ROW",
    "SHEET",
    "START",
    "SUBMISSION",
    "Commit",
    "ObservationStore",
    "table_schema",
]

#: Column of a set of changes that says what each row is: insert, update or delete.
OP = "_op"

_FOREVER = "interval 36500 days"
_CONFIGURATION: Mapping[str, str | None] = {
    "delta.enableChangeDataFeed": "true",
    "delta.checkpointInterval": "20",
    "delta.enableExpiredLogCleanup": "false",
    "delta.logRetentionDuration": _FOREVER,
    "delta.deletedFileRetentionDuration": _FOREVER,
}
#: Numbers of observations nearly follow one another, and hardly any comes twice.
_NUMBERS = ColumnProperties(dictionary_enabled=False, encoding="DELTA_BINARY_PACKED")
_WRITER = WriterProperties(
    max_row_group_size=ROW_GROUP, compression="ZSTD", column_properties={ROW: _NUMBERS}
)


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of a submission: its version, the one it stands on, and its counts."""

    version: int
    before: int
    inserted: int
    updated: int
    deleted: int


def table_schema(schema: DataSchema) -> pa.Schema:
    """Arrow schema of the stored table of a dataflow."""
    fields: list[pa.Field[Any]] = [
        pa.field(name, pa.string()) for name in (*schema.columns, PROVIDER, SUBMISSION, SHEET, CELL)
    ]
    fields.append(pa.field(ROW, pa.int64()))
    fields += [pa.field(name, pa.timestamp("us")) for name in (START, END)]
    return pa.schema(fields)


class ObservationStore:
    """The Delta tables under one root.

    Parameters
    ----------
    url:
        A folder, or ``s3://bucket/folder`` (see :mod:`hub.store.objects` for its credentials).
    cache:
        Folder for local copies of the files of an object store.
    cache_bytes:
        How much of it to use.

    """

    def __init__(self, url: str, cache: Path | None = None, cache_bytes: int = 0) -> None:
        self._local = "://" not in url
        self._root = str(Path(url).absolute()) if self._local else url.rstrip("/")
        self._objects: ObjectStore | None = None
        if not self._local:
            self._objects = ObjectStore(url, cache or Path("cache"), cache_bytes)
        self._options = None if self._local else TABLE_OPTIONS
        self._uris = lru_cache(maxsize=256)(self._list)

    def uri(self, dataflow: StructureRef) -> str:
        """Where the table of ``dataflow`` lives."""
        return f"{self._root}/{dataflow.agency}/{dataflow.id}/{dataflow.version}"

    @asks_store
    def files(self, dataflow: StructureRef, version: int) -> list[str]:
        """Local paths of the Parquet files of one version. Empty: no observations.

        Raises ``Unavailable`` when they lie on an object store that does not answer.
        """
        try:
            uris = self._uris(dataflow, version)
            return uris if self._objects is None else self._objects.local(uris)
        except (FileNotFoundError, TableNotFoundError) as error:
            raise Unavailable(f"Observations of {dataflow} are not where they were put") from error

    @asks_store
    def addresses(self, dataflow: StructureRef, version: int) -> list[str]:
        """Where the Parquet files of one version lie: paths, or ``s3://`` addresses."""
        return self._uris(dataflow, version)

    def _list(self, dataflow: StructureRef, version: int) -> list[str]:
        """Addresses of the files of a version. It never changes, so answers are kept."""
        return self._open(dataflow, version).file_uris()

    @asks_store
    def columns(self, dataflow: StructureRef, version: int) -> list[str]:
        """Names of the columns that the table had at ``version``."""
        return [field.name for field in self._open(dataflow, version).schema().fields]

    @asks_store
    def latest(self, dataflow: StructureRef) -> int | None:
        """Newest version, published or not; ``None`` when there is no table."""
        try:
            return self._open(dataflow).version()
        except TableNotFoundError:
            return None

    @asks_store
    def history(self, dataflow: StructureRef, limit: int | None = None) -> list[dict[str, Any]]:
        """Commits, newest first, with what each carries (``version``, ``submission`` ...)."""
        return self._open(dataflow).history(limit)

    @asks_store
    def changes(self, dataflow: StructureRef, before: int, after: int) -> pa.RecordBatchReader:
        """Change data feed of the versions ``before + 1 .. after``.

        The table's columns and ``_change_type`` (``insert``, ``delete``, ``update_preimage``,
        ``update_postimage``), ``_commit_version`` and ``_commit_timestamp``.
        """
        feed = self._open(dataflow, after).load_cdf(before + 1, after)
        return pa.RecordBatchReader.from_stream(feed)

    # -- writing: only under the writer lock ------------------------------------------------

    @asks_store
    def prepare(self, schema: DataSchema) -> int:
        """Make the table, or add the columns that the structure gained. Returns the version."""
        uri = self.uri(schema.dataflow)
        wanted = table_schema(schema)
        if self.latest(schema.dataflow) is None:
            if self._local:
                Path(uri).mkdir(parents=True, exist_ok=True)
            table = DeltaTable.create(
                uri,
                wanted,
                name=str(schema.dataflow),
                configuration=_CONFIGURATION,
                storage_options=self._options,
            )
            self._sync(uri, table.version())
            return table.version()
        table = self._open(schema.dataflow)
        known = {field.name for field in table.schema().fields}
        new = [f for f in Schema.from_arrow(wanted).fields if f.name not in known]
        if new:
            table.alter.add_columns([Field(f.name, f.type, nullable=True) for f in new])
            self._sync(uri, table.version())
        return table.version()

    @asks_store
    def commit(
        self,
        schema: DataSchema,
        rows: pa.RecordBatchReader,
        *,
        on: int,
        submission: str,
        inserted: int,
        updated: int,
        deleted: int,
    ) -> Commit:
        """Make one commit of ``rows``, on top of the version ``on``.

        ``rows`` are the columns of the table and ``_op``, best sorted by key and time. Without
        updates and deletions it only adds a file; otherwise the touched files are written anew.
        Raises ``Unavailable`` when somebody else wrote to the table since ``on``.
        """
        table = self._open(schema.dataflow, on)
        counts = {"inserted": inserted, "updated": updated, "deleted": deleted}
        properties = CommitProperties(
            custom_metadata={"submission": submission, "counts": counts, "on": on}
        )
        if updated or deleted:
            _merge(table, schema, rows, properties)
        else:
            write_delta(
                table, _without_op(rows), mode="append",
                writer_properties=_WRITER, commit_properties=properties,
            )  # fmt: skip
        return self._committed(schema.dataflow, on, counts)

    def making(self, dataflow: StructureRef) -> Path:
        """The folder in which new files of a table are made."""
        return Path(self.uri(dataflow)) if self._objects is None else self._objects.scratch()

    @asks_store
    def add(
        self, schema: DataSchema, added: Sequence[AddAction], rows: int, *, on: int, submission: str
    ) -> Commit:
        """Make one commit of files of new rows, on top of the version ``on``.

        The files stand in :meth:`making`. ``rows`` is how many rows they hold in all. Raises
        ``Unavailable`` as :meth:`commit` does.
        """
        table = self._open(schema.dataflow, on)
        counts = {"inserted": rows, "updated": 0, "deleted": 0}
        self._place(schema.dataflow, added)
        table.create_write_transaction(
            list(added),
            mode="append",
            schema=table.schema(),
            commit_properties=CommitProperties(
                custom_metadata={"submission": submission, "counts": counts, "on": on}
            ),
        )
        return self._committed(schema.dataflow, on, counts)

    def _place(self, dataflow: StructureRef, added: Sequence[AddAction]) -> None:
        """Bring new files to where the table is."""
        if self._objects is None:
            return
        folder = self.making(dataflow)
        for action in added:
            self._objects.upload(folder / action.path, f"{self.uri(dataflow)}/{action.path}")
            (folder / action.path).unlink()

    def _committed(self, dataflow: StructureRef, on: int, counts: Mapping[str, int]) -> Commit:
        version = self._open(dataflow).version()
        self._sync(self.uri(dataflow), version)
        if version != on + 1:  # Delta lets two appends pass; what we counted would be wrong
            raise Unavailable(f"Another process wrote to {dataflow}; it is tried again")
        return Commit(version, on, **counts)

    @asks_store
    def find(self, dataflow: StructureRef, submission: str, after: int) -> Commit | None:
        """The commit of ``submission`` among the versions after ``after``, if it was made.

        One that somebody else's commit stands under or upon does not count: it is made again.
        """
        latest = self.latest(dataflow)
        if latest is None or latest <= after:
            return None
        for entry in self.history(dataflow, latest - after):
            version = int(entry["version"])
            if entry.get("submission") == submission and "counts" in entry:
                alone = version == latest and int(entry["on"]) == version - 1
                counts = cast(dict[str, int], entry["counts"])
                return Commit(version, version - 1, **counts) if alone else None
        return None

    @asks_store
    def undo(self, dataflow: StructureRef, to: int) -> int:
        """Put the content back to that of version ``to``, as a new version, which is returned."""
        table = self._open(dataflow)
        if table.version() != to:
            table.restore(to)
            table = self._open(dataflow)
            self._sync(self.uri(dataflow), table.version())
        return table.version()

    @asks_store
    def rearrange(
        self, schema: DataSchema, memory_mb: int, *, settled: int | None = None
    ) -> int | None:
        """Put small files of the newest version together, sorted, where there are many.

        One file per release makes every query slower. ``settled`` is the version that readers see
        of a table that has been left alone: all its small files become one, unless something was
        committed since. The new version, which is returned, has the same content and nothing in
        the change data feed; ``None``: there is nothing to gain.
        """
        dataflow = schema.dataflow
        table = self._open(dataflow)
        if settled is not None and table.version() != settled:
            return None
        known = pa.table(table.get_add_actions())
        rows = dict(zip(*(known[c].to_pylist() for c in ("path", "num_records")), strict=True))
        chosen = crowd(rows, settled=settled is not None)
        if not chosen:
            return None
        names = {path.rpartition("/")[2] for path in chosen}
        uris = [uri for uri in table.file_uris() if uri.rpartition("/")[2] in names]
        added = write_sorted(
            self.making(dataflow),
            uris if self._objects is None else self._objects.local(uris),
            [field.name for field in table.schema().fields],
            reading_order(schema),
            {m.id for m in schema.measures},
            memory_mb,
        )
        self._place(dataflow, added)
        stamp = int(time.time() * 1000)
        removed = [
            RemoveAction(path, data_change=False, deletion_timestamp=stamp, partition_values={})
            for path in chosen
        ]
        table.create_write_transaction(
            [*added, *removed],
            mode="append",
            schema=table.schema(),
            commit_properties=CommitProperties(custom_metadata={"rearranged": True}),
        )
        version = self._open(dataflow).version()
        self._sync(self.uri(dataflow), version)
        return version

    def _open(self, dataflow: StructureRef, version: int | None = None) -> DeltaTable:
        return DeltaTable(self.uri(dataflow), version=version, storage_options=self._options)

    def _sync(self, uri: str, version: int) -> None:
        if self._local:
            sync_commit(Path(uri), version)


def _merge(
    table: DeltaTable, schema: DataSchema, rows: pa.RecordBatchReader, properties: CommitProperties
) -> None:
    on = " AND ".join(f"stored.{_quoted(k)} = change.{_quoted(k)}" for k in schema.key)
    columns = table_schema(schema).names
    values = {_quoted(c): f"change.{_quoted(c)}" for c in columns}
    changed = {_quoted(c): values[_quoted(c)] for c in columns if c not in schema.key}
    (
        table.merge(
            rows,
            on,
            source_alias="change",
            target_alias="stored",
            writer_properties=_WRITER,
            commit_properties=properties,
        )
        .when_matched_delete(predicate=f"change.{OP} = 'delete'")
        .when_matched_update(changed, predicate=f"change.{OP} = 'update'")
        .when_not_matched_insert(values, predicate=f"change.{OP} = 'insert'")
        .execute()
    )


def _without_op(rows: pa.RecordBatchReader) -> pa.RecordBatchReader:
    names = [name for name in rows.schema.names if name != OP]
    schema = pa.schema([rows.schema.field(name) for name in names])
    return pa.RecordBatchReader.from_batches(schema, (batch.select(names) for batch in rows))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
