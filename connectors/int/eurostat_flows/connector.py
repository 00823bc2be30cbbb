"""Eurostat: immigration and emigration in Europe, by citizenship or by residence."""

from __future__ import annotations

from connectors.framework.tidy_file import tidy_file as cut

__all__ = ["cut"]
