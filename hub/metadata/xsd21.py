"""The XML Schema of a metadata structure, for the structure-specific messages of SDMX-ML 2.1.

The types are derived by restriction from those of ``SDMXMetadataStructureSpecific.xsd``. A reported
attribute becomes an element with its id; its occurrences, codes and kind of value are those of the
structure. SDMX 3.x has no such messages and so no such schema. Source: SDMX 2.1 Section 3A,
schema generation.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lxml import etree

from hub.metadata.ml21_names import MSD, namespace_of
from hub.structures.kinds import Artefact, key_of, parse_urn
from hub.structures.metadata21 import OBJECT, REPORT, TARGET
from hub.structures.ml21_parts import NSMAP
from hub.structures.repository import StructureSet
from hub.structures.shapes import Tree

__all__ = ["write"]

_XS = "http://www.w3.org/2001/XMLSchema"
_FILES = {MSD: "SDMXMetadataStructureSpecific.xsd", NSMAP["com"]: "SDMXCommon.xsd"}

#: Simple types of XML Schema by SDMX's data types; any other value is a text.
_SIMPLE = {
    "Boolean": "boolean", "Integer": "int", "Long": "long", "Short": "short", "Count": "integer",
    "BigInteger": "integer", "Decimal": "decimal", "Float": "float", "Double": "double",
    "URI": "anyURI", "DateTime": "dateTime", "GregorianDay": "date", "GregorianYear": "gYear",
    "GregorianYearMonth": "gYearMonth", "Duration": "duration",
}  # fmt: skip


def write(structures: StructureSet, structure: Artefact, *, folder: str | None = None) -> bytes:
    """The schema of a metadata structure.

    ``folder`` is the address of the official schema files; ``None`` names no location.
    """
    ref = key_of(structure).ref
    nsmap: Any = {"xs": _XS, None: namespace_of(ref), "msd": MSD, "common": NSMAP["com"]}
    root = etree.Element(_tag("schema"), nsmap=nsmap)
    root.set("targetNamespace", namespace_of(ref))
    for namespace, file in _FILES.items():
        place = {} if folder is None else {"schemaLocation": f"{folder}/{file}"}
        _add(root, "import", namespace=namespace, **place)
    _metadata_set(root)
    _report(root)
    _target(root)
    parts = structure.content.get("metadataStructureComponents", {})
    attributes = parts.get("metadataAttributeList", {}).get("metadataAttributes", [])
    _attribute_set(root, f"{REPORT}.AttributeSet", attributes, "")
    _attributes(root, attributes, "", structures)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)


def _tag(name: str) -> str:
    return f"{{{_XS}}}{name}"


def _add(parent: Any, tag: str, **attributes: str) -> Any:
    return etree.SubElement(parent, _tag(tag), attributes)


def _restricted(root: Any, name: str, base: str) -> tuple[Any, Any]:
    """A type derived from one of the frame: the restriction, and its sequence."""
    made = _add(root, "complexType", name=name)
    restriction = _add(_add(made, "complexContent"), "restriction", base=f"msd:{base}")
    return restriction, _add(restriction, "sequence")


def _annotations(sequence: Any) -> None:
    _add(sequence, "element", ref="common:Annotations", minOccurs="0")


def _plain(sequence: Any, name: str, type_: str, **occurs: str) -> None:
    _add(sequence, "element", name=name, type=type_, form="unqualified", **occurs)


def _metadata_set(root: Any) -> None:
    _, sequence = _restricted(root, "MetadataSetType", "MetadataSetType")
    _annotations(sequence)
    _add(sequence, "element", ref="common:Name", minOccurs="0", maxOccurs="unbounded")
    _plain(sequence, "DataProvider", "common:DataProviderReferenceType", minOccurs="0")
    _plain(sequence, "Report", REPORT, maxOccurs="unbounded")


def _report(root: Any) -> None:
    restriction, sequence = _restricted(root, REPORT, "ReportType")
    _annotations(sequence)
    _plain(sequence, "Target", f"{REPORT}.{TARGET}")
    _plain(sequence, "AttributeSet", f"{REPORT}.AttributeSet")
    _add(restriction, "attribute", name="id", type="common:IDType", fixed=REPORT)


def _target(root: Any) -> None:
    restriction, sequence = _restricted(root, f"{REPORT}.{TARGET}", "TargetType")
    _plain(sequence, "ReferenceValue", f"{REPORT}.{TARGET}.{OBJECT}")
    _add(restriction, "attribute", name="id", type="common:IDType", fixed=TARGET)
    restriction, sequence = _restricted(root, f"{REPORT}.{TARGET}.{OBJECT}", "ReferenceValueType")
    _plain(sequence, "ObjectReference", "common:ObjectReferenceType")
    _add(restriction, "attribute", name="id", type="common:IDType", fixed=OBJECT)


def _attribute_set(root: Any, name: str, attributes: Iterable[Tree], above: str) -> None:
    sequence = _add(_add(root, "complexType", name=name), "sequence")
    for one in attributes:
        _plain(
            sequence,
            one["id"],
            f"{above}{one['id']}",
            minOccurs=str(one.get("minOccurs", 1)),
            maxOccurs=str(one.get("maxOccurs", 1)),
        )


def _attributes(
    root: Any, attributes: Iterable[Tree], above: str, structures: StructureSet
) -> None:
    """A type for each attribute, named by its dotted path, and one for what is below it."""
    for one in attributes:
        path = f"{above}{one['id']}"
        below = one.get("metadataAttributes", [])
        restriction, sequence = _restricted(root, path, "ReportedAttributeType")
        _annotations(sequence)
        local = one.get("localRepresentation", {})
        texts = bool(local.get("format", {}).get("isMultiLingual"))
        if texts and not one.get("isPresentational"):
            # Attributes below may be reported without a text of their own.
            least = "0" if below else "1"
            _add(sequence, "element", ref="common:Text", minOccurs=least, maxOccurs="unbounded")
        if below:
            mandatory = any(b.get("minOccurs", 1) for b in below)
            _plain(sequence, "AttributeSet", f"{path}.AttributeSet",
                   minOccurs="1" if mandatory else "0")  # fmt: skip
            _attribute_set(root, f"{path}.AttributeSet", below, f"{path}.")
        _add(restriction, "attribute", name="id", type="common:IDType", fixed=one["id"])
        _value(restriction, one, texts=texts, structures=structures)
        _attributes(root, below, f"{path}.", structures)


def _value(restriction: Any, one: Tree, *, texts: bool, structures: StructureSet) -> None:
    if texts or one.get("isPresentational"):
        _add(restriction, "attribute", name="value", use="prohibited")
        return
    use = "optional" if one.get("metadataAttributes") else "required"
    local = one.get("localRepresentation", {})
    if "enumeration" not in local:
        name = _SIMPLE.get(str(local.get("format", {}).get("dataType")), "string")
        _add(restriction, "attribute", name="value", use=use, type=f"xs:{name}")
        return
    simple = _add(_add(restriction, "attribute", name="value", use=use), "simpleType")
    codes = _add(simple, "restriction", base="xs:string")
    for code in structures.get(*parse_urn(local["enumeration"])[0]).items:
        _add(codes, "enumeration", value=code)
