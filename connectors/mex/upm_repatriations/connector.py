"""Mexico, UPMRIP: cuadro 5.1, Mexicans repatriated from the United States by state and month."""

from __future__ import annotations

from connectors.framework.grid import cut

__all__ = ["cut"]
