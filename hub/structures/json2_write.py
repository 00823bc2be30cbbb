"""SDMX-JSON 2.0 and 2.1 structure messages, from artefacts: two editions of one grammar.

Each text is written twice, as the standard has it: ``name`` in the best match for the language
asked for, ``names`` in all languages. References are URNs. Source: the structure schemas of
SDMX-JSON 2.0.0 and 2.1.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import orjson

from hub.model.dataset import Header
from hub.structures.editions import trees_for
from hub.structures.grammar_json import json_of
from hub.structures.items import ItemTable
from hub.structures.items_write import json_codes
from hub.structures.kinds import KINDS, Artefact, Key, item_urn, urn3_of
from hub.structures.message_parts import Part, blocks
from hub.structures.shapes import Tree

__all__ = ["head_of", "json_message", "json_part", "link_items", "structure_message"]

_SCHEMAS = {
    "2.0": "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/v2.0.0/structure-message/tools/"
    "schemas/2.0.0/sdmx-json-structure-schema.json",
    "2.1": "https://json.sdmx.org/2.1/sdmx-json-structure-schema.json",
}
#: Where codes go: no text of JSON has this byte.
_MARK = b"\x00"
_MODEL = {"2.0": "3.0", "2.1": "3.1"}


def structure_message(
    artefacts: Iterable[Artefact], header: Header, edition: str, lang: str
) -> Iterator[bytes]:
    """A structure message of SDMX-JSON ``edition`` with ``artefacts``, each once, in blocks.

    Raises ``NotImplementedByHub`` for what the edition cannot express, before the first block.
    """
    version = _MODEL[edition]
    data: dict[str, list[Part]] = {}
    for key, tree, table in trees_for(artefacts, version, f"SDMX-JSON {edition}", xml=False):
        # The schemas spell the class of value lists otherwise than URNs do.
        urn = None if key.kind == "valuelist" else urn3_of(key)
        found = json_of(key.kind, tree, version, lang, urn)
        link_items(key, found, KINDS[key.kind].items)
        part = json_part(found, key, table, version, lang)
        data.setdefault(KINDS[key.kind].collection, []).append(part)
    return json_message(head_of(header, lang, _SCHEMAS[edition]), data)


def json_part(found: Tree, key: Key, table: ItemTable | None, version: str, lang: str) -> Part:
    """The object of an artefact; that of a codelist gets the codes of its table."""
    if table is None or not len(table):
        return Part(orjson.dumps(found))
    for row in table.columns.more:  # what cannot be said is refused before the first byte
        json_of("code", table.tree(row), version, lang)
    text = orjson.dumps({**found, "codes": orjson.Fragment(b"[" + _MARK + b"]")})
    head, _, tail = text.partition(_MARK)
    return Part(head, partial(json_codes, table, key, version, lang), tail)


def json_message(meta: Tree, data: Mapping[str, list[Part]]) -> Iterator[bytes]:
    """A message with the parts of each collection, in blocks."""

    def parts() -> Iterator[bytes]:
        yield b'{"meta":' + orjson.dumps(meta) + b',"data":{'
        for number, (name, members) in enumerate(data.items()):
            yield (b"," if number else b"") + orjson.dumps(name) + b":["
            for n, member in enumerate(members):
                if n:
                    yield b","
                yield from member
            yield b"]"
        yield b"}}"

    return blocks(parts())


def head_of(header: Header, lang: str, schema: str) -> Tree:
    """The ``meta`` object of a message."""
    meta: Tree = {
        "schema": schema,
        "id": header.id,
        "test": header.test,
        "prepared": header.prepared.isoformat(timespec="seconds"),
        "contentLanguages": [lang],
        "sender": {"id": header.sender},
    }
    if header.receiver:
        meta["receivers"] = [{"id": header.receiver}]
    return meta


#: Items whose URN is not that of their class in the table of kinds, or that have none.
_WITHOUT = {"valuelist", "geographiccodelist", "geogridcodelist", "vtlmappingscheme"}


def link_items(key: Key, found: Tree, name: str, path: str = "") -> None:
    """Give the items of a scheme their URN, among their links."""
    if not name or key.kind in _WITHOUT:
        return
    items: list[dict[str, Any]] = found.get(name, [])
    for item in items:
        here = f"{path}.{item['id']}" if path else item["id"]
        links = item.setdefault("links", [{"rel": "self"}])
        if links[0].get("rel") != "self":
            links.insert(0, {"rel": "self"})
        links[0]["urn"] = item_urn(key, here)
        link_items(key, item, name, here)
