"""Mexico, UPMRIP: cuadro 3.1.3, people in an irregular situation by age, sex and condition."""

from __future__ import annotations

from connectors.framework.grid import cut

__all__ = ["cut"]
