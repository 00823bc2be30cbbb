"""Artefacts that the hub keeps as trees (or as they are) in SDMX-ML 2.1.

Kinds that both generations share in content (organisation units, reporting taxonomies, processes,
metadata flows, VTL) are written and read by the grammar; references become ``Ref`` elements. Kinds
of which 3.x has another model (hierarchical codelists, structure sets, attachment constraints, and
metadata structures with targets) are kept as the element they came in: the hub serves them again
in SDMX 2.1 and refuses them elsewhere in a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from lxml import etree

from hub.errors import NotImplementedByHub, RequestSyntaxError
from hub.structures.artefacts import HEAD, artefacts_of
from hub.structures.grammar_xml import Names, element_of, tree_of_element
from hub.structures.kinds import KINDS, Key, parse_urn, urn_of
from hub.structures.ml21_parts import COM, STR
from hub.structures.model30 import Kept
from hub.structures.shapes import Tree
from hub.xml_safe import parser

__all__ = ["KEPT_AS_XML", "kept_element", "read_kept"]

#: Kinds whose SDMX 2.1 form is kept as XML.
KEPT_AS_XML = frozenset({
    "attachmentconstraint", "hierarchicalcodelist", "metadatastructure", "structureset",
})  # fmt: skip

_NAMES = Names("2.1")
_LOCAL = {"Parent", "TargetStep"}
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
    if "xml" in artefact.content:
        element = etree.fromstring(artefact.content["xml"].encode(), parser())
        container.append(element)
        return element
    if key.kind in KEPT_AS_XML and not artefact.is_external_reference:
        raise NotImplementedByHub(
            f"{kind.element} {key.ref} is of SDMX 3.x, whose model SDMX-ML 2.1 cannot express."
        )
    element = element_of(container, f"{STR}{kind.element}", key.kind, tree, _NAMES)
    element.set("urn", urn_of(key))
    for leaf in [e for e in element.iter("*") if len(e) == 0]:
        text = (leaf.text or "").strip()
        if etree.QName(leaf).localname in _LOCAL:
            leaf.text = None
            etree.SubElement(leaf, "Ref", id=text)
        elif text.startswith("urn:sdmx:") and not leaf.tag.startswith(COM):
            leaf.text = None
            _refer(leaf, text)
    return element


def _refer(element: Any, urn: str) -> None:
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
    if kind in KEPT_AS_XML:
        tree = _as_it_is(element)
    else:
        tree = tree_of_element(_with_urns(element), kind, _NAMES)
    tree.setdefault("isFinal", False)  # the default of SDMX 2.1
    (artefact,) = artefacts_of([(kind, tree)])
    if not isinstance(artefact, Kept):
        raise TypeError(f"{kind} is no kind that is kept")
    return artefact


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
        urn = _urn_in(one)
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
        urn = _urn_in(one)
        if urn is not None:
            for child in list(one):
                one.remove(child)
            one.text = urn
        elif ref is not None:
            raise RequestSyntaxError(
                f"line {one.sourceline}: the Ref in {local} does not say its class and package."
            )
    return element


def _urn_in(element: Any) -> str | None:
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
