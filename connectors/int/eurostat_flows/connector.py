"""Eurostat: immigration and emigration of European countries by citizenship, or by country of previous or next residence."""

from __future__ import annotations

from connectors.framework.tidy_file import tidy_file as cut

__all__ = ["cut"]
