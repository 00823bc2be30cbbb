"""Tables that print a total below the rows it sums."""

from __future__ import annotations

from connectors.framework.crosstab import Crosstab, Cut
from connectors.framework.labels import LEAF

__all__ = ["totals_below"]


def totals_below(cut: Cut) -> Cut:
    """The same tables with each total before its rows, as the tree of rows is read.

    A row sums the rows above it that are deeper in the tree, up to the first that is not.
    """
    for table in cut.tables:
        _turn(table)
    return cut


def _turn(table: Crosstab) -> None:
    blocks: list[tuple[int, list[int]]] = []
    for i, head in enumerate(table.rows):
        found = table.row_map.candidates(head.label, table.year)
        level = min((entry.level for entry in found), default=LEAF)
        members: list[int] = []
        while blocks and blocks[-1][0] > level:
            members = blocks.pop()[1] + members
        blocks.append((level, [i, *members]))
    order = [i for _, rows in blocks for i in rows]
    table.rows = [table.rows[i] for i in order]
    table.columns_at = table.columns_at[order]
    table.row_codes = {name: [codes[i] for i in order] for name, codes in table.row_codes.items()}
    table.attributes = {name: [texts[i] for i in order] for name, texts in table.attributes.items()}
