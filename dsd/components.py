"""Concept scheme and data structure definitions from their data files.

A component has the id of its concept and the concept's representation. SDMX 2.1 Section 2,
Concept Scheme and Data Structure Definition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import sdmx.urn
from sdmx.model import v21
from sdmx.model.common import (
    AttributeDescriptor,
    AttributeRelationship,
    Codelist,
    Concept,
    ConceptScheme,
    DataAttribute,
    DimensionDescriptor,
    DimensionRelationship,
    Facet,
    FacetType,
    FacetValueType,
    MaintainableArtefact,
    Representation,
    UsageStatus,
)

from codelists.loader import agency
from codelists.text_yaml import DataFileError, read_yaml

__all__ = ["HEADER", "codes_of", "concept_scheme", "header", "reference", "structures", "urn"]

#: Keys that every artefact's data has; ``descriptions`` may be added.
HEADER = ("agency", "id", "version", "final", "names")

_TIME, _MEASURE = "TIME_PERIOD", "OBS_VALUE"
_LEVELS = ("observation", "series")
_URN_CLASS = {"DataStructureDefinition": "DataStructure", "DataflowDefinition": "Dataflow"}


def reference(artefact: MaintainableArtefact) -> str:
    """``AGENCY:ID(VERSION)`` of an artefact."""
    maintainer = artefact.maintainer.id if artefact.maintainer is not None else ""
    return f"{maintainer}:{artefact.id}({artefact.version})"


def header(data: Mapping[str, Any]) -> dict[str, Any]:
    """What sdmx1's constructors take for any maintainable artefact."""
    return {
        "id": data["id"],
        "version": data["version"],
        "name": data["names"],
        "description": data.get("descriptions") or {},
        "is_final": data["final"],
        "is_external_reference": False,
        "maintainer": agency(data["agency"]),
    }


def urn(artefact: MaintainableArtefact) -> str:
    """The URN of an artefact as SDMX 2.1 writes it (sdmx1 names two classes otherwise)."""
    klass = type(artefact).__name__
    return str(sdmx.urn.make(artefact, klass=_URN_CLASS.get(klass, klass)))


def concept_scheme(path: Path, codelists: Mapping[str, Codelist]) -> ConceptScheme:
    """The concept scheme; each concept has its core representation.

    Raises ``DataFileError`` when a concept names a codelist that does not exist, or has neither
    codelist nor text type.
    """
    data = read_yaml(path, (*HEADER, "concepts"), ("descriptions",))
    scheme = ConceptScheme(**header(data), is_partial=False)
    for id_, given in data["concepts"].items():
        if given.keys() - {"names", "descriptions", "codelist", "text"}:
            raise DataFileError(f"{path.name}: {id_} has keys nobody knows")
        if ("codelist" in given) == ("text" in given):
            raise DataFileError(f"{path.name}: {id_} needs either a codelist or a text type")
        if "codelist" in given and given["codelist"] not in codelists:
            raise DataFileError(f"{path.name}: there is no codelist {given['codelist']}")
        concept = Concept(id=id_, name=given["names"], description=given.get("descriptions") or {})
        concept.core_representation = (
            Representation(enumerated=codelists[given["codelist"]])
            if "codelist" in given
            else Representation(non_enumerated=[_facet(given["text"])])
        )
        scheme.append(concept)
    scheme.urn = urn(scheme)
    return scheme


def _facet(text: Mapping[str, str]) -> Facet:
    name = text["type"]
    limit = text.get("max_length")
    return Facet(
        type=FacetType(max_length=None if limit is None else int(limit)),
        value_type=FacetValueType[name[0].lower() + name[1:]],
    )


def structures(folder: Path, concepts: ConceptScheme) -> Iterator[v21.DataStructureDefinition]:
    """The data structure definitions of ``folder``, in the order of their file names.

    ``common.yaml`` holds the attributes that all of them have (and limits, see ``dsd.views``).

    Raises ``DataFileError`` naming the file when a component has no concept or an attribute is
    given another usage or level than SDMX 2.1 knows.
    """
    common = read_yaml(folder / "common.yaml", ("attributes", "excluded"))["attributes"]
    for path in sorted(folder.glob("*.yaml")):
        if path.name == "common.yaml":
            continue
        data = read_yaml(path, (*HEADER, "dimensions"), ("descriptions", "attributes"))
        attributes = {**common, **data.get("attributes", {})}
        absent = {*data["dimensions"], *attributes} - concepts.items.keys()
        if absent:
            raise DataFileError(f"{path.name}: no concept has the id {sorted(absent)}")
        yield _structure(path, data, attributes, concepts)


def _structure(
    path: Path,
    data: Mapping[str, Any],
    attributes: Mapping[str, Mapping[str, str]],
    concepts: ConceptScheme,
) -> v21.DataStructureDefinition:
    dimensions = [
        v21.Dimension(order=order, **_component(concepts[id_]))
        for order, id_ in enumerate(data["dimensions"], 1)
    ]
    time = v21.TimeDimension(order=len(dimensions) + 1, **_component(concepts[_TIME]))
    structure = v21.DataStructureDefinition(
        **header(data),
        dimensions=DimensionDescriptor(id="DimensionDescriptor", components=[*dimensions, time]),
        measures=v21.MeasureDescriptor(
            id="MeasureDescriptor",
            components=[v21.PrimaryMeasure(**_component(concepts[_MEASURE]))],
        ),
        attributes=AttributeDescriptor(
            id="AttributeDescriptor",
            components=[
                DataAttribute(
                    **_component(concepts[id_]),
                    usage_status=_usage(path, id_, given),
                    related_to=_relationship(path, id_, given, dimensions),
                )
                for id_, given in attributes.items()
            ],
        ),
    )
    structure.urn = urn(structure)
    return structure


def _component(concept: Concept) -> dict[str, Any]:
    return {
        "id": concept.id,
        "concept_identity": concept,
        "local_representation": concept.core_representation,
    }


def _usage(path: Path, id_: str, given: Mapping[str, str]) -> UsageStatus:
    try:
        return UsageStatus[given["usage"]]
    except KeyError:
        raise DataFileError(
            f"{path.name}: usage of {id_} must be mandatory or conditional"
        ) from None


def _relationship(
    path: Path, id_: str, given: Mapping[str, str], dimensions: list[v21.Dimension]
) -> AttributeRelationship:
    if given.get("level") not in _LEVELS:
        raise DataFileError(f"{path.name}: level of {id_} must be one of {', '.join(_LEVELS)}")
    if given["level"] == "series":
        return DimensionRelationship(dimensions=list(dimensions))
    return v21.PrimaryMeasureRelationship()


def codes_of(structure: v21.DataStructureDefinition, dimension: str) -> list[str]:
    """Ids of the codes of a coded dimension. Raises ``DataFileError`` when it is not coded."""
    representation = structure.dimensions.get(dimension).local_representation
    if representation is None or representation.enumerated is None:
        raise DataFileError(f"{structure.id}: {dimension} has no codelist")
    return list(representation.enumerated.items)
