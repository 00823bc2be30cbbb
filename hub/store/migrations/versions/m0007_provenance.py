"""Where each published observation comes from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "reading",
        sa.Column("submission", sa.Integer(), nullable=False),
        sa.Column("connector_version", sa.String(length=64), nullable=False),
        sa.Column("program", sa.String(length=40), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["submission"], ["submission.id"], name="fk_reading_submission"),
        sa.PrimaryKeyConstraint("submission", name="pk_reading"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("reading")
