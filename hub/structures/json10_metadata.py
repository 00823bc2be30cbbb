"""Metadata structures in SDMX-JSON 1.0, both ways: see :mod:`hub.structures.metadata21`.

What differs from the tree of SDMX 2.1: a report structure names its target by URN, and formats are
text formats. Source: the structure schema of SDMX-JSON 1.0.
"""

from __future__ import annotations

from collections.abc import Callable

from hub.structures.kinds import Key
from hub.structures.shapes import Tree

__all__ = ["structure_down", "structure_up"]

_PARTS = "metadataStructureComponents"
_TARGET = "urn:sdmx:org.sdmx.infomodel.metadatastructure.MetadataTarget={}.{}"

#: What turns the representation of the object under a key into its form in a version.
Convert = Callable[[Tree, str], None]


def structure_down(key: Key, found: Tree, representation: Convert) -> Tree:
    """The object of SDMX-JSON 1.0."""
    for report in found.get(_PARTS, {}).get("reportStructures", ()):
        report["metadataTargets"] = [_TARGET.format(key.ref, t) for t in report["metadataTargets"]]
    _representations(found, representation)
    return found


def structure_up(found: Tree, representation: Convert) -> Tree:
    """The tree's object from one of SDMX-JSON 1.0."""
    for report in found.get(_PARTS, {}).get("reportStructures", ()):
        report["metadataTargets"] = [urn.rpartition(").")[2] for urn in report["metadataTargets"]]
    _representations(found, representation)
    return found


def _representations(found: Tree, convert: Convert) -> None:
    parts = found.get(_PARTS, {})
    for target in parts.get("metadataTargets", ()):
        for one in target.get("identifiableObjectTargets", ()):
            convert(one, "localRepresentation")
    waiting = [a for r in parts.get("reportStructures", ()) for a in r["metadataAttributes"]]
    while waiting:
        attribute = waiting.pop()
        convert(attribute, "localRepresentation")
        waiting += attribute.get("metadataAttributes", ())
