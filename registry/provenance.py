"""``GET /api/provenance``: where published observations come from.

Each observation of a narrow query is answered with every state it was in: its value, the release
that made it so, who gave it and when, the file it was read from and the cell in it. What everybody
may know of a source is its provider, its connector, and, where the publisher offers the file to
everybody, its name, hash and cells. The rest is for those who may follow the submission.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request

from hub.derived.lineage import InputRows, input_rows
from hub.errors import NotFound, RequestSyntaxError
from hub.intake import bodies
from hub.intake.access import allows
from hub.model.schema import DataSchema
from hub.plugins import Traced, connector_catalogue
from hub.query import data_v2, raw
from hub.store.home import Hub
from hub.store.provenance import MOST, Provenance, State, fetched, provenance, reading_of
from hub.store.rights import Principal, Right
from hub.store.submissions import Submission
from registry.auth import key_of_request, principal_of_request, session_of_request
from registry.computed import described, how_computed, question_of
from registry.context import current_hub
from registry.rest.http import raw_path, raw_query
from registry.submissions import answer

__all__ = [
    "blueprint",
    "may_follow",
    "may_see",
    "page_of",
    "source_of",
    "states_of",
    "submission_of",
    "visitor",
]

blueprint = Blueprint("provenance", __name__, url_prefix="/api/provenance")

_LIMIT = 100
#: Codes of CONF_STATUS whose observations anybody may look into.
_FREE = (None, "F")


@blueprint.get("/<agency>/<ident>/<version>", defaults={"key": "*"})
@blueprint.get("/<agency>/<ident>/<version>/<key>")
def of_observations(agency: str, ident: str, version: str, key: str) -> Response:
    """Where the observations of a dataflow that a query selects come from."""
    hub, who = current_hub(), visitor(current_hub())
    given = raw.parameters(raw_query())
    own = raw.known_parameters(given, {"limit", "history", "mapping", "inputs"}, {})
    filters = "&".join(p for p in raw_query().split("&") if p[:2].lower() in ("c[", "c%"))
    query = data_v2.parse(f"dataflow/{raw_path('/api/provenance/')}", filters)
    limit = _limit(own.get("limit"))
    history = raw.boolean("history", own.get("history", "true"))
    mapping = raw.boolean("mapping", own.get("mapping", "false"))
    schema, found, more = provenance(hub, query, limit, history=history)
    inputs = raw.boolean("inputs", own.get("inputs", "false"))
    for name, wanted in (("mapping", mapping), ("inputs", inputs)):
        if wanted and (len(found) > 1 or more):
            raise RequestSyntaxError(f"{name}=true is for one observation: give its whole key.")
    return answer(
        {
            "dataflow": str(schema.dataflow),
            "truncated": more,
            "observations": [
                _observation(hub, who, schema, o, mapping=mapping, inputs=inputs) for o in found
            ],
        }
    )


def _limit(text: str | None) -> int:
    if text is None:
        return _LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 7 and 0 < int(text) <= MOST):
        raise RequestSyntaxError(f"limit is a whole number from 1 to {MOST}.")
    return int(text)


def visitor(hub: Hub) -> Principal | None:
    """Who asks, if anybody who is known; raises ``Unauthorized`` for a key that is not."""
    if key_of_request(request) is None and session_of_request(hub, request) is None:
        return None
    return principal_of_request(hub, request)


def submission_of(hub: Hub, state: State) -> Submission | None:
    """What made an observation what it was; ``None`` where that is not known."""
    try:
        return None if state.submission is None else hub.submissions.get(state.submission)
    except NotFound:
        return None


def may_follow(hub: Hub, who: Principal | None, submission: Submission) -> bool:
    """Whether who asks may know all about a submission."""
    return who is not None and allows(hub, who, Right.FOLLOW, submission)


def may_see(hub: Hub, who: Principal | None, state: State, submission: Submission) -> bool:
    """Whether who asks may see the place in the file that a state was read from.

    What is confidential is shown to nobody, whoever published it.
    """
    if state.values is None or state.values.get("CONF_STATUS") not in _FREE:
        return False
    return bodies.is_open(submission) or may_follow(hub, who, submission)


def states_of(found: Provenance) -> list[tuple[State, str]]:
    """The states of an observation with what each is: ``new``, ``changed`` or ``withdrawn``."""
    told, before = [], False
    for state in found.states:
        kind = "withdrawn" if state.values is None else "changed" if before else "new"
        before = state.values is not None
        told.append((state, kind))
    return told


def page_of(schema: DataSchema, key: Mapping[str, str]) -> str:
    """Address of the page about an observation."""
    ref = schema.dataflow
    series = quote(".".join(key[d] for d in schema.series_key), safe=".@$")
    time = f"?time={quote(key[schema.time.id])}" if schema.time is not None else ""
    return f"/data/{ref.agency}/{ref.id}/{ref.version}/provenance/{series}{time}"


def _observation(
    hub: Hub,
    who: Principal | None,
    schema: DataSchema,
    found: Provenance,
    *,
    mapping: bool,
    inputs: bool,
) -> dict[str, Any]:
    last = found.states[-1]
    how = how_computed(hub, last, found.key)
    content: dict[str, Any] = {
        "key": dict(found.key),
        "value": (last.values or {}).get(schema.primary_measure.id),
        "states": [
            _state(hub, who, schema, state, kind) for state, kind in states_of(found)
        ],
        "page": page_of(schema, found.key),
        "computed": None if how is None else described(how),
    }  # fmt: skip
    if inputs:
        rows = [] if how is None else input_rows(hub, how, found.key)
        content["inputs"] = [_input(hub, who, one) for one in rows]
    if mapping:
        submission = submission_of(hub, last)
        traced: list[Traced] = []
        if submission is not None and last.row is not None and may_see(hub, who, last, submission):
            traced = list(bodies.trace(hub, submission, last.row, found.key))
        content["mapping"] = [
            {
                "component": one.component, "code": one.code, "label": one.label,
                "sheet": one.sheet, "cell": one.cell, "map": one.map,
            }
            for one in traced
        ]  # fmt: skip
    return content


def _input(hub: Hub, who: Principal | None, rows: InputRows) -> dict[str, Any]:
    """The observations that one input of a computed one was the sum of, each with its source."""
    schema = rows.schema
    return {
        "input": rows.input.name,
        "dataflow": str(rows.input.dataflow),
        "release": rows.release,
        "truncated": rows.more,
        "observations": [
            {
                "key": dict(one.key),
                "value": (state.values or {}).get(schema.primary_measure.id),
                "attributes": _attributes(schema, state),
                "source": source_of(hub, who, state),
                "page": page_of(schema, one.key),
                "provenance": question_of(schema, one.key),
            }
            for one in rows.observations
            for state in one.states
        ],
    }


def _attributes(schema: DataSchema, state: State) -> dict[str, str]:
    measure = schema.primary_measure.id
    return {c: v for c, v in (state.values or {}).items() if c != measure and v is not None}


def _state(
    hub: Hub, who: Principal | None, schema: DataSchema, state: State, kind: str
) -> dict[str, Any]:
    values = state.values
    measure = schema.primary_measure.id
    return {
        "change": kind,
        "release": state.release,
        "released_at": _instant(state.released_at),
        "value": None if values is None else values.get(measure),
        "attributes": _attributes(schema, state),
        "source": source_of(hub, who, state),
    }


def source_of(hub: Hub, who: Principal | None, state: State) -> dict[str, Any] | None:
    """What may be told of where a state of an observation came from; ``None``: it is not known."""
    submission = submission_of(hub, state)
    if submission is None:
        return None
    follows, sees = may_follow(hub, who, submission), may_see(hub, who, state, submission)
    read, taken = reading_of(hub, submission), fetched(hub, submission)
    told: dict[str, Any] = {
        "provider": state.provider,
        "received_at": _instant(submission.received_at),
        "submission": submission.token if follows else None,
        "submitted_by": submission.submitted_by if follows else None,
        "format": submission.format,
        "connector": submission.connector,
        "connector_version": read.connector_version if read else None,
        "program": read.program if read else None,
        "open": bodies.is_open(submission),
        **_publisher(submission),
        "fetched_from": taken[0] if taken else None,
        "fetched_at": _instant(taken[1]) if taken else None,
        "file": None,
        "cells": [],
        "observation": None,
    }
    if sees:
        told["file"] = {
            "name": submission.filename, "sha256": submission.sha256, "size": submission.size,
        }  # fmt: skip
        told["cells"] = [{"sheet": sheet, "cell": cell} for sheet, cell in state.places]
        told["observation"] = None if state.row is None else state.row + 1
    return told


def _publisher(submission: Submission) -> dict[str, Any]:
    """What the record of the connector says of the publication."""
    nothing = {"title": None, "publisher": None, "url": None, "licence": None}
    if submission.connector is None:
        return nothing
    try:
        record = connector_catalogue().record(submission.connector)
    except NotFound:
        return nothing
    return {
        "title": record.title.get("en"),
        "publisher": record.publisher.get("name"),
        "url": record.url,
        "licence": record.licence,
    }


def _instant(when: datetime) -> str:
    return when.isoformat().replace("+00:00", "Z")
