"""Fetched snapshots and the reporting calendar."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("taken_at", sa.DateTime(), nullable=False),
        sa.Column("checked_at", sa.DateTime(), nullable=False),
        sa.Column("taken_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_snapshot"),
        sa.UniqueConstraint("source", "sha256", "url", name="uq_snapshot_source_sha256_url"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_snapshot_source", "snapshot", ["source"], unique=False)
    op.create_index("ix_snapshot_sha256", "snapshot", ["sha256"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("dataflow", sa.String(length=300), nullable=False),
        sa.Column("provider", sa.String(length=200), nullable=False),
        sa.Column("frequency", sa.String(length=20), nullable=False),
        sa.Column("period", sa.String(length=60), nullable=False),
        sa.Column("starts", sa.DateTime(), nullable=False),
        sa.Column("ends", sa.DateTime(), nullable=False),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("came_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["release"], ["release.id"], name="fk_delivery_release"),
        sa.PrimaryKeyConstraint("dataflow", "provider", "frequency", "period", name="pk_delivery"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("delivery")
    op.drop_table("snapshot")
