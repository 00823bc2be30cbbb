"""SDMX-JSON 1.0 structure messages, from artefacts.

Source: the structure schema of SDMX-JSON 1.0.
"""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from hub.errors import NotImplementedByHub
from hub.model.dataset import Header
from hub.structures.grammar_json import json_of
from hub.structures.json2_write import head_of, link_items
from hub.structures.json10_shape import KINDS10, down
from hub.structures.kinds import KINDS, Artefact, Key, key_of, urn_of
from hub.structures.shapes import Tree
from hub.structures.trees import tree_of

__all__ = ["write"]

_SCHEMA = (
    "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/v1.0/structure-message/tools/schemas/"
    "1.0/sdmx-json-structure-schema.json"
)


def write(artefacts: Iterable[Artefact], header: Header, *, lang: str = "en") -> bytes:
    """A structure message with ``artefacts``, each once.

    Raises ``NotImplementedByHub`` for what SDMX-JSON 1.0 or the hub cannot express.
    """
    data: dict[str, list[Tree]] = {}
    seen: set[Key] = set()
    for artefact in artefacts:
        key = key_of(artefact)
        if key in seen:
            continue
        seen.add(key)
        if key.kind not in KINDS10:
            raise NotImplementedByHub(f"SDMX-JSON 1.0 has no {key.kind}, or the hub none in it.")
        found = json_of(key.kind, tree_of(artefact), "2.1", lang, urn_of(key))
        link_items(key, found, KINDS[key.kind].items)
        data.setdefault(KINDS10[key.kind], []).append(down(key, found))
    return orjson.dumps({"meta": head_of(header, lang, _SCHEMA), "data": data})
