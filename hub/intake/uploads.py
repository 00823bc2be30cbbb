"""Uploads in parts, which survive broken connections and restarts.

What has arrived is the length of a file of the upload's name in the ``uploads`` folder: it is on
the disk before it is acknowledged. When all of it is there it is handed in like any other file.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import delete, insert, select, update

from hub.errors import Conflict, HubError, NotFound, PayloadTooLarge, RequestSyntaxError
from hub.intake.receive import refuse_register
from hub.store.durable import sync_folder
from hub.store.home import Hub
from hub.store.submissions import Submission
from hub.store.tables_intake import upload as table

__all__ = [
    "ALGORITHMS",
    "ChecksumMismatch",
    "Upload",
    "append",
    "create",
    "find",
    "sweep",
    "terminate",
]

#: Checksums that a part may carry.
ALGORITHMS = ("sha1", "sha256")
#: Time after its last part at which an unfinished upload is forgotten.
LIFETIME = timedelta(hours=24)

_CHUNK = 1 << 20


class ChecksumMismatch(HubError):
    """A part is not what its sender sent; nothing of it was kept."""

    sdmx_code, http_status, title = 140, 460, "Checksum mismatch"


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload. ``offset`` and ``length`` count bytes; ``how`` is what is to be done with it.

    ``submission`` is the token of the submission that it became.
    """

    id: str
    owner: str
    length: int
    offset: int
    how: Mapping[str, str]
    expires_at: datetime
    submission: str | None


def create(hub: Hub, *, owner: str, length: int, how: Mapping[str, str]) -> Upload:
    """Begin an upload of ``length`` bytes.

    Raises ``PayloadTooLarge`` when that is more than ``settings.max_upload``, and
    ``RequestSyntaxError`` when it is nothing.
    """
    if length > hub.settings.max_upload:
        raise PayloadTooLarge(f"An upload has at most {hub.settings.max_upload} bytes")
    if length == 0:
        raise RequestSyntaxError("The file is empty.")
    refuse_register(how.get("connector"))
    id_, now = str(uuid.uuid4()), datetime.now(UTC)
    folder = hub.folder("uploads")
    (folder / id_).touch(mode=0o600)
    sync_folder(folder)
    with hub.catalogue.write() as connection:
        connection.execute(
            insert(table).values(
                id=id_, owner=owner, length=length, how=dict(how), created_at=now,
                expires_at=now + LIFETIME,
            )
        )  # fmt: skip
    return find(hub, id_, owner)


def find(hub: Hub, id_: str, owner: str) -> Upload:
    """An upload of ``owner``; ``NotFound`` when there is none, or its time is over."""
    with hub.catalogue.read() as connection:
        row = connection.execute(
            select(table).where(table.c.id == id_, table.c.owner == owner)
        ).one_or_none()
    gone = row is not None and row.submission is None and row.expires_at <= datetime.now(UTC)
    if row is None or gone:
        raise NotFound("There is no such upload, or its time is over: begin a new one.")
    path = _path(hub, id_)
    offset = path.stat().st_size if path.exists() else row.length
    return Upload(id_, owner, row.length, offset, row.how, row.expires_at, row.submission)


def append(
    hub: Hub,
    upload: Upload,
    offset: int,
    source: BinaryIO,
    *,
    checksum: tuple[str, bytes] | None = None,
    finish: Callable[[Upload, Path], Submission],
) -> Upload:
    """Add what ``source`` gives at ``offset``; ``finish`` hands the whole file in.

    A connection that breaks loses nothing that arrived, unless a ``checksum`` (algorithm and
    digest) was announced: then a part is kept whole or not at all.

    Raises ``Conflict`` when ``offset`` is not where the upload stands or another part is being
    written, ``PayloadTooLarge`` when there is more than the length announced, and
    ``ChecksumMismatch``. What ``finish`` raises ends the upload.
    """
    path = _path(hub, upload.id)
    with _alone(path):
        upload = find(hub, upload.id, upload.owner)
        if upload.offset != offset:
            raise Conflict(f"The upload stands at {upload.offset}, not at {offset}.")
        if upload.submission is not None:
            return upload
        _write(path, upload, source, checksum)
        with hub.catalogue.write() as connection:
            connection.execute(
                update(table)
                .where(table.c.id == upload.id)
                .values(expires_at=datetime.now(UTC) + LIFETIME)
            )
        now = find(hub, upload.id, upload.owner)
        if now.offset == now.length:
            _hand_in(hub, now, path, finish)
        return find(hub, upload.id, upload.owner)


def terminate(hub: Hub, upload: Upload) -> None:
    """Forget an upload. What it became, if it is complete, stays."""
    with hub.catalogue.write() as connection:
        connection.execute(delete(table).where(table.c.id == upload.id))
    _path(hub, upload.id).unlink(missing_ok=True)


def sweep(hub: Hub) -> None:
    """Forget uploads whose time is over, and files that belong to none."""
    with hub.catalogue.write() as connection:
        connection.execute(delete(table).where(table.c.expires_at <= datetime.now(UTC)))
        known = set(connection.execute(select(table.c.id)).scalars())
    long_ago = (datetime.now(UTC) - LIFETIME).timestamp()
    for path in hub.folder("uploads").iterdir():
        if path.name not in known and path.stat().st_mtime < long_ago:
            path.unlink(missing_ok=True)


def _path(hub: Hub, id_: str) -> Path:
    return hub.folder("uploads") / id_


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the file of an upload; ``Conflict`` when another request holds it."""
    if not path.exists():  # it is complete
        yield
        return
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict("Another part of this upload is being written.") from None
        yield


def _write(
    path: Path, upload: Upload, source: BinaryIO, checksum: tuple[str, bytes] | None
) -> None:
    digest = hashlib.new(checksum[0], usedforsecurity=False) if checksum else None
    size = upload.offset
    with path.open("r+b") as out:
        out.seek(size)
        try:
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                if size > upload.length:
                    raise PayloadTooLarge(f"The upload has only {upload.length} bytes.")
                if digest is not None:
                    digest.update(chunk)
                out.write(chunk)
            if checksum and digest and digest.digest() != checksum[1]:
                raise ChecksumMismatch("The part does not have the checksum that it announces.")
        except (HubError, OSError) as error:
            if checksum is not None or isinstance(error, HubError):
                out.truncate(upload.offset)
            raise
        finally:
            out.flush()
            os.fsync(out.fileno())


def _hand_in(
    hub: Hub, upload: Upload, path: Path, finish: Callable[[Upload, Path], Submission]
) -> None:
    try:
        made = finish(upload, path)
    except HubError as error:
        if error.http_status < 500:
            terminate(hub, upload)  # no further part could make it right
        raise
    with hub.catalogue.write() as connection:
        connection.execute(
            update(table).where(table.c.id == upload.id).values(submission=made.token)
        )
    path.unlink()
