"""Availability in SDMX 3.1, which has a constraint of its own for it: it has no id and no version.

:func:`with_availability` puts the constraints into a structure message that holds what they refer
to. Source: SDMX 3.1 ``SDMXStructureConstraint.xsd``, ``AvailabilityConstraintType``; the structure
schema of SDMX-JSON 2.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from lxml import etree

from hub.structures.actual import Region, covered
from hub.structures.kinds import KINDS, urn_of
from hub.structures.repository import StructureSet
from hub.xml_safe import parser

__all__ = ["SEPARATE", "with_availability"]

#: Formats whose model has the separate constraint, by name.
SEPARATE = frozenset({"sdmx-ml-3.1-structure", "sdmx-json-2.1-structure"})

_BASE = "http://www.sdmx.org/resources/sdmxml/schemas/v3_1/"
_MES, _STR = f"{{{_BASE}message}}", f"{{{_BASE}structure}}"


def with_availability(
    message: bytes, extension: str, structures: StructureSet, regions: Iterable[Region]
) -> bytes:
    """``message`` (``extension`` is ``xml`` or ``json``) with a constraint for each region."""
    if extension == "json":
        return _in_json(message, structures, regions)
    return _in_xml(message, structures, regions)


#: A component's id and its values.
_Member = tuple[str, tuple[str, ...]]


def _members(structures: StructureSet, region: Region) -> tuple[list[_Member], list[_Member]]:
    """Dimensions of the region, and its attributes: both formats have them apart."""
    ref = region.structure
    key = structures.structure(ref.agency, ref.id, ref.version).key
    members = list(region.values.items())
    return [m for m in members if m[0] in key], [m for m in members if m[0] not in key]


def _in_xml(message: bytes, structures: StructureSet, regions: Iterable[Region]) -> bytes:
    root = etree.fromstring(message, parser())
    into = root.find(f"{_MES}Structures")
    if into is None:
        into = etree.SubElement(root, f"{_MES}Structures")
    container = etree.Element(f"{_STR}AvailabilityConstraints")
    place = 1 if len(into) and into[0].tag == f"{_STR}AgencySchemes" else 0
    into.insert(place, container)
    for region in regions:
        one = etree.SubElement(
            container,
            f"{_STR}AvailabilityConstraint",
            seriesCount=str(region.series),
            obsCount=str(region.observations),
        )
        attached = etree.SubElement(one, f"{_STR}ConstraintAttachment")
        tag = KINDS[region.subject.kind].element
        etree.SubElement(attached, f"{_STR}{tag}").text = urn_of(region.subject)
        cube = etree.SubElement(one, f"{_STR}CubeRegion", include="true")
        dimensions, attributes = _members(structures, region)
        for id_, values in dimensions:
            _values(etree.SubElement(cube, f"{_STR}KeyValue", id=id_), values)
        _time(cube, region)
        for id_, values in attributes:
            _values(etree.SubElement(cube, f"{_STR}Component", id=id_), values)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _values(element: etree._Element, values: Iterable[str]) -> None:
    for value in values:
        etree.SubElement(element, f"{_STR}Value").text = value


def _time(cube: etree._Element, region: Region) -> None:
    span = covered(region)
    if span is None or region.time is None:
        return
    member = etree.SubElement(cube, f"{_STR}KeyValue", id=region.time)
    time = etree.SubElement(member, f"{_STR}TimeRange")
    for tag, when in zip(("StartPeriod", "EndPeriod"), span, strict=True):
        etree.SubElement(time, f"{_STR}{tag}", isInclusive="true").text = when.isoformat()


def _in_json(message: bytes, structures: StructureSet, regions: Iterable[Region]) -> bytes:
    read: dict[str, Any] = orjson.loads(message)
    data = read.setdefault("data", {})
    data["availabilityConstraints"] = [_object(structures, region) for region in regions]
    return orjson.dumps(read)


def _object(structures: StructureSet, region: Region) -> dict[str, Any]:
    kind = KINDS[region.subject.kind].element
    cube: dict[str, Any] = {"include": True}
    places = ("keyValues", "components")
    for place, members in zip(places, _members(structures, region), strict=True):
        cube[place] = [
            {"id": id_, "values": [{"value": value} for value in values]} for id_, values in members
        ]
    span = covered(region)
    if span is not None:
        first, last = ({"period": when.isoformat(), "isInclusive": True} for when in span)
        time = {"id": region.time, "timeRange": {"startPeriod": first, "endPeriod": last}}
        cube["keyValues"].append(time)
    return {
        "constraintAttachment": {kind[0].lower() + kind[1:]: urn_of(region.subject)},
        "cubeRegion": {name: part for name, part in cube.items() if part},
        "seriesCount": region.series,
        "obsCount": region.observations,
    }
