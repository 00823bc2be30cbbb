"""The table of structures as they once were."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, String, Table

from hub.store.tables import METADATA, UtcDateTime

__all__ = ["artefact_past"]

#: States of artefacts that are over: what was replaced or removed, and from when till when it was
#: what the hub had. ``payload`` is as in the table ``artefact``. Rows are only ever added.
artefact_past = Table(
    "artefact_past",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("class", String(60), nullable=False),
    Column("agency", String(100), nullable=False),
    Column("ident", String(100), nullable=False),
    Column("version", String(40), nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False, index=True),
)
