"""Files of publishers as they were fetched or added, kept for ever and once.

The bytes are kept under their SHA-256 (:mod:`hub.store.blobs`); the catalogue says from where,
when, by whom and under which licence they came. A connector reads a snapshot as it reads any file:
its name is the publisher's and its time that of the snapshot, so what is made of it is the same on
every day.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from hub.errors import HubError, NotFound, RequestSyntaxError
from hub.store.home import Hub
from hub.store.tables_sources import snapshot as table

__all__ = ["StoredSnapshot", "as_file", "find_snapshot", "keep", "snapshots", "still_current"]


@dataclass(frozen=True, slots=True)
class StoredSnapshot:
    """A file of a source; see ``hub.store.tables_sources.snapshot``. Instants are aware, UTC."""

    source: str
    sha256: str
    size: int
    filename: str
    url: str
    licence: str
    headers: Mapping[str, str]
    taken_at: datetime
    checked_at: datetime
    taken_by: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON can state it."""
        return {
            "source": self.source,
            "sha256": self.sha256,
            "size": self.size,
            "filename": self.filename,
            "url": self.url or None,
            "licence": self.licence,
            "taken_at": self.taken_at.isoformat(timespec="seconds"),
            "checked_at": self.checked_at.isoformat(timespec="seconds"),
            "taken_by": self.taken_by,
            "headers": dict(self.headers),
        }


def keep(
    hub: Hub,
    source: str,
    content: bytes,
    *,
    filename: str,
    licence: str,
    actor: str,
    url: str = "",
    headers: Mapping[str, str] | None = None,
) -> StoredSnapshot:
    """Keep a file of ``source``; what is kept already is noted as seen again.

    When this returns the bytes are durable.
    """
    sha256, now = hashlib.sha256(content).hexdigest(), datetime.now(UTC)
    hub.blobs.put_bytes(_key(sha256), content)
    same = (table.c.source == source) & (table.c.sha256 == sha256) & (table.c.url == url)
    with hub.catalogue.write() as connection:
        seen = connection.execute(
            update(table).where(same).values(checked_at=now, headers=dict(headers or {}))
        )
        if not seen.rowcount:
            connection.execute(
                insert(table).values(
                    source=source, sha256=sha256, size=len(content), filename=filename, url=url,
                    licence=licence, headers=dict(headers or {}), taken_at=now, checked_at=now,
                    taken_by=actor,
                )
            )  # fmt: skip
        row = connection.execute(select(table).where(same)).one()
    return _snapshot(row)


def still_current(hub: Hub, source: str, url: str) -> StoredSnapshot:
    """Note that the publisher has nothing newer at ``url`` than the latest snapshot from there."""
    latest = next((one for one in snapshots(hub, source) if one.url == url), None)
    if latest is None:
        raise NotFound(f"There is no snapshot of {source} from {url}.")
    now = datetime.now(UTC)
    same = (table.c.source == source) & (table.c.sha256 == latest.sha256) & (table.c.url == url)
    with hub.catalogue.write() as connection:
        connection.execute(update(table).where(same).values(checked_at=now))
        return _snapshot(connection.execute(select(table).where(same)).one())


def snapshots(hub: Hub, source: str | None = None) -> list[StoredSnapshot]:
    """The snapshots of a source (default: of all), the latest first."""
    query = select(table).order_by(table.c.checked_at.desc(), table.c.id.desc())
    if source is not None:
        query = query.where(table.c.source == source)
    with hub.catalogue.read() as connection:
        return [_snapshot(row) for row in connection.execute(query)]


def find_snapshot(hub: Hub, sha256: str, source: str | None = None) -> StoredSnapshot:
    """The snapshot whose hash begins with ``sha256`` (at least 8 digits).

    Raises ``NotFound``; ``RequestSyntaxError`` when the beginning is too short or several have it.
    """
    wanted = sha256.lower()
    if not 8 <= len(wanted) <= 64 or set(wanted) - set("0123456789abcdef"):
        raise RequestSyntaxError("A snapshot is named by 8 or more digits of its SHA-256.")
    found = [one for one in snapshots(hub, source) if one.sha256.startswith(wanted)]
    if not found:
        raise NotFound(f"There is no snapshot {sha256} here; see `mighub connectors snapshots`.")
    if len({one.sha256 for one in found}) > 1:
        raise RequestSyntaxError(f"Several snapshots begin with {sha256}; give more digits.")
    return found[0]


@contextmanager
def as_file(hub: Hub, stored: StoredSnapshot) -> Iterator[Path]:
    """The bytes as a file with the publisher's name, written when the snapshot was taken.

    Raises ``HubError`` when the bytes kept are not those that were taken.
    """
    with tempfile.TemporaryDirectory(dir=hub.folder("tmp")) as folder:
        path = Path(folder) / (Path(stored.filename).name or "file")
        shutil.copyfile(hub.blobs.path(_key(stored.sha256)), path)
        if _sha256(path) != stored.sha256:
            raise HubError(f"The bytes of the snapshot {stored.sha256[:12]} are damaged.")
        taken = int(stored.taken_at.timestamp())
        os.utime(path, (taken, taken))
        yield path


def _key(sha256: str) -> str:
    return f"snapshots/{sha256[:2]}/{sha256}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _snapshot(row: Any) -> StoredSnapshot:
    fields = StoredSnapshot.__slots__
    return StoredSnapshot(**{name: getattr(row, name) for name in fields})
