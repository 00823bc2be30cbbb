"""What derived indicators were computed from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "derivation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("program", sa.String(length=40), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("definitions", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_derivation"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_derivation_sha256", "derivation", ["sha256"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_derivation_sha256", "derivation")
    op.drop_table("derivation")
