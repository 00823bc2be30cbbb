"""El Salvador, DGME: people returned by month, country, sex and age."""

from __future__ import annotations

from connectors.framework.grid import cut

__all__ = ["cut"]
