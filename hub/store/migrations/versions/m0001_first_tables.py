"""The first tables: structures, submissions, releases, keys, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "api_key",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("provider", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name="pk_api_key"),
    )
    op.create_table(
        "artefact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("class", sa.String(length=60), nullable=False),
        sa.Column("agency", sa.String(length=100), nullable=False),
        sa.Column("ident", sa.String(length=100), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_artefact"),
        sa.UniqueConstraint(
            "class", "agency", "ident", "version", name="uq_artefact_class_agency_ident_version"
        ),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=36), nullable=False),
        sa.Column("pending_key", sa.String(length=64), nullable=True),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.String(length=60), nullable=True),
        sa.Column("connector", sa.String(length=200), nullable=True),
        sa.Column("action", sa.String(length=10), nullable=True),
        sa.Column("provider", sa.String(length=200), nullable=True),
        sa.Column("submitted_by", sa.String(length=200), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=True),
        sa.Column("report", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_submission"),
        sa.UniqueConstraint("pending_key", name="uq_submission_pending_key"),
        sa.UniqueConstraint("token", name="uq_submission_token"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_submission_state", "submission", ["state"], unique=False)
    op.create_table(
        "release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["submission"], ["submission.id"], name="fk_release_submission"),
        sa.PrimaryKeyConstraint("id", name="pk_release"),
        sa.UniqueConstraint("submission", name="uq_release_submission"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_release_released_at", "release", ["released_at"], unique=False)
    op.create_table(
        "pointer",
        sa.Column("dataflow", sa.String(length=300), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["release"], ["release.id"], name="fk_pointer_release"),
        sa.PrimaryKeyConstraint("dataflow", name="pk_pointer"),
    )
    op.create_table(
        "release_item",
        sa.Column("release", sa.Integer(), nullable=False),
        sa.Column("dataflow", sa.String(length=300), nullable=False),
        sa.Column("version_before", sa.BigInteger(), nullable=False),
        sa.Column("version_after", sa.BigInteger(), nullable=False),
        sa.Column("inserted", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["release"], ["release.id"], name="fk_release_item_release"),
        sa.PrimaryKeyConstraint("release", "dataflow", name="pk_release_item"),
    )
    op.create_index(
        "ix_release_item_dataflow", "release_item", ["dataflow", "release"], unique=False
    )


def downgrade() -> None:
    """Drop them, those that are referred to last."""
    for name in (
        "release_item",
        "pointer",
        "release",
        "submission",
        "audit",
        "api_key",
        "artefact",
        "meta",
    ):
        op.drop_table(name)
