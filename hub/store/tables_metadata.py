"""The table of metadata sets."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from hub.store.tables import METADATA, UtcDateTime

__all__ = ["metadata_set"]

#: Each state of each metadata set. The present one of a set has no ``until``; earlier ones stay,
#: so that a query can be answered as of an instant. ``payload`` is its tree as JSON.
metadata_set = Table(
    "metadata_set",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("provider", String(100), nullable=False),
    Column("ident", String(100), nullable=False),
    Column("version", String(40), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("origin", String(20), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=True),
    Index("ix_metadata_set_name", "provider", "ident", "version"),
    sqlite_autoincrement=True,
)
