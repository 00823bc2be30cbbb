"""The audit trail: who did what, in order, in a way that a change to it shows.

The database refuses to change or delete a line (triggers of migration 0004), and each line holds
the SHA-256 of the one before. Who gets round the triggers breaks the chain; who rewrites the whole
chain contradicts the exports that were kept elsewhere (``mighub audit verify --export``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from hub.store import tables
from hub.store.catalogue import Catalogue

__all__ = ["GENESIS", "Entry", "Verdict", "append", "chain_hash", "entries", "verify"]

#: What stands before the first line.
GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the trail. ``previous`` is the hash of the line before, ``hash`` its own."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any] | None
    previous: str
    hash: str

    def to_dict(self) -> dict[str, Any]:
        """The line as JSON states it."""
        return {
            "id": self.id,
            "at": _instant(self.at),
            "actor": self.actor,
            "action": self.action,
            "subject": self.subject,
            "detail": self.detail,
            "previous": self.previous,
            "hash": self.hash,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """What :func:`verify` found: ``lines`` read, the last hash, and the first fault if any."""

    lines: int
    head: str
    fault: str | None = None


def append(
    connection: Connection,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add a line within the caller's writing transaction, of which there is one at a time.

    ``detail`` is JSON and holds no secret. Texts are cut to the width of their column.
    """
    row = tables.audit.c
    last = connection.execute(select(row.id, row.hash).order_by(row.id.desc()).limit(1)).first()
    values: dict[str, Any] = {
        "id": 1 if last is None else last.id + 1,
        "at": datetime.now(UTC),
        "actor": _cut(actor, 200),
        "action": _cut(action, 60),
        "subject": _cut(subject, 300),
        "detail": None if detail is None else json.loads(_canonical(detail)),
        "previous": GENESIS if last is None else last.hash,
    }
    connection.execute(insert(tables.audit).values(**values, hash=chain_hash(**values)))


def chain_hash(
    *, id: int, at: datetime, actor: str, action: str, subject: str,
    detail: Mapping[str, Any] | None, previous: str,
) -> str:  # fmt: skip
    """The hash of a line: SHA-256 of its columns, in this order, as canonical JSON."""
    line = [id, _instant(at), actor, action, subject, detail, previous]
    return hashlib.sha256(_canonical(line).encode()).hexdigest()


def entries(
    catalogue: Catalogue,
    *,
    after: int = 0,
    before: int | None = None,
    limit: int | None = None,
    newest_first: bool = False,
    action: str | None = None,
    actor: str | None = None,
) -> list[Entry]:
    """Lines with an id between ``after`` and ``before``; ``action`` is a prefix (``key.``)."""
    row = tables.audit.c
    query = select(tables.audit).where(row.id > after)
    if before is not None:
        query = query.where(row.id < before)
    if action is not None:
        query = query.where(row.action.startswith(action, autoescape=True))
    if actor is not None:
        query = query.where(row.actor == actor)
    query = query.order_by(row.id.desc() if newest_first else row.id)
    with catalogue.read() as connection:
        return [_entry(found) for found in connection.execute(query.limit(limit))]


def verify(catalogue: Catalogue, exported: Iterator[Mapping[str, Any]] | None = None) -> Verdict:
    """Follow the chain from the first line, and compare it with an earlier export if given."""
    previous, count = GENESIS, 0
    with catalogue.read() as connection:
        for found in connection.execute(select(tables.audit).order_by(tables.audit.c.id)):
            entry = _entry(found)
            count += 1
            fault = _fault(entry, count, previous)
            known = next(exported, None) if exported is not None else None
            if fault is None and known is not None and known != entry.to_dict():
                fault = f"Line {entry.id} is not what the export has."
            if fault is not None:
                return Verdict(count, previous, fault)
            previous = entry.hash
    if exported is not None and next(exported, None) is not None:
        return Verdict(count, previous, f"The export has more lines than the {count} here.")
    return Verdict(count, previous)


def _fault(entry: Entry, number: int, previous: str) -> str | None:
    if entry.id != number:
        return f"Line {number} is missing: the next one is {entry.id}."
    if entry.previous != previous:
        return f"Line {entry.id} does not follow the line before it."
    values = {name: getattr(entry, name) for name in Entry.__slots__ if name != "hash"}
    if chain_hash(**values) != entry.hash:
        return f"Line {entry.id} was changed."
    return None


def _entry(row: Any) -> Entry:
    return Entry(**{name: getattr(row, name) for name in Entry.__slots__})


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _cut(value: str, width: int) -> str:
    value = value.replace("\x00", "\ufffd")  # PostgreSQL keeps no NUL
    return value if len(value) <= width else value[: width - 1] + "…"
