"""Files in which several areas report, and files that say in the wrong column who reports."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from connectors.framework.cutting import Source
from connectors.framework.faults import Place
from connectors.framework.listing import Listing

__all__ = ["check_reporters"]


def check_reporters(listing: Listing, source: Source) -> bool:
    """Whether the areas in the column of reporters are those of the record, each of them.

    ``layout.reporter`` of the record names that column, ``layout.area`` the one of the areas they
    report on. Where the second holds nothing but reporters and the first holds other areas, the
    two columns are exchanged. That is one fault, and nothing is put right: whoever made the file
    has to say what its figures are.
    """
    header, other = source.record.text("reporter"), source.record.text("area")
    known = source.record.reporters.keys()
    at = {key.header: key.column for key in listing.keys}
    said = np.char.strip(listing.text(header).astype(str))
    found, about = set(said.tolist()), set(np.char.strip(listing.text(other).astype(str)).tolist())
    if found - known and about and about <= known:
        source.faults.add(
            "COLUMNS_SWAPPED",
            Place(listing.sheet.name, listing.title.row, header),
            f"The column {header!r}, for the areas that report ({_listed(known)}), holds"
            f" {len(found - known)} other values, and the column {other!r} holds nothing but"
            f" {_listed(about)}: the two are exchanged. Have the publisher correct the file; the"
            " hub does not guess which of the two is right.",
            found=_listed(found),
            expected=_listed(known),
        )
        return False
    for words in sorted(found - known):
        rows = np.flatnonzero(said == words)
        source.faults.add(
            "REPORTER_UNKNOWN",
            listing.place(int(rows[0]), at[header], header),
            f"{words!r} does not report in this source ({_listed(known)} do) and stands in"
            f" {len(rows)} rows; see that it is the right file, or have the record name who"
            " provides its figures."
            if words
            else f"{len(rows)} rows do not say who reports; write it.",
            found=words,
            expected=_listed(known),
        )
    for words in sorted(known - found) if found else ():
        source.faults.add(
            "REPORTER_MISSING",
            Place(listing.sheet.name, listing.title.row, header),
            f"{words!r} reports in every file of the source and has no row in this one; see that"
            " it is the right file and whole.",
            expected=words,
        )
    return found == known


def _listed(words: Collection[str]) -> str:
    shown = [word or "blank" for word in sorted(words)]
    return ", ".join(shown[:6]) + (f" and {len(shown) - 6} more" if len(shown) > 6 else "")
