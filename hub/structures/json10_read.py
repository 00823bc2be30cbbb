"""Artefacts out of SDMX-JSON 1.0 structure messages, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hub.errors import NotImplementedByHub, RequestSyntaxError
from hub.structures.artefacts import artefacts_of
from hub.structures.grammar_json import tree_of_json
from hub.structures.grammar_metadata import STRUCTURE21
from hub.structures.items_read import split_codes
from hub.structures.json2_read import load
from hub.structures.json10_shape import KINDS10, up
from hub.structures.kinds import Artefact
from hub.structures.metadata21 import is_plain
from hub.structures.metadata21 import up as from_21
from hub.structures.shapes import Tree

__all__ = ["read"]

_BY_COLLECTION = {collection: kind for kind, collection in KINDS10.items()}


def read(source: bytes | Path) -> list[Artefact]:
    """All artefacts of a structure message.

    Raises ``RequestSyntaxError`` for a message that is not SDMX-JSON 1.0 and
    ``NotImplementedByHub`` for what the hub does not keep.
    """
    _, data, lang = load(source)
    trees = []
    for collection, listed in data.items():
        kind = _BY_COLLECTION.get(collection)
        if kind is None:
            raise NotImplementedByHub(f"The hub does not keep {collection} of SDMX-JSON 1.0.")
        trees += [(kind, _tree(kind, one, lang)) for one in listed]
    return artefacts_of(trees)


def _tree(kind: str, found: Any, lang: str) -> Tree:
    try:
        shape = STRUCTURE21 if kind == "metadatastructure" else kind
        found, codes = split_codes(kind, found, "2.1", lang)
        tree = tree_of_json(shape, up(kind, found), "2.1", lang) | codes
        if kind == "metadatastructure" and not (tree.get("isExternalReference") or is_plain(tree)):
            raise NotImplementedByHub(
                f"The hub keeps the metadata structure {tree.get('id')}, whose targets are not any "
                "object, in SDMX-ML 2.1 only."
            )
        tree = from_21(kind, tree)
    except (TypeError, AttributeError, KeyError, ValueError) as error:
        name = found.get("id") if isinstance(found, dict) else found
        raise RequestSyntaxError(
            f"The {kind} {name} is not as the schema of SDMX-JSON 1.0 has it: {error}."
        ) from error
    tree.setdefault("isFinal", False)  # the default of SDMX 2.1
    return tree
