"""What a structure message says, read straight from its XML or JSON and not with the hub's readers.

``of_xml`` and ``of_json`` give the same facts for the same artefacts, whatever the version: names,
items with their parents, components with concept and representation, references, cube regions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

#: Kind (as REST names it), agency, id, version.
Name = tuple[str, str, str, str]

_KINDS = {
    "AgencyScheme": "agencyscheme", "DataProviderScheme": "dataproviderscheme",
    "Codelist": "codelist", "ConceptScheme": "conceptscheme", "CategoryScheme": "categoryscheme",
    "DataStructure": "datastructure", "Dataflow": "dataflow", "Categorisation": "categorisation",
    "ProvisionAgreement": "provisionagreement", "ContentConstraint": "dataconstraint",
    "DataConstraint": "dataconstraint", "MetadataStructure": "metadatastructure",
}  # fmt: skip
_IN_JSON = {
    "agencySchemes": ("agencyscheme", "agencies"),
    "dataProviderSchemes": ("dataproviderscheme", "dataProviders"),
    "codelists": ("codelist", "codes"),
    "conceptSchemes": ("conceptscheme", "concepts"),
    "categorySchemes": ("categoryscheme", "categories"),
    "dataStructures": ("datastructure", ""),
    "dataflows": ("dataflow", ""),
    "categorisations": ("categorisation", ""),
    "provisionAgreements": ("provisionagreement", ""),
    "dataConstraints": ("dataconstraint", ""),
}
_ITEMS = ("Code", "Concept", "Agency", "DataProvider", "Category")
_COMPONENTS = ("Dimension", "TimeDimension", "Attribute", "PrimaryMeasure", "Measure")
_REFERENCES = ("Structure", "StructureUsage", "Dataflow", "DataProvider", "Source", "Target")


@dataclass
class Facts:
    """What is said of one artefact."""

    names: dict[str, str] = field(default_factory=dict)
    #: Id, names, descriptions, id of the parent.
    items: list[tuple[str, dict[str, str], dict[str, str], str | None]] = field(
        default_factory=list
    )
    #: Id to the concept and the codelist (``AGENCY:ID(VERSION)`` and, for the first, ``.ID``).
    components: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    references: set[str] = field(default_factory=set)
    #: Whether included, dimension, values.
    regions: set[tuple[bool, str, frozenset[str]]] = field(default_factory=set)
    annotations: int = 0


def of_xml(message: bytes) -> dict[Name, Facts]:
    """Facts of SDMX-ML 2.1 or 3.0; artefacts that are only named in it are left out."""
    structures = etree.fromstring(message).find("{*}Structures")
    assert structures is not None
    found = {}
    for element in structures.iter("{*}*"):
        kind = _KINDS.get(_tag(element))
        if kind is None or element.get("agencyID") is None or _tag(element) == "Ref":
            continue
        if element.get("isExternalReference") == "true":
            continue
        name = (kind, element.get("agencyID"), element.get("id"), element.get("version", "1.0"))
        found[name] = _facts(element)  # type: ignore[index]
    return found  # type: ignore[return-value]


def _tag(element: etree._Element) -> str:
    return etree.QName(element).localname


def _texts(element: etree._Element, tag: str) -> dict[str, str]:
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    return {e.get(lang, "en"): (e.text or "").strip() for e in element.findall(f"{{*}}{tag}")}


def _reference(element: etree._Element | None) -> str | None:
    """``AGENCY:ID(VERSION)`` or ``AGENCY:ID(VERSION).ITEM`` of what an element refers to."""
    if element is None:
        return None
    ref = element.find("Ref")
    if ref is None:
        return "".join(element.itertext()).strip().rpartition("=")[2]
    if parent := ref.get("maintainableParentID"):
        version = ref.get("maintainableParentVersion", "1.0")
        return f"{ref.get('agencyID')}:{parent}({version}).{ref.get('id')}"
    return f"{ref.get('agencyID')}:{ref.get('id')}({ref.get('version', '1.0')})"


def _facts(element: etree._Element) -> Facts:
    facts = Facts(_texts(element, "Name"))
    facts.annotations = len(list(element.iter("{*}Annotation")))
    for one in element.iter("{*}*"):
        if _tag(one) in _ITEMS and one.get("id") and one is not element:
            parent = one.find("{*}Parent")
            up = None if parent is None else (_reference(parent) or "").rpartition(".")[2]
            if parent is not None and parent.find("Ref") is not None:
                up = parent.find("Ref").get("id")  # type: ignore[union-attr]
            names, more = _texts(one, "Name"), _texts(one, "Description")
            facts.items.append((str(one.get("id")), names, more, up))
        concept = _reference(one.find("{*}ConceptIdentity"))
        if _tag(one) in _COMPONENTS and concept:
            coded = one.find("{*}LocalRepresentation/{*}Enumeration")
            facts.components[one.get("id") or concept.rpartition(".")[2]] = (
                concept, _reference(coded),
            )  # fmt: skip
        if _tag(one) == "CubeRegion":
            facts.regions |= set(_regions(one))
    for tag in _REFERENCES:
        referring = [e for e in element.findall(f"{{*}}{tag}") if e.get("id") is None]
        facts.references |= {str(_reference(e)) for e in referring}
    return facts


def _regions(region: etree._Element) -> Iterable[tuple[bool, str, frozenset[str]]]:
    included = region.get("include", "true") == "true"
    for key in region:
        values = frozenset((v.text or "").strip() for v in key.findall("{*}Value"))
        yield included, str(key.get("id")), values


def of_json(message: dict[str, Any]) -> dict[Name, Facts]:
    """Facts of SDMX-JSON 2.0."""
    found = {}
    for collection, artefacts in message["data"].items():
        if collection not in _IN_JSON:
            continue
        kind, items = _IN_JSON[collection]
        for one in artefacts:
            name = (kind, one["agencyID"], one["id"], one["version"])
            found[name] = _facts_of_json(one, items)
    return found


def _facts_of_json(one: dict[str, Any], items: str) -> Facts:
    facts = Facts(one["names"])
    facts.annotations = str(one).count("'annotations': [{") and sum(_annotations(one))
    todo = list(one.get(items, ())) if items else []
    while todo:
        item = todo.pop(0)
        todo[:0] = item.get(items, ())
        facts.items.append(
            (item["id"], item["names"], item.get("descriptions", {}), item.get("parent"))
        )
    for component in _components(one.get("dataStructureComponents", {})):
        local = component.get("localRepresentation", {}).get("enumeration")
        facts.components[component["id"]] = (
            _short(component["conceptIdentity"]), _short(local) if local else None,
        )  # fmt: skip
    named = [one.get(k) for k in ("structure", "dataflow", "dataProvider", "source", "target")]
    facts.references = {_short(urn) for urn in named if urn}
    for region in one.get("cubeRegions", ()):
        included = region.get("include", region.get("isIncluded", True))
        for key in [*region.get("keyValues", ()), *region.get("components", ())]:
            values = frozenset(
                v if isinstance(v, str) else v["value"] for v in key.get("values", ())
            )
            facts.regions.add((included, key["id"], values))
    return facts


def _annotations(value: Any) -> Iterable[int]:
    if isinstance(value, dict):
        yield len(value.get("annotations", ()))
        for one in value.values():
            yield from _annotations(one)
    elif isinstance(value, list):
        for one in value:
            yield from _annotations(one)


def _components(parts: dict[str, Any]) -> Iterable[dict[str, Any]]:
    dimensions = parts.get("dimensionList", {})
    yield from dimensions.get("dimensions", ())
    time = dimensions.get("timeDimension")
    yield from time if isinstance(time, list) else [time] if time else []
    yield from parts.get("attributeList", {}).get("attributes", ())
    yield from parts.get("measureList", {}).get("measures", ())


def _short(urn: str) -> str:
    found = re.search(r"=(.*)", urn)
    return found[1] if found else urn
