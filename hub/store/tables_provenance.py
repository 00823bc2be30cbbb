"""The table of how national files were read."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Table

from hub.store.tables import METADATA, UtcDateTime

__all__ = ["reading"]

#: By which edition of its connector (a hash of its record, maps and code), and of the hub, a
#: national file was read, and when: the last time, which is the one that was published. A message
#: has no row, as its format says how it is read.
reading = Table(
    "reading",
    METADATA,
    Column("submission", Integer, ForeignKey("submission.id"), primary_key=True),
    Column("connector_version", String(64), nullable=False),
    Column("program", String(40), nullable=False),
    Column("read_at", UtcDateTime, nullable=False),
)
