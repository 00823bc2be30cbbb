"""Who is asking: API keys in ``Authorization: Bearer KEY`` or ``X-API-Key``.

Clients that only know a user and a password (``Authorization: Basic``) give the key as password;
the user's name means nothing.

The catalogue keeps the SHA-256 of a key only; a key is never logged, echoed or put in an URL.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from flask import Request

from hub.errors import Forbidden, Unauthorized
from hub.store.home import Hub
from hub.store.keys import ApiKey, Role

__all__ = [
    "MAY_MAINTAIN",
    "MAY_READ_ALL",
    "MAY_REGISTER",
    "MAY_SUBMIT",
    "allow",
    "authenticate",
    "identify",
    "key_of_request",
]

#: Roles that may hand in data; a provider's key only for its own provider.
MAY_SUBMIT = frozenset({Role.ADMIN, Role.AGENCY, Role.PROVIDER})

#: Roles that see everybody's submissions.
MAY_READ_ALL = frozenset({Role.ADMIN, Role.AGENCY, Role.REVIEWER})

#: Roles that may change structures; an agency's key only those of its own agency.
MAY_MAINTAIN = frozenset({Role.ADMIN, Role.AGENCY})

#: Roles that may register data; a provider's key only under its own agreements.
MAY_REGISTER = frozenset({Role.ADMIN, Role.AGENCY, Role.PROVIDER})

#: Longer texts are no key of ours; they are not even hashed.
_LONGEST = 512


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

    Raises ``Unauthorized`` without a key, or with one that is unknown or revoked: both are told
    in the same words.
    """
    if not key:
        raise Unauthorized(
            "This needs an API key: send it as `Authorization: Bearer KEY` or `X-API-Key: KEY`."
        )
    found = hub.keys.find(key) if len(key) <= _LONGEST else None
    digest = hashlib.sha256(key.encode()).hexdigest()
    if found is None or not hmac.compare_digest(found.sha256, digest):
        raise Unauthorized("The API key is not known here, or it was revoked.")
    return found


def allow(key: ApiKey, roles: frozenset[Role]) -> ApiKey:
    """``key`` itself when its role is among ``roles``; raises ``Forbidden`` otherwise."""
    if key.role not in roles:
        raise Forbidden(f"An API key with the role {key.role.value!r} may not do this.")
    return key


def authenticate(hub: Hub, request: Request, roles: frozenset[Role]) -> ApiKey:
    """The key of a request, allowed to act in one of ``roles``.

    Raises ``Unauthorized`` (401) or ``Forbidden`` (403).
    """
    return allow(identify(hub, key_of_request(request)), roles)
