"""``/sdmx/v1/data`` and ``/sdmx/v2/data``: observations, in the format a client asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from uuid import uuid4

from flask import Blueprint, Response, request

from hub import telemetry
from hub.errors import PayloadTooLarge
from hub.messages.api import WriteOptions, write_data
from hub.messages.formats import Kind
from hub.model.dataset import Block, Header
from hub.query import data_v1, data_v2, raw
from hub.query.model import DataQuery
from hub.store.asked import asked
from hub.store.home import Hub
from hub.store.labels import Labels
from hub.store.select import Selection, select
from hub.store.unmatched import nothing
from registry.context import current_hub
from registry.rest import ranges
from registry.rest.http import entity_tag, known, not_modified, raw_path, raw_query, stream
from registry.rest.negotiation import Chosen, choose, language, offers

__all__ = ["LANGUAGES", "blueprint"]

blueprint = Blueprint("sdmx_data", __name__)

#: Languages that names are kept in; the first is used where a client asks for none of them.
LANGUAGES = ("en", "es", "fr", "nl")

#: Tables that can tell the history of data, in columns of their own.
_DATED = ("sdmx-csv-2.0", "sdmx-csv-2.1")


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
    if query.include_history:  # the others have no place to say since when rows are valid
        offered = [f for f in offered if f.extension in ("xml", "json") or f.name in _DATED]
    chosen = choose(offered, request.headers.get("Accept"), parameters)
    lang = language(
        parameters.get("lang") or request.headers.get("Accept-Language"), LANGUAGES, LANGUAGES[0]
    )
    part = None
    if request.method == "GET" and query.offset == 0 and query.limit is None:
        part = ranges.asked(request.headers)
    if part is not None:
        query = replace(query, offset=part.first, limit=part.count)
    with hub.catalogue.snapshot():
        about, structures = asked(hub, query), hub.artefacts.version()
        releases = ((p.dataflow, p.release) for p in about.releases)
        tag = entity_tag([chosen, part, lang, structures, *releases])
        if (fresh := known(tag)) is not None:
            return fresh
        selection = select(hub, query, about)
    if (fresh := not_modified(tag, about.released_at)) is not None:
        return fresh
    _refuse_too_many(hub, query, selection)
    header = Header(f"DATA-{uuid4().hex}", hub.settings.sender, datetime.now(UTC))
    options = _options(selection, chosen, Labels(hub.structures, lang), query.include_history)
    blocks = _counted(_some(selection.blocks(), hub, query), chosen.format.name)
    given = 0
    if part is not None:  # the header states how many there are, so they are counted first
        listed = list(blocks)
        given, blocks = sum(b.batch.num_rows for b in listed), iter(listed)
    response = stream(
        write_data(blocks, chosen.format, header, options),
        chosen,
        tag=tag,
        modified=about.released_at,
        filename=selection.schemas[0].dataflow.id,
    )
    response.headers["Content-Language"] = lang
    response.headers["Accept-Ranges"] = "values"
    if part is not None:
        response.status_code = 206
        response.headers["Content-Range"] = part.content_range(given)
    return response


def _refuse_too_many(hub: Hub, query: DataQuery, selection: Selection) -> None:
    """Raise ``PayloadTooLarge`` when the answer would have more observations than one may have."""
    most = hub.settings.max_observations
    if not most or (query.limit is not None and query.limit <= most):
        return
    if selection.exceeds(most):
        raise PayloadTooLarge(
            f"More than {most:,} observations match, and one answer of this hub has at most so "
            "many. Ask for less: name codes in the key or shorten the period; or ask for one part "
            "after the other, with limit and offset, or the header Range: values=0-9999."
        )


def _counted(blocks: Iterator[Block], format_: str) -> Iterator[Block]:
    """The blocks, whose rows are counted when they are written."""
    sent = telemetry.OBSERVATIONS_SENT.labels(format_)
    for block in blocks:
        yield block
        sent.inc(block.batch.num_rows)


def _options(selection: Selection, chosen: Chosen, labels: Labels, history: bool) -> WriteOptions:
    extra = {k: v for k, v in chosen.parameters.items() if k in ("keys", "timeformat")}
    if history:
        extra["validity"] = "true"
    return WriteOptions(
        dimension_at_observation=selection.dimension_at_observation,
        labels=chosen.parameters.get("labels", "id"),
        label_source=labels,
        attributes=selection.attributes,
        measures=selection.measures,
        series_keys_only=selection.series_only,
        schemas=selection.schemas,
        extra=extra,
    )


def _some(blocks: Iterator[Block], hub: Hub, query: DataQuery) -> Iterator[Block]:
    """``blocks``, of which there is at least one; raises ``NoResults`` at once if not."""
    first = next(blocks, None)
    if first is None:
        raise nothing(hub.structures, query)
    return chain((first,), blocks)
