"""The grammar of SDMX 3.x structures: the shapes every artefact is made of.

The shapes follow ``SDMXStructure*.xsd`` and ``SDMXCommon.xsd`` of SDMX-ML 3.0 and 3.1 and the
structure schemas of SDMX-JSON 2.0 and 2.1. The root shape of a kind of artefact has the name of
the kind; mappings, VTL and constraints stand in modules of their own.
"""

from __future__ import annotations

from hub.structures.grammar_constraints import CONSTRAINTS
from hub.structures.grammar_dsd import COMPONENTS
from hub.structures.grammar_mappings import MAPPINGS
from hub.structures.grammar_metadata import METADATA
from hub.structures.grammar_parts import HEAD, NAMEABLE, PARTS, item, maintainable, scheme
from hub.structures.grammar_vtl import VTL
from hub.structures.shapes import Attribute, Child, Listed, Own, Scalar, Shape, Switch, Texts

__all__ = ["SHAPES"]

_EXTENSIONS = Child(
    key="codelistExtensions", tag="CodelistExtension", of="codelistextension", many=True,
    since="3.0",
)  # fmt: skip
_GEO_TYPE = Attribute(key="geoType", name="geoType")
_ITEM_PARENT = Child(key="parent", tag="Parent")
_CONTACTS = Child(key="contacts", tag="Contact", of="contact", many=True)


def _organisations(name: str, tag: str, key: str, *, parents: bool = False) -> tuple[Shape, Shape]:
    fields = (_ITEM_PARENT, _CONTACTS) if parents else (_CONTACTS,)
    return scheme(f"{name}scheme", tag, key, name), item(name, *fields)


_ORGANISATIONS = (
    *_organisations("dataprovider", "DataProvider", "dataProviders"),
    *_organisations("dataconsumer", "DataConsumer", "dataConsumers"),
    *_organisations("metadataprovider", "MetadataProvider", "metadataProviders"),
    *_organisations("organisationunit", "OrganisationUnit", "organisationUnits", parents=True),
    *_organisations("agency", "Agency", "agencies"),
)

_CODELISTS = (
    scheme("codelist", "Code", "codes", "code", _EXTENSIONS),
    item("code", _ITEM_PARENT),
    scheme("geographiccodelist", "GeoFeatureSetCode", "geoFeatureSetCodes", "geofeature",
           _EXTENSIONS, _GEO_TYPE),
    item("geofeature", _ITEM_PARENT, Attribute(key="value", name="value")),
    scheme("geogridcodelist", "GeoGridCode", "geoGridCodes", "geogrid", _EXTENSIONS, _GEO_TYPE,
           Child(key="gridDefinition", tag="GridDefinition")),
    item("geogrid", _ITEM_PARENT, Child(key="geoCell", tag="GeoCell")),
    Shape("codelistextension", (
        Child(key="codelist", tag="Codelist"),
        Child(key="inclusiveCodeSelection", tag="InclusiveCodeSelection", of="codeselection"),
        Child(key="exclusiveCodeSelection", tag="ExclusiveCodeSelection", of="codeselection"),
        Attribute(key="prefix", name="prefix"),
    )),
    Shape("codeselection", (
        Child(key="memberValues", tag="MemberValue", of="membervalue", many=True),
    )),
    Shape("membervalue", (
        Own(key="value", bare=True),
        Attribute(key="cascadeValues", name="cascadeValues", type=Scalar.CASCADE),
    )),
    maintainable("valuelist",
                 Child(key="valueItems", tag="ValueItem", of="valueitem", many=True)),
    Shape("valueitem", (*NAMEABLE, Attribute(key="id", name="id"))),
    maintainable(
        "hierarchy",
        Child(key="level", tag="Level", of="level"),
        Child(key="hierarchicalCodes", tag="HierarchicalCode", of="hierarchicalcode", many=True),
        Attribute(key="hasFormalLevels", name="hasFormalLevels", type=Scalar.BOOLEAN),
    ),
    Shape("hierarchicalcode", (
        *HEAD,
        Child(key="code", tag="Code"),
        Child(key="hierarchicalCodes", tag="HierarchicalCode", of="hierarchicalcode", many=True),
        Child(key="level", tag="Level"),
        Attribute(key="validFrom", name="validFrom"),
        Attribute(key="validTo", name="validTo"),
    ), links=True),
    item("level", Child(key="codingFormat", tag="CodingFormat", of="format"),
         Child(key="level", tag="Level", of="level")),
    maintainable(
        "hierarchyassociation",
        Child(key="linkedHierarchy", tag="LinkedHierarchy"),
        Child(key="linkedObject", tag="LinkedObject"),
        Child(key="contextObject", tag="ContextObject"),
    ),
)  # fmt: skip

_CONCEPTS = (
    scheme("conceptscheme", "Concept", "concepts", "concept"),
    item("concept", _ITEM_PARENT,
         Child(key="coreRepresentation", tag="CoreRepresentation", of="representation"),
         Child(key="isoConceptReference", tag="ISOConceptReference", of="isoconcept")),
    Shape("isoconcept", (
        Child(key="conceptAgency", tag="ConceptAgency"),
        Child(key="conceptSchemeID", tag="ConceptSchemeID"),
        Child(key="conceptID", tag="ConceptID"),
    )),
)  # fmt: skip

_CATEGORIES = (
    scheme("categoryscheme", "Category", "categories", "category"),
    item("category", Child(key="categories", tag="Category", of="category", many=True)),
    maintainable("categorisation", Child(key="source", tag="Source"),
                 Child(key="target", tag="Target")),
    scheme("reportingtaxonomy", "ReportingCategory", "reportingCategories", "reportingcategory"),
    item("reportingcategory",
         Child(key="reportingCategories", tag="ReportingCategory", of="reportingcategory",
               many=True),
         Child(key="structuralMetadata", tag="StructuralMetadata", many=True),
         Child(key="provisioningMetadata", tag="ProvisioningMetadata", many=True)),
)  # fmt: skip

_FLOWS = (
    maintainable(
        "dataflow",
        Child(key="structure", tag="Structure"),
        Listed(key="dimensionConstraint", wrapper="DimensionConstraint", tag="Dimension",
               since="3.1"),
    ),
    maintainable("metadataflow", Child(key="structure", tag="Structure"),
                 Child(key="targets", tag="Target", many=True, since="3.0")),
    maintainable("provisionagreement", Child(key="dataflow", tag="Dataflow"),
                 Child(key="dataProvider", tag="DataProvider")),
    maintainable("metadataprovisionagreement", Child(key="metadataflow", tag="Metadataflow"),
                 Child(key="metadataProvider", tag="MetadataProvider"),
                 Child(key="targets", tag="Target", many=True)),
)  # fmt: skip

_LOCAL = Attribute(key="localID", name="localID")
_STEPS = Child(key="processSteps", tag="ProcessStep", of="processstep", many=True)
_PROCESSES = (
    maintainable("process", _STEPS),
    item(
        "processstep",
        Child(key="inputs", tag="Input", of="inputoutput", many=True),
        Child(key="outputs", tag="Output", of="inputoutput", many=True),
        Child(key="computation", tag="Computation", of="computation"),
        Child(key="transitions", tag="Transition", of="transition", many=True),
        _STEPS,
    ),
    Shape("inputoutput", (HEAD[0], Child(key="objectReference", tag="ObjectReference"), _LOCAL)),
    Shape("computation", (
        HEAD[0],
        Texts(key="descriptions", tag="Description"),
        _LOCAL,
        Attribute(key="softwarePackage", name="softwarePackage"),
        Attribute(key="softwareLanguage", name="softwareLanguage"),
        Attribute(key="softwareVersion", name="softwareVersion"),
    )),
    Shape("transition", (
        *HEAD,
        Child(key="targetStep", tag="TargetStep"),
        Texts(key="conditions", tag="Condition", space="str"),
        _LOCAL,
    ), links=True),
)  # fmt: skip

_RELATIONSHIPS = (
    Shape("attributerelationship", (
        Child(key="dataflow", tag="Dataflow", of=Scalar.EMPTY),
        Switch(key="dimensions", tag="Dimension", flag="optional", flags="areDimensionsOptional"),
        Child(key="attachmentGroups", tag="AttachmentGroup", many=True, until="2.1"),
        Child(key="group", tag="Group"),
        Child(key="observation", tag="Observation", of=Scalar.EMPTY),
    )),
)  # fmt: skip

#: Every shape by its name; the root shape of a kind has the kind's name.
SHAPES: dict[str, Shape] = {
    shape.name: shape
    for shape in (
        *PARTS, *_ORGANISATIONS, *_CODELISTS, *_CONCEPTS, *_CATEGORIES, *_FLOWS, *_PROCESSES,
        *_RELATIONSHIPS, *COMPONENTS, *CONSTRAINTS, *MAPPINGS, *METADATA, *VTL,
    )
}  # fmt: skip
