"""Runs the migrations on the connection that ``Catalogue.migrate`` hands over."""

from __future__ import annotations

from alembic import context

from hub.store.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    # SQLite can roll DDL back (we send BEGIN ourselves), and ALTERs by copying the table.
    transactional_ddl=True,
    render_as_batch=connection.dialect.name == "sqlite",
)
context.run_migrations()
