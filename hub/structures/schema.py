"""From a data structure definition to the flat :class:`DataSchema` the data path works on.

Constraints are cumulative: those attached to the structure, then to the dataflow, then to the
provision agreement. Sources: SDMX 2.1 Section 2 (Data Structure Definition, Constraint) and
Section 6 chapter 4.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from hub.model.schema import (
    Component,
    CubeRegion,
    DataSchema,
    Facets,
    KeySet,
    Level,
    Role,
    StructureRef,
)
from hub.structures.beyond import Beyond, kept_beside
from hub.structures.kinds import Artefact, Key, key_of, kind_of, scheme_of
from hub.structures.restrictions import Restrictions, key_sets_of, regions_of
from hub.structures.schema_metadata import metadata_attributes

__all__ = ["allowed_codes", "build_schema", "constrained_by"]

#: Finds the artefact with a key; raises ``NotFound``.
Find = Callable[[Key], Artefact]

_TIME = "ObservationalTimePeriod"

#: What may have several values; a dimension has one.
_OFTEN = {Role.MEASURE, Role.ATTRIBUTE}


def build_schema(
    dsd: Artefact, dataflow: StructureRef, constraints: Iterable[Artefact], find: Find
) -> DataSchema:
    """The schema of a dataflow on ``dsd``.

    ``constraints`` are content constraints from the most general to the most specific; actual
    ones are left out, they describe and do not restrict. Raises ``NotFound`` when a codelist is
    not there, ``NotImplementedByHub`` for a constraint the hub cannot apply.
    """
    make = _Maker(find, dsd)
    dimensions = sorted(dsd.dimensions, key=lambda d: d.order if d.order is not None else 0)
    is_time = [type(d).__name__ == "TimeDimension" for d in dimensions]
    plain = tuple(
        make.component(d, Role.DIMENSION, mandatory=True)
        for d, time in zip(dimensions, is_time, strict=True)
        if not time
    )
    times = [
        make.component(d, Role.TIME, mandatory=True, default=_TIME)
        for d, time in zip(dimensions, is_time, strict=True)
        if time
    ]
    attributes = tuple(
        make.component(
            a,
            Role.ATTRIBUTE,
            mandatory=getattr(a.usage_status, "name", "") == "mandatory",
            level=_level(a.related_to),
            attached=_attached(dsd, a.related_to, tuple(d.id for d in plain)),
            group=_group(a.related_to),
        )
        for a in dsd.attributes
    )
    attributes += tuple(metadata_attributes(dsd, find, make.component, tuple(d.id for d in plain)))
    measures = tuple(make.component(m, Role.MEASURE) for m in dsd.measures)
    schema = DataSchema(
        dataflow=dataflow,
        structure=key_of(dsd).ref,
        dimensions=plain,
        time=times[0] if times else None,
        measures=measures,
        attributes=attributes,
    )
    known = Restrictions(schema, make.lists)
    listed = list(constraints)
    return replace(
        schema,
        constraints=tuple(r for c in listed for r in regions_of(c, known)),
        key_sets=tuple(k for c in listed for k in key_sets_of(c, known)),
    )


def _level(relation: Any) -> Level:
    """Where an attribute is attached, from its relationship.

    Group attributes are series attributes here: the data path repeats them on each row, and
    :func:`_attached` says of which group they are.
    """
    match type(relation).__name__:
        case "PrimaryMeasureRelationship" | "MeasureRelationship":
            return Level.OBSERVATION
        case "DimensionRelationship":
            times = [d for d in relation.dimensions if type(d).__name__ == "TimeDimension"]
            return Level.OBSERVATION if times else Level.SERIES
        case "GroupRelationship":
            return Level.SERIES
    return Level.DATASET


def _attached(dsd: Artefact, relation: Any, series: tuple[str, ...]) -> tuple[str, ...]:
    """The dimensions of the group an attribute belongs to; none for one of whole series."""
    match type(relation).__name__:
        case "DimensionRelationship":
            named = {d.id for d in relation.dimensions}
        case "GroupRelationship":
            group = dsd.group_dimensions.get(relation.group_key.id, relation.group_key)
            named = {d.id for d in group.components}
        case _:
            return ()
    found = tuple(id_ for id_ in series if id_ in named)
    return () if found == series or not named <= set(series) else found


def _group(relation: Any) -> str:
    """Id of the group an attribute belongs to, where the structure defines one."""
    return str(relation.group_key.id) if type(relation).__name__ == "GroupRelationship" else ""


class _Maker:
    """Makes components, reading each codelist once."""

    def __init__(self, find: Find, dsd: Artefact) -> None:
        self._find = find
        self._own = _counts(kept_beside(dsd), "localRepresentation")
        self._of_concepts: dict[Key, dict[str, tuple[int, int | None]]] = {}
        self._codes: dict[Key, tuple[str, ...]] = {}
        self.lists: dict[str, Artefact] = {}

    def component(
        self,
        source: Any,
        role: Role,
        *,
        mandatory: bool = False,
        level: Level = Level.OBSERVATION,
        attached: tuple[str, ...] = (),
        group: str = "",
        metadata: bool = False,
        default: str = "String",
    ) -> Component:
        concept = source.concept_identity
        representation = source.local_representation
        if representation is None and concept is not None:
            representation = self._concept(concept).core_representation
        codelist, codes = None, None
        text_type, facets = default, Facets()
        few, many = self._occurs(source, concept) if role in _OFTEN else (1, 1)
        if representation is not None:
            if representation.enumerated is not None:
                codelist, codes = self._coded(source.id, representation.enumerated)
            elif representation.non_enumerated:
                text_type, facets = _facets(representation.non_enumerated)
        return Component(
            id=source.id,
            role=role,
            concept=concept.id if concept is not None else source.id,
            codelist=codelist,
            codes=codes,
            text_type=text_type,
            facets=facets,
            level=level,
            mandatory=mandatory,
            attached=attached,
            group=group if attached else "",
            metadata=metadata,
            min_occurs=few,
            max_occurs=many,
        )

    def _occurs(self, source: Any, concept: Any) -> tuple[int, int | None]:
        """How many values one value of a component is made of, at least and at most (SDMX 3.0)."""
        if source.local_representation is not None:
            return self._own.get(source.id, (1, 1))
        if concept is None or concept.parent is None:
            return 1, 1
        scheme = key_of(scheme_of(concept))
        if scheme not in self._of_concepts:
            beside = kept_beside(self._find(scheme))
            self._of_concepts[scheme] = _counts(beside, "coreRepresentation")
        return self._of_concepts[scheme].get(concept.id, (1, 1))

    def _concept(self, concept: Any) -> Any:
        """The concept as its scheme in the set has it (a reference may be only a name)."""
        if concept.core_representation is not None or concept.parent is None:
            return concept
        return self._find(key_of(scheme_of(concept))).items.get(concept.id, concept)

    def _coded(self, component: str, enumerated: Artefact) -> tuple[StructureRef, tuple[str, ...]]:
        key = key_of(enumerated)
        if key not in self._codes:
            self._codes[key] = tuple(self._find(key).items)
        self.lists[component] = self._find(key)
        return key.ref, self._codes[key]


def _counts(beside: Beyond, representation: str) -> dict[str, tuple[int, int | None]]:
    """Least and greatest number of values of the components (or concepts) that say one, by id."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for path, value in beside.items():
        match path:
            case [*_, (str() as id_,), name, "minOccurs" | "maxOccurs" as key] if (
                name == representation
            ):
                found[id_][key] = value
            case [*_, (str() as id_,), name] if name == representation and isinstance(value, dict):
                found[id_] |= value
    counts = {}
    for id_, one in found.items():
        most = one.get("maxOccurs", 1)
        counts[id_] = (one.get("minOccurs", 1), None if most == "unbounded" else int(most))
    return counts


def _facets(facets: list[Any]) -> tuple[str, Facets]:
    name = next((f.value_type.name for f in facets if f.value_type is not None), "string")
    text_type = {"timesRange": "TimeRange"}.get(name, name[0].upper() + name[1:])
    types = [f.type for f in facets if f.type is not None]

    def first(field: str, convert: Callable[[Any], Any]) -> Any:
        value = next((getattr(t, field) for t in types if getattr(t, field) is not None), None)
        return None if value is None else convert(value)

    return text_type, Facets(
        min_length=first("min_length", int),
        max_length=first("max_length", int),
        min_value=first("min_value", float),
        max_value=first("max_value", float),
        decimals=first("decimals", int),
        pattern=first("pattern", str),
    )


def allowed_codes(schema: DataSchema, component: str) -> frozenset[str] | None:
    """Codes of a component that the constraints of the schema leave; ``None`` when uncoded.

    An excluded region counts only when it names no other component: otherwise each of its codes
    is still allowed with other values.
    """
    codes = schema.by_id[component].codes
    if codes is None:
        return None
    left = frozenset(codes)
    included: dict[StructureRef, list[frozenset[str] | None]] = defaultdict(list)
    for region in schema.constraints:
        values = dict(region.values).get(component)
        if region.included:
            included[region.source].append(values)
        elif values is not None and _alone(region):
            left -= values
    for alternatives in included.values():  # regions of one constraint
        if None not in alternatives:
            left &= frozenset().union(*(values for values in alternatives if values is not None))
    for keys in schema.key_sets:
        left = _left_by_keys(left, keys, component)
    return left


def _alone(region: CubeRegion) -> bool:
    """Whether a region restricts one component, always."""
    return len(region.values) == 1 and not region.times and not region.valid


def _left_by_keys(left: frozenset[str], keys: KeySet, component: str) -> frozenset[str]:
    """Codes that a key set leaves: those of its keys, or all but those excluded alone."""
    named = [(ids, listed) for ids, listed in keys.groups if component in ids]
    if not keys.included:
        alone = {key[0] for ids, listed in named if len(ids) == 1 for key in listed}
        return left - alone
    if not keys.groups or len(named) < len(keys.groups):
        return left  # some key lets every code in
    return left & {key[ids.index(component)] for ids, listed in named for key in listed}


def constrained_by(constraints: Iterable[Artefact], key: Key) -> list[Artefact]:
    """Those constraints that are attached to the artefact with this key."""
    found = []
    for constraint in constraints:
        for attached in constraint.content:
            if hasattr(attached, "maintainer") and key_of(attached) == key:
                found.append(constraint)
                break
    return sorted(found, key=lambda c: str(key_of(c).ref) + kind_of(c).name)
