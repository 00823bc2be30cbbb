"""``Idempotency-Key``: a request that is sent again comes to the same submission.

A sender that lost the answer sends the same request with the same key, and gets the submission of
the first one, whatever became of it since. A key belongs to who used it, for ever.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import BinaryIO

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from hub.errors import PayloadTooLarge, RequestSyntaxError, SemanticError
from hub.store.home import Hub
from hub.store.submissions import Submission
from hub.store.tables_intake import idempotency as table

__all__ = ["once"]

_LONGEST = 200
#: Any will do, as long as it stays.
_TOKENS = uuid.UUID("7b0a8b2e-2d0f-4c52-9a55-6d3f5d1d4c11")
_CHUNK = 1 << 20


def once(
    hub: Hub,
    *,
    owner: str,
    key: str,
    order: str,
    source: BinaryIO,
    enter: Callable[[BinaryIO, str], Submission],
) -> Submission:
    """The submission of the first request with this key, or what ``enter`` makes of this one.

    ``order`` is all that the request says beside its body, ``source`` the body; ``enter`` takes it
    and the token of the submission. The token follows from owner and key, so that two requests
    that come in at once, on whatever nodes, come to one submission.

    Raises ``RequestSyntaxError`` for a key that is empty, too long or not plain text, and
    ``SemanticError`` when the key was used for another request.
    """
    if not key or len(key) > _LONGEST or not key.isascii() or not key.isprintable():
        raise RequestSyntaxError(f"An Idempotency-Key is 1 to {_LONGEST} printable characters.")
    digest = hashlib.sha256(order.encode()).hexdigest()
    if (known := _known(hub, owner, key, digest)) is not None:
        if _hash(source, hub.settings.max_upload) != known.sha256:
            raise SemanticError("This Idempotency-Key was used for other bytes: take a new one.")
        return known
    made = enter(source, str(uuid.uuid5(_TOKENS, f"{owner}\n{key}")))
    try:
        with hub.catalogue.write() as connection:
            connection.execute(
                insert(table).values(
                    owner=owner, key=key, request=digest, submission=made.token,
                    at=datetime.now(UTC),
                )
            )  # fmt: skip
    except IntegrityError:  # the same request came in twice at once
        first = _known(hub, owner, key, digest)
        assert first is not None
        return first
    return made


def _known(hub: Hub, owner: str, key: str, digest: str) -> Submission | None:
    query = select(table).where(table.c.owner == owner, table.c.key == key)
    with hub.catalogue.read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if row.request != digest:
        raise SemanticError("This Idempotency-Key was used for another request: take a new one.")
    return hub.submissions.get(row.submission)


def _hash(source: BinaryIO, limit: int) -> str:
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise PayloadTooLarge(f"The body is larger than {limit} bytes")
        digest.update(chunk)
    return digest.hexdigest()
