"""The content of a content constraint out of SDMX-ML 2.1.

sdmx1 knows the components of a region only when the constrained artefact stands before the
constraint, and no exclusions; so regions and attachments are read here.
"""

from __future__ import annotations

from typing import Any

from lxml import etree
from sdmx.model import common, v21

from hub.errors import NotImplementedByHub
from hub.model.schema import StructureRef
from hub.structures.beyond import Beyond, set_beside
from hub.structures.kinds import KINDS, Artefact, Key
from hub.structures.ml21_parts import COM, STR
from hub.structures.model30 import WrittenTime

__all__ = ["TIMES", "UNREAD", "read_constraint"]

#: What sdmx1 need not read of a constraint: it is read here.
UNREAD = {f"{STR}CubeRegion", f"{STR}DataKeySet"}

#: What sdmx1 cannot read of a constraint, and its key in a tree.
TIMES = {f"{STR}ReleaseCalendar": "releaseCalendar", f"{STR}ReferencePeriod": "referencePeriod"}

_ATTACHED = {f"{STR}{k.element}": k.name for k in KINDS.values()}


def read_constraint(element: Any, constraint: Artefact, by_key: dict[Key, Artefact]) -> None:
    """Set role, attachment and regions of ``constraint`` from its element."""
    role = "actual" if element.get("type", "Actual") == "Actual" else "allowable"
    constraint.role = common.ConstraintRole(role=common.ConstraintRoleType[role])
    attachment = element.find(f"{STR}ConstraintAttachment")
    if attachment is not None:
        constraint.content = _attached(attachment, by_key) or constraint.content
    structure = next((s for a in constraint.content if (s := _structure(a)) is not None), None)
    constraint.data_content_region = [
        _region(region, structure) for region in element.iterchildren(f"{STR}CubeRegion")
    ]
    beyond: Beyond = {
        (TIMES[child.tag],): _times(child)
        for child in element.iterchildren("*")
        if child.tag in TIMES
    }
    sets = element.findall(f"{STR}DataKeySet")
    if len(sets) > 1:
        beyond["dataKeySets",] = [_key_set(one) for one in sets]
    set_beside(constraint, beyond)
    if sets:
        constraint.data_content_keys = _keys(sets[0], structure)


def _times(element: Any) -> dict[str, str]:
    """A release calendar or reference period, as the grammar has it."""
    parts = {
        (name := etree.QName(child).localname)[0].lower() + name[1:]: child.text or ""
        for child in element.iterchildren("*")
    }
    return {**dict(element.attrib), **parts}


def _attached(attachment: Any, by_key: dict[Key, Artefact]) -> set[Artefact]:
    """The artefacts of the message (or names of others) that the constraint is attached to."""
    found = set()
    for child in attachment.iterchildren("*"):
        kind = _ATTACHED.get(child.tag)
        if kind is None or kind.endswith("scheme"):
            if child.tag == f"{STR}DataProvider":
                continue  # sdmx1 has read it
            raise NotImplementedByHub(
                f"The hub knows no constraints attached to {etree.QName(child).localname}."
            )
        key = Key(kind, _ref(child))
        found.add(by_key.get(key) or _external(key))
    return found


def _ref(element: Any) -> StructureRef:
    ref = element.find("Ref")
    if ref is not None:
        return StructureRef(ref.get("agencyID"), ref.get("id"), ref.get("version", "1.0"))
    return StructureRef.parse(element.findtext("URN", "").partition("=")[2])


def _external(key: Key) -> Artefact:
    module = v21 if hasattr(v21, KINDS[key.kind].model) else common
    return getattr(module, KINDS[key.kind].model)(
        id=key.ref.id,
        version=key.ref.version,
        maintainer=common.Agency(id=key.ref.agency),
        is_external_reference=True,
    )


def _structure(artefact: Artefact) -> Artefact | None:
    """The data structure behind what a constraint is attached to, when it is known."""
    here = artefact
    while here is not None and not hasattr(here, "dimensions"):
        here = getattr(here, "structure", None) or getattr(here, "structure_usage", None)
    return here


def _key_set(element: Any) -> dict[str, Any]:
    """A key set as the grammar has it, for what sdmx1 has no place for."""
    keys = [
        {
            "keyValues": [
                {"id": one.get("id"), "value": one.findtext(f"{COM}Value", "")}
                for one in key.iterchildren(f"{COM}KeyValue")
            ]
        }
        for key in element.iterchildren(f"{STR}Key")
    ]
    return {"isIncluded": _true(element.get("isIncluded")), "keys": keys}


def _keys(element: Any, structure: Artefact | None) -> Any:
    keys: list[common.BaseDataKey] = []
    for key in element.iterchildren(f"{STR}Key"):
        values = {}
        for child in key.iterchildren(f"{COM}KeyValue"):
            component = _component(child, structure)
            value = child.findtext(f"{COM}Value", "")
            values[component] = common.ComponentValue(value_for=component, value=value)
        keys.append(v21.DataKey(included=True, key_value=values))
    return v21.DataKeySet(included=_true(element.get("isIncluded")), keys=keys)


def _region(element: Any, structure: Artefact | None) -> Any:
    region = common.CubeRegion(included=_true(element.get("include", "true")))
    for child in element.iterchildren(f"{COM}KeyValue", f"{COM}Attribute"):
        component = _component(child, structure)
        member = v21.MemberSelection(
            values_for=component, included=_true(child.get("include", "true"))
        )
        for value in child.iterchildren(f"{COM}Value"):
            cascade = _true(value.get("cascadeValues")) or None
            member.values.append(v21.MemberValue(value=value.text or "", cascade_values=cascade))
        member.values.extend(_range(r) for r in child.iterchildren(f"{COM}TimeRange"))
        region.member[component] = member
    return region


def _component(element: Any, structure: Artefact | None) -> Any:
    id_ = element.get("id")
    attribute = element.tag == f"{COM}Attribute"
    if structure is not None:
        for component in structure.attributes if attribute else structure.dimensions:
            if component.id == id_:
                return component
    return common.DataAttribute(id=id_) if attribute else common.Dimension(id=id_)


def _range(element: Any) -> Any:
    def period(tag: str, cls: Any) -> Any:
        found = element.find(f"{COM}{tag}")
        inclusive = _true(found.get("isInclusive", "true"))
        return cls(is_inclusive=inclusive, period=WrittenTime.of(found.text))

    for tag, cls in (("BeforePeriod", v21.BeforePeriod), ("AfterPeriod", v21.AfterPeriod)):
        if element.find(f"{COM}{tag}") is not None:
            return period(tag, cls)
    return v21.RangePeriod(
        start=period("StartPeriod", common.StartPeriod), end=period("EndPeriod", common.EndPeriod)
    )


def _true(text: str | None) -> bool:
    return text in {"true", "1"}
