"""IOM Displacement Tracking Matrix: people displaced within their country, by round.

Answers of the API, version 3. The reason of displacement is read together with the operation,
which often names the disaster.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from connectors.framework.crosstab import Cut
from connectors.framework.cutting import Source
from connectors.framework.faults import Place
from connectors.framework.json_records import ANSWER
from connectors.framework.listing import Listing, read_listing
from connectors.framework.sheet import Workbook
from connectors.framework.text import normalise


def cut(book: Workbook, source: Source) -> Cut:
    """The records of the answer, with the reason and the country of origin of each."""
    listing = read_listing(book.sheets[0], source)
    if listing is None:
        return Cut([])
    _answer(book, listing, source)
    listing.computed["REASON"] = _reasons(listing, source)
    reason = next(key for key in listing.keys if key.header == "displacementReason")
    listing.computed_from["REASON"] = reason.column
    # People displaced within a country come from it.
    listing.computed["COUNTRY_ORIGIN"] = listing.text("admin0Pcode")
    return Cut([], listings=[listing])


def _answer(book: Workbook, listing: Listing, source: Source) -> None:
    """Compare what the answer says of itself with what it holds."""
    sheet = book.sheet(ANSWER)
    if sheet is None:
        return
    due = source.record.layout["answer"]
    said = dict(sheet.text.tolist())
    if said.get("isSuccess", due["isSuccess"]) != due["isSuccess"]:
        source.faults.add(
            "ANSWER_FAILED",
            Place(sheet.name, column="isSuccess"),
            f"The service says that it failed: {said.get('errorMessages', '')}; ask it again.",
            found=str(said["isSuccess"]),
            expected=due["isSuccess"],
        )
    count = said.get(due["count"])
    if count is not None and str(count) != str(len(listing.lines)):
        source.faults.add(
            "ROWS_MISSING",
            Place(sheet.name, column=due["count"]),
            f"The answer says that it has {count} records and holds {len(listing.lines)}; ask for"
            " the rest of them.",
            found=str(len(listing.lines)),
            expected=str(count),
        )


def _reasons(listing: Listing, source: Source) -> NDArray[np.object_]:
    """REASON of each record; one that nobody knows is a finding, and its record has ``_U``."""
    labels = source.maps["reasons"]
    texts = [listing.text(header) for header in ("displacementReason", "operation")]
    pairs = pd.MultiIndex.from_arrays(texts)
    index, different = pd.factorize(pairs)
    codes = []
    key = next(key for key in listing.keys if key.header == "displacementReason")
    reported = set()
    for position, (reason, operation) in enumerate(different):
        entry = labels.find(str(reason), [normalise(str(operation))])
        codes.append(entry.codes["REASON"] if entry else "_U")
        if entry is None and reason not in reported:
            reported.add(reason)
            source.faults.add(
                "LABEL_UNKNOWN",
                listing.place(int(np.argmax(index == position)), key.column, key.header),
                f"Nobody has said yet which reason {str(reason)!r} is; correct it, or ask the"
                f" hub's office to add it to the connector ({labels.name}).",
                found=str(reason),
                expected=f"a label of {labels.name}",
                suggestion=labels.suggestion(str(reason)),
            )
    return np.array(codes, dtype=object)[index]
