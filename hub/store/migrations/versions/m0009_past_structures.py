"""Structures as they once were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "artefact_past",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("class", sa.String(length=60), nullable=False),
        sa.Column("agency", sa.String(length=100), nullable=False),
        sa.Column("ident", sa.String(length=100), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_artefact_past"),
    )
    op.create_index("ix_artefact_past_until", "artefact_past", ["until"], unique=False)


def downgrade() -> None:
    """Take it away."""
    op.drop_table("artefact_past")
