"""The application factory.

Everything with a ``blueprint`` under :mod:`registry.rest`, in :mod:`registry.pages` and beside
this module is found and registered, so a resource is added by adding a module.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from flask import Blueprint, Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

import registry
import registry.rest
from hub.settings import Settings
from hub.store.home import Hub
from registry.context import EXTENSION, ROUTE, request_id
from registry.observe import Observed
from registry.rest.errors import REASON, init_errors, is_sdmx
from registry.rest.http import VARY

__all__ = ["blueprints", "create_app"]

#: Modules of the registry that are not resources.
_OTHER = frozenset({"app", "cli", "context", "counting", "observe", "people_oidc", "server"})

_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
}

#: Said over https only, where it means something: two years.
_HSTS = "max-age=63072000"

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Content-Disposition, Content-Language, Content-Range, ETag, Last-Modified, "
        f"{REASON}, Retry-After, X-Request-ID"
    ),
}

_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": (
        "Accept, Accept-Language, Authorization, Content-Type, If-Modified-Since, If-None-Match, "
        "Range, X-Range"
    ),
    "Access-Control-Max-Age": "86400",
}


class _Rest(BaseConverter):
    """The rest of a path, slashes and empty segments included."""

    regex = "(?s:.*)"  # a line break too, to be refused as any control character
    part_isolating = False
    weight = 300


def create_app(source: Settings | Hub | None = None) -> Flask:
    """Make the application for a hub.

    ``source`` is the hub, or the settings of one that exists (``None``: those of the
    environment). Raises ``HubError`` when there is no hub there.
    """
    hub = source if isinstance(source, Hub) else Hub.open(source or Settings.load())
    app = Flask("registry", static_folder=None)
    app.extensions[EXTENSION] = hub
    if hub.settings.oidc_issuer:  # a hub whose sign-in is set wrongly does not start
        from registry.people_oidc import Provider  # noqa: PLC0415 - only for who has one

        app.extensions["mighub.oidc"] = Provider(hub.settings)
    app.config["MAX_CONTENT_LENGTH"] = hub.settings.max_upload
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # an empty part of an SDMX path has a meaning
    app.url_map.converters["rest"] = _Rest
    if hub.settings.proxies:
        n = hub.settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    app.wsgi_app = Observed(app.wsgi_app, hub.settings.query_seconds)  # type: ignore[method-assign]
    app.before_request(_note_route)
    app.after_request(_finish)
    init_errors(app)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
    return app


def blueprints() -> Iterator[Blueprint]:
    """The ``blueprint`` of each module, in the order of their names."""
    names = [f"registry.rest.{m.name}" for m in pkgutil.iter_modules(registry.rest.__path__)] + [
        f"registry.{m.name}"
        for m in pkgutil.iter_modules(registry.__path__)
        if m.name not in _OTHER and m.name != "rest"
    ]
    for name in sorted(names):
        found = getattr(import_module(name), "blueprint", None)
        if isinstance(found, Blueprint):
            yield found


def _note_route() -> None:
    if request.url_rule is not None:
        request.environ[ROUTE] = request.url_rule.rule


def _finish(response: Response) -> Response:
    response.headers["X-Request-ID"] = request_id()
    for name, value in _SECURITY.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = _HSTS
    if response.status_code in (401, 403):
        response.headers["Cache-Control"] = "no-store"
    if is_sdmx(request.path):
        response.headers["Vary"] = VARY
        response.headers.update(_CORS)
        if request.method == "OPTIONS":
            response.headers.update(_PREFLIGHT)
    return response
