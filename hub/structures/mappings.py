"""Structure maps and representation maps as plain values, for what computes with them.

Made from the trees they are kept as. Source: SDMX 3.0 Section 2, chapter 10 (structure mapping).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.structures.kinds import Artefact, Key, parse_urn

__all__ = [
    "ComponentMap",
    "DateMap",
    "FixedValue",
    "MappedValue",
    "RepresentationMap",
    "Side",
    "StructureMap",
    "ValueMapping",
    "representation_map",
    "structure_map",
]


@dataclass(frozen=True, slots=True)
class MappedValue:
    """A source value: literal, a regular expression, or part of the value (from 1, inclusive)."""

    value: str
    is_regex: bool = False
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class ValueMapping:
    """One row: the values of the sources, and those they become (with groups of the regex)."""

    sources: tuple[MappedValue, ...]
    targets: tuple[str, ...]
    valid_from: str | None = None
    valid_to: str | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """What the values of one source or target are from: an enumeration, or a data type."""

    enumeration: Key | None = None
    data_type: str | None = None


@dataclass(frozen=True, slots=True)
class RepresentationMap:
    """N sources to M targets, row by row; the first row that fits counts."""

    sources: tuple[Side, ...]
    targets: tuple[Side, ...]
    mappings: tuple[ValueMapping, ...]


@dataclass(frozen=True, slots=True)
class ComponentMap:
    """Components that become others; without a representation map the value stays."""

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    representation_map: Key | None = None


@dataclass(frozen=True, slots=True)
class DateMap:
    """A text (``pattern``) or a number since a time (``epoch``) that becomes a time period."""

    components: tuple[tuple[str, str], ...]
    pattern: str | None = None
    locale: str | None = None
    base_period: str | None = None
    epoch: str | None = None
    frequency_dimension: str | None = None
    target_frequency: str | None = None
    resolve: str | None = None


@dataclass(frozen=True, slots=True)
class FixedValue:
    """A component of the source or of the target that always has the same values."""

    component: str
    values: tuple[str, ...]
    in_target: bool


@dataclass(frozen=True, slots=True)
class StructureMap:
    """How data of one structure becomes data of another."""

    source: Key
    target: Key
    components: tuple[ComponentMap, ...]
    fixed: tuple[FixedValue, ...]
    dates: tuple[DateMap, ...]


def representation_map(artefact: Artefact) -> RepresentationMap:
    """The values of an artefact of kind ``representationmap``."""
    content = artefact.content
    return RepresentationMap(
        sources=tuple(map(_side, content["source"])),
        targets=tuple(map(_side, content["target"])),
        mappings=tuple(
            ValueMapping(
                sources=tuple(
                    MappedValue(
                        one["value"],
                        bool(one.get("isRegEx")),
                        one.get("startIndex"),
                        one.get("endIndex"),
                    )
                    for one in row["sourceValues"]
                ),
                targets=tuple(row.get("targetValues", ())),
                valid_from=row.get("validFrom"),
                valid_to=row.get("validTo"),
            )
            for row in content.get("representationMappings", ())
        ),
    )


def _side(tree: dict[str, str]) -> Side:
    if "codelist" in tree:
        return Side(enumeration=parse_urn(tree["codelist"])[0])
    return Side(data_type=tree["dataType"])


def structure_map(artefact: Artefact) -> StructureMap:
    """The values of an artefact of kind ``structuremap``."""
    content = artefact.content
    return StructureMap(
        source=parse_urn(content["source"])[0],
        target=parse_urn(content["target"])[0],
        components=tuple(map(_component_map, content.get("componentMaps", ()))),
        fixed=tuple(
            FixedValue(
                one.get("target") or one["source"], tuple(one.get("values", ())), "target" in one
            )
            for one in content.get("fixedValueMaps", ())
        ),
        dates=tuple(
            _date_map(one)
            for name in ("datePatternMaps", "epochMaps")
            for one in content.get(name, ())
        ),
    )


def _component_map(tree: dict[str, Any]) -> ComponentMap:
    urn = tree.get("representationMap")
    return ComponentMap(
        tuple(tree["source"]), tuple(tree["target"]), parse_urn(urn)[0] if urn else None
    )


def _date_map(tree: dict[str, Any]) -> DateMap:
    return DateMap(
        components=tuple((one["source"], one["target"]) for one in tree["mappedComponents"]),
        pattern=tree.get("sourcePattern"),
        locale=tree.get("locale"),
        base_period=tree.get("basePeriod"),
        epoch=tree.get("epochPeriod"),
        frequency_dimension=tree.get("frequencyDimension"),
        target_frequency=tree.get("targetFrequencyID"),
        resolve=tree.get("resolvePeriod"),
    )
