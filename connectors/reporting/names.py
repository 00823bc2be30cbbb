"""What codes, components and periods are called in the language of a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from hub.model.schema import DataSchema
from hub.structures.repository import StructureSet

__all__ = ["Names"]


@dataclass(frozen=True)
class Names:
    """Names of one dataflow in one language."""

    structures: StructureSet
    schema: DataSchema
    language: str

    def code(self, component: str, code: str) -> str:
        """The name of a code."""
        codelist = self.schema.by_id[component].codelist
        assert codelist is not None
        return self.structures.labels(codelist, self.language)[code]

    def label(self, component: str, code: str) -> str:
        """The name of a code, and the code: ``Barbados (BRB)``."""
        return f"{self.code(component, code)} ({code})"

    def choices(self, component: str, codes: Iterable[str]) -> Mapping[str, str]:
        """Labels by code."""
        return {code: self.label(component, code) for code in codes}

    def concept(self, component: str) -> str:
        """The name of a component."""
        return self.structures.concept_name(self.schema, component, self.language)

    def period(self, period: str) -> str:
        """A year as it is; a month by its name."""
        if len(period) == len("2026"):
            return period
        day = date(int(period[:4]), int(period[5:]), 1)
        name = format_date(day, "LLLL yyyy", locale=self.language)
        return name[:1].upper() + name[1:]
