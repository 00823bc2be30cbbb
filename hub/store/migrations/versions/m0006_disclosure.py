"""Disclosure control before a release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "disclosure_policy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_disclosure_policy"),
        sa.UniqueConstraint("kind", "subject", name="uq_disclosure_policy_kind_subject"),
    )
    op.create_table(
        "disclosure_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("dataflow", sa.String(length=300), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission"], ["submission.id"], name="fk_disclosure_record_submission"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_disclosure_record"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_disclosure_record_submission", "disclosure_record", ["submission"], unique=False
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("disclosure_record")
    op.drop_table("disclosure_policy")
