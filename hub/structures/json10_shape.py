"""What SDMX-JSON 1.0 has otherwise than 2.0, both ways.

SDMX-JSON 1.0 is the information model of SDMX 2.1 in JSON: formats are text formats, the primary
measure stands alone, attributes say ``Mandatory`` or ``Conditional``, concepts and organisation
units name their parent by URN, and constraints are content constraints. Source: the structure
schema of SDMX-JSON 1.0.
"""

from __future__ import annotations

from collections.abc import Callable

from hub.errors import NotImplementedByHub, RequestSyntaxError
from hub.structures.json10_constraint import constraint_down, constraint_up
from hub.structures.json10_metadata import structure_down, structure_up
from hub.structures.kinds import Key, item_urn, parse_urn
from hub.structures.shapes import Tree

__all__ = ["KINDS10", "down", "up"]

#: Kinds that SDMX-JSON 1.0 has, and where.
KINDS10 = {
    "datastructure": "dataStructures", "categoryscheme": "categorySchemes",
    "conceptscheme": "conceptSchemes", "codelist": "codelists", "agencyscheme": "agencySchemes",
    "dataproviderscheme": "dataProviderSchemes", "dataconsumerscheme": "dataConsumerSchemes",
    "organisationunitscheme": "organisationUnitSchemes", "dataflow": "dataflows",
    "metadataflow": "metadataflows", "metadatastructure": "metadataStructures",
    "reportingtaxonomy": "reportingTaxonomies",
    "provisionagreement": "provisionAgreements", "categorisation": "categorisations",
    "contentconstraint": "contentConstraints",
}  # fmt: skip

_PARENTS = {"conceptscheme": "concepts", "organisationunitscheme": "organisationUnits"}


def down(key: Key, found: Tree) -> Tree:
    """The object of SDMX-JSON 1.0 from the one that the grammar made for model 2.1."""
    name = _PARENTS.get(key.kind)
    for item in found.get(name or "", ()):
        if "parent" in item:
            item["parent"] = item_urn(key, item["parent"])
        if "isoConceptReference" in item:
            raise NotImplementedByHub(
                f"SDMX-JSON 1.0 cannot name the ISO concept of {item['id']}: it has no version."
            )
        _representation_down(item, "coreRepresentation")
    if key.kind == "metadatastructure":
        return structure_down(key, found, _representation_down)
    convert = _DOWN.get(key.kind)
    return convert(found) if convert else found


def up(kind: str, found: Tree) -> Tree:
    """The object for the grammar from one of SDMX-JSON 1.0; the inverse of :func:`down`."""
    for item in found.get(_PARENTS.get(kind, ""), ()):
        if "parent" in item:
            item["parent"] = parse_urn(item["parent"])[1].rpartition(".")[2]
        _representation_up(item, "coreRepresentation")
    if kind == "metadatastructure":
        return structure_up(found, _representation_up)
    convert = _UP.get(kind)
    return convert(found) if convert else found


def _rename(found: Tree, old: str, new: str) -> None:
    if old in found:
        found[new] = found.pop(old)


def _representation_down(owner: Tree, name: str) -> None:
    local = owner.get(name)
    if local is None:
        return
    for part in ("format", "enumerationFormat"):
        _rename(local.get(part, {}), "dataType", "textType")
    _rename(local, "format", "textFormat")


def _representation_up(owner: Tree, name: str) -> None:
    local = owner.get(name)
    if local is None:
        return
    for part in ("textFormat", "enumerationFormat"):
        _rename(local.get(part, {}), "textType", "dataType")
    _rename(local, "textFormat", "format")


def _agreement_down(found: Tree) -> Tree:
    _rename(found, "dataflow", "structureUsage")
    return found


def _agreement_up(found: Tree) -> Tree:
    _rename(found, "structureUsage", "dataflow")
    return found


# Data structures


def _structure_down(found: Tree) -> Tree:
    parts = found.get("dataStructureComponents")
    if parts is None:
        return found
    listed = parts["dimensionList"]
    given = listed.pop("dimensions", [])
    by_type: dict[str, list[Tree]] = {"Dimension": [], "MeasureDimension": [], "TimeDimension": []}
    for one in given:
        by_type[one.setdefault("type", "Dimension")].append(one)
    if "timeDimension" in listed:
        time = {**listed.pop("timeDimension"), "position": len(given), "type": "TimeDimension"}
        by_type["TimeDimension"].append(time)
    for kind, ones in by_type.items():
        if ones:
            listed[f"{kind[0].lower()}{kind[1:]}s"] = ones
        for one in ones:
            _representation_down(one, "localRepresentation")
    measures = parts.pop("measureList", {}).get("measures", [])
    if len(measures) != 1:
        raise NotImplementedByHub(
            f"{found['id']} has {len(measures)} measures; SDMX-JSON 1.0 has exactly one."
        )
    measure = measures[0]
    if measure.pop("usage", "optional") != "optional" or "conceptRoles" in measure:
        raise NotImplementedByHub(
            f"SDMX-JSON 1.0 has no usage and no roles of the measure {measure['id']}."
        )
    _representation_down(measure, "localRepresentation")
    parts["measureList"] = {"id": "MeasureDescriptor", "primaryMeasure": measure}
    for one in parts.get("attributeList", {}).get("attributes", ()):
        usage = one.pop("usage", "optional")
        one["assignmentStatus"] = "Mandatory" if usage == "mandatory" else "Conditional"
        _relation_down(one["attributeRelationship"], measure["id"], one["id"])
        _representation_down(one, "localRepresentation")
    return found


def _relation_down(relation: Tree, measure: str, attribute: str) -> None:
    _rename(relation, "dataflow", "none")
    if relation.pop("observation", None) is not None:
        relation["primaryMeasure"] = measure
    if any(relation.pop("areDimensionsOptional", ())):
        raise NotImplementedByHub(
            f"SDMX-JSON 1.0 has no optional dimensions of the attribute {attribute}."
        )


def _structure_up(found: Tree) -> Tree:
    parts = found.get("dataStructureComponents")
    if parts is None:
        return found
    dimensions = parts["dimensionList"]
    given = [*dimensions.pop("dimensions", ()), *dimensions.pop("measureDimensions", ())]
    for one in given:
        if one.get("type") == "Dimension":
            del one["type"]
        _representation_up(one, "localRepresentation")
    if all("position" in one for one in given):
        given.sort(key=lambda one: one["position"])
    dimensions["dimensions"] = given
    _time_up(dimensions, found["id"])
    measure = parts.get("measureList", {}).get("primaryMeasure")
    if measure is not None:
        _representation_up(measure, "localRepresentation")
        parts["measureList"] = {"id": "MeasureDescriptor", "measures": [measure]}
    attributes = parts.get("attributeList", {})
    listed = [*attributes.get("attributes", ()), *attributes.pop("reportingYearStartDays", ())]
    for one in listed:
        _attribute_up(one)
    if listed:
        attributes["attributes"] = listed
    else:
        parts.pop("attributeList", None)
    return found


def _attribute_up(one: Tree) -> None:
    status = one.pop("assignmentStatus", "Conditional")
    one["usage"] = "mandatory" if status == "Mandatory" else "optional"
    relation = one["attributeRelationship"]
    _rename(relation, "none", "dataflow")
    if relation.pop("primaryMeasure", None) is not None:
        relation["observation"] = {}
    _representation_up(one, "localRepresentation")


def _time_up(listed: Tree, structure: str) -> None:
    times = listed.pop("timeDimensions", [])
    if len(times) > 1:
        raise RequestSyntaxError(f"{structure} has {len(times)} time dimensions.")
    for time in times:
        time.pop("type", None)
        time.pop("position", None)
        _representation_up(time, "localRepresentation")
        listed["timeDimension"] = time


_DOWN: dict[str, Callable[[Tree], Tree]] = {
    "datastructure": _structure_down,
    "provisionagreement": _agreement_down,
    "contentconstraint": constraint_down,
}
_UP: dict[str, Callable[[Tree], Tree]] = {
    "datastructure": _structure_up,
    "provisionagreement": _agreement_up,
    "contentconstraint": constraint_up,
}
