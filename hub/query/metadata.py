"""Reference metadata queries: which metadata sets are asked for.

REST 2.2, ``metadata.md``: by metadata set, by metadataflow, by the structure they are attached to;
REST 1.5, section 4.4: ``/metadata/{flowRef}/{key}/{providerRef}``. Pure functions, no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from hub.errors import RequestSyntaxError
from hub.query import data_v1, raw
from hub.query.structure import V2_TYPES
from hub.query.versions import LATEST, VersionQuery, parse_v2

__all__ = ["MetadataQuery", "parse_v1", "parse_v2_query"]

_DETAILS = ("full", "allstubs")


@dataclass(frozen=True, slots=True)
class MetadataQuery:
    """What is asked for; an empty collection is "any".

    ``by`` is ``metadataset``, ``metadataflow`` or ``structure``; then ``agencies`` are those of
    the provider, the flow or the structure, and ``ids`` of the set, the flow or the structure.
    ``kinds`` are the types of structures, ``providers`` metadata providers, ``PROVIDER`` or
    ``AGENCY.PROVIDER``. ``keyed`` asks for metadata about keys of data only. ``as_of`` (aware) is
    the instant whose state is asked for.
    """

    by: str
    kinds: frozenset[str] = frozenset()
    agencies: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    versions: tuple[VersionQuery, ...] = (LATEST,)
    providers: tuple[str, ...] = ()
    stubs: bool = False
    keyed: bool = False
    as_of: datetime | None = None


def parse_v1(path: str, query: str) -> MetadataQuery:
    """Read the raw path after ``/metadata/`` of REST 1.5; raises ``RequestSyntaxError``."""
    data = data_v1.parse(path, query)
    providers = tuple(f"{p.agency}.{p.id}" if p.agency else p.id for p in data.providers)
    return MetadataQuery(
        "metadataflow", frozenset(), frozenset(data.agencies), frozenset(data.ids), data.versions,
        providers, keyed=bool(data.keys),
    )  # fmt: skip


def parse_v2_query(path: str, query: str) -> MetadataQuery:
    """Read the raw path after ``/metadata/`` of REST 2.2; raises ``RequestSyntaxError``.

    The examples of the standard leave ``structure`` out (``/metadata/dataflow/...``): that is
    understood too.
    """
    by, *rest = raw.segments(path) or [""]
    by = by.lower()
    p = raw.known_parameters(raw.parameters(query), {"detail", "asOf"}, {})
    detail = p.get("detail", "full").lower()
    if detail not in _DETAILS:
        raise RequestSyntaxError(f"detail must be one of {', '.join(_DETAILS)}, not {detail!r}.")
    as_of = raw.date_time("asOf", p["asOf"]) if "asOf" in p else None
    found = _parts(by, rest)
    return replace(found, stubs=detail != "full", as_of=as_of)


def _parts(by: str, rest: list[str]) -> MetadataQuery:
    if by == "metadataset":
        _at_most(rest, 3, "/metadata/metadataset/{providerID}/{metadatasetID}/{version}")
        provider, id_, version = _filled(rest, 3)
        return MetadataQuery(by, frozenset(), _ids(provider), _ids(id_), parse_v2(version))
    if by == "metadataflow":
        _at_most(rest, 4, "/metadata/metadataflow/{agencyID}/{id}/{version}/{providerRef}")
        agency, id_, version, providers = _filled(rest, 4)
        return MetadataQuery(
            by, frozenset(), _ids(agency), _ids(id_), parse_v2(version),
            tuple(sorted(_ids(providers))),
        )  # fmt: skip
    if by != "structure":
        rest = [by, *rest]
    _at_most(rest, 4, "/metadata/structure/{artefactType}/{agencyID}/{id}/{version}")
    kind, agency, id_, version = (*rest, *["*", "*", "*", "~"][len(rest) :])
    if kind not in V2_TYPES:
        raise RequestSyntaxError(
            f"{kind!r}: metadata are asked for by metadataset, by metadataflow or by structure."
        )
    return MetadataQuery(
        "structure", V2_TYPES[kind] or frozenset(), _ids(agency), _ids(id_),
        parse_v2(version or "~"),
    )  # fmt: skip


def _at_most(parts: list[str], most: int, form: str) -> None:
    if len(parts) > most:
        raise RequestSyntaxError(f"The path has too many parts: write {form}.")


def _filled(parts: list[str], length: int) -> list[str]:
    """Path parts with the defaults of those left out: ``*``, for the version ``~``."""
    defaults = ["*", "*", "~", "*"][:length]
    return [
        given or default
        for given, default in zip([*parts, *[""] * (length - len(parts))], defaults, strict=True)
    ]


def _ids(text: str) -> frozenset[str]:
    names = (text or "*").split(",")
    if "*" in names:
        return frozenset()
    return frozenset(raw.check_id(n, "an id", nested="." in n) for n in names)
