"""Mexico, UPMRIP: cuadro 3.1.1, people in an irregular situation by nationality and month."""

from __future__ import annotations

from connectors.framework.grid import cut

__all__ = ["cut"]
