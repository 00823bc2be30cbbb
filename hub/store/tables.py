"""Tables of the catalogue (SQLAlchemy Core). ``hub.store.migrations`` creates them.

The catalogue holds what is small and must change as one: which structures exist, what was
submitted, what was released and which version of each dataflow's observations readers see. It
never holds an observation. The same definitions serve SQLite and PostgreSQL.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

__all__ = [
    "METADATA",
    "UtcDateTime",
    "api_key",
    "artefact",
    "audit",
    "meta",
    "notification",
    "pointer",
    "registration",
    "release",
    "release_item",
    "submission",
    "subscription",
]


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: timezone aware in Python, UTC without a zone in the database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time: nobody could say which instant it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Put the zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: Single facts about the catalogue itself, such as the version of the structures.
meta = Table(
    "meta",
    METADATA,
    Column("key", String(100), primary_key=True),
    Column("value", Text, nullable=False),
)

#: Maintainable artefacts; ``payload`` is what ``hub.structures.stored`` writes, or,
#: in rows of the first release, an SDMX-ML 2.1 structure message with this one alone.
artefact = Table(
    "artefact",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("class", String(60), nullable=False),
    Column("agency", String(100), nullable=False),
    Column("ident", String(100), nullable=False),
    Column("version", String(40), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("origin", String(20), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    UniqueConstraint("class", "agency", "ident", "version"),
)

#: Everything that was ever handed in. ``id`` is the order of arrival, and of publication for what
#: waits for nobody.
#: ``pending_key`` names bytes and target while the submission is unfinished, so that the same
#: bytes handed in twice are one submission; it is null afterwards.
submission = Table(
    "submission",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("token", String(36), nullable=False, unique=True),
    Column("pending_key", String(64), nullable=True, unique=True),
    Column("received_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime, nullable=True),
    Column("finished_at", UtcDateTime, nullable=True),
    Column("filename", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("format", String(60), nullable=True),
    Column("connector", String(200), nullable=True),
    Column("action", String(10), nullable=True),
    Column("provider", String(200), nullable=True),
    Column("submitted_by", String(200), nullable=True),
    Column("state", String(20), nullable=False, index=True),
    Column("attempts", Integer, nullable=False, default=0),
    Column("progress", JSON, nullable=False),
    Column("counts", JSON, nullable=True),
    Column("report", Text, nullable=True),
    Column("error", Text, nullable=True),
    # all: all or nothing; valid: the valid observations are published, the rest is given back.
    Column("mode", String(10), nullable=False, server_default="all"),
    # Not before: what the sender asked for, and what it came to with the policies.
    Column("embargo", UtcDateTime, nullable=True),
    Column("due", UtcDateTime, nullable=True),
    # Since when nothing but the data itself stands between the submission and its release.
    Column("cleared_at", UtcDateTime, nullable=True),
    # Token of the submission whose release this one takes back.
    Column("undoes", String(36), nullable=True, index=True),
    # What the result depended on beside the bytes: see hub.intake.repeat.
    Column("basis", String(64), nullable=True),
    # Id of the request that handed it in, as the log has it.
    Column("request", String(64), nullable=True),
    sqlite_autoincrement=True,
)

#: One publication: all dataflows of one submission at once.
release = Table(
    "release",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("submission", ForeignKey("submission.id"), nullable=False, unique=True),
    Column("released_at", UtcDateTime, nullable=False, index=True),
    sqlite_autoincrement=True,
)

#: What a release did to one dataflow. The changes are those of the Delta versions after
#: ``version_before`` up to ``version_after``; versions that no item covers were undone.
release_item = Table(
    "release_item",
    METADATA,
    Column("release", ForeignKey("release.id"), primary_key=True),
    Column("dataflow", String(300), primary_key=True),
    Column("version_before", BigInteger, nullable=False),
    Column("version_after", BigInteger, nullable=False),
    Column("inserted", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("deleted", BigInteger, nullable=False),
    Index("ix_release_item_dataflow", "dataflow", "release"),
)

#: The version readers see. ``version`` may move on without a release when files are rearranged.
pointer = Table(
    "pointer",
    METADATA,
    Column("dataflow", String(300), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("release", ForeignKey("release.id"), nullable=False),
    Column("released_at", UtcDateTime, nullable=False),
)

#: Keys are kept as SHA-256 only: they are random and long, so a slow hash would add nothing.
#: What a key may do stands in ``role_grant``.
api_key = Table(
    "api_key",
    METADATA,
    Column("sha256", String(64), primary_key=True),
    Column("label", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime, nullable=True),
    Column("expires_at", UtcDateTime, nullable=True),
    Column("last_used_at", UtcDateTime, nullable=True),
    Column("made_by", String(200), nullable=True),
)

#: Sources of data that were registered by a message; ``source`` and ``flags`` as JSON.
registration = Table(
    "registration",
    METADATA,
    Column("id", String(100), primary_key=True),
    Column("agreement", String(300), nullable=False, index=True),
    Column("source", JSON, nullable=False),
    Column("flags", JSON, nullable=False),
    Column("valid_from", UtcDateTime, nullable=True),
    Column("valid_to", UtcDateTime, nullable=True),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("submitted_by", String(200), nullable=True),
)

#: Who wants to be told of which events, and where; ``addresses`` and ``events`` as JSON.
subscription = Table(
    "subscription",
    METADATA,
    Column("id", String(100), primary_key=True),
    Column("organisation", String(300), nullable=False, index=True),
    Column("assigned_id", String(100), nullable=True),
    Column("addresses", JSON, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=False),
    Column("events", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("submitted_by", String(200), nullable=True),
)

#: Messages to subscribers; ``delivered_at`` is null until sent.
notification = Table(
    "notification",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("subscription", String(100), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("action", String(20), nullable=False),
    Column("subject", String(400), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("delivered_at", UtcDateTime, nullable=True),
    sqlite_autoincrement=True,
)

#: Who did what, in order. The database refuses to change or delete a line, and each holds the hash
#: of the one before: write with :func:`hub.store.audit.append` only.
audit = Table(
    "audit",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("detail", JSON(none_as_null=True), nullable=True),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    sqlite_autoincrement=True,
)
