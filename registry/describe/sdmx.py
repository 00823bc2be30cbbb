"""What the SDMX resources share: the parts of paths, negotiation, errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hub.messages.formats import Kind
from hub.query.model import Api
from registry.describe.model import Answer, Json, Parameter, choice, header, text
from registry.rest.encoding import CODINGS, IDENTITY
from registry.rest.errors import REASON
from registry.rest.http import VARY
from registry.rest.negotiation import offers

__all__ = ["ERROR", "NEGOTIATION", "V1_ERRORS", "V2_ERRORS", "answers", "found", "negotiation",
           "part"]  # fmt: skip

_ERROR_JSON: Json = {"$ref": "#/components/schemas/Errors"}

#: An error under ``/sdmx``: XML, or JSON for who asks for JSON first.
ERROR: Mapping[str, Json | None] = {"application/xml": None, "application/json": _ERROR_JSON}

_FAILURES: Mapping[int, Answer] = {
    400: Answer("The request does not follow the syntax of the standard (SDMX 140).", ERROR),
    404: Answer("There is no such artefact (SDMX 100).", ERROR),
    406: Answer("None of the formats asked for can be produced (SDMX 140).", ERROR),
    500: Answer("Something went wrong in the service; it was logged (SDMX 500).", ERROR),
    501: Answer("Optional in the standard and not offered here (SDMX 501).", ERROR),
    503: Answer(
        "The service cannot answer now (SDMX 503).", ERROR,
        {"Retry-After": "Seconds after which the same request may succeed."},
    ),
}  # fmt: skip

#: Errors of REST 1.5 besides what a resource has of its own.
V1_ERRORS: Mapping[int, Answer] = {
    **_FAILURES,
    403: Answer("The request contradicts the structures (SDMX 150).", ERROR),
    404: Answer("There is no such artefact, or no data match (SDMX 100).", ERROR),
}

#: Errors of REST 2.2.
V2_ERRORS: Mapping[int, Answer] = {
    **_FAILURES,
    204: Answer(
        "The query is valid and nothing matches it.",
        headers={REASON: "What no error message can say here: a code that there is not, if any."},
    ),
    422: Answer("The request contradicts the structures (SDMX 150).", ERROR),
}

_VALIDATORS = {
    "ETag": "Changes when the answer does; send it back as If-None-Match.",
    "Last-Modified": "When the newest data in the answer were released, where that is known.",
}

#: Headers and parameters by which the format is chosen.
NEGOTIATION = (
    text("lang", "Language of names; wins over Accept-Language.", "es"),
    choice("compression", "Content coding; wins over Accept-Encoding.", (*CODINGS, IDENTITY)),
    header("Accept-Language", "Languages of names, by preference.", "es, en;q=0.5"),
    header("If-None-Match", "ETag of the answer the client has: 304 when it is still right."),
)


def part(name: str, description: str, default: str | None, example: str) -> Parameter:
    """A part of a path."""
    return Parameter(
        name, description, {"type": "string", "minLength": 1}, example, default, "path", True
    )


def negotiation(api: Api, kinds: Iterable[Kind]) -> tuple[Parameter, ...]:
    """How a client says what it wants of the formats of some kinds."""
    offered = [f for kind in kinds for f in offers(api, kind)]
    names = list(
        dict.fromkeys([*(f.name for f in offered), *(a for f in offered for a in f.aliases)])
    )
    return (
        header("Accept", "Media types the client takes.", offered[0].media_type),
        choice("format", "Format by name; wins over Accept.", names),
        text("formatVersion", "Version of the format named by `format`.", offered[0].version
             if "version=" in offered[0].media_type else None),
        *NEGOTIATION,
    )  # fmt: skip


def found(api: Api, kinds: Iterable[Kind], description: str) -> Answer:
    """The 200 of a resource that writes formats of some kinds."""
    offered = [f for kind in kinds for f in offers(api, kind)]
    return Answer(
        description,
        {f.media_type: None for f in offered},
        {**_VALIDATORS, "Vary": VARY},
    )


def answers(api: Api, ok: Answer | None, *without: int) -> dict[int, Answer]:
    """All statuses of a resource; ``without`` are shared ones that it never has."""
    shared = V1_ERRORS if api is Api.V1 else V2_ERRORS
    given: dict[int, Answer] = {} if ok is None else {
        200: ok,
        304: Answer("The client has this very answer.", {}, _VALIDATORS),
    }  # fmt: skip
    given |= {status: answer for status, answer in shared.items() if status not in without}
    return dict(sorted(given.items()))
