"""``/sdmx/v1/{resource}`` and ``/sdmx/v2/structure``: structural metadata."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from typing import cast
from uuid import uuid4

from flask import Blueprint, Response, request

from hub.errors import NotAcceptable, NotImplementedByHub
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
from hub.structures.json10_shape import KINDS10
from hub.structures.kinds import KINDS, Artefact, key_of
from registry.context import current_hub
from registry.rest.carried import written
from registry.rest.data import LANGUAGES
from registry.rest.http import entity_tag, not_modified, raw_path, raw_query, stream
from registry.rest.negotiation import Chosen, choose, language, offers, without

__all__ = ["blueprint", "write_structures"]

blueprint = Blueprint("sdmx_structure", __name__)

#: Versions of formats of SDMX 2.1, which has fewer kinds of artefacts than 3.x.
_OF_21 = frozenset({"2.1", "1.0.0"})


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
    """The answer in the format asked for; in the next one of SDMX 3 where this cannot carry it.

    Whoever leaves the version open (``*/*``) is not refused what only another edition can say.
    """
    given, accept = parameters(raw_query()), request.headers.get("Accept")
    offered = offers(api, Kind.STRUCTURE)
    chosen = choose(offered, accept, given)
    while True:
        try:
            return _in_format(api, query, chosen, given)
        except NotImplementedByHub as refusal:
            offered = without(offered, chosen)
            if api is Api.V1 or not offered:
                raise
            try:
                chosen = choose(offered, accept, given)
            except NotAcceptable:
                raise refusal from None


def _in_format(
    api: Api, query: StructureQuery, chosen: Chosen, given: Mapping[str, str]
) -> Response:
    hub = current_hub()
    wanted = given.get("lang") or request.headers.get("Accept-Language")
    lang = language(wanted, LANGUAGES, LANGUAGES[0])
    structures = hub.structures_at(query.as_of)
    tag = entity_tag([chosen, lang, hub.artefacts.version()])
    fresh = not_modified(tag, None)
    if fresh is not None:
        return fresh
    of_21 = chosen.format.version in _OF_21
    answer = structures.in_generation(structures.answer(query), of_21=of_21)
    artefacts = _known_to(chosen.format, answer, query)
    for artefact in artefacts:
        if artefact.is_external_reference:  # a stub, made for this answer
            artefact.structure_url = _address(api, artefact)
    header = Header(f"STRUCTURE-{uuid4().hex}", hub.settings.sender, datetime.now(UTC))
    body = written(
        lambda listed: write_structures(chosen.format, listed, header, lang),
        artefacts,
        query.ids,
        partial(_address, Api.V2),
    )
    response = stream(body, chosen, tag=tag, modified=None, filename=_filename(artefacts))
    if chosen.format.extension == "json":
        response.headers["Content-Language"] = lang
    return response


def _known_to(format_: Format, artefacts: list[Artefact], query: StructureQuery) -> list[Artefact]:
    """The artefacts without those of kinds that a format of SDMX 2.1 does not have.

    A query that names the kind itself keeps them, and is told that the format has no such thing.
    """
    if format_.version not in _OF_21:
        return artefacts
    has = KINDS10 if format_.extension == "json" else {k for k, one in KINDS.items() if one.element}
    return [
        artefact
        for artefact in artefacts
        if key_of(artefact).kind in has or key_of(artefact).kind in (query.kinds or ())
    ]


def write_structures(
    chosen: Format, artefacts: list[Artefact], header: Header, lang: str
) -> Iterator[bytes]:
    """A structure message in blocks; only JSON has a language, XML always has all."""
    module = str(chosen.writer).partition(":")[0]
    writer = import_module(f"hub.structures.{module}").stream
    options = {"lang": lang} if chosen.extension == "json" else {}
    return cast("Iterator[bytes]", writer(artefacts, header, **options))


def _address(api: Api, artefact: Artefact) -> str:
    """Where the whole of a stub is."""
    key = key_of(artefact)
    kind = KINDS[key.kind]
    path = f"v1/{kind.name}" if api is Api.V1 else f"v2/structure/{kind.v2 or kind.name}"
    return f"{request.host_url}sdmx/{path}/{key.ref.agency}/{key.ref.id}/{key.ref.version}"


def _filename(artefacts: list[Artefact]) -> str:
    return str(artefacts[0].id) if len(artefacts) == 1 else "structures"
