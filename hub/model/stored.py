"""Names of the columns that stored observations have besides those of their schema.

What each of them holds is told by :mod:`hub.store.observations`.
"""

from __future__ import annotations

from hub.model.schema import DataSchema

__all__ = [
    "CELL",
    "END",
    "PLACE",
    "PROVIDER",
    "ROW",
    "SHEET",
    "START",
    "SUBMISSION",
    "reading_order",
]

START, END, PROVIDER = "_start", "_end", "_provider"
SUBMISSION, SHEET, CELL, ROW = "_submission", "_sheet", "_cell", "_row"
#: Columns that say where in the body of its submission an observation stands.
PLACE = (SHEET, CELL, ROW)


def reading_order(schema: DataSchema) -> tuple[str, ...]:
    """Columns by which answers are sorted unless another order is asked for: series, then time."""
    time = () if schema.time is None else (START, END, schema.time.id)
    return (*schema.series_key, *time)
