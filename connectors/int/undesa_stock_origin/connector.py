"""United Nations, Population Division: international migrant stock by destination and origin.

One record a destination, origin, year and sex, with four flags for the type of data behind the
figures of the destination. The flags say whether an origin is a country of birth or a citizenship.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from connectors.framework.crosstab import Cut
from connectors.framework.cutting import Source, only_sheet
from connectors.framework.listing import Listing, read_listing
from connectors.framework.sheet import Workbook

#: Definitions under which an origin is a citizenship.
_BY_CITIZENSHIP = ("FC", "FC_R")


def cut(book: Workbook, source: Source) -> Cut:
    """The records by country of birth, and those by citizenship."""
    sheet = only_sheet(book, source)
    listing = None if sheet is None else read_listing(sheet, source)
    if listing is None:
        return Cut([])
    definitions = _definitions(listing, source)
    years = listing.text("t")
    five = np.array([str(year).endswith(("0", "5")) for year in years], dtype=bool)
    listing.computed["DEFINITION"] = definitions
    listing.computed["FREQ"] = np.where(five, "A5", "A").astype(object)
    citizens = np.isin(definitions.astype(str), _BY_CITIZENSHIP)
    by_birth = _part(listing, ~citizens)
    by_birth.fixed = {**listing.fixed, "CITIZENSHIP": "_T"}
    by_citizenship = _part(listing, citizens)
    by_citizenship.fixed = {**listing.fixed, "COUNTRY_BIRTH": "_T"}
    by_citizenship.keys = [
        replace(key, component="CITIZENSHIP", labels=source.maps["citizenships"])
        if key.header == "from"
        else key
        for key in listing.keys
    ]
    return Cut([], listings=[by_birth, by_citizenship])


def _part(listing: Listing, rows: NDArray[np.bool_]) -> Listing:
    computed = {name: texts[rows] for name, texts in listing.computed.items()}
    return replace(listing, lines=listing.lines[rows], computed=computed)


def _definitions(listing: Listing, source: Source) -> NDArray[np.object_]:
    """DEFINITION of each record from its flags; ones that nobody knows are a finding."""
    labels = source.maps["types"]
    headers = source.record.texts("flags")
    flags = listing.text(headers[0]).copy()
    for header in headers[1:]:
        flags = flags + listing.text(header)
    index, different = pd.factorize(flags)
    codes: list[str | None] = []
    for position, said in enumerate(different):
        entry = labels.find(str(said))
        codes.append(entry.codes["DEFINITION"] if entry else None)
        if entry is None:
            first = int(np.argmax(index == position))
            key = next(key for key in listing.keys if key.header == headers[0])
            source.faults.add(
                "LABEL_UNKNOWN",
                listing.place(first, key.column, key.header),
                f"Nobody has said yet what the flags {', '.join(headers)} mean together when they"
                f" are {said}; correct them, or ask the hub's office to add them to the"
                f" connector ({labels.name}).",
                found=str(said),
                expected=f"a label of {labels.name}",
            )
    return np.array(codes, dtype=object)[index]
