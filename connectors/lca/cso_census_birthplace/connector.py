"""Population by country of birth and sex, census of Saint Lucia: Central Statistical Office of Saint Lucia."""

from __future__ import annotations

from connectors.framework.grid import cut

__all__ = ["cut"]
