"""What the catalogue of connectors offers of reporting workbooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from connectors.reporting.layouts import build, dataflows
from connectors.reporting.offices import countries
from connectors.reporting.read import claim_of
from connectors.reporting.workbook import blank_workbook
from hub.model.schema import StructureRef
from hub.plugins import Claim, Figures
from hub.structures.repository import StructureSet

__all__ = ["Workbooks"]


class Workbooks:
    """Blank workbooks, and what a filled one says about itself."""

    def claim(self, path: Path) -> Claim | None:
        """What a reporting workbook says about itself; ``None`` for any other file."""
        return claim_of(path)

    def workbook(
        self,
        structures: StructureSet,
        country: str,
        dataflow: str,
        period: str,
        *,
        language: str | None = None,
        provider: str | None = None,
        published: Callable[[StructureRef, str, str], Figures] | None = None,
    ) -> tuple[str, bytes]:
        """Name and bytes of a blank workbook.

        Arguments and errors are those of :func:`connectors.reporting.layouts.build`; ``published``
        gives the figures that the hub has of a dataflow for an area and a year.
        """
        form = build(structures, country, dataflow, period, language=language, provider=provider)
        before = form.sheets["before"]
        known = published(form.dataflow, country, before) if published is not None else {}
        name = f"{country}-{dataflow}-{period}-{form.language}.xlsx"
        return name, blank_workbook(structures, form, known)

    def workbooks(self) -> Mapping[str, Sequence[str]]:
        """Countries that have workbooks, and the ids of their dataflows."""
        return {country: dataflows() for country in countries()}
