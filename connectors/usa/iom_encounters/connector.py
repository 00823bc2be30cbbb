"""Encounters at the southwest land border of the United States."""

from __future__ import annotations

from connectors.framework.crosstab import Cut
from connectors.framework.cutting import Source
from connectors.framework.sheet import Workbook
from connectors.framework.tidy_file import blank_only_until, tidy_file

__all__ = ["cut"]


def cut(book: Workbook, source: Source) -> Cut:
    """The records; a blank area or nationality is the total in the first years only."""
    found = tidy_file(book, source)
    for listing in found.listings:
        for header in ("area", "nat"):
            blank_only_until(listing, header, "t", source.record.text("blank_until"), source)
    return found
