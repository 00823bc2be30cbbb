"""Tables of disclosure control: whose small counts are protected how, and what was done."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Table, UniqueConstraint

from hub.store.tables import METADATA, UtcDateTime

__all__ = ["disclosure_policy", "disclosure_record"]

#: The rule for a dataflow or an agreement. ``kind`` and ``subject`` are as in
#: ``publication_policy``.
disclosure_policy = Table(
    "disclosure_policy",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("method", String(20), nullable=False),
    Column("number", Integer, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("changed_by", String(200), nullable=False),
    UniqueConstraint("kind", "subject"),
)

#: What a rule did to a submission before its release: no figure, only how many.
disclosure_record = Table(
    "disclosure_record",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("submission", ForeignKey("submission.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("dataflow", String(300), nullable=False),
    Column("policy", JSON, nullable=False),
    Column("counts", JSON, nullable=False),
    sqlite_autoincrement=True,
)
