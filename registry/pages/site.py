"""The frame of all pages: the blueprint, the language, the headers, the errors."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from markupsafe import Markup
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import BaseConverter

from hub.errors import HubError, Unauthorized
from hub.store.sessions import Session
from hub.validation.error_sentences import told_error
from registry.auth import CSRF_FIELD, Right, may, session_of_request
from registry.context import current_hub, request_id
from registry.pages.figures import day, moment, period_name
from registry.pages.i18n import COOKIE, LANGUAGES, Words, negotiate, words
from registry.pages.names import kind_name
from registry.rest.errors import brief

__all__ = ["blueprint", "query_string", "say", "told"]

_LOG = logging.getLogger("registry")

_HERE = Path(__file__).parent

blueprint = Blueprint(
    "pages",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/assets",
)

#: Nothing but our own files, no inline script or style, no plug-ins, no framing.
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_A_YEAR = 31_536_000


class _Page(BaseConverter):
    """Any path but those of the machine interfaces, which answer their own errors."""

    regex = r"(?!(?:sdmx|api|health|metrics|openapi\.json)(?:/|$)).*"
    part_isolating = False
    weight = 1000


def _add_converter(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["page"] = _Page


blueprint.record(_add_converter)


def say() -> Words:
    """The words in the language of the present request."""
    if "words" not in g:
        g.words = words(negotiate(request))
    found: Words = g.words
    return found


def query_string(arguments: Mapping[str, Any]) -> str:
    """``?a=1&b=2`` from arguments, brackets and commas left readable; empty without any."""
    pairs = {k: v for k, v in arguments.items() if v not in (None, "", [])}
    encoded = urlencode(pairs, doseq=True, safe="[],:")
    return f"?{encoded}" if encoded else ""


@cache
def _version(filename: str) -> str:
    """A tag of a static file's content: an address names one content for ever."""
    return hashlib.sha256((_HERE / "static" / filename).read_bytes()).hexdigest()[:12]


def _asset(filename: str) -> str:
    return url_for("pages.static", filename=filename, v=_version(filename))


def _in_language(language: str) -> str:
    """Address of the present page in a language."""
    arguments = {**request.args.to_dict(flat=False), "lang": [language]}
    return request.path + query_string(arguments)


def _breakable(url: str) -> Markup:
    """A URL that may break after its separators."""
    parts = (Markup.escape(part) for part in re.split(r"(?<=[/,&?=])", url))
    return Markup("<wbr>").join(parts)


def _csrf_field(session: Session | None) -> Markup:
    """The hidden field of a form that changes something; nothing without a session."""
    if session is None:
        return Markup()
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, session.csrf)


@blueprint.context_processor
def _context() -> dict[str, Any]:
    t = say()
    session = session_of_request(current_hub(), request)
    return {
        "t": t,
        "languages": LANGUAGES,
        "asset": _asset,
        "in_language": _in_language,
        "query_string": query_string,
        "moment": lambda when: moment(when, t.locale),
        "breakable": _breakable,
        "kind_name": lambda kind, one=False: kind_name(kind, t, one),
        "day": lambda when: day(when, t.locale),
        "period": lambda text: period_name(text, t.locale),
        "session": session,
        "csrf_field": lambda: _csrf_field(session),
        "may": lambda right: session is not None and may(session.principal, Right(right)),
    }


@blueprint.after_request
def _headers(response: Response) -> Response:
    if request.endpoint == "pages.static":
        if request.args.get("v"):
            response.headers["Cache-Control"] = f"public, max-age={_A_YEAR}, immutable"
        return response
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Content-Language"] = say().language
    private = session_of_request(current_hub(), request) is not None
    response.headers.setdefault("Cache-Control", "no-store" if private else "no-cache")
    response.vary.update(("Accept-Language", "Cookie"))
    asked = request.args.get("lang")
    if asked is not None and asked in LANGUAGES:
        response.set_cookie(
            COOKIE, asked, max_age=_A_YEAR, samesite="Lax", httponly=True, secure=request.is_secure
        )
    return response


def _error_page(status: int, detail: str) -> Response:
    t = say()
    title = f"error.{status}" if t.has(f"error.{status}") else "error.500"
    return make_response(
        render_template(
            "pages/error.html",
            status=status,
            title=t(title),
            detail=brief(detail),
            number=request_id(),
        ),
        status,
    )


def told(error: HubError) -> str:
    """What an error says, in the reader's language.

    Errors are raised in English, but for those of pages. One that nobody has put into the reader's
    language is told by what its status means.
    """
    t = say()
    if t.has_text(error.message):
        return error.message
    sentence = told_error(error.message, t.language)
    if sentence is not None:
        return sentence
    general = f"error.what_{error.http_status}"
    return t(general) if t.has(general) else ""


@blueprint.errorhandler(HubError)
def _hub_error(error: HubError) -> Response:
    if error.http_status >= 500 and error.http_status not in (501, 503):
        return _unexpected(error)
    if isinstance(error, Unauthorized) and request.method == "GET":
        here = request.full_path.rstrip("?")
        return make_response(redirect(url_for("pages.sign_in", next=here), 303))
    return _error_page(error.http_status, told(error))


@blueprint.errorhandler(HTTPException)
def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return make_response(error.get_response())
    return _error_page(status, say()("error.what_404") if status == 404 else "")


@blueprint.errorhandler(Exception)
def _unexpected(error: Exception) -> Response:
    _LOG.error("request %s failed", request_id(), exc_info=error)
    return _error_page(500, say()("error.what_500"))


@blueprint.get("/<page:path>")
def nowhere(path: str) -> Response:
    """Any other address is an error page, in the reader's language."""
    raise NotFound


@blueprint.get("/docs")
def docs() -> str:
    """Short documentation of the addresses."""
    t = say()
    return render_template(f"pages/docs_{t.language}.html", root=request.host_url.rstrip("/"))
