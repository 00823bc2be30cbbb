"""Nicaragua, DGME: entries and exits together, by post, nationals and foreigners."""

from __future__ import annotations

from connectors.framework.grid import cut

__all__ = ["cut"]
