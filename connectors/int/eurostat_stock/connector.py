"""Eurostat: residents of European countries by citizenship, or by country of birth."""

from __future__ import annotations

from connectors.framework.tidy_file import tidy_file as cut

__all__ = ["cut"]
