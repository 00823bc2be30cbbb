"""Schema queries: what data (or metadata) are valid in a context.

REST 1.5, section 4.7, and REST 2.2, ``schema.md``: ``/schema/{context}/{agencyID}/{resourceID}/
{version}``. Pure functions, no I/O.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from hub.errors import RequestSyntaxError
from hub.query import raw
from hub.query.model import Api
from hub.query.versions import VersionQuery, parse_v1, parse_v2

__all__ = ["CONTEXTS", "SchemaQuery", "parse"]

_BOTH = ("datastructure", "metadatastructure", "dataflow", "metadataflow", "provisionagreement")

#: What can be asked for, by version of the interface.
CONTEXTS = {Api.V1: _BOTH, Api.V2: (*_BOTH, "metadataprovisionagreement")}

_VERSIONS: dict[Api, tuple[Callable[[str], tuple[VersionQuery, ...]], str]] = {
    Api.V1: (parse_v1, "latest"),
    Api.V2: (parse_v2, "~"),
}

#: Words for "any", which this query has no use for.
_ANY = {Api.V1: "all", Api.V2: "*"}


@dataclass(frozen=True, slots=True)
class SchemaQuery:
    """What is asked for; ``context`` is the kind of the artefact whose constraints count.

    ``explicit_measure`` matters only for structures with a measure dimension. ``deletion`` asks
    for a schema of messages that delete; ``as_of`` (aware) for the structures of that instant.
    """

    context: str
    agency: str
    id: str
    version: VersionQuery
    dimension_at_observation: str | None = None
    explicit_measure: bool = False
    deletion: bool = False
    as_of: datetime | None = None


def parse(api: Api, path: str, query: str) -> SchemaQuery:
    """Read the raw path after ``/schema/`` and the raw query string.

    Raises ``RequestSyntaxError``.
    """
    parts = raw.segments(path)
    read_versions, latest = _VERSIONS[api]
    if not 3 <= len(parts) <= 4:
        raise RequestSyntaxError(
            "A schema query is /schema/{context}/{agencyID}/{resourceID}/{version}."
        )
    context, agency, id_, version = (*parts, latest)[:4]
    context = context.lower()
    if context not in CONTEXTS[api]:
        raise RequestSyntaxError(
            f"{context!r} is not a context: write one of {', '.join(CONTEXTS[api])}."
        )
    for text in (agency, id_):
        if text.lower() == _ANY[api]:
            raise RequestSyntaxError("A schema is of one artefact: name its agency and its id.")
    versions = read_versions(version or latest)
    if len(versions) > 1 or versions[0].op == "*":
        raise RequestSyntaxError("A schema is of one version.")
    given = raw.parameters(query)
    known = {"dimensionAtObservation", "explicitMeasure", "explicit", "deletion", "asOf"}
    p = raw.known_parameters(given, known, {})
    at = p.get("dimensionAtObservation")
    explicit = p.get("explicitMeasure", p.get("explicit", "false"))
    return SchemaQuery(
        context,
        raw.check_id(agency, "an agency", nested=True),
        raw.check_id(id_, "the id of an artefact"),
        versions[0],
        None if at is None else raw.check_id(at, "a dimension"),
        raw.boolean("explicitMeasure", explicit),
        raw.boolean("deletion", p.get("deletion", "false")),
        raw.date_time("asOf", p["asOf"]) if "asOf" in p else None,
    )
