"""Tables of events and of who is told of them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from hub.store.tables import METADATA, UtcDateTime

__all__ = ["event", "event_delivery", "pack", "subscriber"]

#: What happened, entered in the transaction of what it tells of. ``spread_at`` is null until the
#: subscribers it concerns were looked up; ``subject`` says what a release or a notification does
#: not say in its own table.
event = Table(
    "event",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("uid", String(40), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("release", ForeignKey("release.id"), nullable=True, unique=True),
    Column("notification", ForeignKey("notification.id"), nullable=True, unique=True),
    Column("subject", JSON(none_as_null=True), nullable=True),
    Column("spread_at", UtcDateTime, nullable=True, index=True),
    sqlite_autoincrement=True,
)

#: Who is told of events, and where. ``kind`` is ``webhook`` or ``email``, or ``sdmx-http`` or
#: ``sdmx-mail`` for an address of a subscription by registry message, which ``registered`` names.
#: A secret has to be kept as it is, since signatures are made with it.
subscriber = Table(
    "subscriber",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("address", String(2000), nullable=False),
    Column("label", String(200), nullable=False),
    Column("language", String(10), nullable=False),
    Column("wanted", JSON, nullable=False),
    Column("owner", String(200), nullable=False, index=True),
    Column("registered", String(100), nullable=True, index=True),
    Column("secret", String(100), nullable=False),
    Column("old_secret", String(100), nullable=True),
    Column("old_secret_until", UtcDateTime, nullable=True),
    Column("state", String(20), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("active_since", UtcDateTime, nullable=True),
    Column("paused_at", UtcDateTime, nullable=True),
    Column("reason", Text, nullable=True),
)

#: An event for a subscriber. ``lease_by`` sends it now and nobody else before ``lease_until``.
event_delivery = Table(
    "event_delivery",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("event", ForeignKey("event.id"), nullable=False),
    Column("subscriber", ForeignKey("subscriber.id"), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("first_at", UtcDateTime, nullable=True),
    Column("next_at", UtcDateTime, nullable=False),
    Column("lease_by", String(100), nullable=True),
    Column("lease_until", UtcDateTime, nullable=True),
    Column("delivered_at", UtcDateTime, nullable=True),
    Column("status", Integer, nullable=True),
    Column("error", Text, nullable=True),
    UniqueConstraint("event", "subscriber"),
    Index("ix_event_delivery_queue", "state", "subscriber", "id"),
    sqlite_autoincrement=True,
)

#: Packs that were made for consumers. ``as_of`` is the instant whose data they hold, ``sha256``
#: that of the archive, which is kept under it.
pack = Table(
    "pack",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("consumer", String(100), nullable=False, index=True),
    Column("as_of", UtcDateTime, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", String(200), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("manifest", JSON, nullable=False),
    sqlite_autoincrement=True,
)
