"""Content constraints of SDMX-JSON 1.0, from and to those of 2.0.

Source: ``ContentConstraintType`` of the structure schema of SDMX-JSON 1.0.
"""

from __future__ import annotations

from hub.errors import NotImplementedByHub
from hub.structures.shapes import Tree

__all__ = ["constraint_down", "constraint_up"]


def constraint_down(found: Tree) -> Tree:
    """A content constraint from a data constraint; it is changed."""
    found["type"] = found.pop("role", None)
    if found["type"] is None:
        raise NotImplementedByHub(f"The constraint {found['id']} does not say what it is for.")
    attachment = found.get("constraintAttachment", {})
    sources = attachment.pop("simpleDataSources", [])
    if len(sources) > 1:
        raise NotImplementedByHub(f"SDMX-JSON 1.0 has one data source of {found['id']}.")
    if sources:
        attachment["simpleDataSource"] = sources[0]
    for region in found.get("cubeRegions", ()):
        if "annotations" in region:
            raise NotImplementedByHub(
                f"SDMX-JSON 1.0 has no annotations of {found['id']}'s region."
            )
        region["isIncluded"] = region.pop("include", True)
        if "components" in region:
            region["attributes"] = region.pop("components")
        for member in (*region.get("keyValues", ()), *region.get("attributes", ())):
            _member_down(member)
    return found


def _member_down(member: Tree) -> None:
    if member.pop("include", True) is not True:
        raise NotImplementedByHub(f"SDMX-JSON 1.0 cannot exclude values of {member['id']}.")
    values = [one if isinstance(one, dict) else {"value": one} for one in member.pop("values", ())]
    plain = [one["value"] for one in values if not one.get("cascadeValues")]
    cascading = [one["value"] for one in values if one.get("cascadeValues")]
    if any(one.get("cascadeValues") == "excluderoot" for one in values):
        raise NotImplementedByHub(f"SDMX-JSON 1.0 has no excluderoot in {member['id']}.")
    if plain:
        member["values"] = plain
    if cascading:
        member["cascadeValues"] = cascading


def constraint_up(found: Tree) -> Tree:
    """A data constraint from a content constraint; it is changed.

    A constraint that does not say its type is an actual one, as in SDMX-ML 2.1.
    """
    found["role"] = found.pop("type", "Actual")
    for name in ("metadataKeySets", "metadataTargetRegions", "referencePeriod"):
        if name in found:
            raise NotImplementedByHub(f"The hub does not keep the {name} of {found['id']}.")
    attachment = found.get("constraintAttachment", {})
    if "simpleDataSource" in attachment:
        attachment["simpleDataSources"] = [attachment.pop("simpleDataSource")]
    for region in found.get("cubeRegions", ()):
        region["include"] = region.pop("isIncluded", True)
        if "attributes" in region:
            region["components"] = region.pop("attributes")
        for member in (*region.get("keyValues", ()), *region.get("components", ())):
            values = [{"value": one} for one in member.pop("values", ())]
            values += [
                {"value": one, "cascadeValues": True} for one in member.pop("cascadeValues", ())
            ]
            if values:
                member["values"] = values
    return found
