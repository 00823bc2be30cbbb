"""Panama, SNM: residence permits decided on, by type."""

from __future__ import annotations

from connectors.framework.grid import cut

__all__ = ["cut"]
