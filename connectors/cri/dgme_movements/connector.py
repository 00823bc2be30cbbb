"""Costa Rica, DGME: entries and exits by nationality and border post."""

from __future__ import annotations

from connectors.framework.grid import cut

__all__ = ["cut"]
