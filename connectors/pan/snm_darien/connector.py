"""Panama, SNM: people in irregular transit through Darién by nationality and month, a PDF file."""

from __future__ import annotations

from connectors.framework.grid import cut

__all__ = ["cut"]
