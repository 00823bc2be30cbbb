"""Table of the catalogue on what the hub computed itself."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Integer, String, Table

from hub.store.tables import METADATA, UtcDateTime

__all__ = ["derivation"]

#: What a message of derived indicators was computed from. ``sha256`` is that of its bytes, so that
#: the line can stand before the submission does. ``inputs`` are the release and the version of each
#: dataflow that was read, ``definitions`` the documents of the indicators, as they were.
derivation = Table(
    "derivation",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("program", String(40), nullable=False),
    Column("inputs", JSON, nullable=False),
    Column("definitions", JSON, nullable=False),
    sqlite_autoincrement=True,
)
