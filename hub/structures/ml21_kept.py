"""Artefacts that the hub keeps as trees (or as they are) in SDMX-ML 2.1.

Kinds that both generations share in content (organisation units, reporting taxonomies, processes,
metadata flows, VTL) are written and read by the grammar; references become ``Ref`` elements. Kinds
of which 3.x has another model (hierarchical codelists, structure sets, attachment constraints, and
metadata structures with targets) are kept as the element they came in. The first two have
counterparts in 3.x (:mod:`hub.structures.counterparts`); the others the hub refuses elsewhere in a
sentence. Metadata structures of 3.x have a form in 2.1 of their own
(:mod:`hub.structures.metadata21`).
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from lxml import etree

from hub.errors import NotImplementedByHub, RequestSyntaxError
from hub.structures.artefacts import HEAD, artefacts_of
from hub.structures.grammar_metadata import STRUCTURE21
from hub.structures.grammar_xml import Names, element_of, tree_of_element
from hub.structures.kinds import KINDS, Key, parse_urn, urn_of
from hub.structures.metadata21 import down, is_plain, up
from hub.structures.ml21_parts import COM, NSMAP, STR
from hub.structures.model30 import Kept
from hub.structures.shapes import Tree
from hub.xml_safe import parser

__all__ = [
    "HEAD21",
    "KEPT_AS_XML",
    "head_element",
    "kept_element",
    "read_kept",
    "refer",
    "root_of",
    "urn_in",
]

#: What an artefact says of itself that parts within it do not say.
HEAD21 = frozenset({
    "agencyID", "version", "validFrom", "validTo", "isFinal", "isExternalReference",
    "isPartialLanguage", "serviceURL", "structureURL",
})  # fmt: skip

#: Kinds whose SDMX 2.1 form is kept as XML.
KEPT_AS_XML = frozenset({
    "attachmentconstraint", "hierarchicalcodelist", "metadatastructure", "structureset",
})  # fmt: skip

_NAMING = {"id", "names", "descriptions"}
_NAMES = Names("2.1")
_LOCAL = {"MetadataTarget", "Parent", "TargetStep"}
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_BY_TAG = {k.element: f"{k.package}.{k.type_in_urn}" for k in KINDS.values() if k.element} | {
    "Structure": "metadatastructure.MetadataStructure",
    "Concept": "conceptscheme.Concept",
    "ConceptIdentity": "conceptscheme.Concept",
    "IncludedCodelist": "codelist.Codelist",
    "Enumeration": "codelist.Codelist",
    "Code": "codelist.Code",
}
#: What the source and target of a map are.
_BY_MAP = {
    "CodelistMap": "codelist.Codelist",
    "ConceptSchemeMap": "conceptscheme.ConceptScheme",
    "CategorySchemeMap": "categoryscheme.CategoryScheme",
}


def kept_element(container: Any, key: Key, artefact: Kept, tree: Tree) -> Any:
    """The element of a kept artefact, a new last child of ``container``.

    Raises ``NotImplementedByHub`` for what SDMX-ML 2.1 cannot express.
    """
    kind = KINDS[key.kind]
    if "refused" in artefact.content:
        raise NotImplementedByHub(artefact.content["refused"])
    if "xml" in artefact.content:
        element = root_of(artefact)
        container.append(element)
        return element
    of_3 = key.kind == "metadatastructure"
    if key.kind in KEPT_AS_XML and not of_3:
        if not artefact.is_external_reference:
            raise NotImplementedByHub(
                f"{kind.element} {key.ref} is of SDMX 3.x, whose model SDMX-ML 2.1 cannot express."
            )
        element = head_element(kind.element, tree)
        element.set("urn", urn_of(key))
        container.append(element)
        return element
    shape = STRUCTURE21 if of_3 else key.kind
    element = element_of(container, f"{STR}{kind.element}", shape, down(key.kind, tree), _NAMES)
    element.set("urn", urn_of(key))
    for leaf in [e for e in element.iter("*") if len(e) == 0]:
        text = (leaf.text or "").strip()
        if etree.QName(leaf).localname in _LOCAL:
            leaf.text = None
            etree.SubElement(leaf, "Ref", id=text)
        elif text.startswith("urn:sdmx:") and not leaf.tag.startswith(COM):
            leaf.text = None
            refer(leaf, text)
    return element


def root_of(artefact: Kept) -> Any:
    """The element an artefact is kept as; a new one."""
    return etree.fromstring(artefact.content["xml"].encode(), parser())


def head_element(tag: str, tree: Tree) -> Any:
    """An element of SDMX-ML 2.1 with what identifies and names the artefact of a tree."""
    head = {k: v for k, v in tree.items() if k in HEAD21 | _NAMING}
    return element_of(etree.Element("root", nsmap=NSMAP), f"{STR}{tag}", "hierarchy", head, _NAMES)


def refer(element: Any, urn: str) -> None:
    """Give an element the reference that a URN means."""
    try:
        key, path = parse_urn(urn)
    except ValueError:  # a class of SDMX 2.1 that the table of kinds lacks
        etree.SubElement(element, "URN").text = urn
        return
    package, _, class_ = urn.partition("infomodel.")[2].partition("=")[0].partition(".")
    names = {"agencyID": key.ref.agency, "package": package, "class": class_}
    if path:
        names |= {
            "id": path,
            "maintainableParentID": key.ref.id,
            "maintainableParentVersion": key.ref.version,
        }
    else:
        names |= {"id": key.ref.id, "version": key.ref.version}
    etree.SubElement(element, "Ref", names)


def read_kept(element: Any, kind: str) -> Kept:
    """The artefact of an element; the element is changed."""
    if kind == "metadatastructure":
        tree = _metadata_structure(element)
    elif kind in KEPT_AS_XML:
        tree = _as_it_is(element)
    else:
        tree = up(kind, tree_of_element(_with_urns(element), kind, _NAMES))
    tree.setdefault("isFinal", False)  # the default of SDMX 2.1
    (artefact,) = artefacts_of([(kind, tree)])
    if not isinstance(artefact, Kept):
        raise TypeError(f"{kind} is no kind that is kept")
    return artefact


def _metadata_structure(element: Any) -> Tree:
    """That of 3.x where the metadata structure has the form the hub writes, else as it is."""
    try:
        tree = tree_of_element(_with_urns(deepcopy(element)), STRUCTURE21, _NAMES)
    except NotImplementedByHub:  # targets of other sorts
        return _as_it_is(element)
    plain = tree.get("isExternalReference") or is_plain(tree)
    return up("metadatastructure", tree) if plain else _as_it_is(element)


def _as_it_is(element: Any) -> Tree:
    """Identification and names as a tree, and all of it as XML with its references beside."""
    tree: Tree = {k: element.get(k) for k in HEAD if element.get(k) is not None}
    for flag in ("isFinal", "isExternalReference"):
        if flag in tree:
            tree[flag] = tree[flag] in {"true", "1"}
    for tag, key in (("Name", "names"), ("Description", "descriptions")):
        texts = {e.get(_LANG, "en"): e.text or "" for e in element.iterchildren(f"{COM}{tag}")}
        if texts:
            tree[key] = texts
    if not tree.get("isExternalReference"):
        alone = deepcopy(element)
        alone.tail = None
        etree.cleanup_namespaces(alone)
        tree["xml"] = etree.tostring(alone, encoding="unicode")
        tree["references"] = list(dict.fromkeys(_references(element)))
    return tree


def _references(element: Any) -> Iterator[str]:
    for one in element.iter("*"):
        urn = urn_in(one)
        if urn is not None:
            yield urn


def _with_urns(element: Any) -> Any:
    """The element with URNs for references, as SDMX 3.x has them."""
    for one in list(element.iter("*")):
        local = etree.QName(one).localname
        ref = one.find("Ref")
        if local in _LOCAL and ref is not None:
            one.text = ref.get("id")
            one.remove(ref)
            continue
        urn = urn_in(one)
        if urn is not None:
            for child in list(one):
                one.remove(child)
            one.text = urn
        elif ref is not None:
            raise RequestSyntaxError(
                f"line {one.sourceline}: the Ref in {local} does not say its class and package."
            )
    return element


def urn_in(element: Any) -> str | None:
    """The URN that a reference element means; ``None`` for another element or a local one."""
    urn = element.findtext("URN")
    if urn is not None:
        return str(urn).strip()
    ref = element.find("Ref")
    if ref is None or ref.get("agencyID") is None:
        return None
    class_ = _class_of(element, ref)
    if class_ is None:
        return None
    above = ref.get("maintainableParentID")
    version = ref.get("maintainableParentVersion" if above else "version", "1.0")
    path = f".{ref.get('id')}" if above else ""
    return (
        f"urn:sdmx:org.sdmx.infomodel.{class_}={ref.get('agencyID')}:{above or ref.get('id')}"
        f"({version}){path}"
    )


def _class_of(element: Any, ref: Any) -> str | None:
    """Package and class of what a reference names: said, or fixed by where it stands."""
    if ref.get("package") is not None and ref.get("class") is not None:
        return f"{ref.get('package')}.{ref.get('class')}"
    local, above = etree.QName(element).localname, element.getparent()
    if local in {"Source", "Target"} and above is not None:
        return _BY_MAP.get(etree.QName(above).localname)
    return _BY_TAG.get(local)
