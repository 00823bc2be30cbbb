"""A map of SDMX 3.x as the map within a structure set that SDMX 2.1 has.

SDMX 2.1 maps one component to one and one value to one. Source: ``SDMXStructureStructureSet.xsd``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from lxml import etree

from hub.errors import NotImplementedByHub
from hub.structures.grammar_xml import Names, element_of
from hub.structures.kinds import Key, parse_urn
from hub.structures.ml21_kept import refer
from hub.structures.ml21_parts import STR
from hub.structures.model30 import Kept
from hub.structures.shapes import Tree
from hub.structures.trees import tree_of

__all__ = ["USED", "map_element"]

#: Type of the annotation with the URN of the representation map that a part was made of.
USED = "SDMX_REPRESENTATION_MAP"

_NAMES = Names("2.1")
#: Kind to the tag of the map, and that of its members.
_TAGS = {
    "conceptschememap": ("ConceptSchemeMap", "ConceptMap"),
    "categoryschememap": ("CategorySchemeMap", "CategoryMap"),
    "organisationschememap": ("OrganisationSchemeMap", "OrganisationMap"),
    "reportingtaxonomymap": ("ReportingTaxonomyMap", "ReportingCategoryMap"),
}
_ONLY_3 = {
    "fixedValueMaps": "fixed values", "datePatternMaps": "patterns of dates",
    "epochMaps": "numbers that stand for times", "frequencyFormatMappings": "formats of times",
}  # fmt: skip


def map_element(root: Any, source: Kept, find: Callable[[Key], Any]) -> None:
    """Add a map to the element of a structure set, with the codelist maps it uses.

    ``find`` gives representation maps, and the structures of data that are mapped: SDMX 2.1 says
    of each component whether it is a dimension or an attribute. Raises ``NotImplementedByHub``,
    and what ``find`` raises.
    """
    tree = source.tree
    if source.kind in _TAGS:
        _schemes(root, tree, *_TAGS[source.kind])
    elif source.kind == "representationmap":
        _codes(root, tree)
    else:
        _structures(root, tree, find)


def _refuse(tree: Tree, what: str) -> NotImplementedByHub:
    return NotImplementedByHub(
        f"SDMX 2.1 cannot say what the map {tree['agencyID']}:{tree['id']}({tree['version']}) "
        f"says: {what}."
    )


def _head(root: Any, tag: str, tree: Tree, *notes: Tree) -> Any:
    """A new map with its id, names and annotations."""
    own = {k: v for k, v in tree.items() if k in {"id", "uri", "names", "descriptions", "links"}}
    listed = [*tree.get("annotations", ()), *notes]
    head = own | ({"annotations": listed} if listed else {})
    return element_of(root, f"{STR}{tag}", "level", head, _NAMES)


def _note(urn: str) -> Tree:
    return {"type": USED, "title": urn}


def _annotated(element: Any, tree: Tree, *notes: Tree) -> None:
    listed = [*tree.get("annotations", ()), *notes]
    if listed:
        holder = element_of(
            etree.Element("x"), f"{STR}x", "componentmap", {"annotations": listed}, _NAMES
        )
        element.insert(0, holder[0])


def _ends(element: Any, source: str, target: str) -> None:
    refer(etree.SubElement(element, f"{STR}Source"), source)
    refer(etree.SubElement(element, f"{STR}Target"), target)


def _local(element: Any, source: str, target: str) -> None:
    for tag, id_ in (("Source", source), ("Target", target)):
        etree.SubElement(etree.SubElement(element, f"{STR}{tag}"), "Ref", id=id_)


def _schemes(root: Any, tree: Tree, tag: str, member: str) -> None:
    element = _head(root, tag, tree)
    _ends(element, tree["source"], tree["target"])
    for one in tree.get("itemMaps", ()):
        targets = [one["targetValue"]] if "targetValue" in one else []
        source, target = _pair(tree, one, [one["sourceValue"]], targets)
        into = etree.SubElement(element, f"{STR}{member}")
        _local(into, source, target)
        _annotated(into, one)


def _pair(
    tree: Tree, row: Tree, sources: Iterable[Tree], targets: Iterable[str]
) -> tuple[str, str]:
    """The value and what it becomes, where this is all a row says."""
    ones, others = list(sources), list(targets)
    if len(ones) != 1 or len(others) != 1:
        raise _refuse(tree, "a row maps other than one value to one")
    if "validFrom" in row or "validTo" in row:
        raise _refuse(tree, "a value is mapped for a time only")
    if ones[0].get("isRegEx") or "startIndex" in ones[0] or "endIndex" in ones[0]:
        raise _refuse(tree, "a value is mapped by a pattern or a part of it")
    return str(ones[0]["value"]), others[0]


def _codes(root: Any, tree: Tree, *notes: Tree) -> None:
    """A codelist map."""
    if not _of_codelists(tree):
        raise _refuse(tree, "it is not from one codelist to one")
    (source,), (target,) = tree["source"], tree["target"]
    element = _head(root, "CodelistMap", tree, *notes)
    _ends(element, source["codelist"], target["codelist"])
    for row in tree.get("representationMappings", ()):
        pair = _pair(tree, row, row["sourceValues"], row.get("targetValues", ()))
        into = etree.SubElement(element, f"{STR}CodeMap")
        _local(into, *pair)
        _annotated(into, row)


def _of_codelists(tree: Tree) -> bool:
    sides = [*tree["source"], *tree["target"]]
    return len(sides) == 2 and all(
        parse_urn(one["codelist"])[0].kind == "codelist" if "codelist" in one else False
        for one in sides
    )


def _structures(root: Any, tree: Tree, find: Callable[[Key], Any]) -> None:
    for key, what in _ONLY_3.items():
        if tree.get(key):
            raise _refuse(tree, f"it has {what}")
    if not tree.get("componentMaps"):
        raise _refuse(tree, "it maps no component")
    urns = [one["representationMap"] for one in tree["componentMaps"] if "representationMap" in one]
    used = {urn: tree_of(find(parse_urn(urn)[0])) for urn in dict.fromkeys(urns)}
    local = {urn: found["id"] for urn, found in used.items() if _of_codelists(found)}
    if len(set(local.values())) < len(local):
        raise _refuse(tree, "it uses two representation maps with one id")
    for urn, id_ in local.items():
        if root.find(f"{STR}CodelistMap[@id='{id_}']") is None:
            _codes(root, used[urn], _note(urn))
        elif _identity(tree) != _identity(used[urn]):
            raise _refuse(tree, f"it uses another representation map {id_}")
    element = _head(root, "StructureMap", tree)
    _ends(element, tree["source"], tree["target"])
    ends = [_roles(tree[side], find) for side in ("source", "target")]
    for one in tree["componentMaps"]:
        _component(element, tree, one, ends, used, local)


def _roles(urn: str, find: Callable[[Key], Any]) -> dict[str, Tree]:
    """How SDMX 2.1 names each component of the data structure, or of that of the dataflow."""
    key = parse_urn(urn)[0]
    if key.kind == "dataflow":
        key = parse_urn(tree_of(find(key))["structure"])[0]
    parts = tree_of(find(key)).get("dataStructureComponents", {})
    dimensions = parts.get("dimensionList", {})
    found = {}
    for list_, class_, members in (
        ("DimensionDescriptor", "Dimension", dimensions.get("dimensions", ())),
        ("DimensionDescriptor", "TimeDimension", [dimensions.get("timeDimension", {})]),
        ("AttributeDescriptor", "Attribute", parts.get("attributeList", {}).get("attributes", ())),
        ("MeasureDescriptor", "PrimaryMeasure", parts.get("measureList", {}).get("measures", ())),
    ):
        for one in members:
            if "id" in one:
                own = one.get("type", class_)  # a measure dimension says so
                found[one["id"]] = {
                    "id": one["id"], "containerID": list_, "package": "datastructure", "class": own,
                }  # fmt: skip
    return found


def _identity(tree: Tree) -> tuple[str, str, str]:
    return tree["agencyID"], tree["id"], tree["version"]


def _component(
    element: Any,
    tree: Tree,
    one: Tree,
    ends: list[dict[str, Tree]],
    used: dict[str, Tree],
    local: dict[str, str],
) -> None:
    if len(one["source"]) != 1 or len(one["target"]) != 1:
        raise _refuse(tree, "it maps other than one component to one")
    into = etree.SubElement(element, f"{STR}ComponentMap")
    for tag, (id_,), known in zip(
        ("Source", "Target"), (one["source"], one["target"]), ends, strict=True
    ):
        if id_ not in known:
            raise _refuse(tree, f"its {tag.lower()} has no component {id_}")
        etree.SubElement(etree.SubElement(into, f"{STR}{tag}"), "Ref", known[id_])
    urn = one.get("representationMap")
    if urn is None:
        _annotated(into, one)
        return
    mapping = etree.SubElement(into, f"{STR}RepresentationMapping")
    if urn in local:
        etree.SubElement(etree.SubElement(mapping, f"{STR}CodelistMap"), "Ref", id=local[urn])
        _annotated(into, one)
        return
    found = used[urn]
    if len(found["source"]) != 1 or len(found["target"]) != 1:
        raise _refuse(found, "it maps other than one value to one")
    values = etree.SubElement(mapping, f"{STR}ValueMap")
    for row in found.get("representationMappings", ()):
        pair = _pair(found, row, row["sourceValues"], row.get("targetValues", ()))
        etree.SubElement(values, f"{STR}ValueMapping", source=pair[0], target=pair[1])
    _annotated(into, one, _note(urn))
