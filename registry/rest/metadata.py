"""``/sdmx/v1/metadata`` and ``/sdmx/v2/metadata``: reference metadata, of which there is none yet.

The queries are read and checked; the answer to a valid one is that nothing matches.
"""

from __future__ import annotations

from flask import Blueprint, Response

from hub.errors import NoResults
from hub.query.metadata import MetadataQuery, parse_v1, parse_v2_query
from registry.rest.http import raw_path, raw_query

__all__ = ["blueprint"]

blueprint = Blueprint("sdmx_metadata", __name__)


@blueprint.get("/sdmx/v1/metadata", defaults={"tail": ""})
@blueprint.get("/sdmx/v1/metadata/<rest:tail>")
def metadata_of_v1(tail: str) -> Response:
    """A reference metadata query of REST 1.5."""
    return _answer(parse_v1(raw_path("/sdmx/v1/metadata"), raw_query()))


@blueprint.get("/sdmx/v2/metadata", defaults={"tail": ""})
@blueprint.get("/sdmx/v2/metadata/<rest:tail>")
def metadata_of_v2(tail: str) -> Response:
    """A reference metadata query of REST 2.2."""
    return _answer(parse_v2_query(raw_path("/sdmx/v2/metadata"), raw_query()))


def _answer(query: MetadataQuery) -> Response:
    raise NoResults("The hub has no metadata sets that match the query.")
