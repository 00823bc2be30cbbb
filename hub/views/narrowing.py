"""What a query wants of a computed dataflow, so that a view reads no more than it needs."""

from __future__ import annotations

from hub.model.schema import DataSchema
from hub.query.model import DataQuery, Operator

__all__ = ["wanted"]


def wanted(query: DataQuery, schema: DataSchema, dimension: str) -> tuple[str, ...] | None:
    """The codes of a dimension that a query may select, in order; ``None``: any.

    Rows with other codes are not in the answer; those with these may still not be.
    """
    found: frozenset[str] | None = None
    place = schema.series_key.index(dimension)
    if query.keys and all(len(key) > place and key[place] for key in query.keys):
        found = frozenset(code for key in query.keys for code in key[place])
    for one in query.filters:
        if one.component != dimension:
            continue
        exact = [
            {c.value for c in alternative if c.operator is Operator.EQ}
            for alternative in one.alternatives
        ]
        if all(exact):
            named = frozenset().union(*exact)
            found = named if found is None else found & named
    return None if found is None else tuple(sorted(found))
