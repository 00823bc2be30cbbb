"""Tables of the sources: files as publishers gave them, and which periods have come."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from hub.store.tables import METADATA, UtcDateTime

__all__ = ["delivery", "snapshot"]

#: Files as they were fetched or added; the bytes are in the home folder, by hash. One row for the
#: same bytes of the same source from the same address; ``url`` is empty where nobody said it.
snapshot = Table(
    "snapshot",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("source", String(200), nullable=False, index=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
    Column("filename", Text, nullable=False),
    Column("url", String(2000), nullable=False),
    Column("licence", Text, nullable=False),
    Column("headers", JSON, nullable=False),
    Column("taken_at", UtcDateTime, nullable=False),
    # When its publisher was last asked and had nothing newer.
    Column("checked_at", UtcDateTime, nullable=False),
    Column("taken_by", String(200), nullable=False),
    UniqueConstraint("source", "sha256", "url"),
    sqlite_autoincrement=True,
)

#: The first release that held figures of a provider for a period. ``starts`` and ``ends`` are
#: those of the period, naive, the end exclusive.
delivery = Table(
    "delivery",
    METADATA,
    Column("dataflow", String(300), primary_key=True),
    Column("provider", String(200), primary_key=True),
    Column("frequency", String(20), primary_key=True),
    Column("period", String(60), primary_key=True),
    Column("starts", DateTime, nullable=False),
    Column("ends", DateTime, nullable=False),
    Column("release", ForeignKey("release.id"), nullable=False),
    Column("came_at", UtcDateTime, nullable=False),
)
