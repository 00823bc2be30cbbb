"""Saint Lucia, Central Statistical Office: population by country of birth, from a page."""

from __future__ import annotations

from connectors.framework import grid
from connectors.framework.crosstab import Cut
from connectors.framework.cutting import Source, status_of_book
from connectors.framework.sheet import Workbook


def cut(book: Workbook, source: Source) -> Cut:
    """The table; below it the page says whether the figures are preliminary."""
    found = grid.cut(book, source)
    for table in found.tables:
        table.fixed = {**table.fixed, "OBS_STATUS": status_of_book(book, source)}
    return found
