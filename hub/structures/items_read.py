"""Codes of a codelist out of messages, into columns.

What nearly all codes of a long list have (id, names, descriptions, parent) is taken directly; a
code that says more goes through the grammar, so nothing is dropped and what is unknown is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from hub.errors import RequestSyntaxError
from hub.structures.grammar_json import tree_of_json
from hub.structures.grammar_xml import Names, tree_of_element
from hub.structures.item_columns import Columns, Rows
from hub.structures.kinds import parse_urn
from hub.structures.notes import take_back_code
from hub.structures.shapes import Tree

__all__ = ["split_codes", "take_codes"]

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_SAID_BY_PLACE = frozenset({"id", "urn"})
_PLAIN = frozenset({"id", "name", "names", "description", "descriptions", "parent", "links"})


def take_codes(element: Any, names: Names) -> Columns:
    """The codes in the element of a codelist, which loses them.

    Raises ``NotImplementedByHub`` for what the grammar does not know, ``RequestSyntaxError`` for a
    parent that is not named.
    """
    rows = Rows()
    name, description = names.tag("com", "Name"), names.tag("com", "Description")
    above = names.tag("str", "Parent")
    codes = element.findall(names.tag("str", "Code"))
    for code in codes:
        by_tag: dict[Any, dict[str, str]] = {name: {}, description: {}}
        parent = None
        plain = _SAID_BY_PLACE.issuperset(code.keys())
        for child in code:
            tag = child.tag
            if tag in by_tag:
                by_tag[tag][child.get(_LANG, "en")] = child.text or ""
            elif tag == above:
                parent = _parent(child, names)
            else:
                plain = False
        if plain:
            rows.add(code.get("id"), parent, by_tag[name], by_tag[description])
        else:
            rows.add_tree(_tree(code, parent, above, names))
    for code in codes:
        element.remove(code)
    return rows.columns()


def _tree(code: Any, parent: str | None, above: str, names: Names) -> Tree:
    """A code through the grammar."""
    for child in code.findall(above):
        code.remove(child)
    tree = tree_of_element(code, "code", names)
    if parent is not None:
        tree["parent"] = parent
    take_back_code(tree)
    return tree


def _parent(element: Any, names: Names) -> str:
    """The id of the parent that an element names."""
    if names.version != "2.1":
        return (element.text or "").strip()
    ref, urn = element.find("Ref"), element.findtext("URN")
    if ref is not None:
        return str(ref.get("id"))
    try:
        return parse_urn(urn or "")[1]
    except ValueError as error:
        raise RequestSyntaxError(
            f"line {element.sourceline}: {etree.QName(element).localname}: {error}."
        ) from None


def split_codes(kind: str, found: Any, version: str, lang: str) -> tuple[Any, Tree]:
    """An object of SDMX-JSON without its codes, and the codes, for a version of the model.

    Only codelists have any. ``lang`` is the language of texts that say none. Raises what
    :func:`hub.structures.grammar_json.tree_of_json` raises.
    """
    if kind != "codelist" or not isinstance(found, Mapping) or "codes" not in found:
        return found, {}
    rest = {k: v for k, v in found.items() if k != "codes"}
    return rest, {"codes": _columns(found["codes"], version, lang)}


def _columns(codes: list[Any], version: str, lang: str) -> Columns:
    rows = Rows()
    for code in codes:
        if _is_plain(code):
            names, descriptions = code.get("names"), code.get("descriptions")
            if names is None:
                names = {lang: code["name"]} if "name" in code else {}
            if descriptions is None:
                descriptions = {lang: code["description"]} if "description" in code else {}
            rows.add(code["id"], code.get("parent"), names, descriptions)
        else:
            tree = tree_of_json("code", code, version, lang)
            take_back_code(tree)
            rows.add_tree(tree)
    return rows.columns()


def _is_plain(code: Any) -> bool:
    """Whether a code is an object with nothing unusual in it, its links its own URN at most."""
    if not isinstance(code, Mapping) or not _PLAIN.issuperset(code):
        return False
    links = code.get("links")
    return not links or (
        len(links) == 1
        and links[0].get("rel") == "self"
        and links[0].keys() <= {"rel", "urn", "type", "hreflang"}
    )
