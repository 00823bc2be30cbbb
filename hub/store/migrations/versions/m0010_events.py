"""Delivery of events to subscribers, and packs made for consumers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; notifications that wait become events."""
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("release", sa.Integer(), nullable=True),
        sa.Column("notification", sa.Integer(), nullable=True),
        sa.Column("subject", sa.JSON(), nullable=True),
        sa.Column("spread_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["release"], ["release.id"], name="fk_event_release"),
        sa.ForeignKeyConstraint(
            ["notification"], ["notification.id"], name="fk_event_notification"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sa.UniqueConstraint("uid", name="uq_event_uid"),
        sa.UniqueConstraint("release", name="uq_event_release"),
        sa.UniqueConstraint("notification", name="uq_event_notification"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_spread_at", "event", ["spread_at"], unique=False)
    op.create_table(
        "subscriber",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=2000), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("registered", sa.String(length=100), nullable=True),
        sa.Column("secret", sa.String(length=100), nullable=False),
        sa.Column("old_secret", sa.String(length=100), nullable=True),
        sa.Column("old_secret_until", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("active_since", sa.DateTime(), nullable=True),
        sa.Column("paused_at", sa.DateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_subscriber"),
    )
    op.create_index("ix_subscriber_owner", "subscriber", ["owner"], unique=False)
    op.create_index("ix_subscriber_registered", "subscriber", ["registered"], unique=False)
    op.create_table(
        "event_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("subscriber", sa.String(length=36), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=False),
        sa.Column("lease_by", sa.String(length=100), nullable=True),
        sa.Column("lease_until", sa.DateTime(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["event"], ["event.id"], name="fk_event_delivery_event"),
        sa.ForeignKeyConstraint(
            ["subscriber"], ["subscriber.id"], name="fk_event_delivery_subscriber"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_event_delivery"),
        sa.UniqueConstraint("event", "subscriber", name="uq_event_delivery_event_subscriber"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_event_delivery_queue", "event_delivery", ["state", "subscriber", "id"], unique=False
    )
    op.create_table(
        "pack",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consumer", sa.String(length=100), nullable=False),
        sa.Column("as_of", sa.DateTime(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pack"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_pack_consumer", "pack", ["consumer"], unique=False)
    op.execute(
        "INSERT INTO event (uid, kind, at, notification) "
        "SELECT 'evt_n' || CAST(id AS VARCHAR(20)), 'sdmx', at, id FROM notification "
        "WHERE delivered_at IS NULL ORDER BY id"
    )


def downgrade() -> None:
    """Take them away."""
    for table in ("pack", "event_delivery", "subscriber", "event"):
        op.drop_table(table)
