"""Kinds of maintainable artefacts: their names in REST, in SDMX-ML, in URNs and in sdmx1.

One table; everything that tells artefacts apart reads it. sdmx1 is not imported here: an artefact
is known by the name of its class. Sources: SDMX 2.1 Section 5 (URN), SDMX REST 1.5 section 4.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from hub.model.schema import StructureRef

__all__ = [
    "KINDS",
    "NESTED",
    "Artefact",
    "Key",
    "Kind",
    "item_path",
    "item_urn",
    "key_of",
    "kind_of",
    "parse_urn",
    "root_items",
    "scheme_of",
    "text_in",
    "urn3_of",
    "urn_of",
]

#: A maintainable artefact of sdmx1.
Artefact = Any


class Key(NamedTuple):
    """What identifies an artefact in a set."""

    kind: str
    ref: StructureRef


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of maintainable artefact.

    ``name`` is the resource of REST v1, ``v2`` the artefact type of REST v2, ``model`` the class
    of sdmx1 (``Kept`` for those :mod:`hub.structures.model30` holds), ``package`` and
    ``urn_class`` the URN's, ``container`` and ``element`` the tags of SDMX-ML 2.1, ``item`` the
    class and tag of its items. ``container3`` and ``element3`` are the tags of SDMX-ML 3.x,
    ``collection`` and ``items`` the places of artefacts and items in SDMX-JSON. An empty tag
    means that the generation of the standard has no such kind.
    """

    name: str
    model: str
    package: str
    container: str
    element: str
    item: str | None = None
    v2: str = ""
    urn_class: str = ""
    collection: str = ""
    items: str = ""
    container3: str = ""
    element3: str = ""

    @property
    def type_in_urn(self) -> str:
        """Class of the artefact as URNs and references of SDMX 2.1 name it."""
        return self.urn_class or self.element

    @property
    def type_in_urn3(self) -> str:
        """Class of the artefact as URNs of SDMX 3.x name it."""
        return self.urn_class or self.element3 or self.element


def _plain(
    name: str, model: str, package: str, container: str, element: str, collection: str, **more: str
) -> Kind:
    """A kind that both generations have under the same tag."""
    plural = collection[0].upper() + collection[1:]
    return Kind(
        name, model, package, container, element,
        collection=collection, container3=plural, element3=element, **more,
    )  # fmt: skip


def _kept(name: str, package: str, container: str, element: str, collection: str) -> Kind:
    return _plain(name, "Kept", package, container, element, collection)


def _scheme(
    name: str, package: str, container: str, element: str, collection: str, item: str, items: str
) -> Kind:
    kind = _kept(name, package, container, element, collection)
    return replace(kind, item=item, items=items)


def _only21(name: str, package: str, container: str, element: str, collection: str) -> Kind:
    return Kind(name, "Kept", package, container, element, collection=collection)


def _only3(name: str, package: str, element: str, collection: str, item: str = "") -> Kind:
    kind = Kind(
        name, "Kept", package, "", "", urn_class=element, collection=collection,
        container3=collection[0].upper() + collection[1:], element3=element,
    )  # fmt: skip
    return replace(kind, item=item, items=item[0].lower() + item[1:] + "s") if item else kind


_ORG, _VTL = "OrganisationSchemes", "transformation"

#: In the order of SDMX-ML 2.1's ``Structures`` element, then those only 3.x has.
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        _plain("agencyscheme", "AgencyScheme", "base", _ORG, "AgencyScheme", "agencySchemes",
               item="Agency", items="agencies"),
        _plain("dataconsumerscheme", "DataConsumerScheme", "base", _ORG, "DataConsumerScheme",
               "dataConsumerSchemes", item="DataConsumer", items="dataConsumers"),
        _plain("dataproviderscheme", "DataProviderScheme", "base", _ORG, "DataProviderScheme",
               "dataProviderSchemes", item="DataProvider", items="dataProviders"),
        _scheme("organisationunitscheme", "base", _ORG, "OrganisationUnitScheme",
                "organisationUnitSchemes", "OrganisationUnit", "organisationUnits"),
        _plain("dataflow", "DataflowDefinition", "datastructure", "Dataflows", "Dataflow",
               "dataflows"),
        _kept("metadataflow", "metadatastructure", "Metadataflows", "Metadataflow",
              "metadataflows"),
        _plain("categoryscheme", "CategoryScheme", "categoryscheme", "CategorySchemes",
               "CategoryScheme", "categorySchemes", item="Category", items="categories"),
        _plain("categorisation", "Categorisation", "categoryscheme", "Categorisations",
               "Categorisation", "categorisations"),
        _plain("codelist", "Codelist", "codelist", "Codelists", "Codelist", "codelists",
               item="Code", items="codes"),
        _only21("hierarchicalcodelist", "codelist", "HierarchicalCodelists",
                "HierarchicalCodelist", "hierarchicalCodelists"),
        _plain("conceptscheme", "ConceptScheme", "conceptscheme", "Concepts", "ConceptScheme",
               "conceptSchemes", item="Concept", items="concepts"),
        _kept("metadatastructure", "metadatastructure", "MetadataStructures",
              "MetadataStructure", "metadataStructures"),
        _plain("datastructure", "DataStructureDefinition", "datastructure", "DataStructures",
               "DataStructure", "dataStructures"),
        _only21("structureset", "mapping", "StructureSets", "StructureSet", "structureSets"),
        _scheme("reportingtaxonomy", "categoryscheme", "ReportingTaxonomies",
                "ReportingTaxonomy", "reportingTaxonomies", "ReportingCategory",
                "reportingCategories"),
        _kept("process", "process", "Processes", "Process", "processes"),
        _only21("attachmentconstraint", "registry", "Constraints", "AttachmentConstraint",
                "attachmentConstraints"),
        Kind("contentconstraint", "ContentConstraint", "registry", "Constraints",
             "ContentConstraint", v2="dataconstraint", collection="dataConstraints",
             container3="DataConstraints", element3="DataConstraint"),
        _plain("provisionagreement", "ProvisionAgreement", "registry", "ProvisionAgreements",
               "ProvisionAgreement", "provisionAgreements"),
        _scheme("customtypescheme", _VTL, "CustomTypes", "CustomTypeScheme",
                "customTypeSchemes", "CustomType", "customTypes"),
        _scheme("vtlmappingscheme", _VTL, "VtlMappings", "VtlMappingScheme",
                "vtlMappingSchemes", "VtlMapping", "vtlMappings"),
        _scheme("namepersonalisationscheme", _VTL, "NamePersonalisations",
                "NamePersonalisationScheme", "namePersonalisationSchemes",
                "NamePersonalisation", "namePersonalisations"),
        _scheme("rulesetscheme", _VTL, "Rulesets", "RulesetScheme", "rulesetSchemes", "Ruleset",
                "rulesets"),
        _scheme("transformationscheme", _VTL, "Transformations", "TransformationScheme",
                "transformationSchemes", "Transformation", "transformations"),
        _scheme("userdefinedoperatorscheme", _VTL, "UserDefinedOperators",
                "UserDefinedOperatorScheme", "userDefinedOperatorSchemes",
                "UserDefinedOperator", "userDefinedOperators"),
        # Both are codelists in URNs.
        replace(_only3("geographiccodelist", "codelist", "GeographicCodelist",
                       "geographicCodelists", "GeoFeatureSetCode"), urn_class="Codelist"),
        replace(_only3("geogridcodelist", "codelist", "GeoGridCodelist", "geoGridCodelists",
                       "GeoGridCode"), urn_class="Codelist"),
        _only3("valuelist", "codelist", "ValueList", "valueLists", "ValueItem"),
        _only3("hierarchy", "codelist", "Hierarchy", "hierarchies"),
        _only3("hierarchyassociation", "codelist", "HierarchyAssociation",
               "hierarchyAssociations"),
        _only3("metadataproviderscheme", "base", "MetadataProviderScheme",
               "metadataProviderSchemes", "MetadataProvider"),
        _only3("metadataprovisionagreement", "registry", "MetadataProvisionAgreement",
               "metadataProvisionAgreements"),
        _only3("metadataconstraint", "registry", "MetadataConstraint", "metadataConstraints"),
        _only3("structuremap", "structuremapping", "StructureMap", "structureMaps"),
        _only3("representationmap", "structuremapping", "RepresentationMap",
               "representationMaps"),
        _only3("conceptschememap", "structuremapping", "ConceptSchemeMap", "conceptSchemeMaps"),
        _only3("categoryschememap", "structuremapping", "CategorySchemeMap",
               "categorySchemeMaps"),
        _only3("organisationschememap", "structuremapping", "OrganisationSchemeMap",
               "organisationSchemeMaps"),
        _only3("reportingtaxonomymap", "structuremapping", "ReportingTaxonomyMap",
               "reportingTaxonomyMaps"),
    )
}  # fmt: skip

#: Kinds whose items stand inside each other, so that an item is named by its path.
NESTED = frozenset({"categoryscheme", "reportingtaxonomy"})

_BY_MODEL = {kind.model: kind for kind in KINDS.values() if kind.model != "Kept"}


def kind_of(artefact: Artefact) -> Kind:
    """Kind of an artefact.

    Raises ``TypeError`` for what is no maintainable artefact of a kind the hub keeps.
    """
    kept = getattr(artefact, "kind", None)
    if isinstance(kept, str) and kept in KINDS:
        return KINDS[kept]
    for cls in type(artefact).__mro__:
        kind = _BY_MODEL.get(cls.__name__)
        if kind is not None:
            return kind
    raise TypeError(f"the hub does not keep artefacts of type {type(artefact).__name__}")


def key_of(artefact: Artefact) -> Key:
    """Kind, agency, id and version of an artefact (a version that is not stated is 1.0).

    Raises ``ValueError`` when the artefact has no maintainer.
    """
    maintainer = getattr(artefact, "maintainer", None)
    if maintainer is None or not artefact.id:
        raise ValueError(f"{artefact!r} has no maintenance agency or no id")
    version = str(artefact.version) if artefact.version else "1.0"
    return Key(kind_of(artefact).name, StructureRef(maintainer.id, artefact.id, version))


def urn_of(key: Key) -> str:
    """URN of a maintainable artefact."""
    kind = KINDS[key.kind]
    return f"urn:sdmx:org.sdmx.infomodel.{kind.package}.{kind.type_in_urn}={key.ref}"


def urn3_of(key: Key) -> str:
    """URN of a maintainable artefact as SDMX 3.x has it: content constraints are DataConstraint."""
    kind = KINDS[key.kind]
    return f"urn:sdmx:org.sdmx.infomodel.{kind.package}.{kind.type_in_urn3}={key.ref}"


_BY_CLASS = {
    (kind.package, name): kind
    for kind in reversed(KINDS.values())
    for name in (kind.type_in_urn, kind.type_in_urn3, kind.item)
    if name
} | {
    ("datastructure", "DataStructureDefinition"): KINDS["datastructure"],
    ("codelist", "Valuelist"): KINDS["valuelist"],
    ("transformation", "VtlDataflowMapping"): KINDS["vtlmappingscheme"],
    ("transformation", "VtlCodelistMapping"): KINDS["vtlmappingscheme"],
    ("transformation", "VtlConceptMapping"): KINDS["vtlmappingscheme"],
    ("registry", "Constraint"): KINDS["contentconstraint"],
}
_URN = re.compile(
    r"^urn:sdmx:org\.sdmx\.infomodel\.(?P<package>[a-z]+)\.(?P<cls>[A-Za-z]+)="
    r"(?P<agency>[A-Za-z][\w.-]*):(?P<id>[\w@$-]+)\((?P<version>[\w.+-]+)\)(?:\.(?P<path>.+))?$",
    re.ASCII,
)


def parse_urn(urn: str) -> tuple[Key, str]:
    """Key of the maintainable artefact in a URN, and the path of the item (else empty).

    Raises ``ValueError`` for what is no URN of a kind the hub knows.
    """
    match = _URN.match(urn.strip())
    kind = _BY_CLASS.get((match["package"], match["cls"])) if match else None
    if match is None or kind is None:
        raise ValueError(f"{urn!r} is not the URN of a structure the hub knows")
    ref = StructureRef(match["agency"], match["id"], match["version"])
    return Key(kind.name, ref), match["path"] or ""


def item_urn(key: Key, path: str) -> str:
    """URN of an item of a scheme; ``path`` is its id, nested ids joined by a dot."""
    kind = KINDS[key.kind]
    return f"urn:sdmx:org.sdmx.infomodel.{kind.package}.{kind.item}={key.ref}.{path}"


def scheme_of(item: Any) -> Artefact:
    """The item scheme that an item stands in; ``ValueError`` when in none."""
    above = item.parent
    while above is not None and not hasattr(above, "maintainer"):
        above = above.parent
    if above is None:
        raise ValueError(f"{item!r} stands in no item scheme")
    return above


def item_path(item: Any) -> str:
    """Ids from the top of the scheme to the item, joined by a dot."""
    ids = [item.id]
    above = item.parent
    while above is not None and not hasattr(above, "maintainer"):
        ids.append(above.id)
        above = above.parent
    return ".".join(reversed(ids))


def root_items(scheme: Artefact) -> Iterator[Any]:
    """Items of a nested scheme that have no parent item."""
    for item in scheme.items.values():
        if item.parent is None or hasattr(item.parent, "maintainer"):
            yield item


def text_in(text: Any, lang: str) -> str | None:
    """A text in a language: the one asked for, else English, else any; ``None`` when empty."""
    by_language: dict[str, str] = text.localizations
    for wanted in (lang, lang.partition("-")[0], "en"):
        if by_language.get(wanted):
            return by_language[wanted]
    return next((t for t in by_language.values() if t), None)
