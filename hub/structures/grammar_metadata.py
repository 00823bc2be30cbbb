"""Shapes of metadata sets in SDMX 3.x, and of metadata structures in SDMX 2.1.

Source: ``SDMXMetadataGeneric.xsd`` of 3.0 and 3.1, ``SDMXStructureMetadataStructure.xsd`` of 2.1
and the metadata schemas of SDMX-JSON.
"""

from __future__ import annotations

from hub.structures.grammar_parts import HEAD, maintainable
from hub.structures.shapes import Attribute, Child, Scalar, Shape, Texts

__all__ = ["METADATA", "REPORTED", "STRUCTURE21"]

#: Prefix of the namespace in which the content of a metadata set stands.
REPORTED = "md"

#: Name of the shape of a metadata structure as SDMX 2.1 has it.
STRUCTURE21 = "metadatastructure21"

METADATA: tuple[Shape, ...] = (
    maintainable(
        "metadataset",
        Child(key="metadataProvisionAgreement", tag="MetadataProvisionAgreement", space=REPORTED),
        Child(key="metadataflow", tag="Metadataflow", space=REPORTED),
        Child(key="targets", tag="Target", many=True, space=REPORTED),
        Child(key="attributes", tag="Attribute", of="reportedattribute", many=True,
              space=REPORTED),
        Attribute(key="action", name="action"),
        Attribute(key="reportingBegin", name="reportingBeginDate"),
        Attribute(key="reportingEnd", name="reportingEndDate"),
        Attribute(key="publicationYear", name="publicationYear"),
        Attribute(key="publicationPeriod", name="publicationPeriod"),
    ),
    Shape("reportedattribute", (
        HEAD[0],
        Child(key="value", tag="Value", space=REPORTED),
        Texts(key="texts", tag="Text"),
        Child(key="attributes", tag="Attribute", of="reportedattribute", many=True,
              space=REPORTED),
        Attribute(key="id", name="id"),
    )),
    maintainable(
        STRUCTURE21,
        Child(key="metadataStructureComponents", tag="MetadataStructureComponents",
              of="metadatacomponents21"),
    ),
    Shape("metadatacomponents21", (
        Child(key="metadataTargets", tag="MetadataTarget", of="metadatatarget", many=True),
        Child(key="reportStructures", tag="ReportStructure", of="reportstructure", many=True),
    )),
    Shape("metadatatarget", (
        *HEAD,
        Child(key="identifiableObjectTargets", tag="IdentifiableObjectTarget",
              of="identifiableobjecttarget", many=True),
    ), links=True),
    Shape("identifiableobjecttarget", (
        *HEAD,
        Child(key="localRepresentation", tag="LocalRepresentation", of="representation"),
        Attribute(key="objectType", name="objectType"),
    ), links=True),
    Shape("reportstructure", (
        *HEAD,
        Child(key="metadataAttributes", tag="MetadataAttribute", of="metadataattribute",
              many=True),
        Child(key="metadataTargets", tag="MetadataTarget", of=Scalar.STRING, many=True),
    ), links=True),
)  # fmt: skip
