"""Jamaica, STATIN: net migration by year, from the summary of population movements.

The publisher prints the loss by migration without a sign; here it becomes a negative figure.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from connectors.framework import years_down
from connectors.framework.crosstab import Cut
from connectors.framework.cutting import Source
from connectors.framework.sheet import Workbook
from connectors.framework.text import normalise


def cut(book: Workbook, source: Source) -> Cut:
    """The table of years, with the losses negative."""
    found = years_down.cut(book, source)
    loss = normalise(source.record.text("loss"))
    for table in found.tables:
        for j, head in enumerate(table.columns):
            if normalise(head.label) != loss:
                continue
            lines = [row.row for row in table.rows]
            text = table.sheet.text.copy()
            said = text[lines, table.columns_at[:, j]]
            # A figure that has a sign already becomes no number, and is refused.
            text[lines, table.columns_at[:, j]] = np.array(
                [f"-{cell}" if cell and cell != "0" else cell for cell in said], dtype=object
            )
            table.sheet = replace(table.sheet, text=text)
    return found
