"""The components of a data structure definition from its tree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sdmx.model import common, v21

from hub.errors import RequestSyntaxError
from hub.structures.artefact_parts import annotate
from hub.structures.finder import Finder
from hub.structures.kinds import Artefact
from hub.structures.shapes import Tree

__all__ = ["fill_structure"]


def fill_structure(dsd: Artefact, tree: Tree, find: Finder) -> None:
    """Give ``dsd`` the dimensions, groups, attributes and measures of its tree."""
    parts = tree.get("dataStructureComponents", {})
    listed = parts.get("dimensionList", {})
    dimensions: list[Any] = []
    for one in listed.get("dimensions", ()):
        measures = one.get("type") == "MeasureDimension"
        cls: Any = v21.MeasureDimension if measures else common.Dimension
        dimensions.append(_component(cls, one, find, order=len(dimensions) + 1))
    if "timeDimension" in listed:
        time = {"id": "TIME_PERIOD", **listed["timeDimension"]}
        dimensions.append(_component(common.TimeDimension, time, find, order=len(dimensions) + 1))
    dsd.dimensions = common.DimensionDescriptor(id="DimensionDescriptor", components=dimensions)
    by_id = {d.id: d for d in dimensions}
    for group in parts.get("groups", ()):
        members = _named(group["groupDimensions"], by_id, f"The group {group['id']}")
        made = common.GroupDimensionDescriptor(id=group["id"], components=members)
        annotate(made, group)
        dsd.group_dimensions[made.id] = made
    attributes = [
        _attribute(one, find, by_id, dsd.group_dimensions)
        for one in parts.get("attributeList", {}).get("attributes", ())
    ]
    dsd.attributes = common.AttributeDescriptor(id="AttributeDescriptor", components=attributes)
    dsd.measures = v21.MeasureDescriptor(
        id="MeasureDescriptor",
        components=[
            _component(v21.PrimaryMeasure, one, find)
            for one in parts.get("measureList", {}).get("measures", ())
        ],
    )


def _component(cls: Any, tree: Tree, find: Finder, **more: Any) -> Any:
    component = cls(
        id=tree["id"],
        concept_identity=find.item(tree["conceptIdentity"]),
        local_representation=find.representation(tree.get("localRepresentation")),
        **more,
    )
    roles = tree.get("conceptRoles", ())
    if roles and hasattr(component, "concept_role"):
        component.concept_role = find.item(roles[0])
    annotate(component, tree)
    return component


def _attribute(
    tree: Tree, find: Finder, dimensions: dict[str, Any], groups: dict[str, Any]
) -> common.DataAttribute:
    status = "mandatory" if tree.get("usage") == "mandatory" else "conditional"
    return _component(  # type: ignore[no-any-return]
        common.DataAttribute,
        tree,
        find,
        usage_status=common.UsageStatus[status],
        related_to=_relation(tree, dimensions, groups),
    )


def _relation(tree: Tree, dimensions: dict[str, Any], groups: dict[str, Any]) -> Any:
    given = tree.get("attributeRelationship", {})
    who = f"The attribute {tree['id']}"
    if "observation" in given:
        return v21.PrimaryMeasureRelationship()
    if "dataflow" in given:
        return v21.NoSpecifiedRelationship()
    if "group" in given:
        return common.GroupRelationship(group_key=_named([given["group"]], groups, who)[0])
    if "dimensions" in given or "attachmentGroups" in given:
        attached = _named(given.get("attachmentGroups", ()), groups, who)
        return common.DimensionRelationship(
            dimensions=_named(given.get("dimensions", ()), dimensions, who),
            group_key=attached[0] if attached else None,
        )
    raise RequestSyntaxError(f"{who} does not say what it is attached to.")


def _named(ids: Iterable[str], known: dict[str, Any], who: str) -> list[Any]:
    missing = [id_ for id_ in ids if id_ not in known]
    if missing:
        raise RequestSyntaxError(f"{who} names {', '.join(missing)}, which the structure lacks.")
    return [known[id_] for id_ in ids]
