"""The ledger of packs: what was made for whom, of which releases, and the archives themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from hub.errors import NotFound
from hub.model.schema import StructureRef
from hub.store import audit
from hub.store.home import Hub
from hub.store.tables_events import pack

__all__ = ["Entry", "before", "enter", "entries", "entry", "file_of", "pack_key"]

_P = pack.c


@dataclass(frozen=True, slots=True)
class Entry:
    """A pack. ``as_of`` is the instant whose data it holds, ``sha256`` that of the archive."""

    id: int
    consumer: str
    as_of: datetime
    made_at: datetime
    made_by: str
    sha256: str
    size: int
    manifest: dict[str, Any]

    @property
    def filename(self) -> str:
        """Name of the archive for people."""
        return f"{self.consumer}-{self.as_of:%Y%m%dT%H%M%SZ}.zip"


def entries(hub: Hub, consumer: str | None = None, limit: int = 100) -> list[Entry]:
    """Packs, newest first."""
    query = select(pack).order_by(_P.id.desc()).limit(limit)
    if consumer is not None:
        query = query.where(_P.consumer == consumer)
    with hub.catalogue.read() as connection:
        return [Entry(**row._mapping) for row in connection.execute(query)]


def entry(hub: Hub, id_: int) -> Entry:
    """One of them; ``NotFound`` when there is none with this id."""
    with hub.catalogue.read() as connection:
        row = connection.execute(select(pack).where(_P.id == id_)).one_or_none()
    if row is None:
        raise NotFound("There is no such pack.")
    return Entry(**row._mapping)


def before(hub: Hub, consumer: str, as_of: datetime, dataflow: StructureRef) -> Entry | None:
    """The last pack of a consumer that has the dataflow, of data older than ``as_of``."""
    query = (
        select(pack)
        .where(_P.consumer == consumer, _P.as_of < as_of)
        .order_by(_P.as_of.desc(), _P.id.desc())
    )
    with hub.catalogue.read() as connection:
        for row in connection.execute(query):
            if any(d["dataflow"] == str(dataflow) for d in row.manifest["datasets"]):
                return Entry(**row._mapping)
    return None


def enter(
    hub: Hub,
    path: Path,
    sha256: str,
    manifest: dict[str, Any],
    *,
    as_of: datetime,
    actor: str,
) -> Entry:
    """Keep an archive and note it; the same archive is noted once for a consumer."""
    consumer, size = manifest["consumer"]["id"], path.stat().st_size
    hub.blobs.put(pack_key(sha256), path)
    same = (_P.consumer == consumer, _P.sha256 == sha256)
    with hub.catalogue.write() as connection:
        known = connection.execute(select(pack).where(*same)).first()
        if known is None:
            connection.execute(
                insert(pack).values(
                    consumer=consumer, as_of=as_of, made_at=datetime.now(UTC), made_by=actor,
                    sha256=sha256, size=size, manifest=manifest,
                )
            )  # fmt: skip
            known = connection.execute(select(pack).where(*same)).one()
            audit.append(connection, actor, "pack.made", consumer, {"sha256": sha256})
        return Entry(**known._mapping)


def file_of(hub: Hub, one: Entry) -> Path:
    """The archive, as a local file."""
    return hub.blobs.path(pack_key(one.sha256))


def pack_key(sha256: str) -> str:
    """Key of an archive among the kept files (:mod:`hub.store.blobs`)."""
    return f"packs/{sha256}.zip"
