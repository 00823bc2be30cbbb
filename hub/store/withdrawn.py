"""Attributes that series lost: what a client must delete besides observations.

Replacing observations leaves what stands above them as it is (SDMX 3.1, dataset actions: attributes
of the series are merged), so that a series no longer has its attribute must be said: by a row that
names the series and the attribute, with the action Delete.
"""

from __future__ import annotations

from hub.model.schema import DataSchema, Level
from hub.query.model import DataQuery
from hub.store.conditions import Condition, conditions
from hub.store.layout import Layout
from hub.store.sql import equal, listed, quoted
from hub.store.statement import EVERYTHING, Statement
from hub.views.api import Relation

__all__ = ["withdrawn"]


def withdrawn(
    schema: DataSchema,
    query: DataQuery,
    look: Layout,
    new: Relation | None,
    old: Relation | None,
    *,
    within: Condition = EVERYTHING,
) -> Statement | None:
    """Series of the matching rows of ``new`` that had an attribute in ``old`` and have it no more.

    A row has the key of a series and the values that went. ``None``: the answer has no attributes
    of series, or there is nothing to compare.
    """
    wanted = [
        a.id for a in schema.attributes if a.level is Level.SERIES and a.id in look.attributes
    ]
    if not wanted or new is None or old is None:
        return None
    dims = listed(schema.series_key)
    values = ", ".join(f"max({quoted(a)}) AS {quoted(a)}" for a in wanted)
    where = Condition.join("AND", [within, *conditions(schema, query)])
    lost = [f"n.{quoted(a)} IS NULL AND o.{quoted(a)} IS NOT NULL" for a in wanted]
    picked = ", ".join(
        f"CASE WHEN {test} THEN o.{quoted(a)} END AS {quoted(a)}"
        for a, test in zip(wanted, lost, strict=True)
    )
    keys = listed(schema.series_key, "n.{}")
    sql = (
        f"SELECT {keys}, {picked} "
        f"FROM (SELECT {dims}, {values} FROM {new.sql} WHERE {where.sql} GROUP BY {dims}) n "
        f"JOIN (SELECT {dims}, {values} FROM {old.sql} GROUP BY {dims}) o "
        f"ON {equal('n', 'o', schema.series_key)} "
        f"WHERE {' OR '.join(f'({test})' for test in lost)} ORDER BY {keys}"
    )
    given = (*new.values, *where.values, *old.values)
    return Statement(sql, given, (*schema.series_key, *wanted))
