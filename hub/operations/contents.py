"""What belongs to a hub beside its catalogue: tables, kept files, the operator's own files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, select

from hub.delivery.ledger import pack_key
from hub.model.schema import StructureRef
from hub.store import tables
from hub.store.tables_blobs import submission_files
from hub.store.tables_events import pack
from hub.store.tables_sources import snapshot

__all__ = ["OF_HOME", "by_hash", "kept_keys", "of_home", "table_versions"]

#: What an operator may have put into the home folder: files, and folders of YAML.
OF_HOME = ("calendar.yaml", "admin.key", "rules/*.yaml", "disclosure/*.yaml")


def by_hash(folder: str, sha256: str) -> str:
    """Key of a file that is kept under its hash."""
    return f"{folder}/{sha256[:2]}/{sha256}"


def kept_keys(connection: Connection) -> dict[str, str]:
    """Keys of the files that rows of the catalogue name, and what each of them is, for people.

    Pieces of uploads that have not arrived wholly are not among them.
    """
    found: dict[str, str] = {}
    t = tables.submission.c
    for token, sha256, report in connection.execute(select(t.token, t.sha256, t.report)):
        found[by_hash("incoming", sha256)] = f"what was handed in as {token}"
        if report is not None:
            found[report] = f"the report of {token}"
    of = submission_files.c
    for token, kind, files in connection.execute(select(of.submission, of.kind, of.files)):
        found.update(dict.fromkeys(files, f"the files ({kind}) of {token}"))
    for consumer, sha256 in connection.execute(select(pack.c.consumer, pack.c.sha256)):
        found[pack_key(sha256)] = f"a pack that was made for {consumer}"
    for source, sha256 in connection.execute(select(snapshot.c.source, snapshot.c.sha256)):
        found[by_hash("snapshots", sha256)] = f"a file of the source {source}"
    for consumer, sha256 in connection.execute(select(pack.c.consumer, pack.c.sha256)):
        found[pack_key(sha256)] = f"a pack for {consumer}"
    return found


def table_versions(connection: Connection) -> dict[StructureRef, int]:
    """The newest version of each dataflow's table that any release speaks of."""
    found: dict[str, int] = {}
    item = tables.release_item.c
    for query in (
        select(tables.pointer.c.dataflow, tables.pointer.c.version),
        select(item.dataflow, item.version_after),
    ):
        for dataflow, version in connection.execute(query):
            found[dataflow] = max(version, found.get(dataflow, 0))
    return {StructureRef.parse(dataflow): version for dataflow, version in sorted(found.items())}


def of_home(home: Path) -> Iterator[str]:
    """Keys, in the home folder, of the files that the operator put there."""
    for pattern in OF_HOME:
        for path in sorted(home.glob(pattern)):
            yield path.relative_to(home).as_posix()
