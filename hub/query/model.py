"""What a data query asks for, whatever the version of the interface it came through.

The parsers of REST 1.5 (:mod:`hub.query.data_v1`) and REST 2.2 (:mod:`hub.query.data_v2`) make a
:class:`DataQuery`; the store answers it. Nothing here knows a structure: whether a component or a
code exists is decided where the query meets a schema. In all collections empty means "any".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from hub.query.versions import VersionQuery

__all__ = [
    "ALL_DIMENSIONS",
    "Api",
    "Comparison",
    "Context",
    "DataQuery",
    "Filter",
    "Key",
    "Operator",
    "Provider",
    "SortKey",
]

#: Value of ``dimensionAtObservation`` that asks for a flat dataset.
ALL_DIMENSIONS = "AllDimensions"

#: A key: per dimension, in DSD order, the codes wanted (none is any).
Key = tuple[tuple[str, ...], ...]


class Api(IntEnum):
    """Major version of the REST interface."""

    V1 = 1
    V2 = 2


class Context(StrEnum):
    """What the data were reported against."""

    DATAFLOW = "dataflow"
    DATASTRUCTURE = "datastructure"
    PROVISIONAGREEMENT = "provisionagreement"
    ANY = "*"


class Operator(StrEnum):
    """How a component is compared (REST 2.2 data queries, operators)."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    CO = "co"
    NC = "nc"
    SW = "sw"
    EW = "ew"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One operator with its value."""

    operator: Operator
    value: str


@dataclass(frozen=True, slots=True)
class Filter:
    """``c[component]=...``: an OR over ANDs of comparisons."""

    component: str
    alternatives: tuple[tuple[Comparison, ...], ...]


@dataclass(frozen=True, slots=True)
class Provider:
    """A data provider; ``agency`` of its scheme, ``None`` is any."""

    agency: str | None
    id: str


@dataclass(frozen=True, slots=True)
class SortKey:
    """A component id, ``*`` (all dimensions) or ``series_key``, and its direction."""

    component: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class DataQuery:
    """A data query.

    ``versions`` and ``keys`` are alternatives; ``filters`` has one entry per component.
    ``attributes`` and ``measures`` hold the words of REST 2 (``dsd``, ``series``, ``none`` ..., or
    ids); REST 1's ``detail`` is translated to them. ``start_period`` and ``end_period`` are
    inclusive. ``updated_after`` and ``as_of`` are timezone aware. ``reporting_year_start`` is
    ``--MM-DD`` or ``None``.
    """

    api: Api
    contexts: tuple[Context, ...] = (Context.DATAFLOW,)
    agencies: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    versions: tuple[VersionQuery, ...] = (VersionQuery("*"),)
    keys: tuple[Key, ...] = ()
    providers: tuple[Provider, ...] = ()
    filters: tuple[Filter, ...] = ()
    start_period: str | None = None
    end_period: str | None = None
    reporting_year_start: str | None = None
    updated_after: datetime | None = None
    as_of: datetime | None = None
    include_history: bool = False
    first_n: int | None = None
    last_n: int | None = None
    offset: int = 0
    limit: int | None = None
    sort: tuple[SortKey, ...] = ()
    dimension_at_observation: str | None = None
    attributes: tuple[str, ...] = field(default=("dsd",))
    measures: tuple[str, ...] = field(default=("all",))

    @property
    def short_keys(self) -> bool:
        """Whether a key may leave out dimensions at its end (REST 2 only)."""
        return self.api is Api.V2
