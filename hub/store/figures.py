"""What the hub publishes of one area in one year, as figures by their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.errors import NoResults
from hub.model.schema import StructureRef
from hub.query import data_v1
from hub.store.select import select

if TYPE_CHECKING:
    from hub.store.home import Hub

__all__ = ["figures"]


def figures(hub: Hub, dataflow: StructureRef, area: str, year: str) -> dict[tuple[str, ...], str]:
    """Values by the codes of their key (dimensions, then time); of all frequencies.

    Empty where nothing is published. Raises ``NotFound`` when there is no such dataflow, and
    ``ValueError`` when it has no REF_AREA.
    """
    schema = hub.structures.dataflow(dataflow.agency, dataflow.id, dataflow.version)
    key = ["" for _ in schema.series_key]
    key[schema.series_key.index("REF_AREA")] = area
    asked = data_v1.parse(
        f"{dataflow.agency},{dataflow.id},{dataflow.version}/{'.'.join(key)}",
        f"startPeriod={year}&endPeriod={year}",
    )
    found: dict[tuple[str, ...], str] = {}
    try:
        blocks = select(hub, asked).blocks()
    except NoResults:
        return found
    for block in blocks:
        columns = (block.batch.column(name).to_pylist() for name in schema.key)
        values = block.batch.column(schema.primary_measure.id).to_pylist()
        rows = zip(zip(*columns, strict=True), values, strict=True)
        found.update((codes, value) for codes, value in rows if value is not None)
    return found
