"""Uploads in parts, which survive broken connections, restarts and the loss of a node.

What arrives is kept in pieces, each of which is durable before the catalogue counts it: any node
knows how far an upload is and goes on from there. Two parts sent at once write side by side, and
the first piece that is counted at a place is the one. When all of it is there it is handed in like
any other file; the submission is called like the upload, so that it is handed in once.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, cast

from sqlalchemy import Connection, delete, func, insert, select, update

from hub.errors import Conflict, HubError, NotFound, PayloadTooLarge, RequestSyntaxError
from hub.intake.pieces import ChecksumMismatch, Piece, Whole, checked, taken
from hub.intake.receive import refuse_register
from hub.store.blobs import Lost
from hub.store.home import Hub
from hub.store.submissions import Submission
from hub.store.tables_blobs import upload_piece as piece
from hub.store.tables_intake import upload as table

__all__ = [
    "ALGORITHMS",
    "ChecksumMismatch",
    "Finish",
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


#: Hands the whole file in, as a submission of the given name.
Finish = Callable[[Upload, BinaryIO, str], Submission]


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
        arrived = _arrived(connection, id_)
    gone = row is not None and row.submission is None and row.expires_at <= datetime.now(UTC)
    if row is None or gone:
        raise NotFound("There is no such upload, or its time is over: begin a new one.")
    offset = arrived if row.submission is None else row.length
    return Upload(id_, owner, row.length, offset, row.how, row.expires_at, row.submission)


def append(
    hub: Hub,
    upload: Upload,
    offset: int,
    source: BinaryIO,
    *,
    checksum: tuple[str, bytes] | None = None,
    finish: Finish,
) -> Upload:
    """Add what ``source`` gives at ``offset``; ``finish`` hands the whole file in.

    A connection that breaks loses nothing that arrived, unless a ``checksum`` (algorithm and
    digest) was announced: then a part is kept whole or not at all.

    Raises ``Conflict`` when ``offset`` is not where the upload stands or another part was written
    there meanwhile, ``PayloadTooLarge`` when there is more than the length announced, and
    ``ChecksumMismatch``. What ``finish`` raises ends the upload.
    """
    if upload.offset != offset:
        raise Conflict(f"The upload stands at {upload.offset}, not at {offset}.")
    if upload.submission is not None:
        return upload
    if checksum is None:
        for one in taken(hub, offset, upload.length, source):
            _count(hub, upload, [one])
    else:
        _count(hub, upload, checked(hub, offset, upload.length, source, checksum))
    now = find(hub, upload.id, upload.owner)
    if now.offset == now.length and now.submission is None:
        _hand_in(hub, now, finish)
    return find(hub, upload.id, upload.owner)


def terminate(hub: Hub, upload: Upload) -> None:
    """Forget an upload. What it became, if it is complete, stays."""
    with hub.catalogue.write() as connection:
        connection.execute(delete(table).where(table.c.id == upload.id))
    _drop_pieces(hub, upload.id)


def sweep(hub: Hub) -> None:
    """Forget uploads whose time is over."""
    over = select(table.c.id).where(table.c.expires_at <= datetime.now(UTC))
    with hub.catalogue.write() as connection:
        ids = list(connection.execute(over).scalars())
        connection.execute(delete(table).where(table.c.id.in_(ids)))
    for id_ in ids:
        _drop_pieces(hub, id_)


def _count(hub: Hub, upload: Upload, pieces: list[Piece]) -> None:
    """Let pieces be part of an upload; ``Conflict`` when others came first."""
    if not pieces:
        return
    try:
        with hub.catalogue.write() as connection:
            arrived = _arrived(connection, upload.id)
            if arrived != pieces[0].start:
                raise Conflict(f"The upload stands at {arrived}: another part was written.")
            known = connection.execute(
                update(table)
                .where(table.c.id == upload.id, table.c.submission.is_(None))
                .values(expires_at=datetime.now(UTC) + LIFETIME)
            )
            if not known.rowcount:
                raise NotFound("There is no such upload any more: begin a new one.")
            connection.execute(
                insert(piece),
                [{"upload": upload.id, "start": one.start, "size": one.size, "file": one.file}
                 for one in pieces],
            )  # fmt: skip
    except HubError:
        hub.blobs.drop(one.file for one in pieces)
        raise


def _arrived(connection: Connection, id_: str) -> int:
    """Bytes of an upload that are counted."""
    query = select(func.max(piece.c.start + piece.c.size)).where(piece.c.upload == id_)
    return int(connection.execute(query).scalar() or 0)


def _hand_in(hub: Hub, upload: Upload, finish: Finish) -> None:
    query = select(piece).where(piece.c.upload == upload.id).order_by(piece.c.start)
    with hub.catalogue.read() as connection:
        rows = connection.execute(query).all()
    if sum(row.size for row in rows) != upload.length:
        return  # another request has just handed it in
    try:
        made = finish(upload, cast(BinaryIO, Whole(hub, [r.file for r in rows])), upload.id)
    except Lost:
        if find(hub, upload.id, upload.owner).submission is None:
            raise
        return  # another request has handed it in, and its pieces are gone
    except HubError as error:
        if error.http_status < 500:
            terminate(hub, upload)  # no further part could make it right
        raise
    with hub.catalogue.write() as connection:
        connection.execute(
            update(table)
            .where(table.c.id == upload.id, table.c.submission.is_(None))
            .values(submission=made.token)
        )
    _drop_pieces(hub, upload.id)


def _drop_pieces(hub: Hub, id_: str) -> None:
    with hub.catalogue.write() as connection:
        files = list(
            connection.execute(select(piece.c.file).where(piece.c.upload == id_)).scalars()
        )
        connection.execute(delete(piece).where(piece.c.upload == id_))
    hub.blobs.drop(files)
