"""``/sdmx/v1/data`` and ``/sdmx/v2/data``: observations, in the format a client asks for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from uuid import uuid4

from flask import Blueprint, Response, request

from hub.errors import NoResults
from hub.messages.api import WriteOptions, write_data
from hub.messages.formats import Kind
from hub.model.dataset import Block, Header
from hub.query import data_v1, data_v2, raw
from hub.query.model import DataQuery
from hub.store.labels import Labels
from hub.store.select import Selection, select
from registry.context import current_hub
from registry.rest.http import entity_tag, not_modified, raw_path, raw_query, stream
from registry.rest.negotiation import Chosen, choose, language, offers

__all__ = ["LANGUAGES", "blueprint"]

blueprint = Blueprint("sdmx_data", __name__)

#: Languages that names are kept in; the first is used where a client asks for none of them.
LANGUAGES = ("en", "es", "fr", "nl")


@blueprint.get("/sdmx/v1/data", defaults={"tail": ""})
@blueprint.get("/sdmx/v1/data/<rest:tail>")
def data_of_v1(tail: str) -> Response:
    """A data query of REST 1.5."""
    return _answer(data_v1.parse(raw_path("/sdmx/v1/data"), raw_query()))


@blueprint.get("/sdmx/v2/data", defaults={"tail": ""})
@blueprint.get("/sdmx/v2/data/<rest:tail>")
def data_of_v2(tail: str) -> Response:
    """A data query of REST 2.2."""
    return _answer(data_v2.parse(raw_path("/sdmx/v2/data"), raw_query()))


def _answer(query: DataQuery) -> Response:
    hub = current_hub()
    parameters = raw.parameters(raw_query())
    offered = offers(query.api, Kind.DATA)
    if query.include_history:  # a table has no place to say since when its rows are valid
        offered = [f for f in offered if f.extension in ("xml", "json")]
    chosen = choose(offered, request.headers.get("Accept"), parameters)
    lang = language(
        parameters.get("lang") or request.headers.get("Accept-Language"), LANGUAGES, LANGUAGES[0]
    )
    selection = select(hub, query)
    tag = entity_tag(
        [
            chosen,
            lang,
            hub.artefacts.version(),
            *((p.dataflow, p.release) for p in selection.pointers),
        ]
    )
    fresh = not_modified(tag, selection.released_at)
    if fresh is not None:
        return fresh
    header = Header(f"DATA-{uuid4().hex}", hub.settings.sender, datetime.now(UTC))
    options = _options(selection, chosen, Labels(hub.structures, lang))
    response = stream(
        write_data(_some(selection.blocks()), chosen.format, header, options),
        chosen,
        tag=tag,
        modified=selection.released_at,
        filename=selection.schemas[0].dataflow.id,
    )
    response.headers["Content-Language"] = lang
    return response


def _options(selection: Selection, chosen: Chosen, labels: Labels) -> WriteOptions:
    return WriteOptions(
        dimension_at_observation=selection.dimension_at_observation,
        labels=chosen.parameters.get("labels", "id"),
        label_source=labels,
        attributes=selection.attributes,
        measures=selection.measures,
        series_keys_only=selection.series_only,
        schemas=selection.schemas,
        extra={k: v for k, v in chosen.parameters.items() if k in ("keys", "timeformat")},
    )


def _some(blocks: Iterator[Block]) -> Iterator[Block]:
    """``blocks``, of which there is at least one; raises ``NoResults`` at once if not."""
    first = next(blocks, None)
    if first is None:
        raise NoResults("No data match the query.")
    return chain((first,), blocks)
