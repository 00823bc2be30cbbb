"""How what readers see of a dataset, stored or computed, differs between two instants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hub.model.schema import DataSchema, StructureRef
from hub.query import data_v2
from hub.query.model import DataQuery
from hub.store.engines import engine
from hub.store.layout import layout
from hub.store.observations import PROVIDER
from hub.store.resolve import resolve
from hub.store.rows import difference, pointers_at
from hub.store.sql import quoted
from hub.store.statement import Statement, changed, deleted
from hub.views import Relation

if TYPE_CHECKING:
    from hub.store.home import Hub

__all__ = ["Comparison", "compare", "whole"]

_AREA = "REF_AREA"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Observations that came, were revised and went; reporting areas and providers of them all."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    areas: frozenset[str] = frozenset()
    providers: frozenset[str] = frozenset()

    @property
    def counts(self) -> dict[str, int]:
        """The three numbers by name."""
        return {"inserted": self.inserted, "updated": self.updated, "deleted": self.deleted}


def whole(dataflow: StructureRef) -> DataQuery:
    """The query for all of a dataflow."""
    return data_v2.parse(f"dataflow/{dataflow.agency}/{dataflow.id}/{dataflow.version}/*", "")


def compare(
    hub: Hub, dataflow: StructureRef, now: datetime | None, before: datetime | None
) -> Comparison:
    """What changed from ``before`` (``None``: when there was nothing) to ``now`` (``None``: now).

    Raises ``NotFound`` when there is no such dataflow.
    """
    query = whole(dataflow)
    (part,) = resolve(hub.structures, query)
    earlier = {} if before is None else pointers_at(hub, [dataflow], before)
    new, old = difference(hub, part, query, pointers_at(hub, [dataflow], now), earlier)
    schema = part.schema
    touched = (
        0 if new is None else _count(hub, changed(schema, query, layout(schema, query), new, old))
    )
    went = 0 if old is None else _count(hub, deleted(schema, query, new, old))
    came = 0 if new is None else touched if old is None else _count(
        hub, deleted(schema, query, old, new)
    )  # fmt: skip
    areas: set[str] = set()
    providers: set[str] = set()
    for one, other in ((new, old), (old, new)):
        for area, provider in () if one is None else _places(hub, schema, one, other):
            areas |= {area} - {None}
            providers |= {provider} - {None}
    return Comparison(came, touched - came, went, frozenset(areas), frozenset(providers))


def _count(hub: Hub, statement: Statement) -> int:
    one = statement.unsorted or statement
    return int(engine(hub).scalar(f"SELECT count(*) FROM ({one.sql})", one.values))


def _places(
    hub: Hub, schema: DataSchema, one: Relation, other: Relation | None
) -> list[tuple[Any, Any]]:
    """Area and provider of the rows of ``one`` that are not, as they are, in ``other``."""
    columns = ", ".join(quoted(c) for c in (*schema.columns, PROVIDER))
    source, values = f"SELECT {columns} FROM {one.sql}", one.values
    if other is not None:
        source += f" EXCEPT DISTINCT SELECT {columns} FROM {other.sql}"
        values += other.values
    wanted = [c for c in (_AREA,) if c in schema.by_id]
    listed = ", ".join([*(quoted(c) for c in wanted), PROVIDER])
    rows = engine(hub).rows(f"SELECT DISTINCT {listed} FROM ({source})", values)
    return [(row[0] if wanted else None, row[-1]) for row in rows]
