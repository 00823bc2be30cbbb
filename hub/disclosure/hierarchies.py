"""Which codes stand under which, as the codelists of a structure say."""

from __future__ import annotations

from typing import Any, Protocol

from hub.model.schema import DataSchema, StructureRef

__all__ = ["Codelists", "parents_of"]


class Codelists(Protocol):
    """Where codelists are looked up."""

    def get(self, kind: str, ref: StructureRef) -> Any:
        """The artefact of a kind."""
        ...


def parents_of(structures: Codelists, schema: DataSchema) -> dict[str, dict[str, str]]:
    """The code above each code, for the dimensions whose codelist has a hierarchy."""
    found = {}
    for dimension in schema.dimensions:
        if dimension.codelist is None:
            continue
        items = structures.get("codelist", dimension.codelist).items.values()
        above = {
            item.id: item.parent.id
            for item in items
            if item.parent is not None and not hasattr(item.parent, "maintainer")
        }
        if above:
            found[dimension.id] = above
    return found
