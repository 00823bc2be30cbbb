"""SDMX-JSON 1.0 structure messages, from artefacts.

Source: the structure schema of SDMX-JSON 1.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.errors import NotImplementedByHub
from hub.model.dataset import Header
from hub.structures.grammar_json import json_of
from hub.structures.grammar_metadata import STRUCTURE21
from hub.structures.items import ItemTable
from hub.structures.json2_write import head_of, json_message, json_part, link_items
from hub.structures.json10_shape import KINDS10, down
from hub.structures.kinds import KINDS, Artefact, Key, key_of, urn_of
from hub.structures.message_parts import Part
from hub.structures.metadata21 import down as to_21
from hub.structures.trees import tree_of

__all__ = ["stream", "write"]

_SCHEMA = (
    "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/v1.0/structure-message/tools/schemas/"
    "1.0/sdmx-json-structure-schema.json"
)


def write(artefacts: Iterable[Artefact], header: Header, *, lang: str = "en") -> bytes:
    """A structure message with ``artefacts``, each once.

    Raises ``NotImplementedByHub`` for what SDMX-JSON 1.0 or the hub cannot express.
    """
    return b"".join(stream(artefacts, header, lang=lang))


def stream(artefacts: Iterable[Artefact], header: Header, *, lang: str = "en") -> Iterator[bytes]:
    """The same message in blocks; all that can be refused is refused before the first one."""
    data: dict[str, list[Part]] = {}
    seen: set[Key] = set()
    for artefact in artefacts:
        key = key_of(artefact)
        if key in seen:
            continue
        seen.add(key)
        if key.kind not in KINDS10:
            raise NotImplementedByHub(f"SDMX-JSON 1.0 has no {key.kind}, or the hub none in it.")
        shape = STRUCTURE21 if key.kind == "metadatastructure" else key.kind
        tree = to_21(key.kind, tree_of(artefact, codes=False))
        found = json_of(shape, tree, "2.1", lang, urn_of(key))
        link_items(key, found, KINDS[key.kind].items)
        table = ItemTable.of(artefact) if key.kind == "codelist" else None
        part = json_part(down(key, found), key, table, "2.1", lang)
        data.setdefault(KINDS10[key.kind], []).append(part)
    return json_message(head_of(header, lang, _SCHEMA), data)
