"""Structures as they were at an instant, for ``asOf`` of structure and schema queries.

The table ``artefact`` has the present; before a row of it changes or goes, :func:`keep` puts what
it was aside. So the state at an instant is what the hub has since then or longer, and what it had
then and has no more.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, literal, select

from hub.store.tables import artefact
from hub.store.tables_past import artefact_past
from hub.structures.repository import StructureSet
from hub.structures.stored import load

__all__ = ["as_of", "changed_since", "keep"]

_NAMES = ("class", "agency", "ident", "version", "payload")


def keep(connection: Connection, which: ColumnElement[bool], now: datetime) -> None:
    """Put the artefacts aside that are about to be replaced or removed at ``now`` (aware)."""
    ended = literal(now, artefact.c.changed_at.type)
    over = select(*(artefact.c[name] for name in _NAMES), artefact.c.changed_at, ended)
    connection.execute(
        insert(artefact_past).from_select([*_NAMES, "since", "until"], over.where(which))
    )


def changed_since(connection: Connection, instant: datetime) -> bool:
    """Whether the structures are not what they were at an instant (aware)."""
    newer = select(artefact.c.id).where(artefact.c.changed_at > instant).limit(1)
    gone = select(artefact_past.c.id).where(artefact_past.c.until > instant).limit(1)
    return any(connection.execute(query).first() is not None for query in (newer, gone))


def as_of(connection: Connection, instant: datetime) -> StructureSet:
    """The structures at an instant (aware); none where there was no hub yet."""
    then = artefact_past.c
    queries = (
        select(artefact.c.payload).where(artefact.c.changed_at <= instant).order_by(artefact.c.id),
        select(then.payload).where(then.since <= instant, then.until > instant).order_by(then.id),
    )
    payloads = [p for query in queries for p in connection.execute(query).scalars()]
    return StructureSet([one for payload in payloads for one in load(payload)])
