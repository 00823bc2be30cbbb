"""Jamaica, Tourist Board: stopover arrivals by country of residence and month."""

from __future__ import annotations

from connectors.framework import grid
from connectors.framework.crosstab import Cut
from connectors.framework.cutting import Source
from connectors.framework.sheet import Workbook
from connectors.framework.totals_below import totals_below


def cut(book: Workbook, source: Source) -> Cut:
    """The table, whose totals stand below what they sum."""
    return totals_below(grid.cut(book, source))
