"""Tidy files: one figure a row, with columns that say of what. What their connectors share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from connectors.framework.crosstab import Cut
from connectors.framework.cutting import Source, only_sheet
from connectors.framework.listing import PERIODS, Listing, read_listing
from connectors.framework.reporters import check_reporters
from connectors.framework.sheet import Workbook

__all__ = ["annual_until", "blank_only_until", "tidy_file"]


def tidy_file(book: Workbook, source: Source) -> Cut:
    """The records of the one sheet of a file; who reports is checked where the record names it.

    Nothing is cut from a file whose reporters are not those of the record.
    """
    sheet = only_sheet(book, source)
    listing = read_listing(sheet, source) if sheet is not None else None
    if listing is None:
        return Cut([])
    if source.record.reporters and not check_reporters(listing, source):
        return Cut([])
    return Cut([], listings=[listing])


def annual_until(listing: Listing, header: str, last: int, source: Source) -> Listing:
    """The listing with years up to ``last`` read as annual figures that are dated in January.

    Another month of such a year is ``PERIOD_UNREADABLE``, and so is what is no month at all.
    """
    key = next(key for key in listing.keys if key.header == header)
    pattern = PERIODS["month"][0]
    said = [str(word).strip() for word in listing.text(header)]
    index = {word: pattern.fullmatch(word) for word in dict.fromkeys(said)}
    freq: dict[str, str] = {}
    period: dict[str, str] = {}
    for word, match in index.items():
        annual = match is not None and int(match[1]) <= last
        if match is None or (annual and match[2] != "01"):
            rows = [i for i, other in enumerate(said) if other == word]
            source.faults.add(
                "PERIOD_UNREADABLE",
                listing.place(rows[0], key.column, header),
                f"{word!r} is no month of the form 2020-01; up to {last} the source has one figure"
                f" a year, dated January. Correct it. It stands in {len(rows)} records.",
                found=word,
                expected="month",
            )
            continue
        freq[word] = "A" if annual else "M"
        period[word] = match[1] if annual else word
    kept = np.array([word in freq for word in said], dtype=bool)
    words = [word for word in said if word in freq]
    return replace(
        listing,
        lines=listing.lines[kept],
        keys=[other for other in listing.keys if other is not key],
        computed={
            **listing.computed,
            "FREQ": np.array([freq[word] for word in words], dtype=object),
            "TIME_PERIOD": np.array([period[word] for word in words], dtype=object),
        },
        computed_from={
            **listing.computed_from,
            "FREQ": key.column,
            "TIME_PERIOD": key.column,
        },
    )


def blank_only_until(listing: Listing, header: str, time: str, last: str, source: Source) -> None:
    """Report blank cells in the column ``header`` of records after the month ``last``.

    Up to it a blank cell is the total; later the publisher always says which part it is.
    """
    column = next(key.column for key in listing.keys if key.header == header)
    periods = listing.text(time).astype(str)
    late = (np.char.strip(listing.text(header).astype(str)) == "") & (periods > last)
    rows = np.flatnonzero(late)
    if rows.size:
        source.faults.add(
            "LABEL_MISSING",
            listing.place(int(rows[0]), column, header),
            f"The cell is blank, which up to {last} stands for the total and not after it; write"
            f" what the figure is of. {rows.size} records are so.",
            found="",
            expected="a label",
        )
