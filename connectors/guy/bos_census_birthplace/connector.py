"""Population by country of birth and sex, census of Guyana: Bureau of Statistics of Guyana."""

from __future__ import annotations

from connectors.framework.grid import cut

__all__ = ["cut"]
