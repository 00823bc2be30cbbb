"""Guatemala, IGM: people returned by country, sex, age and way of travel."""

from __future__ import annotations

from connectors.framework.grid import cut

__all__ = ["cut"]
