"""Trees of the components of a data structure definition.

Source: ``SDMXStructureDataStructure.xsd`` of SDMX-ML 3.1. What only 2.1 has is said too: the type
of a measure dimension, and attachment groups.
"""

from __future__ import annotations

from typing import Any

from hub.errors import NotImplementedByHub
from hub.structures.kinds import Artefact, item_urn, key_of, scheme_of, urn3_of
from hub.structures.shapes import Tree
from hub.structures.trees_parts import annotations_of, given

__all__ = ["components", "representation"]


def components(dsd: Artefact) -> Tree:
    """Dimensions, groups, attributes and measures."""
    in_order = sorted(dsd.dimensions, key=lambda d: d.order if d.order is not None else 0)
    dimensions: list[Tree] = []
    time = None
    for dimension in in_order:
        kind = type(dimension).__name__
        if kind == "TimeDimension":
            time = _component(dimension)
            continue
        more: Tree = {"position": len(dimensions) + 1}
        if kind == "MeasureDimension":
            more["type"] = kind
        dimensions.append({**_component(dimension), **more})
    found: Tree = {
        "dimensionList": given(
            {"id": "DimensionDescriptor", "dimensions": dimensions, "timeDimension": time}
        ),
        "groups": [
            given(
                {
                    "id": group.id,
                    "annotations": annotations_of(group),
                    "groupDimensions": [d.id for d in group.components],
                }
            )
            for group in dsd.group_dimensions.values()
        ],
    }
    attributes = [
        {
            **_component(a),
            "usage": "mandatory" if _status(a) == "mandatory" else "optional",
            "attributeRelationship": _relationship(a),
        }
        for a in dsd.attributes
    ]
    if attributes:
        found["attributeList"] = {"id": "AttributeDescriptor", "attributes": attributes}
    measures = [{**_component(m), "usage": "optional"} for m in dsd.measures]
    if measures:
        found["measureList"] = {"id": "MeasureDescriptor", "measures": measures}
    return given(found)


def _status(attribute: Any) -> str:
    return getattr(attribute.usage_status, "name", "conditional")


def _component(component: Any) -> Tree:
    if component.concept_identity is None:
        raise NotImplementedByHub(f"The component {component.id} has no concept.")
    role = getattr(component, "concept_role", None)
    return given(
        {
            "id": component.id,
            "annotations": annotations_of(component),
            "conceptIdentity": _concept(component.concept_identity),
            "conceptRoles": [_concept(role)] if role is not None else [],
            "localRepresentation": representation(component.local_representation),
        }
    )


def _concept(concept: Any) -> str:
    return item_urn(key_of(scheme_of(concept)), concept.id)


def _relationship(attribute: Any) -> Tree:
    related = attribute.related_to
    match type(related).__name__:
        case "PrimaryMeasureRelationship":
            return {"observation": {}}
        case "DimensionRelationship":
            found: Tree = {"dimensions": [d.id for d in related.dimensions]}
            if related.group_key is not None:
                found["attachmentGroups"] = [related.group_key.id]
            return found
        case "GroupRelationship":
            return {"group": related.group_key.id}
        case "NoSpecifiedRelationship":
            return {"dataflow": {}}
    raise NotImplementedByHub(f"The attribute {attribute.id} does not say what it is attached to.")


def representation(source: Any) -> Tree | None:
    """A codelist with its format, or a format."""
    if source is None or (source.enumerated is None and not source.non_enumerated):
        return None
    formats = source.non_enumerated
    if source.enumerated is None:
        return {"format": _format(formats[0])}
    found: Tree = {"enumeration": urn3_of(key_of(source.enumerated))}
    if formats:
        found["enumerationFormat"] = _format(formats[0])
    return found


def _format(facet: Any) -> Tree:
    found: Tree = {}
    if facet.value_type is not None:
        name = {"timesRange": "timeRange", "uri": "URI", "Xhtml": "XHTML"}.get(
            facet.value_type.name, facet.value_type.name
        )
        found["dataType"] = name[0].upper() + name[1:]
    limits = facet.type
    if limits is None:
        return found
    for attribute, value in (
        ("interval", limits.interval),
        ("startValue", limits.start_value),
        ("endValue", limits.end_value),
        ("minLength", limits.min_length),
        ("maxLength", limits.max_length),
        ("minValue", limits.min_value),
        ("maxValue", limits.max_value),
        ("decimals", limits.decimals),
    ):
        if value is not None:
            number = float(value)
            found[attribute] = int(number) if number.is_integer() else number
    for attribute, value in (
        ("timeInterval", limits.time_interval),
        ("startTime", limits.start_time),
        ("endTime", limits.end_time),
        ("pattern", limits.pattern),
    ):
        if value is not None:
            found[attribute] = str(value)
    if limits.is_sequence is not None:
        found["isSequence"] = limits.is_sequence in {True, "true", "1"}
    if hasattr(limits, "is_multilingual"):
        found["isMultiLingual"] = limits.is_multilingual
    return found
