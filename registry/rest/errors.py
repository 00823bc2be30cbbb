"""What an error looks like to a client: SDMX's Error message, never a page of HTML.

SDMX status and codes follow REST 1.5 section 4.7 and REST 2.2 ``doc/status.md``. Where the two
interfaces differ it is said here and nowhere else: a semantic error is 403 in v1 and 422 in v2, an
empty answer is 404 in v1 and 204 in v2.
"""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from urllib.parse import unquote_plus
from uuid import uuid4
from xml.sax.saxutils import escape

import orjson
from flask import Flask, Response, request
from gunicorn.http.errors import NoMoreData, ParseException
from werkzeug.exceptions import HTTPException

from hub.errors import HubError, NoResults, SemanticError
from registry.context import current_hub, request_id
from registry.rest.negotiation import accepted

__all__ = [
    "REASON",
    "brief",
    "error_json",
    "error_xml",
    "init_errors",
    "is_sdmx",
    "no_body",
    "sdmx_error",
]

_LOG = logging.getLogger("registry")

_MESSAGE_NS = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message"
_COMMON_NS = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common"

#: HTTP status to SDMX code, for errors that come from the web framework.
_CODES = {400: 140, 401: 110, 403: 110, 404: 100, 405: 140, 406: 140, 413: 510, 414: 140, 501: 501}

#: Header that says why an answer without a body is one, such as a code that there is not.
REASON = "Mighub-Reason"

#: Characters of what a client sent that an error repeats.
_REPEATED = 80

_INTERNAL = "Something went wrong in the service. It was logged as {}."


def is_sdmx(path: str) -> bool:
    """Whether a path belongs to the SDMX interfaces."""
    return path == "/sdmx" or path.startswith("/sdmx/")


def error_xml(code: int, text: str) -> bytes:
    """An SDMX-ML 2.1 Error message."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<mes:Error xmlns:mes="{_MESSAGE_NS}" xmlns:com="{_COMMON_NS}">'
        f'<mes:ErrorMessage code="{code}">'
        f'<com:Text xml:lang="en">{escape(_printable(text))}</com:Text>'
        "</mes:ErrorMessage></mes:Error>\n"
    ).encode()


def error_json(
    code: int, status: int, title: str, text: str, meta: dict[str, object] | None = None
) -> bytes:
    """An error as the ``errors`` of an SDMX-JSON message, with no data.

    With ``meta`` it is a message of SDMX-JSON, whose version 2.1 asks for that head and knows no
    ``status`` beside the code.
    """
    error = {"code": code, "title": title, "detail": text}
    if meta is None:
        return orjson.dumps({"errors": [error | {"status": status}]})
    return orjson.dumps({"meta": meta, "errors": [error]})


def _meta() -> dict[str, object]:
    return {
        "id": f"ERROR-{uuid4().hex}",
        "test": False,
        "prepared": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "sender": {"id": current_hub().settings.sender},
    }


def _printable(text: str) -> str:
    return "".join(
        c if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff") else "?" for c in text
    )


def brief(text: str) -> str:
    """The text of an error; what it repeats of the request is cut to its first 80 characters."""
    sent = unquote_plus(" ".join((request.full_path, *request.headers.values())))
    given = (sent, repr(sent)[1:-1])  # most errors repeat it as a literal

    def cut(found: re.Match[str]) -> str:
        word = found[0]
        quote = word[0] if word[0] == word[-1] and word[0] in "'\"" else ""
        inner = word[1:-1] if quote else word
        if not any(inner[: _REPEATED + 1] in one for one in given):
            return word
        return f"{quote}{inner[:_REPEATED]}…{quote}"

    return _LONG.sub(cut, text)


#: What stands between quotes, and ids, of more characters than errors repeat.
_LONG = re.compile(
    "|".join(f"{one}{{{_REPEATED + 1},}}{end}" for one, end in (
        ("'[^']", "'"), ('"[^"]', '"'), (r"[^\s:()'\"]", ""),
    ))
)  # fmt: skip


def _in_header(text: str) -> str:
    return "".join(c if " " <= c <= "~" else "?" for c in text)


def _prefers_json() -> bool:
    ranges = [r for r in accepted(request.headers.get("Accept", "")) if r.quality > 0]
    best = max(ranges, key=lambda r: (r.quality, -r.order), default=None)
    return best is not None and best.subtype.endswith("json")


def sdmx_error(status: int, code: int, title: str, text: str) -> Response:
    """The response for an error under ``/sdmx``: XML, or JSON for who asks for JSON first."""
    if _prefers_json():
        body = error_json(code, status, title, text, _meta())
        return Response(body, status, content_type="application/json")
    return Response(error_xml(code, text), status, content_type="application/xml")


def no_body(status: int) -> Response:
    """A response without a body says nothing of its type."""
    response = Response(status=status)
    del response.headers["Content-Type"]
    return response


def _problem(status: int, code: int, title: str, text: str) -> Response:
    """The response for an error under ``/api``."""
    return Response(error_json(code, status, title, text), status, content_type="application/json")


def _plain(status: int, code: int, title: str, text: str) -> Response:
    """The response for an error where nobody offers a page for it."""
    return Response(f"{title}. {text}\n", status, content_type="text/plain; charset=utf-8")


def _respond(status: int, code: int, title: str, text: str) -> Response:
    text = brief(text)
    if is_sdmx(request.path):
        make = sdmx_error
    elif request.path.startswith("/api/") or request.path == "/health":
        make = _problem
    else:
        make = _plain
    return make(status, code, title, text)


def _hub_error(error: HubError) -> Response:
    status = error.http_status
    v1 = request.path.startswith("/sdmx/v1")
    if isinstance(error, SemanticError) and v1:
        status = 403
    if isinstance(error, NoResults) and is_sdmx(request.path) and not v1:
        response = no_body(204)
        response.headers[REASON] = _in_header(brief(error.message))
        return response
    if status >= 500 and status not in (501, 503):
        _LOG.error("request %s failed", request_id(), exc_info=error)
        return _respond(status, error.sdmx_code, error.title, _INTERNAL.format(request_id()))
    response = _respond(status, error.sdmx_code, error.title, error.message)
    if status == 503:
        response.headers["Retry-After"] = "5"
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="mighub"'
    return response


def _http_exception(error: HTTPException) -> Response:
    status = error.code or 500
    if 300 <= status < 400:
        return Response(error.get_body(), status, headers=error.get_headers())
    text = error.description or error.name
    if status == 404 and is_sdmx(request.path):
        text = "The standard has no such resource: there is /sdmx/v1/dataflow, /sdmx/v1/data/..."
    response = _respond(status, _CODES.get(status, 500), error.name, text)
    if status == 405:
        response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    return response


def _unexpected(error: Exception) -> Response:
    _LOG.error("request %s failed", request_id(), exc_info=error)
    return _respond(500, 500, "Internal error", _INTERNAL.format(request_id()))


def _broken_body(error: Exception) -> Response:
    return _respond(400, 140, "Bad request", "The body breaks off, or its chunks are not HTTP's.")


def init_errors(app: Flask) -> None:
    """Answer every error of ``app``; blueprints of pages may answer their own."""
    app.register_error_handler(HubError, _hub_error)
    app.register_error_handler(HTTPException, _http_exception)
    for broken in (ParseException, NoMoreData):
        app.register_error_handler(broken, _broken_body)
    app.register_error_handler(Exception, _unexpected)
