"""Panama, SNM: entries and exits by place and month."""

from __future__ import annotations

from connectors.framework.grid import cut

__all__ = ["cut"]
