"""``/sdmx/v1/schema`` and ``/sdmx/v2/schema``: what is valid, as an XML Schema or as structures.

The schemas made here import the official ones, which the hub offers at ``/schemas/{version}``, so
that a validator needs nothing but the hub.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from importlib import import_module
from typing import cast
from uuid import uuid4

from flask import Blueprint, Response, request, send_from_directory

from hub.errors import NotFound, NotImplementedByHub
from hub.messages.formats import Format, Kind
from hub.model.dataset import Header
from hub.query import raw
from hub.query.model import Api
from hub.query.schema import SchemaQuery, parse
from hub.query.structure import StructureQuery
from hub.structures.kinds import Key, key_of
from hub.structures.repository import StructureSet
from hub.structures.validity import constrained_schema, valid_structures
from hub.structures.xsd_official import message_path
from registry.context import current_hub
from registry.rest.data import LANGUAGES
from registry.rest.http import entity_tag, not_modified, raw_path, raw_query, stream
from registry.rest.negotiation import choose, language, offers
from registry.rest.structure import write_structures

__all__ = ["blueprint"]

blueprint = Blueprint("sdmx_schema", __name__)

#: Versions of SDMX-ML whose official schemas are offered.
_OFFICIAL = ("2.1", "3.0", "3.1")


@blueprint.get("/sdmx/v1/schema", defaults={"tail": ""})
@blueprint.get("/sdmx/v1/schema/<rest:tail>")
def schema_of_v1(tail: str) -> Response:
    """A schema query of REST 1.5."""
    return _answer(Api.V1, parse(Api.V1, raw_path("/sdmx/v1/schema"), raw_query()))


@blueprint.get("/sdmx/v2/schema", defaults={"tail": ""})
@blueprint.get("/sdmx/v2/schema/<rest:tail>")
def schema_of_v2(tail: str) -> Response:
    """A schema query of REST 2.2."""
    return _answer(Api.V2, parse(Api.V2, raw_path("/sdmx/v2/schema"), raw_query()))


@blueprint.get("/schemas/<version>/<name>")
def official(version: str, name: str) -> Response:
    """An official schema file of SDMX-ML."""
    if version not in _OFFICIAL or not re.fullmatch(r"[A-Za-z0-9_]+\.xsd", name):
        raise NotFound(f"There is no schema {name} of SDMX-ML {version}.")
    folder = message_path(version).parent
    if not (folder / name).is_file():
        raise NotFound(f"There is no schema {name} of SDMX-ML {version}.")
    return send_from_directory(folder, name, mimetype="application/xml", max_age=86_400)


def _answer(api: Api, query: SchemaQuery) -> Response:
    hub = current_hub()
    given = raw.parameters(raw_query())
    offered = [*offers(api, Kind.SCHEMA), *offers(api, Kind.STRUCTURE)]
    chosen = choose(offered, request.headers.get("Accept"), given)
    lang = language(
        given.get("lang") or request.headers.get("Accept-Language"), LANGUAGES, LANGUAGES[0]
    )
    if query.as_of is not None:
        raise NotImplementedByHub("Schemas are offered as structures are now, without asOf.")
    version, structures = hub.artefacts.version(), hub.structures
    subject = _subject(structures, query)
    tag = entity_tag([chosen, lang, version, request.host_url])
    fresh = not_modified(tag, None)
    if fresh is not None:
        return fresh
    if chosen.format.kind is Kind.SCHEMA:
        body = _xsd(chosen.format, structures, subject, query)
    else:
        header = Header(f"SCHEMA-{uuid4().hex}", hub.settings.sender, datetime.now(UTC))
        artefacts = valid_structures(structures, subject)
        body = write_structures(chosen.format, artefacts, header, lang)
    response = stream(iter((body,)), chosen, tag=tag, modified=None, filename=subject.ref.id)
    if chosen.format.extension == "json":
        response.headers["Content-Language"] = lang
    return response


def _subject(structures: StructureSet, query: SchemaQuery) -> Key:
    """The artefact that gives the context."""
    found = structures.select(
        StructureQuery(
            kinds=frozenset({query.context}),
            agencies=frozenset({query.agency}),
            ids=frozenset({query.id}),
            versions=(query.version,),
        )
    )
    if not found:
        raise NotFound(f"The hub has no such {query.context} {query.agency}:{query.id}.")
    if query.context.startswith("metadata"):
        raise NotImplementedByHub("Schemas are made for data, not for reference metadata.")
    return key_of(found[0])


def _xsd(format_: Format, structures: StructureSet, subject: Key, query: SchemaQuery) -> bytes:
    schema = constrained_schema(structures, subject)
    if query.explicit_measure:
        dsd = structures.get("datastructure", schema.structure)
        if any(type(d).__name__ == "MeasureDimension" for d in dsd.dimensions):
            raise NotImplementedByHub("Explicit measures of cross-sectional data are not offered.")
    module, _, function = str(format_.writer).partition(":")
    writer = getattr(import_module(f"hub.structures.{module}"), function)
    folder = f"{request.host_url}schemas/{'.'.join(format_.version.split('.')[:2])}"
    options = {"at": query.dimension_at_observation, "deletion": query.deletion}
    return cast(bytes, writer(schema, subject, folder=folder, **options))
