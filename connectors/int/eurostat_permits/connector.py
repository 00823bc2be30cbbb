"""Eurostat: first residence permits of European countries by reason and citizenship."""

from __future__ import annotations

from connectors.framework.tidy_file import tidy_file as cut

__all__ = ["cut"]
