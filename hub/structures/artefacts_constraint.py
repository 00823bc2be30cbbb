"""The content of a data constraint from its tree."""

from __future__ import annotations

from typing import Any

from sdmx.model import common, v21

from hub.errors import NotImplementedByHub, RequestSyntaxError
from hub.structures.finder import Finder
from hub.structures.kinds import Artefact
from hub.structures.model30 import WrittenTime
from hub.structures.shapes import Tree

__all__ = ["fill_constraint"]

_ATTACHED = ("dataStructures", "dataflows", "provisionAgreements")
_ROLES = {"Allowed": "allowable", "Actual": "actual"}


def fill_constraint(constraint: Artefact, tree: Tree, find: Finder) -> None:
    """Give ``constraint`` role, attachment, keys and regions of its tree.

    A constraint without a role is one of SDMX 3.1, which has only allowed ones.
    """
    role = _ROLES.get(tree.setdefault("role", "Allowed"))
    if role is None:
        raise RequestSyntaxError(f"{tree['role']!r} is not the role of a constraint.")
    constraint.role = common.ConstraintRole(role=common.ConstraintRoleType[role])
    attachment = tree.get("constraintAttachment", {})
    constraint.content = {find.artefact(urn) for k in _ATTACHED for urn in attachment.get(k, ())}
    if "dataProvider" in attachment:
        constraint.content.add(find.item(attachment["dataProvider"]))
    for key in _ATTACHED:
        if key in attachment:
            attachment[key] = sorted(attachment[key])
    structure = next((s for a in constraint.content if (s := _structure(a)) is not None), None)
    constraint.data_content_region = [
        _region(one, structure) for one in tree.get("cubeRegions", ())
    ]
    sets = tree.get("dataKeySets", ())
    if sets:  # sdmx1 has a place for one; the others are kept beside
        constraint.data_content_keys = _keys(sets[0], structure)


def _structure(artefact: Artefact) -> Artefact | None:
    """The data structure behind what a constraint is attached to, when it is known."""
    here = artefact
    while here is not None and not hasattr(here, "dimensions"):
        here = getattr(here, "structure", None) or getattr(here, "structure_usage", None)
    return here


def _dimension(id_: str, structure: Artefact | None) -> Any:
    found = [d for d in structure.dimensions if d.id == id_] if structure is not None else []
    return found[0] if found else common.Dimension(id=id_)


def _component(id_: str, structure: Artefact | None) -> Any:
    known = (*structure.attributes, *structure.measures) if structure is not None else ()
    return next((c for c in known if c.id == id_), None) or common.DataAttribute(id=id_)


def _region(tree: Tree, structure: Artefact | None) -> Any:
    tree.setdefault("include", True)
    region = common.CubeRegion(included=tree["include"])
    for place, find in (("keyValues", _dimension), ("components", _component)):
        for one in tree.get(place, ()):
            component = find(one["id"], structure)
            if component in region.member:
                raise NotImplementedByHub(f"A region restricts {one['id']} twice.")
            region.member[component] = _member(component, one)
    return region


def _member(component: Any, tree: Tree) -> Any:
    if tree.get("include") is True:
        del tree["include"]  # the default
    member = v21.MemberSelection(values_for=component, included=tree.get("include", True))
    for value in tree.get("values", ()):
        if value.get("cascadeValues") is False:
            del value["cascadeValues"]
        cascade = value.get("cascadeValues") or None
        member.values.append(v21.MemberValue(value=value["value"], cascade_values=cascade))
    if "timeRange" in tree:
        member.values.append(_range(tree["timeRange"]))
    return member


def _range(tree: Tree) -> Any:
    def period(key: str, cls: Any) -> Any:
        bound = tree[key]
        bound.setdefault("isInclusive", True)
        try:
            return cls(is_inclusive=bound["isInclusive"], period=WrittenTime.of(bound["period"]))
        except ValueError:
            raise RequestSyntaxError(f"{bound['period']!r} is not a period.") from None

    if "beforePeriod" in tree:
        return period("beforePeriod", v21.BeforePeriod)
    if "afterPeriod" in tree:
        return period("afterPeriod", v21.AfterPeriod)
    return v21.RangePeriod(
        start=period("startPeriod", common.StartPeriod), end=period("endPeriod", common.EndPeriod)
    )


def _keys(tree: Tree, structure: Artefact | None) -> Any:
    keys: list[common.BaseDataKey] = []
    for one in tree["keys"]:
        values = {}
        for key_value in one.get("keyValues", ()):
            component = _dimension(key_value["id"], structure)
            values[component] = common.ComponentValue(value_for=component, value=key_value["value"])
        keys.append(v21.DataKey(included=True, key_value=values))
    return v21.DataKeySet(included=tree["isIncluded"], keys=keys)
