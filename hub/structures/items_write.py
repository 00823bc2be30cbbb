"""Codes of a codelist as text, straight from the columns of its table.

The columns are escaped and joined; only the rows that say more than id, parent, names and
descriptions go through the grammar, one by one. Codes come in blocks, so that a list of any length
is written in bounded memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

import orjson
from lxml import etree

from hub.errors import NotImplementedByHub
from hub.structures.grammar_json import best_text, json_of
from hub.structures.grammar_xml import Names, element_of
from hub.structures.items import ItemTable
from hub.structures.kinds import Key, item_urn
from hub.structures.notes import note_code, parent_fits
from hub.structures.shapes import Tree

__all__ = ["check_codes", "json_codes", "outer_xml", "xml_codes"]

#: Codes made at a time.
_BLOCK = 500

_SPECIAL = re.compile(r"[&<>\"\r\n\t]")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPES = {'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
#: What SDMX-ML 2.1 has one of.
_ONCE = "urls"


def check_codes(table: ItemTable, key: Key, version: str) -> None:
    """Raise ``NotImplementedByHub`` when SDMX-ML ``version`` cannot say all of some code.

    To be asked before the first byte of a message is sent.
    """
    scratch = etree.Element("scratch")
    names = Names(version)
    for row, more in table.columns.more.items():
        if version == "2.1":
            for annotation in more.get("annotations", ()):
                urls = annotation.get(_ONCE, ())
                if len(urls) > 1 or any("hreflang" in one for one in urls):
                    raise NotImplementedByHub(
                        f"SDMX-ML 2.1 cannot express the addresses of an annotation of the code "
                        f"{table.columns.ids[row]} of {key.kind} {key.ref}."
                    )
        if more.keys() != {"annotations"} or any("value" in a for a in more["annotations"]):
            element_of(scratch, "code", "code", table.tree(row), names)


def xml_codes(table: ItemTable, key: Key, names: Names, *, prefix: str = "str") -> Iterator[bytes]:
    """The ``Code`` elements of SDMX-ML 2.1, 3.0 or 3.1, in blocks.

    The prefixes of ``names`` are those in scope where the text goes.
    """
    old = names.version == "2.1"
    columns = table.columns
    tag = f"{prefix}:Code"
    urn = _attribute(f' urn="{item_urn(key, "")}', quotes=False) if old else ""
    opening, closing = (f'<{prefix}:Parent><Ref id="', '"/>') if old else (f"<{prefix}:Parent>", "")
    closing += f"</{prefix}:Parent>"
    texts = [
        (f'<com:{name} xml:lang="{_attribute(language)}">', f"</com:{name}>", column)
        for name, by_language in (("Name", columns.names), ("Description", columns.descriptions))
        for language, column in by_language.items()
    ]
    misfits = {p for p in set(columns.parents) if p and not parent_fits(p, names.version)}
    for start in range(0, len(columns.ids), _BLOCK):
        block = slice(start, start + _BLOCK)
        ids = _escaped(columns.ids[block], attribute=True)
        parents = _escaped(columns.parents[block], attribute=True)
        cells = [(before, after, _escaped(column[block])) for before, after, column in texts]
        named = [cell for before, _, cell in cells if before.startswith("<com:Name")]
        out: list[str] = []
        for n, id_ in enumerate(ids):
            row = start + n
            parent = parents[n]
            if row in columns.more or columns.parents[row] in misfits:
                out.append(_slow_xml(table.tree(row), key, names, tag))
                continue
            out.append(f'<{tag} id="{id_}"{urn}{id_}">' if old else f'<{tag} id="{id_}">')
            if not any(cell[n] is not None for cell in named):
                out.append(f'<com:Name xml:lang="en">{id_}</com:Name>')
            for before, after, cell in cells:
                if (text := cell[n]) is not None:
                    out.append(f"{before}{text}{after}")
            out.append(f"</{tag}>" if parent is None else f"{opening}{parent}{closing}</{tag}>")
        yield "".join(out).encode()


def _slow_xml(tree: Tree, key: Key, names: Names, tag: str) -> str:
    """One code through the grammar."""
    scratch = etree.Element(names.tag("mes", "Structures"), nsmap=names.nsmap)
    parent = None
    if names.version == "2.1":
        parent = tree.pop("parent", None)
    else:
        note_code(tree, names.version)
    element = element_of(scratch, names.tag("str", "Code"), "code", tree, names)
    if names.version == "2.1":
        element.set("urn", item_urn(key, tree["id"]))
        if parent is not None:
            above = etree.SubElement(element, names.tag("str", "Parent"))
            etree.SubElement(above, "Ref", id=parent)
    return outer_xml(element, names.nsmap).decode()


def outer_xml(element: Any, nsmap: Mapping[str, str]) -> bytes:
    """An element as it stands in a message whose root declares the namespaces of ``nsmap``."""
    text: bytes = etree.tostring(element, encoding="utf-8", with_tail=False)
    head, bracket, rest = text.partition(b">")
    for prefix, uri in nsmap.items():
        head = head.replace(f' xmlns:{prefix}="{uri}"'.encode(), b"")
    return head + bracket + rest


def _escaped(values: list[Any], *, attribute: bool = False) -> list[Any]:
    """The values of a column as XML has them."""
    whole = "\x01".join(v for v in values if v is not None)
    if _UNWRITABLE.search(whole.replace("\x01", "")):
        raise NotImplementedByHub("A text has a control character; XML cannot carry it.")
    if not _SPECIAL.search(whole):
        return values
    change = _attribute if attribute else _text
    return [None if v is None else change(v) for v in values]


def _text(value: str) -> str:
    return escape(value, {"\r": "&#13;"})


def _attribute(value: str, *, quotes: bool = True) -> str:
    return escape(value, _ESCAPES) if quotes else escape(value)


def json_codes(table: ItemTable, key: Key, version: str, lang: str) -> Iterator[bytes]:
    """The members of ``codes`` in SDMX-JSON for a version of the model, with commas, in blocks."""
    columns = table.columns
    urn = item_urn(key, "")
    dumps: Callable[[Any], bytes] = orjson.dumps
    for start in range(0, len(columns.ids), _BLOCK):
        rows = range(start, min(start + _BLOCK, len(columns.ids)))
        found = []
        for row in rows:
            tree = table.tree(row)
            if row in columns.more:
                one = json_of("code", tree, version, lang)
                links = one.setdefault("links", [{"rel": "self"}])
                if links[0].get("rel") != "self":
                    links.insert(0, {"rel": "self"})
                links[0]["urn"] = urn + tree["id"]
            else:
                one = tree
                for texts in ("names", "descriptions"):
                    if texts in one:
                        one[texts[:-1]] = best_text(one[texts], lang)
                one.setdefault("name", one["id"])
                one["links"] = [{"rel": "self", "urn": urn + one["id"]}]
            found.append(one)
        text = dumps(found)[1:-1]
        yield b"," + text if start else text
