"""Who is asking, and whether they may.

Programs send an API key in ``Authorization: Bearer KEY`` or ``X-API-Key``; clients that only know
a user and a password (``Authorization: Basic``) give the key as password, the user's name means
nothing. Browsers have a session cookie; whatever changes something then also needs the token of
the session's forms, in the field ``csrf`` or the header ``X-CSRF-Token``.

The catalogue keeps the SHA-256 of keys and session ids only; they are never logged or echoed. What
a role may do stands in :mod:`hub.store.rights`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import cast

from flask import Request, Response, g

from hub.errors import Forbidden, Unauthorized
from hub.store.home import Hub
from hub.store.keys import ApiKey
from hub.store.rights import Principal, Right, Role, Subject, may, scopes
from hub.store.sessions import Session

__all__ = [
    "CSRF_FIELD",
    "CSRF_HEADER",
    "Right",
    "Role",
    "Subject",
    "authenticate",
    "cookie_name",
    "drop_session",
    "give_session",
    "identify",
    "key_of_request",
    "may",
    "principal_of_request",
    "require",
    "require_own_form",
    "scopes",
    "session_of_request",
]

CSRF_FIELD, CSRF_HEADER = "csrf", "X-CSRF-Token"

#: Longer texts are no key or session of ours; they are not even hashed.
_LONGEST = 512

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def key_of_request(request: Request) -> str | None:
    """The key that a request carries, ``None`` without one.

    Raises ``Unauthorized`` when it carries two that differ: it is not clear who is asking.
    """
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    given = {
        key.strip()
        for key in (
            bearer if scheme.lower() == "bearer" else "",
            _password(bearer) if scheme.lower() == "basic" else "",
            request.headers.get("X-API-Key", ""),
        )
        if key.strip()
    }
    if len(given) > 1:
        raise Unauthorized("The request carries two different API keys. Send one.")
    return given.pop() if given else None


def _password(encoded: str) -> str:
    """The password of basic credentials; empty when they cannot be read."""
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def identify(hub: Hub, key: str | None) -> ApiKey:
    """The key as the catalogue knows it.

    Raises ``Unauthorized`` without a key, or with one that is unknown, revoked or expired: all are
    told in the same words.
    """
    if not key:
        raise Unauthorized(
            "This needs an API key: send it as `Authorization: Bearer KEY` or `X-API-Key: KEY`."
        )
    found = hub.keys.find(key) if len(key) <= _LONGEST else None
    digest = hashlib.sha256(key.encode()).hexdigest()
    if found is None or not hmac.compare_digest(found.sha256, digest):
        raise Unauthorized("The API key is not known here, or it was revoked.")
    hub.keys.used(found)
    return found


def principal_of_request(hub: Hub, request: Request) -> Principal:
    """Who asks: by the key of the request or, without one, by its session.

    Raises ``Unauthorized`` (401) when nobody is known, and ``Forbidden`` (403) when a session is
    used to change something without the token of its forms.
    """
    key = key_of_request(request)
    session = session_of_request(hub, request) if key is None else None
    if session is None:
        return identify(hub, key).principal
    if request.method not in _SAFE:
        _check_csrf(request, session.csrf)
    return session.principal


def require(who: Principal, right: Right, subject: Subject | None = None) -> Principal:
    """``who`` itself when it may do this; raises ``Forbidden`` otherwise."""
    if not may(who, right, subject):
        held = ", ".join(str(grant) for grant in who.grants) or "no role"
        raise Forbidden(f"Who holds {held} may not do this.")
    return who


def authenticate(
    hub: Hub, request: Request, right: Right, subject: Subject | None = None
) -> Principal:
    """Who asks, allowed to do this with ``subject``, or with something when it is not known yet.

    Raises ``Unauthorized`` (401) or ``Forbidden`` (403).
    """
    return require(principal_of_request(hub, request), right, subject)


# Sessions


def cookie_name(request: Request) -> str:
    """Name of the cookie: over https one that no other host can set."""
    return "__Host-mighub" if request.is_secure else "mighub"


def session_of_request(hub: Hub, request: Request) -> Session | None:
    """The open session of the request, ``None`` without one."""
    if "mighub_session" not in g:
        secret = request.cookies.get(cookie_name(request), "")
        g.mighub_session = hub.sessions.find(secret) if 0 < len(secret) <= _LONGEST else None
    return cast("Session | None", g.mighub_session)


def give_session(request: Request, response: Response, secret: str) -> None:
    """Let the browser keep a session until it is closed."""
    response.set_cookie(
        cookie_name(request), secret, httponly=True, secure=request.is_secure, samesite="Lax",
        path="/",
    )  # fmt: skip


def drop_session(request: Request, response: Response) -> None:
    """Let the browser forget its session."""
    response.delete_cookie(
        cookie_name(request), httponly=True, secure=request.is_secure, samesite="Lax", path="/"
    )


def require_own_form(hub: Hub, request: Request) -> None:
    """Raise ``Forbidden`` when a form was sent from another site.

    For forms that need no session: what the browser says of their origin decides, and the token
    where there is a session.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site not in (None, "same-origin", "none") or (
        origin is not None and origin != request.host_url.rstrip("/")
    ):
        raise Forbidden("This form was sent from another site. Open the page here and try again.")
    session = session_of_request(hub, request)
    if session is not None:
        _check_csrf(request, session.csrf)


def _check_csrf(request: Request, wanted: str) -> None:
    given = request.headers.get(CSRF_HEADER, "")
    if not given and request.mimetype in _FORMS:
        given = request.form.get(CSRF_FIELD, "")
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise Forbidden("This form is too old or comes from elsewhere. Load the page again.")
