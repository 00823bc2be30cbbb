"""Metadata sets out of the metadata messages of SDMX-ML 2.1, generic and structure-specific.

Reports of a set that say the same of several targets are one set of SDMX 3.x; reports that differ
are refused, for they are several. The inverse of :mod:`hub.metadata.ml21_write`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hub.errors import NotImplementedByHub, RequestSyntaxError
from hub.metadata.ml21_names import GENERIC, SPECIFIC, Style
from hub.metadata.ml21_write import AGREEMENT, IDENTITY, SET_ATTRIBUTES
from hub.metadata.model import MetadataSet
from hub.structures.grammar_xml import Names, tree_of_element
from hub.structures.kinds import parse_urn, urn3_of
from hub.structures.ml21_parts import COM, MES
from hub.structures.shapes import Tree
from hub.structures.xml_source import check_valid, parse

__all__ = ["read_generic", "read_specific"]

_NAMES = Names("2.1")
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_SET = "urn:sdmx:org.sdmx.infomodel.metadatastructure.MetadataSet="
_FLOW = "urn:sdmx:org.sdmx.infomodel.metadatastructure.Metadataflow="


def read_generic(source: bytes | Path) -> list[MetadataSet]:
    """The sets of a generic metadata message.

    Raises ``RequestSyntaxError`` when it is none or not valid, ``NotImplementedByHub`` when it
    holds what the hub does not keep.
    """
    root = _root(source, GENERIC)
    check_valid(root, "2.1")
    return _sets(root, GENERIC)


def read_specific(source: bytes | Path) -> list[MetadataSet]:
    """The sets of a structure-specific metadata message; errors as :func:`read_generic`.

    What the schema of its metadata structure would say is found out when the set is checked
    against the structure.
    """
    return _sets(_root(source, SPECIFIC), SPECIFIC)


def _root(source: bytes | Path, style: Style) -> Any:
    root = parse(source)
    if root.tag != f"{MES}{style.root}":
        raise RequestSyntaxError(f"The root element is {root.tag}, not {MES}{style.root}.")
    return root


def _sets(root: Any, style: Style) -> list[MetadataSet]:
    flows = {
        one.get("structureID"): _flow_of(one)
        for one in root.iterfind(f"{MES}Header/{MES}Structure")
    }
    return [_set(e, flows, style) for e in root.iterchildren(f"{MES}MetadataSet")]


def _flow_of(structure: Any) -> str | None:
    usage = structure.find(f"{COM}StructureUsage")
    if usage is None:
        return None
    urn: str | None = usage.findtext("URN")
    ref = usage.find("Ref")
    if urn is None and ref is not None:
        urn = f"{_FLOW}{ref.get('agencyID')}:{ref.get('id')}({ref.get('version', '1.0')})"
    return urn


def _set(element: Any, flows: dict[str, str | None], style: Style) -> MetadataSet:
    tree: Tree = {"id": element.get(style.attribute("setID"))}
    for key, name in SET_ATTRIBUTES.items():
        value = element.get(style.attribute(name))
        if value is not None:
            tree[key] = value
    notes = _annotations(element)
    names = _texts(element, "Name")
    if names:
        tree["names"] = names
    _identify(tree, notes, element, style)
    others = [one for one in notes if one.get("type") not in (IDENTITY, AGREEMENT)]
    if others:
        tree["annotations"] = others
    if "metadataProvisionAgreement" not in tree:
        tree["metadataflow"] = flows.get(element.get(style.attribute("structureRef")))
    reports = [_report(one, style) for one in element.iterchildren(style.tag("Report"))]
    if not reports:
        raise RequestSyntaxError(f"line {element.sourceline}: the metadata set has no report.")
    if any(attributes != reports[0][1] for _, attributes in reports):
        raise NotImplementedByHub(
            f"line {element.sourceline}: the reports of a metadata set say different things. In "
            "SDMX 3.x they are several metadata sets: send one for each."
        )
    tree["targets"] = [target for target, _ in reports]
    tree["attributes"] = reports[0][1]
    return MetadataSet.of(tree)


def _identify(tree: Tree, notes: list[Tree], element: Any, style: Style) -> None:
    """Provider, id and version: as the annotation says, else the data provider and the set's id."""
    said = {one.get("type"): one.get("title", "") for one in notes}
    if AGREEMENT in said:
        tree["metadataProvisionAgreement"] = said[AGREEMENT]
    urn = said.get(IDENTITY, "")
    if urn:
        agency, colon, rest = urn.removeprefix(_SET).partition(":")
        id_, bracket, version = rest.rstrip(")").partition("(")
        if not (urn.startswith(_SET) and colon and bracket):
            raise RequestSyntaxError(f"{urn!r} is not the URN of a metadata set.")
        tree |= {"agencyID": agency, "id": id_, "version": version}
        return
    provider = element.find(style.tag("DataProvider"))
    if provider is not None:
        ref, named = provider.find("Ref"), provider.findtext("URN")
        tree["agencyID"] = ref.get("id") if ref is not None else (named or "").rpartition(".")[2]


def _annotations(element: Any) -> list[Tree]:
    into = element.find(f"{COM}Annotations")
    if into is None:
        return []
    return [tree_of_element(one, "annotation", _NAMES) for one in into.iterchildren("*")]


def _texts(element: Any, tag: str) -> dict[str, str]:
    return {e.get(_LANG, "en"): e.text or "" for e in element.iterchildren(f"{COM}{tag}")}


def _report(element: Any, style: Style) -> tuple[str, list[Tree]]:
    values = element.findall(f"{style.tag('Target')}/{style.tag('ReferenceValue')}")
    objects = [one.find(style.tag("ObjectReference")) for one in values]
    if len(objects) != 1 or objects[0] is None:
        raise NotImplementedByHub(
            f"line {element.sourceline}: the hub keeps metadata about one artefact or item in a "
            "report, not about keys, datasets or periods."
        )
    attributes = element.find(style.tag("AttributeSet"))
    return _object(objects[0]), [] if attributes is None else _attributes(attributes, style)


def _object(element: Any) -> str:
    urn = element.findtext("URN")
    if urn is None:
        ref = element.find("Ref")
        if ref is None:
            raise RequestSyntaxError(f"line {element.sourceline}: the target is not named.")
        above = ref.get("maintainableParentID")
        version = ref.get("maintainableParentVersion" if above else "version", "1.0")
        urn = (
            f"urn:sdmx:org.sdmx.infomodel.{ref.get('package')}.{ref.get('class')}="
            f"{ref.get('agencyID')}:{above or ref.get('id')}({version})"
        )
        urn += f".{ref.get('id')}" if above else ""
    urn = str(urn).strip()
    try:
        key, path = parse_urn(urn)
    except ValueError:
        return urn
    return urn if path else urn3_of(key)


def _attributes(into: Any, style: Style) -> list[Tree]:
    return [_attribute(element, style) for element in into.iterchildren("*")]


def _attribute(element: Any, style: Style) -> Tree:
    tree: Tree = {"id": style.id_of(element)}
    if element.find(f"{COM}StructuredText") is not None:
        raise NotImplementedByHub(
            f"line {element.sourceline}: the hub keeps plain texts, and {tree['id']} is XHTML."
        )
    notes = _annotations(element)
    if notes:
        tree["annotations"] = notes
    if element.get("value") is not None:
        tree["value"] = element.get("value")
    found = _texts(element, "Text")
    if found:
        tree["texts"] = found
    below = element.find(style.tag("AttributeSet"))
    if below is not None:
        tree["attributes"] = _attributes(below, style)
    return tree
