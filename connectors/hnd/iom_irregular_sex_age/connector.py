"""Irregular arrivals in Honduras by sex and age."""

from __future__ import annotations

from connectors.framework.tidy_file import tidy_file as cut

__all__ = ["cut"]
