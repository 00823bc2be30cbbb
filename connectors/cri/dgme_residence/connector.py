"""Costa Rica, DGME: residence granted by nationality and category."""

from __future__ import annotations

from connectors.framework.grid import cut

__all__ = ["cut"]
