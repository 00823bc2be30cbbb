"""Structure queries: paths and parameters of REST v1 and v2 into one :class:`StructureQuery`.

Pure functions, no I/O. Sources: SDMX REST 1.5 section 4.3 (structural metadata queries), SDMX
REST 2.2 ``structures.md``. The hub is liberal in what it takes: trailing slashes, ``ALL`` for
``all``, empty path parts for their default, unknown query parameters, percent-encoded separators.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from hub.errors import RequestSyntaxError
from hub.query.raw import date_time, parameters, segments
from hub.query.versions import LATEST, VersionQuery, parse_v1, parse_v2

__all__ = [
    "ITEM_KINDS",
    "V1_RESOURCES",
    "V2_TYPES",
    "Detail",
    "StructureQuery",
    "parse_structure_v1",
    "parse_structure_v2",
]


class Detail(StrEnum):
    """How much of each artefact to return."""

    FULL = "full"
    ALL_STUBS = "allstubs"
    REFERENCE_STUBS = "referencestubs"
    REFERENCE_PARTIAL = "referencepartial"
    ALL_COMPLETE_STUBS = "allcompletestubs"
    REFERENCE_COMPLETE_STUBS = "referencecompletestubs"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class StructureQuery:
    """What to find and how much of it. ``None`` is "any".

    ``kinds`` are the hub's kinds of artefact: the resource names of v1 without the ones that
    stand for several; ``within`` are the kinds the interface knows: a reference to another kind
    is not followed (SDMX 2.1 has no value lists, 3.x no structure sets). ``role`` restricts
    content constraints to ``actual`` or ``allowed``. ``references`` are directions
    (``children`` ...) and kinds. ``as_of`` (aware) asks for what was there at that instant.
    """

    kinds: frozenset[str] | None = None
    agencies: frozenset[str] | None = None
    ids: frozenset[str] | None = None
    versions: tuple[VersionQuery, ...] = (LATEST,)
    items: tuple[str, ...] | None = None
    detail: Detail = Detail.FULL
    references: frozenset[str] = field(default_factory=frozenset)
    role: str | None = None
    within: frozenset[str] | None = None
    as_of: datetime | None = None


_SCHEMES = (
    "agencyscheme", "categoryscheme", "codelist", "conceptscheme", "customtypescheme",
    "dataconsumerscheme", "dataproviderscheme", "namepersonalisationscheme",
    "organisationunitscheme", "reportingtaxonomy", "rulesetscheme", "transformationscheme",
    "userdefinedoperatorscheme", "vtlmappingscheme",
)  # fmt: skip
_BOTH = (
    *_SCHEMES, "categorisation", "dataflow", "datastructure", "metadataflow",
    "metadatastructure", "process", "provisionagreement",
)  # fmt: skip

#: Kinds whose artefacts hold items that a query can pick.
ITEM_KINDS = frozenset({
    *_SCHEMES, "geographiccodelist", "geogridcodelist", "hierarchicalcodelist",
    "metadataproviderscheme", "valuelist",
})  # fmt: skip

_ORGANISATIONS = frozenset(
    {"agencyscheme", "dataproviderscheme", "dataconsumerscheme", "organisationunitscheme"}
)

#: Resource of v1 to the kinds it means; ``None`` is any.
V1_RESOURCES: Mapping[str, frozenset[str] | None] = {
    **{name: frozenset({name}) for name in _BOTH},
    **{
        name: frozenset({name})
        for name in (
            "attachmentconstraint", "contentconstraint", "hierarchicalcodelist",
            "namealiasscheme", "structureset",
        )
    },
    "actualconstraint": frozenset({"contentconstraint"}),
    "allowedconstraint": frozenset({"contentconstraint"}),
    "organisationscheme": _ORGANISATIONS,
    "structure": None,
}  # fmt: skip

#: Artefact type of v2 to the kinds it means; ``None`` is any.
V2_TYPES: Mapping[str, frozenset[str] | None] = {
    **{name: frozenset({name}) for name in _BOTH},
    **{
        name: frozenset({name})
        for name in (
            "categoryschememap", "conceptschememap", "hierarchy", "hierarchyassociation",
            "metadataconstraint", "metadataproviderscheme", "metadataprovisionagreement",
            "organisationschememap", "reportingtaxonomymap", "representationmap", "structuremap",
            "valuelist",
        )
    },
    "codelist": frozenset({"codelist", "geographiccodelist", "geogridcodelist"}),
    "dataconstraint": frozenset({"contentconstraint"}),
    "*": None,
}  # fmt: skip

#: Kinds that each interface knows.
V1_KINDS = frozenset(kind for kinds in V1_RESOURCES.values() for kind in kinds or ())
V2_KINDS = frozenset(kind for kinds in V2_TYPES.values() for kind in kinds or ())

_DIRECTIONS = {"none", "parents", "parentsandsiblings", "children", "descendants", "all"}
_AGENCY = re.compile(r"^[A-Za-z][\w-]*(\.[A-Za-z][\w-]*)*$", re.ASCII)
_ID = re.compile(r"^[\w@$-]+$", re.ASCII)
_ITEM = re.compile(r"^[\w@$-]+(\.[\w@$-]+)*$", re.ASCII)
_ROLES = {"actualconstraint": "actual", "allowedconstraint": "allowed"}


def parse_structure_v1(path: str, query: str = "") -> StructureQuery:
    """Query of ``{resource}/{agency}/{id}/{version}/{item}?detail=&references=``.

    Raises ``RequestSyntaxError``.
    """
    resource, agency, id_, version, item = _parts(
        path, ("structure", "all", "all", "latest", "all")
    )
    resource = resource.lower()
    if resource not in V1_RESOURCES:
        raise RequestSyntaxError(f"{resource!r} is not a structural resource of SDMX REST 1.5.")
    kinds = V1_RESOURCES[resource]
    given = parameters(query)
    return StructureQuery(
        kinds=kinds,
        agencies=_names(agency, "+", "all", _AGENCY, "agency"),
        ids=_names(id_, "+", "all", _ID, "id"),
        versions=parse_v1(version),
        items=_items(item, "+", "all", kinds),
        detail=_detail(given, v2=False),
        references=_references(given, V1_RESOURCES, _DIRECTIONS),
        role=_ROLES.get(resource),
        within=V1_KINDS,
    )


def parse_structure_v2(path: str, query: str = "") -> StructureQuery:
    """Query of ``{artefactType}/{agency}/{id}/{version}/{item}?detail=&references=&asOf=``.

    ``path`` is what follows ``structure/``. Raises ``RequestSyntaxError``.
    """
    kind, agency, id_, version, item = _parts(path, ("*", "*", "*", "~", "*"))
    kind = kind.lower()
    if kind not in V2_TYPES:
        raise RequestSyntaxError(f"{kind!r} is not an artefact type of SDMX REST 2.")
    kinds = V2_TYPES[kind]
    given = parameters(query)
    return StructureQuery(
        kinds=kinds,
        agencies=_names(agency, ",", "*", _AGENCY, "agency"),
        ids=_names(id_, ",", "*", _ID, "id"),
        versions=parse_v2(version),
        items=_items(item, ",", "*", kinds),
        detail=_detail(given, v2=True),
        references=_references(given, V2_TYPES, _DIRECTIONS | {"ancestors"}),
        within=V2_KINDS,
        as_of=date_time("asOf", given["asOf"]) if "asOf" in given else None,
    )


def _parts(path: str, defaults: tuple[str, ...]) -> list[str]:
    given = [part.strip() for part in segments(path)]
    if len(given) > len(defaults):
        raise RequestSyntaxError(
            f"The path has {len(given)} parts; a structure query has {len(defaults)} at most."
        )
    given += [""] * (len(defaults) - len(given))
    return [part or default for part, default in zip(given, defaults, strict=True)]


def _names(
    text: str, separator: str, any_: str, pattern: re.Pattern[str], what: str
) -> frozenset[str] | None:
    names = [name for name in text.split(separator) if name]
    if any(name.lower() == any_ for name in names):
        return None
    for name in names:
        if not pattern.match(name):
            raise RequestSyntaxError(f"{name!r} is not an {what}.")
    return frozenset(names)


def _items(
    text: str, separator: str, any_: str, kinds: frozenset[str] | None
) -> tuple[str, ...] | None:
    names = [name for name in text.split(separator) if name]
    if any(name.lower() == any_ for name in names):
        return None
    if kinds is None or not kinds <= ITEM_KINDS:
        raise RequestSyntaxError("Only item schemes have items: leave the last path part out.")
    for name in names:
        if not _ITEM.match(name):
            raise RequestSyntaxError(f"{name!r} is not the id of an item.")
    return tuple(dict.fromkeys(names))


def _detail(given: Mapping[str, str], *, v2: bool) -> Detail:
    text = given.get("detail", "full").lower()
    known = [d for d in Detail if v2 or d is not Detail.RAW]
    if text not in known:
        raise RequestSyntaxError(f"{text!r} is not a detail; the details are {', '.join(known)}.")
    return Detail(text)


def _references(
    given: Mapping[str, str],
    types: Mapping[str, frozenset[str] | None],
    directions: set[str],
) -> frozenset[str]:
    wanted: set[str] = set()
    for name in given.get("references", "none").lower().split(","):
        kinds = types.get(name)
        if name in directions:
            wanted.add(name)
        elif name and kinds is not None:
            wanted |= kinds
        elif name:
            raise RequestSyntaxError(
                f"{name!r} is not a value of references: give one of "
                f"{', '.join(sorted(directions))} or a type of artefact."
            )
    return frozenset(wanted - {"none"})
