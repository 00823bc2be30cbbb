"""Structure sets of SDMX 2.1, and the maps of SDMX 3.x, each as the other.

SDMX 2.1 has maps within a structure set; in 3.x each is an artefact of its own. To 3.x a map of a
structure set is an artefact of the same agency and version, with the id that
:func:`hub.structures.hierarchical21.id_within` gives; a codelist map is a representation map, and
so are the values that a component map lists itself. To 2.1 the maps of 3.x with one agency, id and
version are a structure set with this identity, which also holds the representation maps that they
use; an annotation says which these are. What one cannot say of the other is refused in a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

from lxml import etree

from hub.errors import NotImplementedByHub
from hub.structures.artefacts import artefacts_of
from hub.structures.grammar_xml import Names, tree_of_element
from hub.structures.hierarchical21 import id_within
from hub.structures.kinds import Key, key_of, parse_urn, urn3_of
from hub.structures.maps21_down import USED, map_element
from hub.structures.ml21_kept import HEAD21, head_element, read_kept, root_of, urn_in
from hub.structures.ml21_parts import COM, NSMAP, STR
from hub.structures.model30 import Kept
from hub.structures.shapes import Tree

__all__ = ["MAPS", "STRUCTURE_SET", "check_sayable", "down", "up"]

STRUCTURE_SET = "structureset"

#: Kinds of maps of SDMX 3.x.
MAPS = frozenset({
    "structuremap", "representationmap", "conceptschememap", "categoryschememap",
    "organisationschememap", "reportingtaxonomymap",
})  # fmt: skip

_NAMES = Names("2.1")
_KIND = {"CodelistMap": "representationmap", "StructureMap": "structuremap"}
_OF_DATA = {"datastructure", "dataflow"}


def check_sayable(structures: Kept) -> None:
    """Raise ``NotImplementedByHub`` where a structure set is more than maps that 3.x has."""
    for element in root_of(structures).iterchildren("*"):
        local = etree.QName(element).localname
        if local in {"HybridCodelistMap", "RelatedStructure"}:
            raise NotImplementedByHub(
                f"The structure set {key_of(structures).ref} has a {local}, which SDMX 3 does not "
                "have: it can be had in SDMX 2.1; its other maps are artefacts of their own."
            )


def _maps(root: Any) -> Iterator[Any]:
    return (e for e in root.iterchildren("*") if etree.QName(e).localname.endswith("Map"))


def _kind(element: Any) -> str:
    local = etree.QName(element).localname
    return _KIND.get(local, local.lower())


def up(structures: Kept) -> Iterator[tuple[Key, Callable[[], Kept]]]:
    """The maps of a structure set as SDMX 3.x has them: key, and what makes the artefact.

    Making one raises ``NotImplementedByHub`` for what 3.x cannot say.
    """
    root = root_of(structures)
    head = {k: v for k, v in structures.tree.items() if k in HEAD21}
    ref = key_of(structures).ref

    def made(kind: str, tree: Tree) -> Kept:
        found: Kept = artefacts_of([(kind, {**head, **tree})])[0]
        return found

    for element in _maps(root):
        kind, id_ = _kind(element), id_within(ref.id, element.get("id"))
        if kind not in MAPS:
            continue

        def make(element: Any = element, kind: str = kind, id_: str = id_) -> Kept:
            return made(
                kind, {**_named(element), **_CONTENT.get(kind, _schemes)(element, head, id_)}
            )

        yield Key(kind, replace(ref, id=id_)), make
        for pair in element.iterfind(f"{STR}ComponentMap"):
            own = _values_of(pair)
            if own is not None:
                key = _own_key(pair, head, id_)

                def listed(own: Any = own, key: Key = key) -> Kept:
                    return made(key.kind, _values(own, key.ref.id))

                yield key, listed


def _named(element: Any) -> Tree:
    """Id, names and annotations of a map."""
    said = {k: v for k, v in element.attrib.items() if k != "isExtension"}
    alone = etree.Element(element.tag, said)
    alone.extend(
        deepcopy(e)
        for e in element.iterchildren(f"{COM}Annotations", f"{COM}Name", f"{COM}Description")
    )
    tree = tree_of_element(alone, "level", _NAMES)  # which has an id, names and no more
    notes = [one for one in tree.pop("annotations", ()) if one.get("type") != USED]
    return tree | ({"annotations": notes} if notes else {})


def _ends(element: Any) -> Iterator[str]:
    for tag in ("Source", "Target"):
        urn = urn_in(element.find(f"{STR}{tag}"))
        if urn is None:
            raise NotImplementedByHub(
                f"The map {element.get('id')} does not say what its {tag.lower()} is."
            )
        yield urn


def _items(element: Any) -> Iterator[tuple[str, str, Tree]]:
    """Source, target and annotations of each item that is mapped."""
    for one in element.iterchildren("*"):
        if etree.QName(one).localname.endswith("Map"):
            source, target = (one.find(f"{STR}{t}/Ref").get("id") for t in ("Source", "Target"))
            yield source, target, _annotations(one)


def _annotations(element: Any) -> Tree:
    notes = element.find(f"{COM}Annotations")
    if notes is None:
        return {}
    listed = [tree_of_element(one, "annotation", _NAMES) for one in notes]
    kept = [one for one in listed if one.get("type") != USED]
    return {"annotations": kept} if kept else {}


def _schemes(element: Any, _head: Tree, id_: str) -> Tree:
    source, target = _ends(element)
    rows = [
        {"sourceValue": {"value": a}, "targetValue": b, **notes} for a, b, notes in _items(element)
    ]
    return {"id": id_, "source": source, "target": target, "itemMaps": rows}


def _codes(element: Any, _head: Tree, id_: str) -> Tree:
    source, target = _ends(element)
    rows = [
        {"sourceValues": [{"value": a}], "targetValues": [b], **notes}
        for a, b, notes in _items(element)
    ]
    return {
        "id": id_,
        "source": [{"codelist": source}],
        "target": [{"codelist": target}],
        "representationMappings": rows,
    }


def _components(element: Any, head: Tree, id_: str) -> Tree:
    source, target = _ends(element)
    if element.get("isExtension") in {"true", "1"}:
        raise NotImplementedByHub(
            f"The structure map {element.get('id')} extends its source, and SDMX 3 has no "
            "extensions of structures."
        )
    for urn in (source, target):
        if parse_urn(urn)[0].kind not in _OF_DATA:
            raise NotImplementedByHub(
                f"The structure map {element.get('id')} is not about data, and those of SDMX 3 are."
            )
    return {"id": id_, "source": source, "target": target, "componentMaps": [
        _component(pair, element, head, id_) for pair in element.iterfind(f"{STR}ComponentMap")
    ]}  # fmt: skip


def _component(pair: Any, element: Any, head: Tree, id_: str) -> Tree:
    found: Tree = {
        **_annotations(pair),
        "source": [pair.find(f"{STR}Source/Ref").get("id")],
        "target": [pair.find(f"{STR}Target/Ref").get("id")],
    }
    mapping = pair.find(f"{STR}RepresentationMapping")
    if mapping is None:
        return found
    local = mapping.find(f"{STR}CodelistMap/Ref")
    if local is not None:
        one = element.getparent().find(f"{STR}CodelistMap[@id='{local.get('id')}']")
        if one is None:
            raise NotImplementedByHub(
                f"The structure map {element.get('id')} uses the codelist map {local.get('id')}, "
                "which its structure set does not hold."
            )
        return {**found, "representationMap": _used(one) or _urn(
            head, id_within(element.getparent().get("id"), one.get("id")))}  # fmt: skip
    if mapping.find(f"{STR}ValueMap") is None:
        raise NotImplementedByHub(
            f"The structure map {element.get('id')} turns {found['source'][0]} into a text, which "
            "the maps of SDMX 3 cannot say."
        )
    return {**found, "representationMap": urn3_of(_own_key(pair, head, id_))}


def _urn(head: Tree, id_: str) -> str:
    ref = f"{head['agencyID']}:{id_}({head['version']})"
    return f"urn:sdmx:org.sdmx.infomodel.structuremapping.RepresentationMap={ref}"


def _used(element: Any) -> str | None:
    """The representation map of 3.x that a part of 2.1 was made of, if it was."""
    for one in element.iterfind(f"{COM}Annotations/{COM}Annotation"):
        if one.findtext(f"{COM}AnnotationType") == USED:
            return str(one.findtext(f"{COM}AnnotationTitle"))
    return None


def _values_of(pair: Any) -> Any:
    return pair.find(f"{STR}RepresentationMapping/{STR}ValueMap")


def _own_key(pair: Any, head: Tree, id_: str) -> Key:
    """Key of the representation map that the values of a component map are in 3.x."""
    ends = (pair.find(f"{STR}{tag}/Ref").get("id") for tag in ("Source", "Target"))
    return parse_urn(_used(pair) or _urn(head, "_".join((id_, *ends))))[0]


def _values(element: Any, id_: str) -> Tree:
    return {
        "id": id_,
        "names": {"en": id_},
        "source": [{"dataType": "String"}],
        "target": [{"dataType": "String"}],
        "representationMappings": [
            {"sourceValues": [{"value": one.get("source")}], "targetValues": [one.get("target")]}
            for one in element
        ],
    }


_CONTENT: dict[str, Callable[[Any, Tree, str], Tree]] = {
    "representationmap": _codes,
    "structuremap": _components,
}


def down(maps: Iterable[Kept], find: Callable[[Key], Any]) -> Kept:
    """The structure set of SDMX 2.1 with ``maps``, which share agency, id and version.

    ``find`` gives the artefact with a key. Raises ``NotImplementedByHub`` for what 2.1
    cannot say, ``NotFound`` where a representation map is not there.
    """
    listed = sorted(maps, key=lambda one: one.kind)
    root = head_element("StructureSet", listed[0].tree)
    for one in listed:
        map_element(root, one, find)
    etree.cleanup_namespaces(root, top_nsmap=NSMAP)
    return read_kept(root, STRUCTURE_SET)
