"""Statistics Greenland: population by place of birth, from a PX file."""

from __future__ import annotations

from connectors.framework.crosstab import Cut
from connectors.framework.cutting import Source, only_sheet
from connectors.framework.listing import read_listing
from connectors.framework.sheet import Workbook


def cut(book: Workbook, source: Source) -> Cut:
    """The cells of the cube as records; ``source.yaml`` says what its variables are."""
    sheet = only_sheet(book, source)
    listing = None if sheet is None else read_listing(sheet, source)
    return Cut([], listings=[] if listing is None else [listing])
