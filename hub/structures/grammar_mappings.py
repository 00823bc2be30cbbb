"""Shapes of structure maps, representation maps and maps of item schemes in SDMX 3.x.

Source: ``SDMXStructureStructureMappings.xsd``.
"""

from __future__ import annotations

from hub.structures.grammar_parts import HEAD, maintainable
from hub.structures.shapes import Attribute, Child, Own, Pairs, Scalar, Shape, Sources

__all__ = ["MAPPINGS"]

_ENDS = (Child(key="source", tag="Source"), Child(key="target", tag="Target"))
# A date in XML, an instant in JSON.
_VALID = (
    Attribute(key="validFrom", name="validFrom", type=Scalar.DATE),
    Attribute(key="validTo", name="validTo", type=Scalar.DATE),
)
_DATE_MAP = (
    *HEAD,
    Pairs(key="mappedComponents", tags={"Source": "source", "Target": "target"}),
    Child(key="frequencyDimension", tag="FrequencyDimension"),
    Child(key="mappedFrequencies", tag="MappedFrequencies", many=True),
    Child(key="targetFrequencyID", tag="TargetFrequencyID"),
    Attribute(key="resolvePeriod", name="resolvePeriod"),
)


def _item_map(name: str) -> Shape:
    items = Child(key="itemMaps", tag="ItemMap", of="singlemapping", many=True)
    return maintainable(name, *_ENDS, items)


def _sides(side: str) -> Sources:
    tags = {f"{side.title()}Codelist": "codelist", f"{side.title()}DataType": "dataType"}
    return Sources(key=side, tags=tags)


MAPPINGS: tuple[Shape, ...] = (
    maintainable(
        "structuremap",
        *_ENDS,
        Child(key="epochMaps", tag="EpochMap", of="epochmap", many=True),
        Child(key="datePatternMaps", tag="DatePatternMap", of="datepatternmap", many=True),
        Child(key="frequencyFormatMappings", tag="FrequencyFormatMapping", of="frequencyformat",
              many=True),
        Child(key="componentMaps", tag="ComponentMap", of="componentmap", many=True),
        Child(key="fixedValueMaps", tag="FixedValueMap", of="fixedvaluemap", many=True),
    ),
    Shape("epochmap", (
        *_DATE_MAP,
        Attribute(key="basePeriod", name="basePeriod"),
        Attribute(key="epochPeriod", name="epochPeriod"),
    ), links=True),
    Shape("datepatternmap", (
        *_DATE_MAP,
        Attribute(key="sourcePattern", name="sourcePattern"),
        Attribute(key="locale", name="locale"),
    ), links=True),
    Shape("frequencyformat", (
        *HEAD,
        Child(key="frequencyId", tag="FrequencyId"),
        Child(key="datePattern", tag="DatePattern"),
    ), links=True),
    Shape("componentmap", (
        HEAD[0],
        Child(key="source", tag="Source", many=True),
        Child(key="target", tag="Target", many=True),
        Child(key="representationMap", tag="RepresentationMap"),
    )),
    Shape("fixedvaluemap", (
        HEAD[0], *_ENDS, Child(key="values", tag="Value", many=True),
    )),
    maintainable(
        "representationmap",
        _sides("source"),
        _sides("target"),
        Child(key="representationMappings", tag="RepresentationMapping", of="valuemapping",
              many=True),
    ),
    Shape("valuemapping", (
        HEAD[0],
        Child(key="sourceValues", tag="SourceValue", of="mappedvalue", many=True),
        Child(key="targetValues", tag="TargetValue", many=True),
        *_VALID,
    )),
    Shape("singlemapping", (
        HEAD[0],
        Child(key="sourceValue", tag="SourceValue", of="mappedvalue"),
        Child(key="targetValue", tag="TargetValue"),
        *_VALID,
    )),
    Shape("mappedvalue", (
        Own(key="value"),
        Attribute(key="isRegEx", name="isRegEx", type=Scalar.BOOLEAN),
        Attribute(key="startIndex", name="startIndex", type=Scalar.INTEGER),
        Attribute(key="endIndex", name="endIndex", type=Scalar.INTEGER),
    )),
    *(_item_map(f"{scheme}map") for scheme in (
        "conceptscheme", "categoryscheme", "organisationscheme", "reportingtaxonomy",
    )),
)  # fmt: skip
