"""Names of what an answer holds, in one language, for formats that carry labels."""

from __future__ import annotations

from collections.abc import Mapping

from hub.errors import NotFound
from hub.model.schema import Component, DataSchema, StructureRef
from hub.structures.repository import StructureSet

__all__ = ["Labels"]

#: Concepts of the hub's computed dataflows whose values are ids of data providers.
_WHOSE = frozenset({"PROVIDER", "PROVIDER_FROM", "PROVIDER_TO"})


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

    def values(self, component: Component) -> Mapping[str, str]:
        """Id to name of data providers, where the component says whose figures are meant."""
        if component.concept not in _WHOSE:
            return {}
        schemes = self._structures.of_kind("dataproviderscheme")
        return {p.id: self._structures.name(p, self._lang) for scheme in schemes for p in scheme}

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
