"""People in an irregular migration situation in Mexico by sex, age and travel condition."""

from __future__ import annotations

from connectors.framework.tidy_file import tidy_file as cut

__all__ = ["cut"]
