"""World Bank: estimated remittances paid from one country to another (KNOMAD)."""

from __future__ import annotations

from connectors.framework.tidy_file import tidy_file as cut

__all__ = ["cut"]
