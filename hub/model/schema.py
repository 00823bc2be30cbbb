"""What a dataset may hold, as plain values.

A :class:`DataSchema` is the flat, light view of a data structure definition *as seen through a
dataflow*: components in order, their codes, facets and attachment, and the constraints that
apply. The whole data path works on it; sdmx1 objects stay in ``hub.structures``. It is immutable
and cheap to pickle. Source: SDMX 2.1 Section 2, Data Structure Definition.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

__all__ = [
    "NOT_AVAILABLE",
    "Component",
    "CubeRegion",
    "DataSchema",
    "Facets",
    "KeySet",
    "Level",
    "Role",
    "StructureRef",
    "TimeLimit",
]


class Role(StrEnum):
    """What a component is in its structure."""

    DIMENSION = "dimension"
    TIME = "time"
    MEASURE = "measure"
    ATTRIBUTE = "attribute"


class Level(StrEnum):
    """Where an attribute is attached."""

    OBSERVATION = "observation"
    SERIES = "series"
    DATASET = "dataset"


_REF = re.compile(
    r"^(?:(?P<agency>[A-Za-z][\w.-]*):)?(?P<id>[\w@$-]+)(?:\((?P<version>[\w.+~*-]+)\))?$"
)


@dataclass(frozen=True, slots=True, order=True)
class StructureRef:
    """Agency, id and version of a maintainable artefact; ``str()`` is ``AGENCY:ID(VERSION)``."""

    agency: str
    id: str
    version: str

    def __str__(self) -> str:
        return f"{self.agency}:{self.id}({self.version})"

    @classmethod
    def parse(cls, text: str) -> StructureRef:
        """Read ``AGENCY:ID(VERSION)``.

        Raises ``ValueError`` when ``text`` has another form; no part has a default.
        """
        match = _REF.match(text.strip())
        if match is None or match["agency"] is None or match["version"] is None:
            raise ValueError(f"{text!r} is not of the form AGENCY:ID(VERSION)")
        return cls(match["agency"], match["id"], match["version"])


@dataclass(frozen=True, slots=True)
class Facets:
    """Limits on an uncoded value (SDMX 2.1 Section 2, Facet). ``None`` is "no limit"."""

    min_length: int | None = None
    max_length: int | None = None
    min_value: float | None = None
    max_value: float | None = None
    decimals: int | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Component:
    """A dimension, the time dimension, a measure or an attribute.

    ``codelist`` and ``codes`` are set together for a coded component; ``codes`` holds the ids in
    the codelist's order. ``text_type`` is the SDMX data type of an uncoded one (``String``,
    ``Integer``, ``Decimal``, ``Double``, ``ObservationalTimePeriod`` ...). ``attached`` names the
    dimensions that an attribute of a group depends on, in the order of the structure; it is empty
    for one of whole series. ``group`` is the id of the group, where the structure defines one.
    ``metadata`` marks an attribute that is one of the metadata structure (SDMX 3.x). One value of
    the component is made of ``min_occurs`` to ``max_occurs`` values (``None``: any number); see
    :mod:`hub.model.several`.
    """

    id: str
    role: Role
    concept: str
    codelist: StructureRef | None = None
    codes: tuple[str, ...] | None = None
    text_type: str = "String"
    facets: Facets = Facets()
    level: Level = Level.OBSERVATION
    mandatory: bool = False
    attached: tuple[str, ...] = ()
    group: str = ""
    metadata: bool = False
    min_occurs: int = 1
    max_occurs: int | None = 1

    @property
    def several(self) -> bool:
        """Whether it may have several values at once."""
        return self.max_occurs != 1

    @property
    def missing(self) -> str:
        """The text that says a value is missing on purpose (SDMX 3.0): it is no null."""
        return "NaN" if self.codes is None and self.text_type in _FLOATING else NOT_AVAILABLE

    @property
    def is_numeric(self) -> bool:
        """Whether values are numbers (then messages may write them unquoted)."""
        return self.codes is None and self.text_type in _NUMERIC


_NUMERIC = frozenset(
    {"Integer", "BigInteger", "Long", "Short", "Count", "Decimal", "Double", "Float", "Numeric"}
)
_FLOATING = frozenset({"Double", "Float"})

#: The value that is missing on purpose in a component of any type but the floating ones.
NOT_AVAILABLE = "#N/A"


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """A span that periods have to lie in: from ``start`` on, and over by ``end``.

    Both are naive UTC; ``None`` is open. ``text`` says the span in the words of its constraint.
    """

    start: datetime | None
    end: datetime | None
    text: str

    def holds(self, start: datetime, end: datetime) -> bool:
        """Whether the span ``[start, end)`` lies inside."""
        return (self.start is None or start >= self.start) and (self.end is None or end <= self.end)


@dataclass(frozen=True, slots=True)
class CubeRegion:
    """Values a content constraint allows: OR within a component, AND across components.

    ``times`` are limits on the time dimension. ``valid`` are codes that count only for periods in
    a limit: component, code, limit.
    """

    source: StructureRef
    values: tuple[tuple[str, frozenset[str]], ...]
    included: bool = True
    times: tuple[tuple[str, TimeLimit], ...] = ()
    valid: tuple[tuple[str, str, TimeLimit], ...] = ()


@dataclass(frozen=True, slots=True)
class KeySet:
    """Keys that a content constraint allows, or excludes.

    ``groups`` are ids of dimensions, each with the combinations of their codes that are listed; a
    dimension that a key does not name may have any code.
    """

    source: StructureRef
    groups: tuple[tuple[tuple[str, ...], frozenset[tuple[str, ...]]], ...]
    included: bool = True


@dataclass(frozen=True)
class DataSchema:
    """The components of a dataflow, in the order messages write them.

    ``dimensions`` excludes the time dimension and is in DSD order: it is the order of a key.
    """

    dataflow: StructureRef
    structure: StructureRef
    dimensions: tuple[Component, ...]
    time: Component | None
    measures: tuple[Component, ...]
    attributes: tuple[Component, ...]
    constraints: tuple[CubeRegion, ...] = field(default=())
    key_sets: tuple[KeySet, ...] = field(default=())

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """All components in column order: dimensions, time, measures, attributes."""
        time = (self.time,) if self.time is not None else ()
        return (*self.dimensions, *time, *self.measures, *self.attributes)

    @cached_property
    def by_id(self) -> dict[str, Component]:
        """Components by id."""
        return {c.id: c for c in self.components}

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Component ids in column order."""
        return tuple(c.id for c in self.components)

    @cached_property
    def series_key(self) -> tuple[str, ...]:
        """Ids of the dimensions that identify a series (all but time)."""
        return tuple(c.id for c in self.dimensions)

    @cached_property
    def key(self) -> tuple[str, ...]:
        """Ids that identify an observation: the series key and time."""
        return (*self.series_key, self.time.id) if self.time else self.series_key

    def attributes_at(self, level: Level) -> tuple[Component, ...]:
        """Attributes attached at ``level``, in DSD order."""
        return tuple(a for a in self.attributes if a.level == level)

    @cached_property
    def several(self) -> frozenset[str]:
        """Ids of the components that may have several values at once."""
        return frozenset(c.id for c in self.components if c.several)

    @cached_property
    def primary_measure(self) -> Component:
        """The measure SDMX 2.1 messages call ``OBS_VALUE``: the first one."""
        return self.measures[0]
