"""``/sdmx/v2/registration``: where the data of provision agreements are."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from flask import Blueprint, Response, request

from hub.errors import NoResults
from hub.messages.formats import Kind
from hub.model.dataset import Header
from hub.query import raw, registration
from hub.query.model import Api
from hub.store.registered import all_registrations
from hub.structures.registry_write import registration_result
from registry.context import current_hub
from registry.rest.http import entity_tag, not_modified, raw_path, raw_query, stream
from registry.rest.negotiation import choose, offers

__all__ = ["blueprint"]

blueprint = Blueprint("sdmx_registration", __name__)


@blueprint.get("/sdmx/v2/registration", defaults={"tail": ""})
@blueprint.get("/sdmx/v2/registration/<rest:tail>")
def registrations_of_v2(tail: str) -> Response:
    """A registration query of REST 2.2."""
    hub = current_hub()
    query = registration.parse(raw_path("/sdmx/v2/registration"), raw_query())
    chosen = choose(
        offers(Api.V2, Kind.REGISTRY), request.headers.get("Accept"), raw.parameters(raw_query())
    )
    found = all_registrations(hub, query, f"{request.host_url}sdmx/v2")
    if not found:
        raise NoResults("No registration matches the query.")
    tag = entity_tag([chosen, *found])
    fresh = not_modified(tag, None)
    if fresh is not None:
        return fresh
    header = Header(f"REGISTRATION-{uuid4().hex}", hub.settings.sender, datetime.now(UTC))
    version = ".".join(chosen.format.version.split(".")[:2])
    body = registration_result(found, header, version)
    newest = max((one.updated_at for one in found if one.updated_at is not None), default=None)
    return stream(iter((body,)), chosen, tag=tag, modified=newest, filename="registrations")
