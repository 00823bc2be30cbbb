"""Hierarchical codelists of SDMX 2.1, and the hierarchies of SDMX 3.x, each as the other.

SDMX 2.1 has hierarchies within a hierarchical codelist; in 3.x each is an artefact of its own. A
hierarchical codelist is kept as the XML it came in. Its hierarchies are, to 3.x, artefacts of the
same agency and version with the id :func:`id_within` gives; a hierarchy of 3.x is, to 2.1, a
hierarchical codelist with its id that holds just this one. For REST 1.5 (section 4.3) hierarchies
are the items of such a list, which has no mark for being partial.
"""

from __future__ import annotations

from collections.abc import Collection
from copy import copy
from typing import Any

from lxml import etree

from hub.errors import NotImplementedByHub
from hub.structures.artefacts import artefacts_of
from hub.structures.grammar_xml import Names, element_of, tree_of_element
from hub.structures.kinds import item_urn, key_of, parse_urn
from hub.structures.ml21_kept import HEAD21, head_element, read_kept, refer, root_of, urn_in
from hub.structures.ml21_parts import NSMAP, STR
from hub.structures.model30 import Kept
from hub.structures.shapes import Tree

__all__ = ["HIERARCHICAL", "down", "hierarchies", "id_within", "up", "with_hierarchies"]

HIERARCHICAL = "hierarchicalcodelist"

_NAMES = Names("2.1")


def hierarchies(codelist: Kept) -> list[str]:
    """Ids of the hierarchies, in order; none of a list that SDMX 2.1 cannot say."""
    if "xml" not in codelist.content:
        return []
    return [str(element.get("id")) for element in _elements(root_of(codelist))]


def with_hierarchies(codelist: Kept, ids: Collection[str]) -> Kept:
    """The list with only the named hierarchies."""
    root = root_of(codelist)
    for element in _elements(root):
        if element.get("id") not in ids:
            root.remove(element)
    view = copy(codelist)
    view.content = {**codelist.content, "xml": etree.tostring(root, encoding="unicode")}
    return view


def id_within(above: str, id_: str) -> str:
    """Id in SDMX 3.x of what stands within an artefact of 2.1: with that of the artefact."""
    return above if id_ == above else f"{above}_{id_}"


def up(codelist: Kept, id_: str) -> Kept:
    """A hierarchy of a hierarchical codelist as SDMX 3.x has it.

    Raises ``NotImplementedByHub`` for what 3.x cannot say, as the version of a code.
    """
    root = root_of(codelist)
    lists = {}
    for one in root.iterfind(f"{STR}IncludedCodelist"):
        urn = urn_in(one)
        if urn is not None:
            lists[one.get("alias") or parse_urn(urn)[0].ref.id] = parse_urn(urn)[0]
    (element,) = (one for one in _elements(root) if one.get("id") == id_)
    element.set("hasFormalLevels", element.attrib.pop("leveled", "false"))
    for code in element.iter(f"{STR}HierarchicalCode"):
        named = code.find(f"{STR}Code")
        if named is None:
            alias, local = code.find(f"{STR}CodelistAliasRef"), code.find(f"{STR}CodeID")
            key = lists.get(alias.text)
            if key is None:
                raise NotImplementedByHub(
                    f"The code {code.get('id')} of the hierarchy {id_} is of the codelist "
                    f"{alias.text}, which {key_of(codelist).ref} does not include."
                )
            code.remove(alias)
            local.tag = f"{STR}Code"
            _say(local, item_urn(key, local.find("Ref").get("id")))
        else:
            _say(named, urn_in(named))
        level = code.find(f"{STR}Level")
        if level is not None:
            _say(level, level.find("Ref").get("id").rpartition(".")[2])
    tree = tree_of_element(element, "hierarchy", _NAMES)
    head = {k: v for k, v in codelist.tree.items() if k in HEAD21}
    made = {**tree, **head, "id": id_within(str(codelist.id), id_)}
    found: Kept = artefacts_of([("hierarchy", made)])[0]
    return found


def _say(element: Any, text: str | None) -> None:
    for child in list(element):
        element.remove(child)
    element.text = text


def down(hierarchy: Kept) -> Kept:
    """A hierarchy of SDMX 3.x as a hierarchical codelist of 2.1 that holds it alone.

    Raises ``NotImplementedByHub`` for what 2.1 has no place for.
    """
    tree = hierarchy.tree
    root = head_element("HierarchicalCodelist", tree)
    for list_ in dict.fromkeys(_lists(tree)):
        refer(etree.SubElement(root, f"{STR}IncludedCodelist"), list_)
    inside = {k: v for k, v in tree.items() if k not in HEAD21}
    element = element_of(root, f"{STR}Hierarchy", "hierarchy", inside, _NAMES)
    element.set("leveled", element.attrib.pop("hasFormalLevels", "false"))
    levels = element.find(f"{STR}Level")
    if levels is not None:  # which come last in 2.1
        element.append(levels)
    for code in element.iter(f"{STR}HierarchicalCode"):
        named, level = code.find(f"{STR}Code"), code.find(f"{STR}Level")
        urn, named.text = named.text, None
        refer(named, urn)
        if level is not None:
            id_, level.text = level.text, None
            etree.SubElement(level, "Ref", id=id_)
    etree.cleanup_namespaces(root, top_nsmap=NSMAP)
    return read_kept(root, HIERARCHICAL)


def _lists(tree: Tree) -> list[str]:
    """URNs of the codelists whose codes a hierarchy has."""
    found = []
    for one in tree.get("hierarchicalCodes", ()):
        key, _ = parse_urn(one["code"])
        found += [f"urn:sdmx:org.sdmx.infomodel.codelist.Codelist={key.ref}", *_lists(one)]
    return found


def _elements(root: Any) -> list[Any]:
    return list(root.iterfind("{*}Hierarchy"))
