"""World Bank: remittances, net migration and the share of migrants, by country."""

from __future__ import annotations

from connectors.framework.tidy_file import tidy_file as cut

__all__ = ["cut"]
