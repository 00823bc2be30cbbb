"""``/sdmx/v1/availableconstraint`` and ``/sdmx/v2/availability``: which data there are."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from uuid import uuid4

from flask import Blueprint, Response, request

from hub.messages.formats import Kind
from hub.model.dataset import Header
from hub.query import availability, raw
from hub.query.availability import AvailabilityQuery
from hub.store.asked import asked
from hub.store.available import Coverage, available
from hub.structures.actual import Region, actual_constraint, with_references
from hub.structures.availability31 import SEPARATE, with_availability
from registry.context import current_hub
from registry.rest.data import LANGUAGES
from registry.rest.http import entity_tag, known, not_modified, raw_path, raw_query, stream
from registry.rest.negotiation import choose, language, offers
from registry.rest.structure import write_structures

__all__ = ["blueprint"]

blueprint = Blueprint("sdmx_availability", __name__)


@blueprint.get("/sdmx/v1/availableconstraint", defaults={"tail": ""})
@blueprint.get("/sdmx/v1/availableconstraint/<rest:tail>")
def availability_of_v1(tail: str) -> Response:
    """An availability query of REST 1.5."""
    return _answer(availability.parse_v1(raw_path("/sdmx/v1/availableconstraint"), raw_query()))


@blueprint.get("/sdmx/v2/availability", defaults={"tail": ""})
@blueprint.get("/sdmx/v2/availability/<rest:tail>")
def availability_of_v2(tail: str) -> Response:
    """An availability query of REST 2.2."""
    return _answer(availability.parse_v2(raw_path("/sdmx/v2/availability"), raw_query()))


def _answer(query: AvailabilityQuery) -> Response:
    hub = current_hub()
    given = raw.parameters(raw_query())
    chosen = choose(offers(query.data.api, Kind.STRUCTURE), request.headers.get("Accept"), given)
    lang = language(
        given.get("lang") or request.headers.get("Accept-Language"), LANGUAGES, LANGUAGES[0]
    )
    with hub.catalogue.snapshot():
        version, structures = hub.artefacts.version(), hub.structures
        about = asked(hub, query.data)
    releases = ((p.dataflow, p.release) for p in about.releases)
    tag = entity_tag([chosen, lang, version, *releases])
    if (fresh := known(tag)) is not None:
        return fresh
    found = available(hub, query, about)
    fresh = not_modified(tag, None)  # structures have no date to compare with
    if fresh is not None:
        return fresh
    # JSON's date-time needs an offset; the instants are UTC.
    zone = UTC if chosen.format.extension == "json" else None
    regions = [_region(c, zone) for c in found]
    separate = chosen.format.name in SEPARATE
    artefacts = [] if separate else [actual_constraint(structures, one) for one in regions]
    artefacts += with_references(structures, regions, query.references)
    header = Header(f"AVAILABILITY-{uuid4().hex}", hub.settings.sender, datetime.now(UTC))
    body = write_structures(chosen.format, artefacts, header, lang)
    if separate:
        whole = with_availability(b"".join(body), chosen.format.extension, structures, regions)
        body = iter((whole,))
    response = stream(body, chosen, tag=tag, modified=about.released_at, filename="availability")
    if chosen.format.extension == "json":
        response.headers["Content-Language"] = lang
    return response


def _region(coverage: Coverage, zone: tzinfo | None) -> Region:
    part = coverage.part
    return Region(
        subject=part.subject,
        structure=part.schema.structure,
        values=coverage.values,
        start=coverage.start and coverage.start.replace(tzinfo=zone),
        end=coverage.end and coverage.end.replace(tzinfo=zone),
        series=coverage.series,
        observations=coverage.observations,
        time=part.schema.time.id if part.schema.time is not None else None,
        flows=part.flows,
    )
