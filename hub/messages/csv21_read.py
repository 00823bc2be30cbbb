"""Reading SDMX-CSV 2.1 (SDMX 3.1): the columns of 2.0, and ``M`` for a merge."""

from __future__ import annotations

from hub.messages.csv20_read import read

__all__ = ["read"]
