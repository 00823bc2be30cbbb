"""``/sdmx/v1/{resource}`` and ``/sdmx/v2/structure``: structural metadata."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from typing import cast
from uuid import uuid4

from flask import Blueprint, Response, request

from hub.messages.formats import Format, Kind
from hub.model.dataset import Header
from hub.query.model import Api
from hub.query.raw import parameters
from hub.query.structure import (
    V1_RESOURCES,
    StructureQuery,
    parse_structure_v1,
    parse_structure_v2,
)
from hub.structures.kinds import KINDS, Artefact, key_of
from registry.context import current_hub
from registry.rest.data import LANGUAGES
from registry.rest.http import entity_tag, not_modified, raw_path, raw_query, stream
from registry.rest.negotiation import choose, language, offers

__all__ = ["blueprint", "write_structures"]

blueprint = Blueprint("sdmx_structure", __name__)


def _v1(tail: str = "") -> Response:
    """A structure query of REST 1.5."""
    return _answer(Api.V1, parse_structure_v1(raw_path("/sdmx/v1/"), raw_query()))


def _v2(tail: str = "") -> Response:
    """A structure query of REST 2.2."""
    return _answer(Api.V2, parse_structure_v2(raw_path("/sdmx/v2/structure"), raw_query()))


for _resource in V1_RESOURCES:
    for _rule in (_resource, f"{_resource}/<rest:tail>"):
        blueprint.add_url_rule(f"/sdmx/v1/{_rule}", f"v1_{_resource}", _v1)
for _rule in ("structure", "structure/<rest:tail>"):
    blueprint.add_url_rule(f"/sdmx/v2/{_rule}", "v2_structure", _v2)


def _answer(api: Api, query: StructureQuery) -> Response:
    hub = current_hub()
    given = parameters(raw_query())
    chosen = choose(offers(api, Kind.STRUCTURE), request.headers.get("Accept"), given)
    wanted = given.get("lang") or request.headers.get("Accept-Language")
    lang = language(wanted, LANGUAGES, LANGUAGES[0])
    structures = hub.structures
    tag = entity_tag([chosen, lang, hub.artefacts.version()])
    fresh = not_modified(tag, None)
    if fresh is not None:
        return fresh
    artefacts = structures.answer(query)
    for artefact in artefacts:
        if artefact.is_external_reference:  # a stub, made for this answer
            artefact.structure_url = _address(api, artefact)
    header = Header(f"STRUCTURE-{uuid4().hex}", hub.settings.sender, datetime.now(UTC))
    body = write_structures(chosen.format, artefacts, header, lang)
    response = stream(iter((body,)), chosen, tag=tag, modified=None, filename=_filename(artefacts))
    if chosen.format.extension == "json":
        response.headers["Content-Language"] = lang
    return response


def write_structures(chosen: Format, artefacts: list[Artefact], header: Header, lang: str) -> bytes:
    """A structure message; only JSON has a language, XML always has all."""
    module, _, function = str(chosen.writer).partition(":")
    writer = getattr(import_module(f"hub.structures.{module}"), function)
    options = {"lang": lang} if chosen.extension == "json" else {}
    return cast(bytes, writer(artefacts, header, **options))


def _address(api: Api, artefact: Artefact) -> str:
    """Where the whole of a stub is."""
    key = key_of(artefact)
    kind = KINDS[key.kind]
    path = f"v1/{kind.name}" if api is Api.V1 else f"v2/structure/{kind.v2 or kind.name}"
    return f"{request.host_url}sdmx/{path}/{key.ref.agency}/{key.ref.id}/{key.ref.version}"


def _filename(artefacts: list[Artefact]) -> str:
    return str(artefacts[0].id) if len(artefacts) == 1 else "structures"
