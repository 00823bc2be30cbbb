"""Signing in at one's institution: to its OpenID provider and back."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, cast

from flask import current_app, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from hub.errors import NotFound, Unauthorized
from hub.store.home import Hub
from hub.store.people import Person
from registry.context import current_hub
from registry.pages.sign_in import enter, safe_next, sign_in_form
from registry.pages.site import blueprint, say

if TYPE_CHECKING:
    from registry.people_oidc import Provider

__all__ = ["oidc_back", "oidc_start"]

#: What binds the answer of the provider to this browser, and where to go afterwards.
_COOKIE, _NEXT = "mighub_oidc", "mighub_oidc_next"
_SECONDS = 600


def _provider() -> Provider:
    known = current_app.extensions.get("mighub.oidc")
    if known is None:
        raise NotFound("This hub has no OpenID provider.")
    return cast("Provider", known)


def _back() -> str:
    return url_for("pages.oidc_back", _external=True)


@blueprint.get("/sign-in/oidc")
def oidc_start() -> Response:
    """To the provider."""
    provider, cookie = _provider(), secrets.token_urlsafe(32)
    response = make_response(redirect(provider.start(cookie, _back()), 303))
    for name, value in ((_COOKIE, cookie), (_NEXT, safe_next(request.args.get("next")))):
        response.set_cookie(
            name, value, max_age=_SECONDS, httponly=True, secure=request.is_secure,
            samesite="Lax", path="/sign-in/oidc",
        )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/sign-in/oidc/back")
def oidc_back() -> Response:
    """From the provider: begin a session, or say that it did not confirm."""
    hub = current_hub()
    try:
        person = _vouched(hub)
    except Unauthorized:
        hub.sessions.refused("oidc", request.remote_addr or "", "oidc")
        response = sign_in_form(401, say()("sign.oidc_failed"))
    else:
        response = enter(hub, person, safe_next(request.cookies.get(_NEXT)))
    for name in (_COOKIE, _NEXT):
        response.delete_cookie(name, path="/sign-in/oidc")
    return response


def _vouched(hub: Hub) -> Person:
    """Whom the provider vouches for; raises ``Unauthorized`` when it does not."""
    provider, cookie = _provider(), request.cookies.get(_COOKIE, "")
    if not cookie or "code" not in request.args:
        raise Unauthorized("The provider sent no code to this browser.")
    claims = provider.finish(cookie, request.args.get("state", ""), request.args["code"], _back())
    person = hub.people.vouched(claims.issuer, claims.subject, claims.name, claims.grants)
    if person is None:
        raise Unauthorized("This account is disabled.")
    return person
