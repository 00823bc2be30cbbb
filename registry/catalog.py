"""``/catalog.jsonld`` and ``/catalog.ttl``: all datasets for the harvesters of portals."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response

from hub.model.rdf import json_ld, turtle
from registry.context import current_hub
from registry.dcat import PREFIXES, catalogue
from registry.pages.described import described, root_of
from registry.pages.i18n import LANGUAGES, words
from registry.rest.http import entity_tag, not_modified, validated

__all__ = ["blueprint"]

blueprint = Blueprint("catalog", __name__)


@blueprint.get("/catalog.jsonld")
def as_json_ld() -> Response:
    """The catalogue as JSON-LD."""
    return _answer("jsonld")


@blueprint.get("/catalog.ttl")
def as_turtle() -> Response:
    """The catalogue as Turtle."""
    return _answer("ttl")


def _answer(spelling: str) -> Response:
    hub = current_hub()
    root = root_of(hub.settings.public_url)
    newest = max(hub.releases.pointers().values(), key=lambda p: p.release, default=None)
    modified = None if newest is None else newest.released_at
    tag = entity_tag([root, hub.artefacts.version(), newest and newest.release])
    fresh = not_modified(tag, None)  # structures change without a release
    if fresh is not None:
        return fresh
    title = {language: words(language)("site.name") for language in LANGUAGES}
    nodes = catalogue(hub.settings, root, title, described(hub))
    if spelling == "jsonld":
        response = Response(
            orjson.dumps(json_ld(nodes, PREFIXES)), content_type="application/ld+json"
        )
    else:
        response = Response("".join(turtle(nodes, PREFIXES)), content_type="text/turtle")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return validated(response, tag, modified)
