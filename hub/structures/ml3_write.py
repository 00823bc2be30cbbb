"""SDMX-ML 3.0 and 3.1 structure messages, from artefacts. Both versions differ in the grammar only.

Source: ``SDMXMessage.xsd`` and ``SDMXStructure.xsd`` of each version.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lxml import etree

from hub.model.dataset import Header
from hub.structures.editions import trees_for
from hub.structures.grammar_xml import Names, element_of
from hub.structures.kinds import KINDS, Artefact, Key, urn3_of
from hub.structures.notes import unversioned
from hub.structures.shapes import Tree

__all__ = ["structure_message"]


def structure_message(
    artefacts: Iterable[Artefact], header: Header, version: str, *, pretty: bool = False
) -> bytes:
    """A structure message of SDMX-ML ``version`` with ``artefacts``, each once.

    Raises ``NotImplementedByHub`` for what the version cannot express.
    """
    names = Names(version)
    root = etree.Element(names.tag("mes", "Structure"), nsmap=names.nsmap)
    _header(root, header, names)
    by_kind: dict[str, list[tuple[Key, Tree]]] = {}
    for key, tree in trees_for(artefacts, version, f"SDMX-ML {version}", xml=True):
        by_kind.setdefault(key.kind, []).append((key, tree))
    if by_kind:
        structures = etree.SubElement(root, names.tag("mes", "Structures"))
        for name, kind in KINDS.items():
            if name in by_kind:
                container = etree.SubElement(structures, names.tag("str", kind.container3))
                for key, tree in by_kind[name]:
                    tag = names.tag("str", kind.element3)
                    element = element_of(container, tag, name, tree, names)
                    if not unversioned(name, version) or key.ref.version == "1.0":
                        element.set("urn", urn3_of(key))
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=pretty)


def _header(root: Any, header: Header, names: Names) -> None:
    def add(parent: Any, tag: str, text: str | None = None, **attributes: str) -> Any:
        element = etree.SubElement(parent, names.tag("mes", tag), attributes)
        element.text = text
        return element

    into = add(root, "Header")
    add(into, "ID", header.id)
    add(into, "Test", "true" if header.test else "false")
    add(into, "Prepared", header.prepared.isoformat(timespec="seconds"))
    add(into, "Sender", id=header.sender)
    if header.receiver:
        add(into, "Receiver", id=header.receiver)
    if header.source:
        lang = "{http://www.w3.org/XML/1998/namespace}lang"
        add(into, "Source", header.source).set(lang, "en")
