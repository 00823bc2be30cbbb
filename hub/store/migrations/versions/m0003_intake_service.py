"""Review, embargo, undo and resumable uploads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COLUMNS = ("mode", "embargo", "due", "cleared_at", "undoes", "basis")


def upgrade() -> None:
    """Add the columns and make the tables."""
    op.add_column(
        "submission",
        sa.Column("mode", sa.String(length=10), nullable=False, server_default="all"),
    )
    op.add_column("submission", sa.Column("embargo", sa.DateTime(), nullable=True))
    op.add_column("submission", sa.Column("due", sa.DateTime(), nullable=True))
    op.add_column("submission", sa.Column("cleared_at", sa.DateTime(), nullable=True))
    op.add_column("submission", sa.Column("undoes", sa.String(length=36), nullable=True))
    op.add_column("submission", sa.Column("basis", sa.String(length=64), nullable=True))
    op.create_index("ix_submission_undoes", "submission", ["undoes"], unique=False)
    op.create_table(
        "publication_policy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("review", sa.Boolean(), nullable=False),
        sa.Column("embargo_until", sa.DateTime(), nullable=True),
        sa.Column("embargo_delay", sa.String(length=40), nullable=True),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_publication_policy"),
        sa.UniqueConstraint("kind", "subject", name="uq_publication_policy_kind_subject"),
    )
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["submission"], ["submission.id"], name="fk_review_submission"),
        sa.PrimaryKeyConstraint("id", name="pk_review"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_review_submission", "review", ["submission"], unique=False)
    op.create_table(
        "upload",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("how", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("submission", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_upload"),
    )
    op.create_table(
        "idempotency",
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("submission", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name="pk_idempotency"),
    )


def downgrade() -> None:
    """Drop the tables and the columns."""
    for name in ("idempotency", "upload", "review", "publication_policy"):
        op.drop_table(name)
    op.drop_index("ix_submission_undoes", "submission")
    with op.batch_alter_table("submission") as batch:
        for name in _COLUMNS:
            batch.drop_column(name)
