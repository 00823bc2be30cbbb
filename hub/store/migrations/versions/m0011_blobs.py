"""Kept bytes outside the home folder."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "submission_files",
        sa.Column("submission", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("submission", "kind", name="pk_submission_files"),
    )
    op.create_table(
        "upload_piece",
        sa.Column("upload", sa.String(length=36), nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("file", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("upload", "start", name="pk_upload_piece"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("upload_piece")
    op.drop_table("submission_files")
