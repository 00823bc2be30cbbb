"""The content of a data structure definition in SDMX-ML 2.1.

Source: SDMX 2.1 ``SDMXStructureDataStructure.xsd``.
"""

from __future__ import annotations

from typing import Any

from hub.errors import NotImplementedByHub
from hub.structures.kinds import Artefact, key_of
from hub.structures.ml21_parts import (
    STR,
    Element,
    flag,
    item_ref,
    maintainable_ref,
    sub,
    write_annotations,
)

__all__ = ["number", "representation", "structure_content", "text_format"]

_DIMENSIONS = {"TimeDimension": "TimeDimension", "MeasureDimension": "MeasureDimension"}


def structure_content(element: Element, dsd: Artefact) -> None:
    """``DataStructureComponents``: dimensions, groups, attributes, the primary measure."""
    into = sub(element, f"{STR}DataStructureComponents")
    dimensions = sub(into, f"{STR}DimensionList", id="DimensionDescriptor")
    in_order = sorted(dsd.dimensions, key=lambda d: d.order if d.order is not None else 0)
    for position, dimension in enumerate(in_order, 1):
        tag = _DIMENSIONS.get(type(dimension).__name__, "Dimension")
        part = _component(dimensions, tag, dimension, position=str(position))
        _roles(part, dimension)
    for group in dsd.group_dimensions.values():
        members = sub(into, f"{STR}Group", id=group.id)
        for dimension in group.components:
            reference = sub(sub(members, f"{STR}GroupDimension"), f"{STR}DimensionReference")
            sub(reference, "Ref", id=dimension.id)
    if len(dsd.attributes):
        attributes = sub(into, f"{STR}AttributeList", id="AttributeDescriptor")
        for attribute in dsd.attributes:
            _attribute(attributes, dsd, attribute)
    measures = list(dsd.measures)
    if len(measures) != 1:
        raise NotImplementedByHub(
            f"{key_of(dsd).ref} has {len(measures)} measures; SDMX-ML 2.1 has exactly one."
        )
    _component(
        sub(into, f"{STR}MeasureList", id="MeasureDescriptor"), "PrimaryMeasure", measures[0]
    )


def _component(parent: Element, tag: str, component: Any, **attributes: str) -> Element:
    into = sub(parent, f"{STR}{tag}", {"id": component.id, **attributes})
    write_annotations(into, component.annotations)
    if component.concept_identity is None:
        raise NotImplementedByHub(f"The component {component.id} has no concept.")
    item_ref(sub(into, f"{STR}ConceptIdentity"), component.concept_identity)
    representation(into, "LocalRepresentation", component.local_representation)
    return into


def _roles(element: Element, component: Any) -> None:
    role = getattr(component, "concept_role", None)
    if role is not None:
        item_ref(sub(element, f"{STR}ConceptRole"), role)


def _attribute(parent: Element, dsd: Artefact, attribute: Any) -> None:
    status = getattr(attribute.usage_status, "name", "conditional").title()
    into = _component(parent, "Attribute", attribute, assignmentStatus=status)
    _roles(into, attribute)
    relation = sub(into, f"{STR}AttributeRelationship")
    related = attribute.related_to
    match type(related).__name__:
        case "PrimaryMeasureRelationship":
            measure = next(iter(dsd.measures)).id
            sub(sub(relation, f"{STR}PrimaryMeasure"), "Ref", id=measure)
        case "DimensionRelationship":
            for dimension in related.dimensions:
                sub(sub(relation, f"{STR}Dimension"), "Ref", id=dimension.id)
            if related.group_key is not None:
                sub(sub(relation, f"{STR}AttachmentGroup"), "Ref", id=related.group_key.id)
        case "GroupRelationship":
            sub(sub(relation, f"{STR}Group"), "Ref", id=related.group_key.id)
        case "NoSpecifiedRelationship":
            sub(relation, f"{STR}None")
        case other:
            raise NotImplementedByHub(
                f"The attribute {attribute.id} is attached by {other}, which SDMX-ML 2.1 lacks."
            )


def representation(parent: Element, tag: str, source: Any) -> None:
    """A representation: a codelist (with its format), or a text format."""
    if source is None or (source.enumerated is None and not source.non_enumerated):
        return
    into = sub(parent, f"{STR}{tag}")
    formats = source.non_enumerated
    if source.enumerated is not None:
        maintainable_ref(sub(into, f"{STR}Enumeration"), key_of(source.enumerated))
        if formats:
            sub(into, f"{STR}EnumerationFormat", text_format(formats[0]))
    else:
        sub(into, f"{STR}TextFormat", text_format(formats[0]))


def text_format(facet: Any) -> dict[str, str]:
    """Attributes of a text format: the data type and its limits."""
    found: dict[str, str] = {}
    if facet.value_type is not None:
        name = {"timesRange": "timeRange", "uri": "URI", "Xhtml": "XHTML"}.get(
            facet.value_type.name, facet.value_type.name
        )
        found["textType"] = name[0].upper() + name[1:]
    limits = facet.type
    if limits is None:
        return found
    if limits.is_sequence is not None:
        found["isSequence"] = (
            limits.is_sequence if isinstance(limits.is_sequence, str) else flag(limits.is_sequence)
        )
    for attribute, value in (
        ("interval", limits.interval),
        ("startValue", limits.start_value),
        ("endValue", limits.end_value),
        ("timeInterval", limits.time_interval),
        ("startTime", limits.start_time),
        ("endTime", limits.end_time),
        ("minLength", limits.min_length),
        ("maxLength", limits.max_length),
        ("minValue", limits.min_value),
        ("maxValue", limits.max_value),
        ("decimals", limits.decimals),
        ("pattern", limits.pattern),
    ):
        if value is not None:
            found[attribute] = number(value)
    if hasattr(limits, "is_multilingual"):
        found["isMultiLingual"] = flag(limits.is_multilingual)
    return found


def number(value: object) -> str:
    """A limit as text: whole numbers without a decimal point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
