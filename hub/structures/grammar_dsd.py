"""Shapes of data structures and metadata structures in SDMX 3.x.

Source: ``SDMXStructureDataStructure.xsd`` and ``SDMXStructureMetadataStructure.xsd``.
"""

from __future__ import annotations

from hub.structures.grammar_parts import HEAD, maintainable
from hub.structures.shapes import Attribute, Child, Listed, Nested, Scalar, Shape

__all__ = ["COMPONENTS"]

_CONCEPT = Child(key="conceptIdentity", tag="ConceptIdentity")
_LOCAL = Child(key="localRepresentation", tag="LocalRepresentation", of="representation")
_ROLES = Child(key="conceptRoles", tag="ConceptRole", many=True)
_USAGE = Attribute(key="usage", name="usage")
_RELATION = Child(
    key="attributeRelationship", tag="AttributeRelationship", of="attributerelationship"
)


def _component(name: str, *fields: Attribute | Child | Listed) -> Shape:
    return Shape(name, (*HEAD, _CONCEPT, _LOCAL, *fields), links=True)


COMPONENTS: tuple[Shape, ...] = (
    maintainable(
        "datastructure",
        Child(key="dataStructureComponents", tag="DataStructureComponents", of="components"),
        Child(key="metadata", tag="Metadata", since="3.0"),
        Attribute(key="evolvingStructure", name="evolvingStructure", type=Scalar.BOOLEAN,
                  since="3.1"),
    ),
    Shape("components", (
        Child(key="dimensionList", tag="DimensionList", of="dimensionlist"),
        Child(key="groups", tag="Group", of="group", many=True),
        Child(key="attributeList", tag="AttributeList", of="attributelist"),
        Child(key="measureList", tag="MeasureList", of="measurelist"),
    )),
    Shape("dimensionlist", (
        *HEAD,
        Child(key="dimensions", tag="Dimension", of="dimension", many=True),
        Child(key="timeDimension", tag="TimeDimension", of="timedimension"),
    ), links=True),
    _component("dimension", _ROLES,
               Attribute(key="position", name="position", type=Scalar.POSITION),
               Attribute(key="type", name="type", until="2.1")),
    _component("timedimension"),
    Shape("group", (
        *HEAD,
        Nested(key="groupDimensions", wrapper="GroupDimension", tag="DimensionReference"),
    ), links=True),
    Shape("attributelist", (
        *HEAD,
        Child(key="attributes", tag="Attribute", of="attribute", many=True),
        Child(key="metadataAttributeUsages", tag="MetadataAttributeUsage",
              of="metadataattributeusage", many=True, since="3.0"),
    ), links=True),
    _component(
        "attribute", _ROLES, _RELATION,
        Listed(key="measureRelationship", wrapper="MeasureRelationship", tag="Measure",
               since="3.0"),
        _USAGE,
    ),
    Shape("metadataattributeusage", (
        HEAD[0],
        Child(key="metadataAttributeReference", tag="MetadataAttributeReference"),
        _RELATION,
    ), links=True),
    Shape("measurelist", (
        *HEAD,
        Child(key="measures", tag="Measure", of="measure", many=True),
    ), links=True),
    _component("measure", _ROLES, _USAGE),
    maintainable(
        "metadatastructure",
        Child(key="metadataStructureComponents", tag="MetadataStructureComponents",
              of="metadatacomponents"),
    ),
    Shape("metadatacomponents", (
        Child(key="metadataAttributeList", tag="MetadataAttributeList",
              of="metadataattributelist"),
    )),
    Shape("metadataattributelist", (
        *HEAD,
        Child(key="metadataAttributes", tag="MetadataAttribute", of="metadataattribute",
              many=True),
    ), links=True),
    _component(
        "metadataattribute",
        Child(key="metadataAttributes", tag="MetadataAttribute", of="metadataattribute",
              many=True),
        Attribute(key="minOccurs", name="minOccurs", type=Scalar.INTEGER),
        Attribute(key="maxOccurs", name="maxOccurs", type=Scalar.OCCURS),
        Attribute(key="isPresentational", name="isPresentational", type=Scalar.BOOLEAN),
    ),
)  # fmt: skip
