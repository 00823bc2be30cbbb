"""Shapes of constraints in SDMX 3.x.

SDMX 3.1 has no roles, release calendars or data sources any more. Source:
``SDMXStructureConstraint.xsd`` of both versions.
"""

from __future__ import annotations

from hub.structures.grammar_parts import HEAD, maintainable
from hub.structures.shapes import Attribute, Child, Own, Scalar, Shape

__all__ = ["CONSTRAINTS"]

_ROLE = Attribute(key="role", name="role", until="3.0")
_CALENDAR = Child(key="releaseCalendar", tag="ReleaseCalendar", of="releasecalendar", until="3.0")
_INCLUDE = Attribute(key="include", name="include", type=Scalar.BOOLEAN)
_VALID = (
    Attribute(key="validFrom", name="validFrom", since="3.0"),
    Attribute(key="validTo", name="validTo", since="3.0"),
)
_MEMBER = (
    Attribute(key="id", name="id"),
    _INCLUDE,
    Attribute(key="removePrefix", name="removePrefix", type=Scalar.BOOLEAN, since="3.0"),
    *_VALID,
    Child(key="values", tag="Value", of="membervalue3", many=True),
    Child(key="timeRange", tag="TimeRange", of="timerange"),
)


def _region(name: str, *fields: Child) -> Shape:
    return Shape(name, (HEAD[0], *fields, _INCLUDE, *_VALID))


def _many(tag: str, key: str, *, until: str = "3.1") -> Child:
    return Child(key=key, tag=tag, many=True, until=until)


_SOURCES = Child(
    key="queryableDataSources", tag="QueryableDataSource", of="datasource", many=True, until="3.0"
)
_KEYS = Child(key="keyValues", tag="KeyValue", of="memberselection", many=True)
_COMPONENTS = Child(key="components", tag="Component", of="memberselection", many=True)

CONSTRAINTS: tuple[Shape, ...] = (
    maintainable(
        "contentconstraint",
        Child(key="constraintAttachment", tag="ConstraintAttachment", of="dataattachment"),
        _CALENDAR,
        Child(key="dataKeySets", tag="DataKeySet", of="datakeyset", many=True),
        Child(key="cubeRegions", tag="CubeRegion", of="cuberegion", many=True),
        Child(key="referencePeriod", tag="ReferencePeriod", of="referenceperiod", until="2.1"),
        _ROLE,
    ),
    Shape("referenceperiod", (
        Attribute(key="startTime", name="startTime"),
        Attribute(key="endTime", name="endTime"),
    )),
    maintainable(
        "metadataconstraint",
        Child(key="constraintAttachment", tag="ConstraintAttachment", of="metadataattachment"),
        _CALENDAR,
        Child(key="metadataTargetRegions", tag="MetadataTargetRegion", of="targetregion",
              many=True),
        _ROLE,
    ),
    Shape("dataattachment", (
        Child(key="dataProvider", tag="DataProvider"),
        _many("SimpleDataSource", "simpleDataSources", until="3.0"),
        _many("DataStructure", "dataStructures"),
        _many("Dataflow", "dataflows"),
        _many("ProvisionAgreement", "provisionAgreements"),
        _SOURCES,
    )),
    Shape("metadataattachment", (
        Child(key="metadataProvider", tag="MetadataProvider"),
        _many("MetadataSet", "metadataSets", until="3.0"),
        _many("SimpleDataSource", "simpleDataSources", until="3.0"),
        _many("MetadataStructure", "metadataStructures"),
        _many("Metadataflow", "metadataflows"),
        _many("MetadataProvisionAgreement", "metadataProvisionAgreements"),
        _SOURCES,
    )),
    Shape("datasource", (
        Child(key="dataURL", tag="DataURL", space="com"),
        Child(key="wsdlURL", tag="WSDLURL", space="com"),
        Child(key="wadlURL", tag="WADLURL", space="com"),
        Attribute(key="isRESTDatasource", name="isRESTDatasource", type=Scalar.BOOLEAN),
        Attribute(key="isWebServiceDatasource", name="isWebServiceDatasource",
                  type=Scalar.BOOLEAN),
    )),
    Shape("releasecalendar", (
        Child(key="periodicity", tag="Periodicity"),
        Child(key="offset", tag="Offset"),
        Child(key="tolerance", tag="Tolerance"),
    )),
    Shape("datakeyset", (
        Child(key="keys", tag="Key", of="datakey", many=True),
        Attribute(key="isIncluded", name="isIncluded", type=Scalar.BOOLEAN),
    )),
    _region("datakey", Child(key="keyValues", tag="KeyValue", of="keyvalue", many=True),
            _COMPONENTS),
    Shape("keyvalue", (
        Attribute(key="id", name="id"),
        _INCLUDE,
        Attribute(key="removePrefix", name="removePrefix", type=Scalar.BOOLEAN, since="3.0"),
        Child(key="value", tag="Value"),
    )),
    _region("cuberegion", _KEYS, _COMPONENTS),
    _region("targetregion", _COMPONENTS),
    Shape("memberselection", _MEMBER),
    Shape("membervalue3", (
        Own(key="value", bare=True),
        Attribute(key="cascadeValues", name="cascadeValues", type=Scalar.CASCADE),
        Attribute(key="lang", name="xml:lang", since="3.0"),
        *_VALID,
    )),
    Shape("timerange", (
        Child(key="beforePeriod", tag="BeforePeriod", of="bound"),
        Child(key="afterPeriod", tag="AfterPeriod", of="bound"),
        Child(key="startPeriod", tag="StartPeriod", of="bound"),
        Child(key="endPeriod", tag="EndPeriod", of="bound"),
        *_VALID,
    )),
    Shape("bound", (
        Own(key="period"),
        Attribute(key="isInclusive", name="isInclusive", type=Scalar.BOOLEAN),
    )),
)  # fmt: skip
