"""Honduras, CONMIGHO: people returned by country, sex and age."""

from __future__ import annotations

from connectors.framework.grid import cut

__all__ = ["cut"]
