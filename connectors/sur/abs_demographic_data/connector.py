"""Suriname, ABS: immigration, emigration and their balance by year."""

from __future__ import annotations

from connectors.framework.years_down import cut

__all__ = ["cut"]
