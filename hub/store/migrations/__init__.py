"""Alembic migrations of the catalogue; ``Catalogue.migrate`` runs them."""
