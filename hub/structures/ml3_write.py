"""SDMX-ML 3.0 and 3.1 structure messages, from artefacts. Both versions differ in the grammar only.

Source: ``SDMXMessage.xsd`` and ``SDMXStructure.xsd`` of each version.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from lxml import etree

from hub.model.dataset import Header
from hub.structures.editions import trees_for
from hub.structures.grammar_xml import Names, element_of
from hub.structures.items import ItemTable
from hub.structures.items_write import check_codes, xml_codes
from hub.structures.kinds import KINDS, Artefact, Key, urn3_of
from hub.structures.message_parts import Part, mark, part_of, xml_message
from hub.structures.ml_header import close_header, open_header
from hub.structures.notes import unversioned
from hub.structures.shapes import Tree

__all__ = ["structure_message"]


def structure_message(
    artefacts: Iterable[Artefact], header: Header, version: str
) -> Iterator[bytes]:
    """A structure message of SDMX-ML ``version`` with ``artefacts``, each once, in blocks.

    Raises ``NotImplementedByHub`` for what the version cannot express, before the first block.
    """
    names = Names(version)
    root = etree.Element(names.tag("mes", "Structure"), nsmap=names.nsmap)
    space = names.tag("mes", "")
    close_header(open_header(root, space, header), space, header)
    by_kind: dict[str, list[Part]] = {}
    for key, tree, table in trees_for(artefacts, version, f"SDMX-ML {version}", xml=True):
        by_kind.setdefault(key.kind, []).append(_part(key, tree, table, names))
    containers = [(k.container3, by_kind[name]) for name, k in KINDS.items() if name in by_kind]
    return xml_message(root, names.tag("mes", "Structures"), containers)


def _part(key: Key, tree: Tree, table: ItemTable | None, names: Names) -> Part:
    into = etree.Element(names.tag("mes", "Structures"), nsmap=names.nsmap)
    tag = names.tag("str", KINDS[key.kind].element3)
    element = element_of(into, tag, key.kind, tree, names)
    if not unversioned(key.kind, names.version) or key.ref.version == "1.0":
        element.set("urn", urn3_of(key))
    if table is None:
        return part_of(element, names.nsmap)
    check_codes(table, key, names.version)
    extensions = len(element.findall(names.tag("str", "CodelistExtension")))
    mark(element, len(element) - extensions)
    return part_of(element, names.nsmap, partial(xml_codes, table, key, names))
