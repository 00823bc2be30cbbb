"""UNHCR: displaced people, asylum and solutions by country of asylum and of origin.

All tables are files of records; ``source.yaml`` describes their layouts. What is left to say here
is that nobody seeks asylum in the country they come from.
"""

from __future__ import annotations

import numpy as np

from connectors.framework.crosstab import Cut
from connectors.framework.cutting import Source, only_sheet
from connectors.framework.listing import Listing, read_listing
from connectors.framework.sheet import Workbook
from hub.model.findings import Severity


def cut(book: Workbook, source: Source) -> Cut:
    """The records of the file, whichever of the publisher's tables it is."""
    sheet = only_sheet(book, source)
    listing = None if sheet is None else read_listing(sheet, source)
    if listing is None:
        return Cut([])
    _origin_is_asylum(listing, source)
    return Cut([], listings=[listing])


def _origin_is_asylum(listing: Listing, source: Source) -> None:
    """Report people abroad whose country of origin is the country they are in.

    For internally displaced people, returnees and stateless people the two are the same by right.
    """
    origin, asylum = (
        next(key for key in listing.keys if component in key.components)
        for component in ("COUNTRY_ORIGIN", "REF_AREA")
    )
    same = np.flatnonzero(listing.text(origin.header) == listing.text(asylum.header))
    for i in same:
        for j, head in enumerate(listing.figures):
            said = str(listing.sheet.text[listing.lines[i], head.column])
            if said.strip() not in {"", "0", "0.0"} and _abroad(listing, int(i), j, source):
                source.faults.add(
                    "ORIGIN_IS_ASYLUM",
                    listing.cell(int(i), j),
                    f"The figure {said} is of people abroad, and their country of origin is the"
                    " country they are in; ask the publisher which of the two is wrong.",
                    found=str(listing.text(origin.header)[i]),
                    expected="two countries",
                    severity=Severity.WARNING,
                )
                break


def _abroad(listing: Listing, i: int, j: int, source: Source) -> bool:
    """Whether a figure is of a population that is outside its country."""
    codes = listing.figure_map.find(listing.figures[j].label)
    population = listing.fixed.get("POPULATION_TYPE") or (
        codes.codes.get("POPULATION_TYPE") if codes else None
    )
    for key in listing.keys:
        if population is None and key.labels and "POPULATION_TYPE" in key.components:
            entry = key.labels.find(str(listing.text(key.header)[i]))
            population = entry.codes.get("POPULATION_TYPE") if entry else None
    return population in source.record.texts("abroad")
