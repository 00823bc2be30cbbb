"""IOM Missing Migrants Project: deaths and incidents by month, country, route and origin.

Each record is an incident. The figures are added up twice: for all origins, and by origin, where
an incident with people of several origins cannot be split.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from connectors.framework.crosstab import Cut, Head
from connectors.framework.cutting import Source, only_sheet
from connectors.framework.faults import Place
from connectors.framework.listing import Listing, read_listing
from connectors.framework.sheet import Kind, Sheet, Workbook
from hub.model.findings import Severity

_ORIGIN, _COUNT = "nat", "incidents"


def cut(book: Workbook, source: Source) -> Cut:
    """Deaths and incidents for all origins, and again by origin."""
    sheet = only_sheet(book, source)
    deaths = None if sheet is None else read_listing(sheet, source)
    if deaths is None:
        return Cut([])
    _repeated(deaths, source)
    incidents = _counted(deaths, source)
    origins = [_by_origin(listing, source) for listing in (deaths, incidents)]
    return Cut([], listings=[*origins, *(_all_origins(each) for each in (deaths, incidents))])


def _counted(listing: Listing, source: Source) -> Listing:
    """The records with one more column, in which each counts one incident."""
    sheet = listing.sheet
    ones = np.full(sheet.height, "1", dtype=object)
    kinds = np.full(sheet.height, Kind.NUMBER, dtype=np.uint8)
    counted = Sheet(
        sheet.name, np.column_stack([sheet.text, ones]), np.column_stack([sheet.kind, kinds])
    )
    head = Head(_COUNT, listing.figures[0].row, sheet.width)
    return replace(listing, sheet=counted, figures=[head], figure_map=source.maps["counts"])


def _all_origins(listing: Listing) -> Listing:
    keys = [key for key in listing.keys if key.header != _ORIGIN]
    return replace(listing, keys=keys, fixed={**listing.fixed, "COUNTRY_COUNTERPART": "_T"})


def _by_origin(listing: Listing, source: Source) -> Listing:
    """The records with several origins under one label, and these origins as a remark."""
    several = source.record.text("several")
    key = next(key for key in listing.keys if key.header == _ORIGIN)
    said = listing.text(_ORIGIN)
    together = np.array(["," in text for text in said], dtype=bool)
    text = listing.sheet.text.copy()
    text[listing.lines[together], key.column] = several
    remarks = np.full(len(said), None, dtype=object)
    remarks[together] = [f"{several}: {origins}" for origins in said[together]]
    return replace(
        listing,
        sheet=replace(listing.sheet, text=text),
        computed={**listing.computed, "COMMENT_OBS": remarks},
    )


def _repeated(listing: Listing, source: Source) -> None:
    """Report records that are the same as one before in every column, all in one finding."""
    cells = pd.DataFrame(listing.sheet.text[listing.lines])
    again = np.flatnonzero(cells.duplicated().to_numpy())
    if len(again):
        first = int(listing.lines[again[0]]) + 1
        source.faults.add(
            "RECORD_REPEATED",
            Place(listing.sheet.name, first),
            f"{len(again)} records say the same as one before them in every column, the first in"
            f" row {first}; they count as incidents of their own. Ask the publisher whether they"
            " are.",
            found=str(len(again)),
            severity=Severity.WARNING,
        )
