"""Metadata messages of SDMX-ML 2.1: generic, and specific to a structure.

SDMX 2.1 has metadata sets without agency and version, which are in annotations here, and a report
for each target (:mod:`hub.structures.metadata21` says of which ids). Source:
``SDMXMetadataGeneric.xsd`` and ``SDMXMetadataStructureSpecific.xsd``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lxml import etree

from hub.errors import NotImplementedByHub
from hub.metadata.ml21_names import GENERIC, SPECIFIC, Style, namespace_of
from hub.metadata.model import MetadataSet
from hub.model.dataset import Header
from hub.model.schema import StructureRef
from hub.structures.grammar_xml import Names, element_of
from hub.structures.kinds import Key, parse_urn, urn_of
from hub.structures.metadata21 import OBJECT, REPORT, TARGET
from hub.structures.ml21_parts import COM, MES, maintainable_ref, sub, texts
from hub.structures.ml_header import close_header, open_header
from hub.structures.shapes import Tree

__all__ = ["AGREEMENT", "IDENTITY", "SET_ATTRIBUTES", "write_generic", "write_specific"]

#: Types of the annotations with the URN of a set, and of the agreement it is reported under.
IDENTITY, AGREEMENT = "SDMX_METADATA_SET", "SDMX_METADATA_PROVISION_AGREEMENT"

#: Keys of a tree that are attributes of a set, and their names here.
SET_ATTRIBUTES = {
    "action": "action", "reportingBegin": "reportingBeginDate", "reportingEnd": "reportingEndDate",
    "validFrom": "validFromDate", "validTo": "validToDate", "publicationYear": "publicationYear",
    "publicationPeriod": "publicationPeriod",
}  # fmt: skip

_SAID = {
    "id", "agencyID", "version", "names", "annotations", "metadataflow", "isExternalReference",
    "metadataProvisionAgreement", "targets", "attributes", *SET_ATTRIBUTES,
}  # fmt: skip
_NAMES = Names("2.1")


def write_generic(sets: Iterable[MetadataSet], header: Header) -> bytes:
    """A generic metadata message with ``sets``, which must be placed.

    Raises ``NotImplementedByHub`` for what SDMX 2.1 cannot express.
    """
    return _write(list(sets), header, GENERIC)


def write_specific(sets: Iterable[MetadataSet], header: Header) -> bytes:
    """A structure-specific metadata message; errors as :func:`write_generic`."""
    return _write(list(sets), header, SPECIFIC)


def _write(sets: list[MetadataSet], header: Header, style: Style) -> bytes:
    structures = dict.fromkeys(_structure(one) for one in sets)
    own = {f"m{n}": namespace_of(ref) for n, ref in enumerate(structures, 1)}
    nsmap = style.nsmap | (own if style is SPECIFIC else {})
    root = etree.Element(f"{MES}{style.root}", nsmap=nsmap)
    described = _header(root, header, sets)
    for one in sets:
        element = sub(root, f"{MES}MetadataSet")
        id_, into = described[_flow(one)]
        element.set(style.attribute("structureRef"), id_)
        element.set(style.attribute("setID"), one.tree["id"])
        style.begin(element, into, _structure(one))
        _set(element, one, style)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _flow(one: MetadataSet) -> StructureRef:
    assert one.flow is not None, "the sets of a message are placed"
    return one.flow


def _structure(one: MetadataSet) -> StructureRef:
    assert one.structure is not None, "the sets of a message are placed"
    return one.structure


def _header(
    root: Any, header: Header, sets: list[MetadataSet]
) -> Mapping[StructureRef, tuple[str, Any]]:
    """Write the header; the id and element of the structure of each flow."""
    into = open_header(root, MES, header)
    described = {}
    for number, flow in enumerate(dict.fromkeys(_flow(one) for one in sets), 1):
        element = sub(into, f"{MES}Structure", structureID=f"MD{number}")
        maintainable_ref(sub(element, f"{COM}StructureUsage"), Key("metadataflow", flow))
        described[flow] = (f"MD{number}", element)
    close_header(into, MES, header)
    return described


def _set(element: Any, one: MetadataSet, style: Style) -> None:
    unsaid = sorted(one.tree.keys() - _SAID)
    if unsaid:
        raise NotImplementedByHub(
            f"SDMX-ML 2.1 has no {unsaid[0]} of a metadata set: {one.ref} can be had in SDMX 3.x."
        )
    for key, name in SET_ATTRIBUTES.items():
        if key in one.tree:
            element.set(style.attribute(name), one.tree[key])
    noted: list[Tree] = [{"type": IDENTITY, "title": one.urn}]
    if "metadataProvisionAgreement" in one.tree:
        noted.append({"type": AGREEMENT, "title": one.tree["metadataProvisionAgreement"]})
    _annotations(element, [*one.tree.get("annotations", ()), *noted])
    texts(element, f"{COM}Name", one.tree.get("names", {}))
    if one.data_provider is not None:
        _provider(sub(element, style.tag("DataProvider")), one.data_provider)
    for target in one.targets:
        report = sub(element, style.tag("Report"))
        if style is GENERIC:
            report.set("id", REPORT)
        _target(report, target, style)
        _attributes(report, one.attributes, style)


def _annotations(element: Any, notes: list[Tree]) -> None:
    if notes:
        into = sub(element, f"{COM}Annotations")
        for note in notes:
            element_of(into, f"{COM}Annotation", "annotation", note, _NAMES)


def _provider(element: Any, urn: str) -> None:
    key, id_ = parse_urn(urn)
    sub(
        element,
        "Ref",
        {
            "id": id_,
            "maintainableParentID": key.ref.id,
            "maintainableParentVersion": key.ref.version,
            "agencyID": key.ref.agency,
            "package": "base",
            "class": "DataProvider",
        },
    )


def _target(report: Any, urn: str, style: Style) -> None:
    target = sub(report, style.tag("Target"))
    value = sub(target, style.tag("ReferenceValue"))
    if style is GENERIC:
        target.set("id", TARGET)
        value.set("id", OBJECT)
    sub(sub(value, style.tag("ObjectReference")), "URN").text = _as_21(urn)


def _as_21(urn: str) -> str:
    """A URN with the class that SDMX 2.1 has for the artefact."""
    try:
        key, path = parse_urn(urn)
    except ValueError:  # of a class the table of kinds lacks, or with wildcards
        return urn
    return urn if path else urn_of(key)


def _attributes(parent: Any, attributes: list[Tree], style: Style) -> None:
    into = sub(parent, style.tag("AttributeSet"))
    for one in attributes:
        tag, more = style.reported(one["id"])
        element = sub(into, tag, more)
        if "value" in one:
            element.set("value", one["value"])
        _annotations(element, one.get("annotations", []))
        texts(element, f"{COM}Text", one.get("texts", {}))
        if one.get("attributes"):
            _attributes(element, one["attributes"], style)
