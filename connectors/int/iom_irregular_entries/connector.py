"""Irregular entries by nationality, Mexico and Panama."""

from __future__ import annotations

from connectors.framework.tidy_file import tidy_file as cut

__all__ = ["cut"]
