"""Population by country of birth and sex, census of Belize: Statistical Institute of Belize."""

from __future__ import annotations

from connectors.framework.grid import cut

__all__ = ["cut"]
