"""Availability queries: which values there are, for a data query.

REST 1.5, section 4.6: ``/availableconstraint/{flowRef}/{key}/{providerRef}/{componentID}``; REST
2.2, ``availability.md``: ``/availability/{context}/{agencyID}/{resourceID}/{version}/{key}/
{componentId}``. Both are a data query with a few words more. Pure functions, no I/O.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from hub.errors import RequestSyntaxError
from hub.query import data_v1, data_v2, raw
from hub.query.model import Context, DataQuery

__all__ = ["REFERENCES", "AvailabilityQuery", "Mode", "parse_v1", "parse_v2"]


class Mode(StrEnum):
    """Which values are meant.

    ``EXACT`` are those of the data that the query selects; ``AVAILABLE`` are, for each component,
    those that would select data when the query's own restriction on it is left out.
    """

    EXACT = "exact"
    AVAILABLE = "available"


#: Kinds of artefacts that can be asked for with the constraint, in the words of both interfaces.
REFERENCES = (
    "codelist", "conceptscheme", "dataflow", "dataproviderscheme", "datastructure",
)  # fmt: skip

#: Parameters of a data query that count here too; the others (``detail`` ...) say nothing about
#: which values there are, and clients send them all the same.
_DATA_V1 = frozenset({"startperiod", "endperiod", "updatedafter", "updateafter"})
_DATA_V2 = frozenset({"updatedafter", "updateafter", "reportingyearstartday", "asof"})
_FOREIGN_V1 = frozenset({"reportingyearstartday", "asof"})
_FOREIGN_V2 = frozenset({"startperiod", "endperiod"})


@dataclass(frozen=True, slots=True)
class AvailabilityQuery:
    """What is asked for.

    ``components`` are ids (none: all dimensions); ``references`` are kinds of artefacts.
    """

    data: DataQuery
    components: tuple[str, ...] = ()
    mode: Mode = Mode.EXACT
    references: frozenset[str] = frozenset()


def parse_v1(path: str, query: str) -> AvailabilityQuery:
    """Read the raw path after ``/availableconstraint/`` and the raw query string.

    Raises ``RequestSyntaxError``.
    """
    parts = path.strip("/").split("/")
    if len(parts) > 4:
        raise RequestSyntaxError(
            "An availability query has at most four parts: "
            "/availableconstraint/{flowRef}/{key}/{providerRef}/{componentID}."
        )
    data = data_v1.parse("/".join(parts[:3]), _kept(query, _DATA_V1 | _FOREIGN_V1))
    return _query(data, parts[3:], query, "+", "all")


def parse_v2(path: str, query: str) -> AvailabilityQuery:
    """Read the raw path after ``/availability/`` and the raw query string.

    Raises ``RequestSyntaxError``.
    """
    parts = path.strip("/").split("/")
    if len(parts) > 6:
        raise RequestSyntaxError(
            "An availability query has at most six parts: "
            "/availability/{context}/{agencyID}/{resourceID}/{version}/{key}/{componentId}."
        )
    data = data_v2.parse("/".join(parts[:5]), _kept(query, _DATA_V2 | _FOREIGN_V2))
    if Context.ANY in data.contexts or len(data.contexts) > 1:
        raise RequestSyntaxError(
            "Availability is asked for in one context: dataflow, datastructure or "
            "provisionagreement."
        )
    return _query(data, parts[5:], query, ",", "*")


def _kept(query: str, wanted: Collection[str]) -> str:
    """The raw query string with only the ``wanted`` parameters and the component filters."""
    kept = []
    for part in query.lstrip("?").split("&"):
        names = raw.parameters(f"{part.partition('=')[0]}=x") if part else {}
        if any(n.lower() in wanted or n.lower().startswith("c[") for n in names):
            kept.append(part)
    return "&".join(kept)


def _query(
    data: DataQuery, rest: list[str], query: str, separator: str, every: str
) -> AvailabilityQuery:
    given = raw.known_parameters(raw.parameters(query), {"mode", "references"}, {})
    mode = given.get("mode", "exact").lower()
    if mode not in list(Mode):
        raise RequestSyntaxError(f"mode must be exact or available, not {mode!r}.")
    return AvailabilityQuery(
        data, _components(rest, separator, every), Mode(mode), _references(given)
    )


def _components(rest: list[str], separator: str, every: str) -> tuple[str, ...]:
    """Ids of the last part of the path; none for the keyword that means all."""
    (text,) = raw.segments(rest[0]) if rest and rest[0] else (every,)
    names = text.split(separator)
    if any(name.lower() == every for name in names):
        return ()
    return tuple(dict.fromkeys(raw.check_id(name, "a component") for name in names))


def _references(given: dict[str, str]) -> frozenset[str]:
    """Kinds named by ``references``; value lists are no kind this hub has data for."""
    found: set[str] = set()
    for name in given.get("references", "none").lower().split(","):
        if name == "all":
            found.update(REFERENCES)
        elif name in REFERENCES:
            found.add(name)
        elif name not in ("none", "valuelist"):
            raise RequestSyntaxError(
                f"{name!r} is not a value of references: give none, all or one of "
                f"{', '.join((*REFERENCES, 'valuelist'))}."
            )
    return frozenset(found)
