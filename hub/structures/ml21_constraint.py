"""The content of a content constraint in SDMX-ML 2.1.

Source: SDMX 2.1 ``SDMXStructureConstraint.xsd`` and ``CubeRegionType`` of ``SDMXCommon.xsd``.
"""

from __future__ import annotations

from typing import Any

from hub.errors import NotImplementedByHub
from hub.structures.beyond import kept_beside
from hub.structures.kinds import KINDS, Artefact, key_of
from hub.structures.ml21_parts import COM, STR, Element, flag, item_ref, maintainable_ref, sub
from hub.structures.shapes import Tree

__all__ = ["constraint_content"]


def constraint_content(element: Element, constraint: Artefact) -> None:
    """What the constraint is attached to, its key set and its cube regions."""
    _attachment(element, constraint)
    sets = kept_beside(constraint).get(("dataKeySets",))
    for one in sets or ():
        _key_set_of_tree(element, constraint, one)
    if sets is None and constraint.data_content_keys is not None:
        _key_set(element, constraint.data_content_keys)
    for region in constraint.data_content_region:
        into = sub(element, f"{STR}CubeRegion", include=flag(region.included is not False))
        members = sorted(region.member.values(), key=lambda m: _tag(m.values_for) == "Attribute")
        for member in members:
            _member(into, member)
    _times(element, constraint)


def _times(element: Element, constraint: Artefact) -> None:
    """The release calendar and the reference period, which sdmx1 has no place for."""
    beyond = kept_beside(constraint)
    calendar = beyond.get(("releaseCalendar",))
    if calendar:
        into = sub(element, f"{STR}ReleaseCalendar")
        for name in ("periodicity", "offset", "tolerance"):
            sub(into, f"{STR}{name.title()}").text = calendar[name]
    period = beyond.get(("referencePeriod",))
    if period:
        sub(element, f"{STR}ReferencePeriod", period)


def _attachment(element: Element, constraint: Artefact) -> None:
    if not constraint.content:
        return
    into = sub(element, f"{STR}ConstraintAttachment")
    maintained = [a for a in constraint.content if hasattr(a, "maintainer")]
    kinds = {key_of(a).kind for a in maintained}
    if len(kinds) > 1 or (maintained and len(maintained) < len(constraint.content)):
        raise NotImplementedByHub(
            f"The constraint {constraint.id} is attached to artefacts of several types; "
            "SDMX-ML 2.1 allows one."
        )
    for key in sorted(key_of(a) for a in maintained):
        maintainable_ref(sub(into, f"{STR}{KINDS[key.kind].element}"), key)
    if not maintained:
        for provider in constraint.content:
            item_ref(sub(into, f"{STR}DataProvider"), provider)


def _key_set(element: Element, keys: Any) -> None:
    into = sub(element, f"{STR}DataKeySet", isIncluded=flag(keys.included is not False))
    for key in keys.keys:
        one = sub(into, f"{STR}Key")
        for component, value in key.key_value.items():
            sub(sub(one, f"{COM}KeyValue", id=component.id), f"{COM}Value").text = str(value.value)


def _key_set_of_tree(element: Element, constraint: Artefact, tree: Tree) -> None:
    """A key set that sdmx1 has no place for; refused where it says what only SDMX 3.x has."""
    into = sub(element, f"{STR}DataKeySet", isIncluded=flag(tree.get("isIncluded", True)))
    for key in tree["keys"]:
        one = sub(into, f"{STR}Key")
        odd = key.keys() - {"keyValues", "include"}
        for member in key.get("keyValues", ()):
            odd |= member.keys() - {"id", "value", "include"}
            named = sub(one, f"{COM}KeyValue", id=member["id"])
            sub(named, f"{COM}Value").text = str(member["value"])
        if odd:
            raise NotImplementedByHub(
                f"SDMX-ML 2.1 cannot express a key of the constraint {constraint.id}: there it has "
                f"codes of dimensions, and no {', '.join(sorted(odd))}."
            )


def _tag(component: Any) -> str:
    if hasattr(component, "order"):
        return "KeyValue"
    if hasattr(component, "related_to"):
        return "Attribute"
    raise NotImplementedByHub(f"SDMX-ML 2.1 cannot restrict the measure {component.id}.")


def _member(element: Element, member: Any) -> None:
    attributes = {"id": member.values_for.id}
    if member.included is False:
        attributes["include"] = "false"
    into = sub(element, f"{COM}{_tag(member.values_for)}", attributes)
    for value in member.values:
        if hasattr(value, "value"):
            cascade = getattr(value, "cascade_values", None)
            one = sub(into, f"{COM}Value", {"cascadeValues": "true"} if cascade else {})
            one.text = str(value.value)
        else:
            _time_range(into, value)


def _time_range(element: Element, value: Any) -> None:
    into = sub(element, f"{COM}TimeRange")
    bounds: tuple[tuple[str, Any], ...]
    if hasattr(value, "start"):
        bounds = (("StartPeriod", value.start), ("EndPeriod", value.end))
    else:
        bounds = ((type(value).__name__, value),)  # BeforePeriod or AfterPeriod
    for tag, bound in bounds:
        period = sub(into, f"{COM}{tag}", isInclusive=flag(bound.is_inclusive))
        period.text = bound.period.isoformat()
