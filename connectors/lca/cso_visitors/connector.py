"""Saint Lucia, Central Statistical Office: visitors by kind and year."""

from __future__ import annotations

from connectors.framework.years_down import cut

__all__ = ["cut"]
