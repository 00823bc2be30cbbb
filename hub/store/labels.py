"""Names of what an answer holds, in one language, for formats that carry labels."""

from __future__ import annotations

from collections.abc import Mapping

from hub.errors import NotFound
from hub.model.schema import DataSchema, StructureRef
from hub.structures.repository import StructureSet

__all__ = ["Labels"]


class Labels:
    """The ``LabelSource`` of :mod:`hub.messages.api` over the structures of a hub.

    A name that does not exist in ``lang`` is given in English, else in any language, else the id
    stands for it.
    """

    def __init__(self, structures: StructureSet, lang: str) -> None:
        self._structures = structures
        self._lang = lang

    def codes(self, codelist: StructureRef) -> Mapping[str, str]:
        """Code to name."""
        return self._structures.labels(codelist, self._lang)

    def component(self, schema: DataSchema, id: str) -> str:
        """Name of the concept of a component."""
        return self._structures.concept_name(schema, id, self._lang)

    def dataflow(self, schema: DataSchema) -> str:
        """Name of the dataflow, or of the structure where the data are asked for by structure."""
        for kind in ("dataflow", "datastructure"):
            try:
                artefact = self._structures.get(kind, schema.dataflow)
            except NotFound:
                continue
            return self._structures.name(artefact, self._lang)
        return schema.dataflow.id
