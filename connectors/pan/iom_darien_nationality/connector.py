"""Irregular transit of foreigners through Darién by nationality."""

from __future__ import annotations

from dataclasses import replace

from connectors.framework.crosstab import Cut
from connectors.framework.cutting import Source
from connectors.framework.sheet import Workbook
from connectors.framework.tidy_file import annual_until, tidy_file

__all__ = ["cut"]


def cut(book: Workbook, source: Source) -> Cut:
    """The records, of which those of early years are annual figures dated in January."""
    found = tidy_file(book, source)
    last = int(source.record.text("annual_until"))
    return replace(
        found, listings=[annual_until(each, "t", last, source) for each in found.listings]
    )
