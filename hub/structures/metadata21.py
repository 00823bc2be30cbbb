"""Metadata structures and metadataflows of SDMX 3.x in the terms of SDMX 2.1, both ways.

SDMX 3.x has one tree of metadata attributes, and the metadataflow says what they may be attached
to; SDMX 2.1 has targets and report structures within the metadata structure. The hub writes one
target that takes any object and one report structure, with the ids below, and knows a metadata
structure of just this form again. What the metadataflow restricts its targets to is an annotation
there. A metadata structure of another form has no counterpart in 3.x
(:mod:`hub.structures.ml21_kept` keeps it as it is).
"""

from __future__ import annotations

from hub.structures.shapes import Tree

__all__ = ["OBJECT", "REPORT", "TARGET", "down", "is_plain", "up"]

#: Ids of the target, of its only member, and of the report structure.
TARGET, OBJECT, REPORT = "TARGET", "OBJECT", "REPORT"

_DESCRIPTOR = "MetadataAttributeDescriptor"
#: Type of the annotations that hold the targets of a metadataflow.
_NOTED = "SDMX_TARGET"
_PARTS = "metadataStructureComponents"


def down(kind: str, tree: Tree) -> Tree:
    """The tree of a metadata structure or metadataflow as SDMX 2.1 has it; others unchanged."""
    if kind == "metadataflow" and "targets" in tree:
        noted = [{"type": _NOTED, "title": urn} for urn in tree["targets"]]
        rest = {key: value for key, value in tree.items() if key != "targets"}
        return rest | {"annotations": [*tree.get("annotations", ()), *noted]}
    if kind == "metadatastructure" and _PARTS in tree:
        listed = tree[_PARTS]["metadataAttributeList"]["metadataAttributes"]
        target = {
            "id": OBJECT,
            "objectType": "Any",
            "localRepresentation": {"format": {"dataType": "IdentifiableReference"}},
        }
        parts = {
            "metadataTargets": [{"id": TARGET, "identifiableObjectTargets": [target]}],
            "reportStructures": [
                {"id": REPORT, "metadataAttributes": listed, "metadataTargets": [TARGET]}
            ],
        }
        return {**tree, _PARTS: parts}
    return tree


def is_plain(tree: Tree) -> bool:
    """Whether a metadata structure of SDMX 2.1 has the form that :func:`down` gives."""
    parts = tree.get(_PARTS, {})
    targets, reports = parts.get("metadataTargets", []), parts.get("reportStructures", [])
    if len(targets) != 1 or len(reports) != 1:
        return False
    objects = targets[0].get("identifiableObjectTargets", [])
    return (
        targets[0].keys() == {"id", "identifiableObjectTargets"}
        and (targets[0]["id"], reports[0]["id"]) == (TARGET, REPORT)
        and reports[0].keys() == {"id", "metadataAttributes", "metadataTargets"}
        and [(one.get("id"), one.get("objectType")) for one in objects] == [(OBJECT, "Any")]
    )


def up(kind: str, tree: Tree) -> Tree:
    """The inverse of :func:`down`; a metadata structure must be plain."""
    if kind == "metadataflow":
        notes = tree.get("annotations", [])
        urns = [one["title"] for one in notes if one.get("type") == _NOTED]
        if not urns:
            return tree
        others = [one for one in notes if one.get("type") != _NOTED]
        rest = {key: value for key, value in tree.items() if key != "annotations"}
        return rest | ({"annotations": others} if others else {}) | {"targets": urns}
    if kind == "metadatastructure" and _PARTS in tree:
        (report,) = tree[_PARTS]["reportStructures"]
        attributes = {"id": _DESCRIPTOR, "metadataAttributes": report["metadataAttributes"]}
        return {**tree, _PARTS: {"metadataAttributeList": attributes}}
    return tree
