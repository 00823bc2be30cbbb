"""Tables of the intake service: who lets what be published and when, uploads in parts."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from hub.store.tables import METADATA, UtcDateTime

__all__ = ["idempotency", "publication_policy", "review", "upload"]

#: What stands between valid data and its release. ``kind`` is ``dataflow`` or ``agreement``,
#: ``subject`` its AGENCY:ID(VERSION).
publication_policy = Table(
    "publication_policy",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("review", Boolean, nullable=False),
    Column("embargo_until", UtcDateTime, nullable=True),
    Column("embargo_delay", String(40), nullable=True),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("changed_by", String(200), nullable=False),
    UniqueConstraint("kind", "subject"),
)

#: Decisions of people on submissions. Rows are only ever added.
review = Table(
    "review",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("submission", ForeignKey("submission.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("decision", String(20), nullable=False),
    Column("comment", Text, nullable=False),
    sqlite_autoincrement=True,
)

#: Uploads in parts. What has arrived is told by the pieces (:mod:`hub.store.tables_blobs`);
#: ``submission`` is set once all of it was handed to the intake.
upload = Table(
    "upload",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("how", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("submission", String(36), nullable=True),
)

#: Requests that carried an ``Idempotency-Key``, and the submission each came to.
idempotency = Table(
    "idempotency",
    METADATA,
    Column("owner", String(200), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("request", String(64), nullable=False),
    Column("submission", String(36), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
