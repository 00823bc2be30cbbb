"""Agencies, concept schemes, data structures, dataflows and constraints of a consumer.

``structures.yaml`` has for each artefact its reference, ``AGENCY:ID(VERSION)``::

    concepts:    {REFERENCE: {names, concepts: {ID: {en, es}}}}
    structures:  {REFERENCE: {names, concepts: REFERENCE, dimensions, time, measure, attributes,
                  allowed?}}
    dataflows:   {REFERENCE: {names, structure: REFERENCE, allowed?}}

The concepts of a structure are those of a scheme of the file, or of the hub's own. A dimension is
``ID: REFERENCE of its codelist``; an attribute is ``ID: {codelist or type, usage,
level}`` with the level ``observation`` or ``series``. ``allowed`` lists codes by component; a list
of such lists are alternatives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from codelists.text_yaml import DataFileError, read_yaml
from dsd.consumers.trees import Tree, head, urn

__all__ = ["agencies", "structures"]

_STRUCTURE = {"names", "concepts", "dimensions", "time", "measure", "attributes"}


def agencies(consumer: Mapping[str, Any]) -> list[tuple[str, Tree]]:
    """The agency schemes below the top level: ``OECD.ELS`` stands in the scheme of ``OECD``."""
    schemes: dict[str, list[Tree]] = {}
    for id_, names in consumer["agencies"].items():
        above, _, own = id_.rpartition(".")
        if above:
            schemes.setdefault(above, []).append({"id": own, "names": names})
    return [
        (
            "agencyscheme",
            {
                **head(f"{above}:AGENCIES(1.0)", {"names": {"en": "Agencies", "es": "Agencias"}}),
                "isFinal": False,
                "agencies": items,
            },
        )
        for above, items in schemes.items()
    ]


def structures(path: Path) -> list[tuple[str, Tree]]:
    """The artefacts of a file, what is referred to first; raises ``DataFileError``."""
    data = read_yaml(path, ("concepts", "structures", "dataflows"))
    found: list[tuple[str, Tree]] = []
    for reference, given in data["concepts"].items():
        concepts = [{"id": id_, "names": names} for id_, names in given["concepts"].items()]
        found.append(("conceptscheme", {**head(reference, given), "concepts": concepts}))
    for reference, given in data["structures"].items():
        if given.keys() - _STRUCTURE - {"descriptions", "allowed", "final"}:
            raise DataFileError(f"{path.parent.name}: {reference} has keys nobody knows")
        own = data["concepts"].get(given["concepts"])
        known = None if own is None else own["concepts"]
        found.append(("datastructure", _structure(reference, given, known)))
        found += _constraint(reference, given, "datastructure.DataStructure", "dataStructures")
    for reference, given in data["dataflows"].items():
        structure = urn("datastructure.DataStructure", given["structure"])
        found.append(("dataflow", {**head(reference, given), "structure": structure}))
        found += _constraint(reference, given, "datastructure.Dataflow", "dataflows")
    return found


def _structure(
    reference: str, given: Mapping[str, Any], concepts: Mapping[str, Any] | None
) -> Tree:
    """The tree of a structure; ``concepts`` are those of its scheme, ``None`` for the hub's."""

    def component(id_: str) -> Tree:
        if concepts is not None and id_ not in concepts:
            raise DataFileError(f"{reference}: there is no concept {id_}")
        scheme = urn("conceptscheme.Concept", given["concepts"])
        return {"id": id_, "conceptIdentity": f"{scheme}.{id_}"}

    dimensions = [
        {**component(id_), "localRepresentation": _coded(codelist), "position": position}
        for position, (id_, codelist) in enumerate(given["dimensions"].items(), 1)
    ]
    time = {"dataType": "ObservationalTimePeriod"}
    return {
        **head(reference, given),
        "dataStructureComponents": {
            "dimensionList": {
                "id": "DimensionDescriptor",
                "dimensions": dimensions,
                "timeDimension": {
                    **component(given["time"]),
                    "localRepresentation": {"format": time},
                },
            },
            "attributeList": {
                "id": "AttributeDescriptor",
                "attributes": [
                    {**component(id_), **_attribute(id_, one, list(given["dimensions"]))}
                    for id_, one in given["attributes"].items()
                ],
            },
            "measureList": {
                "id": "MeasureDescriptor",
                "measures": [
                    {
                        **component(given["measure"]),
                        "localRepresentation": {"format": {"dataType": "Double"}},
                        "usage": "optional",
                    }
                ],
            },
        },
    }


def _coded(codelist: str) -> Tree:
    return {"enumeration": urn("codelist.Codelist", codelist)}


def _attribute(id_: str, given: Mapping[str, Any], dimensions: list[str]) -> Tree:
    if given.get("level") not in ("observation", "series", "dataset"):
        raise DataFileError(f"{id_}: its level must be observation, series or dataset")
    related: Tree = {"observation": {}}
    if given["level"] != "observation":
        related = {"dimensions": dimensions} if given["level"] == "series" else {"dataflow": {}}
    return {
        "localRepresentation": (
            _coded(given["codelist"])
            if "codelist" in given
            else {"format": {"dataType": given["type"]}}
        ),
        "usage": given["usage"],
        "attributeRelationship": related,
    }


def _constraint(
    reference: str, given: Mapping[str, Any], class_: str, attached: str
) -> Iterator[tuple[str, Tree]]:
    """The content constraint of an artefact that allows less than its codelists."""
    if "allowed" not in given:
        return
    agency, _, rest = reference.partition(":")
    names = {
        "en": f"Allowed content of {given['names']['en']}",
        "es": f"Contenido permitido de {given['names']['es']}",
    }
    allowed = given["allowed"]
    alternatives = allowed if isinstance(allowed, list) else [allowed]
    yield (
        "contentconstraint",
        {
            **head(f"{agency}:CN_{rest}", {"names": names}),
            "role": "Allowed",
            "constraintAttachment": {attached: [urn(class_, reference)]},
            "cubeRegions": [_region(_together(alternatives))],
        },
    )


def _together(alternatives: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What any of the alternatives allows, component by component.

    SDMX 3.x has one region of what is included, so that a component which only some of them
    restrict is not restricted. Which values go together is a matter of the rules.
    """
    shared = [c for c in alternatives[0] if all(c in one for one in alternatives)]
    return {c: list(dict.fromkeys(v for one in alternatives for v in one[c])) for c in shared}


def _region(allowed: Mapping[str, Any]) -> Tree:
    values = [
        {"id": id_, "values": [{"value": code} for code in codes]} for id_, codes in allowed.items()
    ]
    return {"include": True, "keyValues": values}
