"""Making files survive a power cut before anything refers to them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import unquote

__all__ = ["sync_commit", "sync_file", "sync_folder", "write_durably"]


def sync_file(path: Path) -> None:
    """Wait until the content of a file is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


#: A folder is synced the same way: it is what keeps the names of new files.
sync_folder = sync_file


def write_durably(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file so that after any crash it is either whole or not there (or as before)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_commit(table: Path, version: int) -> None:
    """Put a Delta commit of a local table on the disk: its files, its log entry, its checkpoint.

    The Delta writer leaves this to the operating system; the catalogue, which will refer to the
    commit, does not.
    """
    log = table / "_delta_log"
    entry = log / f"{version:020d}.json"
    folders = {log, table}
    for line in entry.read_text("utf-8").splitlines():
        action = json.loads(line)
        added = action.get("add") or action.get("cdc")
        if added is not None:
            path = table / unquote(added["path"])
            if path.exists():  # a restore adds files of versions long synced
                sync_file(path)
                folders.add(path.parent)
    sync_file(entry)
    for path in log.glob(f"{version:020d}.checkpoint*.parquet"):
        sync_file(path)
    last = log / "_last_checkpoint"
    if last.exists():
        sync_file(last)
    for folder in folders:
        sync_folder(folder)
