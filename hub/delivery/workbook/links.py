"""Addresses at which the figures of a table, and what they were made from, can be looked up."""

from __future__ import annotations

from hub.delivery.workbook.fill import Filled, Source
from hub.delivery.workbook.layout import TOTAL, Layout, Table
from hub.delivery.workbook.published import question
from hub.events.links import link
from hub.model.schema import StructureRef
from hub.settings import Settings
from hub.structures.repository import StructureSet

__all__ = ["Links"]


class Links:
    """Addresses for one area and year: whole where the hub knows its own, else from the root."""

    def __init__(self, settings: Settings, structures: StructureSet, area: str, year: str) -> None:
        self._settings = settings
        self._structures = structures
        self._area = area
        self._year = year

    def table(self, table: Table) -> str:
        """The query that gives the figures of a table, in the consumer's dataflow."""
        assert table.dataflow is not None
        columns = table.columns
        known = {
            "FREQ": "A",
            "REF_AREA": self._area,
            "MEASURE": "+".join(dict.fromkeys(c.measure for c in columns)),
            "SEX": "+".join(dict.fromkeys(c.sex for c in columns)),
            **(table.fixed or {}),
            table.component: "" if table.open else "+".join(r.code or "" for r in table.rows),
        }
        return self._query(table.dataflow, known, TOTAL)

    def stored(self, layout: Layout, filled: Filled, source: Source) -> str:
        """The query for what is stored, for the area and year, of what a table is about."""
        found = self._measures(layout, filled, source)
        return self._query(source.dataflow, {"REF_AREA": self._area, "MEASURE": found}, "")

    def provenance(self, layout: Layout, filled: Filled, source: Source) -> str:
        """Where each of these stored figures comes from."""
        ref, measures = source.dataflow, self._measures(layout, filled, source).replace("+", ",")
        path = f"/api/provenance/{ref.agency}/{ref.id}/{ref.version}"
        when = f"ge:{self._year}-01+le:{self._year}-12"
        asked = f"c[REF_AREA]={self._area}&c[MEASURE]={measures}&c[TIME_PERIOD]={when}"
        return link(self._settings, f"{path}?{asked}")

    def _measures(self, layout: Layout, filled: Filled, source: Source) -> str:
        measures = (
            code
            for column in filled.table.columns
            for code in layout.near[column.measure].get(source.dataflow, (column.measure,))
        )
        return "+".join(dict.fromkeys(measures))

    def _query(self, dataflow: StructureRef, known: dict[str, str], other: str) -> str:
        schema = self._structures.dataflow(dataflow.agency, dataflow.id, dataflow.version)
        parts = [known.get(d, other) for d in schema.series_key]
        path, parameters = question(dataflow, parts, self._year)
        return link(self._settings, f"/sdmx/v1/data/{path}?{parameters}")
