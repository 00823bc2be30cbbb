"""Northern Central America, IOM (NTMI): official figures of returns by country and month."""

from __future__ import annotations

from connectors.framework.grid import cut

__all__ = ["cut"]
