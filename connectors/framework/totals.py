"""Records that are the total of others: the category ``T`` of a key beside its parts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from connectors.framework.crosstab import Cells, State
from connectors.framework.faults import Faults
from connectors.framework.listing import Listing
from hub.model.findings import Severity

__all__ = ["check_totals"]


def check_totals(listing: Listing, cells: Cells, tolerance: float, faults: Faults) -> None:
    """Report records of a total whose figure is not the sum of the records of its parts.

    Records belong together when all their other keys are the same. Where a part is not there, or
    has no figure, nothing can be said.
    """
    for each in listing.totals:
        others = [key for key in listing.keys if key.header != each.key]
        rest = pd.DataFrame({k.header: listing.text(k.header) for k in others}, dtype=object)
        group = rest.groupby(list(rest.columns), sort=False, dropna=False).ngroup().to_numpy()
        said = pd.Series(listing.text(each.key)).str.strip()
        is_total, is_part = (said == each.total).to_numpy(), said.isin(each.parts).to_numpy()
        size = int(group.max(initial=-1)) + 1
        for j, head in enumerate(listing.figures):
            known = cells.state[:, j] == State.VALUE
            count = np.bincount(group[is_part & known], minlength=size)
            figures = np.where(is_part & known, cells.number[:, j], 0.0)
            sums = np.bincount(group, weights=figures, minlength=size)
            due = is_total & known & (count[group] == len(each.parts))
            wrong = due & (np.abs(cells.number[:, j] - sums[group]) > tolerance)
            for i in np.flatnonzero(wrong):
                found, expected = str(cells.value[i, j]), f"{sums[group[i]]:.12g}"
                faults.add(
                    "TOTAL_MISMATCH",
                    listing.cell(int(i), j),
                    f"{each.key} {each.total} has the {head.label} {found} and its parts"
                    f" {', '.join(each.parts)} add up to {expected}; ask the publisher which of"
                    " them holds.",
                    found=found,
                    expected=expected,
                    severity=Severity.WARNING if each.warning else Severity.ERROR,
                )
