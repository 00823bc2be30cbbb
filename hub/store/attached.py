"""What was made of a submission beside its rows: its preview, the parts of its message.

The files lie in :mod:`hub.store.blobs` under keys that are used once; a row of the catalogue says
which are the present ones. Making them again moves the row, so every node sees all of the old or
all of the new. Files that no row names any more are swept away after a day.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from hub.store.tables_blobs import submission_files as table
from hub.store.tables_blobs import upload_piece

if TYPE_CHECKING:
    from hub.store.home import Hub

__all__ = ["Attached", "attach", "attached", "detach", "keep", "new_key", "sweep"]

#: Age from which a file that no row names is nobody's: its writer would have named it by now.
_NOBODYS = timedelta(days=1)


class Attached(StrEnum):
    """What a submission may have beside its rows."""

    PREVIEW = "preview"
    RETURNED = "returned"


def new_key(kind: str) -> str:
    """A key that is used once."""
    return f"{kind}/{uuid.uuid4()}"


def keep(hub: Hub, kind: Attached, path: Path) -> str:
    """Keep a file, for :func:`attach`; returns its key."""
    key = new_key(kind.value)
    hub.blobs.put(key, path)
    return key


def attach(hub: Hub, submission: str, kind: Attached, content: Any, files: Iterable[str]) -> None:
    """Note what a submission has now, instead of what it had. ``content`` is what JSON can say."""
    with hub.catalogue.write() as connection:
        connection.execute(delete(table).where(_is(submission, kind)))
        connection.execute(
            insert(table).values(
                submission=submission, kind=kind.value, content=content, files=list(files)
            )
        )


def attached(hub: Hub, submission: str, kind: Attached) -> Any:
    """What :func:`attach` noted, ``None`` when nothing was."""
    query = select(table.c.content).where(_is(submission, kind))
    with hub.catalogue.read() as connection:
        return connection.execute(query).scalar_one_or_none()


def detach(hub: Hub, submission: str, kind: Attached) -> None:
    """Note that a submission has none of this."""
    if attached(hub, submission, kind) is not None:
        with hub.catalogue.write() as connection:
            connection.execute(delete(table).where(_is(submission, kind)))


def sweep(hub: Hub) -> int:
    """Take away files of interrupted and superseded work; returns how many."""
    before = datetime.now(UTC) - _NOBODYS
    old = [
        key
        for folder in (*(kind.value for kind in Attached), "uploads")
        for key, written in hub.blobs.listed(folder)
        if written < before
    ]
    with hub.catalogue.read() as connection:
        named = {key for files in connection.execute(select(table.c.files)).scalars()
                 for key in files}  # fmt: skip
        named.update(connection.execute(select(upload_piece.c.file)).scalars())
    nobodys = [key for key in old if key not in named]
    hub.blobs.drop(nobodys)
    return len(nobodys)


def _is(submission: str, kind: Attached) -> Any:
    return (table.c.submission == submission) & (table.c.kind == kind.value)
