"""Artefacts out of SDMX-JSON 2.0 and 2.1 structure messages, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from hub.errors import NotImplementedByHub, RequestSyntaxError
from hub.structures.artefacts import artefacts_of
from hub.structures.editions import BY_COLLECTION
from hub.structures.grammar_json import tree_of_json
from hub.structures.items_read import split_codes
from hub.structures.kinds import Artefact
from hub.structures.notes import take_back
from hub.structures.shapes import Tree

__all__ = ["load", "structures_of"]

_MODEL = {"2.0": "3.0", "2.1": "3.1"}


def load(source: bytes | Path) -> tuple[Tree, dict[str, list[Any]], str]:
    """``meta``, ``data`` and the main language of a message; ``RequestSyntaxError``."""
    text = source.read_bytes() if isinstance(source, Path) else source
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RequestSyntaxError(
            f"The message is not JSON: line {error.lineno}, column {error.colno}: {error.msg}."
        ) from None
    if not isinstance(message, dict) or not isinstance(message.get("data", {}), dict):
        raise RequestSyntaxError("A structure message of SDMX-JSON is an object with data.")
    meta = message.get("meta") or {}
    data = message.get("data", {})
    for name, listed in data.items():
        if not isinstance(listed, list):
            raise RequestSyntaxError(f"{name} is an array in SDMX-JSON.")
    languages = meta.get("contentLanguages") or ["en"]
    return meta, data, str(languages[0])


def structures_of(source: bytes | Path, edition: str) -> list[Artefact]:
    """All artefacts of a structure message of SDMX-JSON ``edition``.

    Raises ``RequestSyntaxError`` when it is not JSON or not of the form of the standard,
    ``NotImplementedByHub`` when it holds what the hub does not keep.
    """
    _, data, lang = load(source)
    trees = []
    for collection, listed in data.items():
        kind = BY_COLLECTION.get(collection)
        if kind is None:
            raise NotImplementedByHub(f"The hub does not keep {collection}.")
        trees += [(kind, _tree(kind, one, edition, lang)) for one in listed]
    return artefacts_of(trees)


def _tree(kind: str, found: Any, edition: str, lang: str) -> Tree:
    try:
        found, codes = split_codes(kind, found, _MODEL[edition], lang)
        tree = tree_of_json(kind, found, _MODEL[edition], lang) | codes
        take_back(kind, tree)
    except (TypeError, AttributeError, KeyError) as error:  # of another form than the schema's
        name = found.get("id") if isinstance(found, dict) else found
        raise RequestSyntaxError(
            f"The {kind} {name} is not as the schema of SDMX-JSON {edition} has it: {error}."
        ) from error
    return tree
