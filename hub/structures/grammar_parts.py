"""Shapes that stand everywhere in SDMX 3.x structures: annotations, names, contacts, formats.

Source: ``SDMXCommon.xsd``, ``SDMXStructureBase.xsd`` and ``SDMXStructureOrganisation.xsd``.
"""

from __future__ import annotations

from hub.structures.shapes import (
    COMMON,
    Attribute,
    Child,
    Field,
    Listed,
    Own,
    Scalar,
    Shape,
    Texts,
)

__all__ = ["HEAD", "NAMEABLE", "PARTS", "REPRESENTATION", "item", "maintainable", "scheme"]

_ANNOTATIONS = Listed(
    key="annotations", wrapper="Annotations", tag="Annotation", of="annotation", space=COMMON
)
_LINKS = Child(key="links", tag="Link", of="link", many=True, space=COMMON, since="3.0")
_ID = Attribute(key="id", name="id")
_URI = Attribute(key="uri", name="uri")

#: Fields of everything that can be identified.
HEAD: tuple[Field, ...] = (_ANNOTATIONS, _LINKS, _ID, _URI)
_NAMES: tuple[Field, ...] = (
    Texts(key="names", tag="Name"),
    Texts(key="descriptions", tag="Description"),
)

#: Annotations, names and descriptions, of what has no identity outside its list.
NAMEABLE: tuple[Field, ...] = (_ANNOTATIONS, *_NAMES)

_MAINTAINED: tuple[Field, ...] = (
    *HEAD,
    *_NAMES,
    Attribute(key="version", name="version"),
    Attribute(key="validFrom", name="validFrom"),
    Attribute(key="validTo", name="validTo"),
    Attribute(key="agencyID", name="agencyID"),
    Attribute(key="isFinal", name="isFinal", type=Scalar.BOOLEAN, until="2.1"),
    Attribute(key="isPartialLanguage", name="isPartialLanguage", type=Scalar.BOOLEAN, since="3.1"),
    Attribute(key="isExternalReference", name="isExternalReference", type=Scalar.BOOLEAN),
    Attribute(key="serviceURL", name="serviceURL"),
    Attribute(key="structureURL", name="structureURL"),
)


def maintainable(kind: str, *fields: Field) -> Shape:
    """The root shape of a kind of artefact."""
    return Shape(kind, (*_MAINTAINED, *fields), links=True, named=True)


def scheme(kind: str, tag: str, key: str, of: str, *fields: Field) -> Shape:
    """The root shape of an item scheme."""
    partial = Attribute(key="isPartial", name="isPartial", type=Scalar.BOOLEAN)
    return maintainable(kind, partial, Child(key=key, tag=tag, of=of, many=True), *fields)


def item(name: str, *fields: Field) -> Shape:
    """An item of a scheme, or what else has an id and names."""
    return Shape(name, (*HEAD, *_NAMES, *fields), links=True, named=True)


#: The fields of a representation: a codelist with its format, or a format.
REPRESENTATION: tuple[Field, ...] = (
    Child(key="format", tag="TextFormat", of="format"),
    Child(key="enumeration", tag="Enumeration"),
    Child(key="enumerationFormat", tag="EnumerationFormat", of="format"),
    Attribute(key="minOccurs", name="minOccurs", type=Scalar.INTEGER, since="3.0"),
    Attribute(key="maxOccurs", name="maxOccurs", type=Scalar.OCCURS, since="3.0"),
)

_FACETS = {
    "isSequence": Scalar.BOOLEAN, "interval": Scalar.NUMBER, "startValue": Scalar.NUMBER,
    "endValue": Scalar.NUMBER, "timeInterval": Scalar.STRING, "startTime": Scalar.STRING,
    "endTime": Scalar.STRING, "minLength": Scalar.INTEGER, "maxLength": Scalar.INTEGER,
    "minValue": Scalar.NUMBER, "maxValue": Scalar.NUMBER, "decimals": Scalar.INTEGER,
    "pattern": Scalar.STRING, "isMultiLingual": Scalar.BOOLEAN,
}  # fmt: skip

PARTS: tuple[Shape, ...] = (
    Shape(
        "annotation",
        (
            _ID,
            Child(key="title", tag="AnnotationTitle", space=COMMON),
            Child(key="type", tag="AnnotationType", space=COMMON),
            Child(key="urls", tag="AnnotationURL", of="annotationurl", many=True, space=COMMON),
            Texts(key="texts", tag="AnnotationText"),
            Child(key="value", tag="AnnotationValue", space=COMMON, since="3.0"),
        ),
    ),
    Shape("annotationurl", (Own(key="href"), Attribute(key="hreflang", name="xml:lang"))),
    Shape(
        "link",
        (
            Attribute(key="rel", name="rel"),
            Attribute(key="href", name="url"),
            Attribute(key="urn", name="urn"),
            Attribute(key="type", name="type"),
        ),
    ),
    Shape(
        "contact",
        (
            _ID,
            Texts(key="names", tag="Name"),
            Texts(key="departments", tag="Department", space="str"),
            Texts(key="roles", tag="Role", space="str"),
            Child(key="telephones", tag="Telephone", many=True),
            Child(key="faxes", tag="Fax", many=True),
            Child(key="x400s", tag="X400", many=True),
            Child(key="uris", tag="URI", many=True),
            Child(key="emails", tag="Email", many=True),
        ),
    ),
    Shape("representation", REPRESENTATION),
    Shape(
        "format",
        (
            Child(
                key="sentinelValues",
                tag="SentinelValue",
                of="sentinelvalue",
                many=True,
                since="3.0",
            ),
            Attribute(key="dataType", name="textType"),
            *(Attribute(key=name, name=name, type=kind) for name, kind in _FACETS.items()),
        ),
    ),
    Shape("sentinelvalue", (*_NAMES, Attribute(key="value", name="value"))),
)
