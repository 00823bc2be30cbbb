"""Metadata messages of SDMX-JSON 2.0 and 2.1, both ways.

Source: the metadata schemas of SDMX-JSON 2.0.0 and 2.1.0.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from hub.errors import RequestSyntaxError
from hub.metadata.model import MetadataSet
from hub.model.dataset import Header
from hub.structures.grammar_json import json_of, tree_of_json
from hub.structures.json2_read import load
from hub.structures.json2_write import head_of
from hub.structures.shapes import Tree

__all__ = ["read20", "read21", "write20", "write21"]

_SCHEMAS = {
    "2.0": "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/v2.0.0/metadata-message/tools/"
    "schemas/2.0.0/sdmx-json-metadata-schema.json",
    "2.1": "https://json.sdmx.org/2.1/sdmx-json-metadata-schema.json",
}
_MODEL = {"2.0": "3.0", "2.1": "3.1"}
_ATTRIBUTE = {"id", "value", "attributes", "annotations"}


def write20(sets: Iterable[MetadataSet], header: Header, *, lang: str = "en") -> bytes:
    """A metadata message of SDMX-JSON 2.0 with ``sets``."""
    return _write(sets, header, "2.0", lang)


def write21(sets: Iterable[MetadataSet], header: Header, *, lang: str = "en") -> bytes:
    """A metadata message of SDMX-JSON 2.1 with ``sets``."""
    return _write(sets, header, "2.1", lang)


def _write(sets: Iterable[MetadataSet], header: Header, edition: str, lang: str) -> bytes:
    listed = []
    for one in sets:
        head = {k: v for k, v in one.tree.items() if k != "attributes"}
        # Without a link to itself: the schema's pattern of URNs leaves metadata sets out.
        found = json_of("metadataset", head, _MODEL[edition], lang)
        listed.append(
            found | {"attributes": [_down(a, _MODEL[edition], lang) for a in one.attributes]}
        )
    meta = head_of(header, lang, _SCHEMAS[edition])
    return orjson.dumps({"meta": meta, "data": {"metadataSets": listed}})


def _down(attribute: Tree, version: str, lang: str) -> Tree:
    found: Tree = {"id": attribute["id"]}
    if "annotations" in attribute:
        found["annotations"] = [
            json_of("annotation", one, version, lang) for one in attribute["annotations"]
        ]
    value = attribute.get("value", attribute.get("texts"))
    if value is not None:
        found["value"] = value
    if attribute.get("attributes"):
        found["attributes"] = [_down(a, version, lang) for a in attribute["attributes"]]
    return found


def read20(source: bytes | Path) -> list[MetadataSet]:
    """The sets of a metadata message of SDMX-JSON 2.0.

    Raises ``RequestSyntaxError`` when it is not JSON or not of the form of the standard,
    ``NotImplementedByHub`` when it holds what the hub does not keep.
    """
    return _read(source, "2.0")


def read21(source: bytes | Path) -> list[MetadataSet]:
    """The sets of a metadata message of SDMX-JSON 2.1; errors as :func:`read20`."""
    return _read(source, "2.1")


def _read(source: bytes | Path, edition: str) -> list[MetadataSet]:
    _, data, lang = load(source)
    unknown = sorted(data.keys() - {"metadataSets"})
    if unknown or "metadataSets" not in data:
        raise RequestSyntaxError(
            "A metadata message of SDMX-JSON has data.metadataSets"
            f"{f', and not {unknown[0]}' if unknown else ''}."
        )
    return [_set(one, edition, lang) for one in data["metadataSets"]]


def _set(found: Any, edition: str, lang: str) -> MetadataSet:
    if not isinstance(found, dict):
        raise RequestSyntaxError(f"A metadata set is an object in SDMX-JSON, not {found!r}.")
    head = {k: v for k, v in found.items() if k != "attributes"}
    try:
        tree = tree_of_json("metadataset", head, _MODEL[edition], lang)
        tree["attributes"] = [_up(a, _MODEL[edition], lang) for a in found.get("attributes") or ()]
        return MetadataSet.of(tree)
    except (TypeError, AttributeError, KeyError) as error:
        raise RequestSyntaxError(
            f"The metadata set {found.get('id')} is not as the schema of SDMX-JSON {edition} has "
            f"it: {error}."
        ) from error


def _up(found: Any, version: str, lang: str) -> Tree:
    if not isinstance(found, dict) or not isinstance(found.get("id"), str):
        raise RequestSyntaxError(f"A reported attribute is an object with an id, not {found!r}.")
    unknown = sorted(found.keys() - _ATTRIBUTE)
    if unknown:
        raise RequestSyntaxError(f"The hub does not know {unknown[0]} of the attribute "
                                 f"{found['id']}.")  # fmt: skip
    tree: Tree = {"id": found["id"]}
    if found.get("annotations"):
        tree["annotations"] = [
            tree_of_json("annotation", one, version, lang) for one in found["annotations"]
        ]
    tree |= _value(found["id"], found.get("value"))
    if found.get("attributes"):
        tree["attributes"] = [_up(a, version, lang) for a in found["attributes"]]
    return tree


def _value(id_: str, value: Any) -> Tree:
    match value:
        case None:
            return {}
        case dict() if value and all(isinstance(t, str) for t in value.values()):
            return {"texts": dict(value)}
        case str():
            return {"value": value}
        case bool():
            return {"value": "true" if value else "false"}
        case int() | float():
            return {"value": orjson.dumps(value).decode()}
    raise RequestSyntaxError(f"{value!r} is not a value of the attribute {id_}.")
