"""The data of a hub: tables behind the releases, kept files, and what belongs to nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

import pyarrow.parquet as pq
from deltalake.exceptions import DeltaError
from sqlalchemy import func, select

from hub.errors import HubError, NotFound
from hub.model.schema import StructureRef
from hub.operations import contents, manifest
from hub.operations.finding import Found, fault, note, ok
from hub.operations.places import Place, place_at, place_of_files, place_of_tables
from hub.operations.tables import files_of, is_log, table_key
from hub.store import tables
from hub.store.home import Hub

__all__ = ["as_backed_up", "kept", "orphans", "tables_of"]

#: A kept file whose key ends with the hash of its content.
_HASHED = re.compile(r"(?:incoming|snapshots)/[0-9a-f]{2}/([0-9a-f]{64})")

_PUT_BACK = "Put it back from a backup: mighub restore into another place has it."


def tables_of(hub: Hub, *, deep: bool) -> Iterator[Found]:
    """Whether every version that was ever released can be read.

    ``deep`` reads every row of the present versions, and compares how many there are with what
    the releases say they brought and took.
    """
    place = place_of_tables(hub.settings)
    with hub.catalogue.read() as connection:
        versions = contents.table_versions(connection)
    wrong = False
    files = 0
    for dataflow, version in versions.items():
        try:
            keys = files_of(place, table_key(dataflow), version)
        except HubError as error:
            wrong = True
            yield fault("tables", error.message, "Restore a backup.")
            continue
        there = set(place.listed(table_key(dataflow)))
        lost = [key for key in keys if key not in there]
        files += len(keys)
        if lost:
            wrong = True
            yield fault(
                "tables", f"{dataflow} has lost {len(lost)} files, first {lost[0]}.", _PUT_BACK
            )
        elif deep and (bad := _rows(hub, dataflow)) is not None:
            wrong = True
            yield fault("tables", bad, "Restore a backup.")
    if not wrong:
        yield ok("tables", f"{len(versions)} dataflows, {files:,} files of all their versions.")


def _rows(hub: Hub, dataflow: StructureRef) -> str | None:
    """What is wrong with the rows that readers see; ``None``: nothing."""
    pointer = hub.releases.current(dataflow)
    if pointer is None:
        return None
    rows = 0
    for path in hub.observations.files(dataflow, pointer.version):
        try:
            with pq.ParquetFile(path, page_checksum_verification=True) as file:
                rows += sum(batch.num_rows for batch in file.iter_batches())
        except (OSError, ValueError) as error:
            return f"A file of {dataflow} cannot be read: {error}"
    item = tables.release_item.c
    query = select(func.sum(item.inserted), func.sum(item.deleted)).where(
        item.dataflow == str(dataflow)
    )
    with hub.catalogue.read() as connection:
        came, went = connection.execute(query).one()
    expected = int(came or 0) - int(went or 0)
    if rows != expected:
        return f"{dataflow} has {rows:,} observations, its releases say {expected:,}."
    return None


def kept(hub: Hub, *, deep: bool) -> Iterator[Found]:
    """Whether every file that the catalogue names is there, and (``deep``) is what it was."""
    place = place_of_files(hub.settings)
    with hub.catalogue.read() as connection:
        wanted = contents.kept_keys(connection)
    there = {key for folder in _folders(wanted) for key in place.listed(folder)}
    lost = sorted(wanted.keys() - there)
    if lost:  # what was taken away since the catalogue was read is not lost
        with hub.catalogue.read() as connection:
            lost = sorted(contents.kept_keys(connection).keys() & set(lost))
    changed = [key for key in wanted if key in there and _is_changed(place, key)] if deep else []
    if lost:
        text = f"{len(lost)} are not there, first {lost[0]} ({wanted[lost[0]]})."
        yield fault("kept files", text, _PUT_BACK)
    if changed:
        text = f"{len(changed)} are not what they were, first {changed[0]} ({wanted[changed[0]]})."
        yield fault("kept files", text, _PUT_BACK)
    if not lost and not changed:
        yield ok("kept files", f"{len(wanted):,} files that were handed in or made of it.")


def orphans(hub: Hub) -> Iterator[Found]:
    """Files in the tables that no version has: left by work that was interrupted."""
    place = place_of_tables(hub.settings)
    found: list[str] = []
    with hub.catalogue.read() as connection:
        versions = contents.table_versions(connection)
    for dataflow in versions:
        try:
            newest = hub.observations.latest(dataflow)
            known = set(files_of(place, table_key(dataflow), newest or 0))
        except (HubError, DeltaError):  # said already
            continue
        there = place.listed(table_key(dataflow))
        found += [key for key in there if key not in known and not is_log(key)]
    size = sum(place.size(key) or 0 for key in found)
    if found:
        yield note(
            "orphans",
            f"{len(found)} files ({size >> 20:,} MiB) belong to no version, first {found[0]}.",
            "They do no harm: an interrupted commit left them, or one is being made now.",
        )
    else:
        yield ok("orphans", "Every file in the tables belongs to a version.")


def as_backed_up(hub: Hub, *, destination: str) -> Iterator[Found]:
    """Whether every file still has the content that the newest backup of a place has of it."""
    scratch = hub.folder("tmp")
    held = manifest.read(place_at(destination, scratch))
    places = {"tables": place_of_tables(hub.settings), "files": place_of_files(hub.settings)}
    compared, changed, gone = 0, list[str](), list[str]()
    for file in held.files:
        place = places.get(file.where)
        if place is None:  # the operator's own files may change
            continue
        compared += 1
        try:
            if _digest(place, file.key) != file.sha256:
                changed.append(file.key)
        except NotFound:
            gone.append(file.key)
    if changed:
        text = f"{len(changed)} files are not what the backup {held.id} has, first {changed[0]}."
        yield fault("backup", text, _PUT_BACK)
    if gone:
        text = f"{len(gone)} files of the backup {held.id} are gone here, first {gone[0]}."
        yield note("backup", text, "The checks above say whether any of them is missed.")
    if not changed:
        yield ok("backup", f"{compared:,} files compared with the backup {held.id}.")


def _folders(keys: dict[str, str]) -> set[str]:
    return {key.partition("/")[0] for key in keys}


def _is_changed(place: Place, key: str) -> bool:
    """Whether the content of a file is not that of its hash."""
    named = _HASHED.fullmatch(key)
    if named is None:
        return False
    try:
        return _digest(place, key) != named[1]
    except NotFound:  # counted as lost
        return False


def _digest(place: Place, key: str) -> str:
    digest = hashlib.sha256()
    with place.open(key) as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
