"""Mexico, UPMRIP: cuadros 3.2.1 and 3.2.4, foreigners returned by nationality, month and type."""

from __future__ import annotations

from connectors.framework.grid import cut

__all__ = ["cut"]
