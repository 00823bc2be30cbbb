"""``/sdmx/v1/metadata`` and ``/sdmx/v2/metadata``: reference metadata.

Metadata sets by their provider and id, by the metadataflow they are reported against, or by the
structure they are about. ``asOf`` answers with the sets, and the structures they rest on, as they
were at an instant.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from flask import Blueprint, Response, request

from hub.errors import NoResults
from hub.messages.formats import Kind
from hub.metadata.message import write_sets
from hub.metadata.model import stub
from hub.metadata.select import select_sets
from hub.model.dataset import Header
from hub.query import raw
from hub.query.metadata import MetadataQuery, parse_v1, parse_v2_query
from hub.query.model import Api
from registry.context import current_hub
from registry.rest.data import LANGUAGES
from registry.rest.http import entity_tag, not_modified, raw_path, raw_query, stream
from registry.rest.negotiation import choose, language, offers

__all__ = ["blueprint"]

blueprint = Blueprint("sdmx_metadata", __name__)


@blueprint.get("/sdmx/v1/metadata", defaults={"tail": ""})
@blueprint.get("/sdmx/v1/metadata/<rest:tail>")
def metadata_of_v1(tail: str) -> Response:
    """A reference metadata query of REST 1.5."""
    return _answer(Api.V1, parse_v1(raw_path("/sdmx/v1/metadata"), raw_query()))


@blueprint.get("/sdmx/v2/metadata", defaults={"tail": ""})
@blueprint.get("/sdmx/v2/metadata/<rest:tail>")
def metadata_of_v2(tail: str) -> Response:
    """A reference metadata query of REST 2.2."""
    return _answer(Api.V2, parse_v2_query(raw_path("/sdmx/v2/metadata"), raw_query()))


def _answer(api: Api, query: MetadataQuery) -> Response:
    hub = current_hub()
    given = raw.parameters(raw_query())
    chosen = choose(offers(api, Kind.METADATA), request.headers.get("Accept"), given)
    wanted = given.get("lang") or request.headers.get("Accept-Language")
    lang = language(wanted, LANGUAGES, LANGUAGES[0])
    modified = hub.metadata.changed_at(query.as_of)
    tag = entity_tag([chosen, lang, hub.artefacts.version(), hub.metadata.version()])
    fresh = not_modified(tag, modified)
    if fresh is not None:
        return fresh
    structures = hub.structures_at(query.as_of)
    found = select_sets(hub.metadata.read(structures, query.as_of), query, structures)
    if not found:
        raise NoResults("The hub has no metadata sets that match the query.")
    sets = [stub(one) for one in found] if query.stubs else found
    header = Header(f"METADATA-{uuid4().hex}", hub.settings.sender, datetime.now(UTC))
    body = write_sets(sets, chosen.format, header, lang)
    name = found[0].ref.id if len(found) == 1 else "metadata"
    response = stream(iter((body,)), chosen, tag=tag, modified=modified, filename=name)
    if chosen.format.extension == "json":
        response.headers["Content-Language"] = lang
    return response
