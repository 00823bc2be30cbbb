"""Signing in through an OpenID provider: authorization code with PKCE, checked ID tokens.

State, nonce and PKCE verifier are derived from one random cookie, so nothing is stored between the
two halves and a code is good for the browser that asked only. Claims give grants by the mapping of
``HUB_OIDC_GRANTS``; a person whose claims are not in it has none. Sources: OpenID Connect Core 1.0
section 3.1, OpenID Connect Discovery 1.0, RFC 7636.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from hub.errors import HubError, Unauthorized, Unavailable
from hub.settings import Settings
from hub.store.rights import Grant

__all__ = ["Claims", "Provider", "mapping"]

_TIMEOUT = 10
#: Seconds that what the provider says of itself is believed.
_KEPT = 3600
#: Seconds that its clock and ours may differ.
_LEEWAY = 60
#: Signatures that are accepted: never ``none``, never one with a shared secret.
_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
_NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a provider vouches for."""

    issuer: str
    subject: str
    name: str
    grants: tuple[Grant, ...]


def mapping(text: str) -> list[tuple[str, str, Grant]]:
    """Claim, value and grant of each line of ``claim=value > role:scope; ...``.

    Raises ``HubError`` for what cannot be read: a hub must not start with half of its rules.
    """
    found = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        condition, arrow, grant = part.rpartition(">")
        claim, equals, value = condition.strip().partition("=")
        if not (arrow and equals and claim and value):
            raise HubError(f"HUB_OIDC_GRANTS: {part!r} is not `claim=value > role:scope`.")
        found.append((claim, value, Grant.parse(grant)))
    return found


class Provider:
    """The OpenID provider of the settings. One per application; safe in several threads."""

    def __init__(self, settings: Settings) -> None:
        self.issuer = settings.oidc_issuer.rstrip("/")
        self._id, self._secret = settings.oidc_client_id, settings.oidc_client_secret
        self._mapping = mapping(settings.oidc_grants)
        self._known: tuple[float, Mapping[str, Any], KeySet] | None = None
        self._guard = threading.Lock()
        if not self._id:
            raise HubError("HUB_OIDC_ISSUER needs HUB_OIDC_CLIENT_ID.")
        _check_address(self.issuer)

    def start(self, cookie: str, back: str) -> str:
        """Where to send the browser that holds ``cookie``; ``back`` is the callback's address."""
        about, _ = self._provider()
        with self._client(back) as client:
            url, _state = client.create_authorization_url(
                about["authorization_endpoint"], state=_derived(cookie, "state"),
                code_verifier=_derived(cookie, "verifier"), nonce=_derived(cookie, "nonce"),
            )  # fmt: skip
        return str(url)

    def finish(self, cookie: str, state: str, code: str, back: str) -> Claims:
        """Who signed in, from the answer of the provider to the browser.

        Raises ``Unauthorized`` when anything about it is not right.
        """
        if not hmac.compare_digest(state.encode(), _derived(cookie, "state").encode()):
            raise Unauthorized("This sign-in was not begun in this browser.")
        about, keys = self._provider()
        try:
            with self._client(back) as client:
                token = client.fetch_token(
                    about["token_endpoint"], code=code, timeout=_TIMEOUT,
                    code_verifier=_derived(cookie, "verifier"),
                )  # fmt: skip
            claims = self._checked(str(token["id_token"]), keys, _derived(cookie, "nonce"))
        except (AuthlibBaseError, JoseError, KeyError, TypeError, ValueError) as error:
            raise Unauthorized("The OpenID provider did not confirm who this is.") from error
        except requests.RequestException as error:
            raise Unavailable("The OpenID provider cannot be reached.") from error
        name = claims.get("name") or claims.get("email") or claims["sub"]
        return Claims(self.issuer, claims["sub"], str(name), self._granted(claims))

    def _checked(self, id_token: str, keys: KeySet, nonce: str) -> dict[str, Any]:
        token = jwt.decode(id_token, keys, algorithms=list(_ALGORITHMS))
        wanted = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self._id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        claims = dict(token.claims)
        wanted.validate(claims)
        audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if claims.get("azp", self._id) != self._id or (len(audience) > 1 and "azp" not in claims):
            raise ValueError("the token is for another client")
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 300:
            raise ValueError("the subject is no text")
        return claims

    def _granted(self, claims: Mapping[str, Any]) -> tuple[Grant, ...]:
        return tuple(
            dict.fromkeys(
                grant for claim, value, grant in self._mapping if value in _values(claims, claim)
            )
        )

    def _client(self, back: str) -> Any:
        return OAuth2Session(
            self._id, self._secret or None, redirect_uri=back, scope="openid profile email",
            code_challenge_method="S256", default_timeout=_TIMEOUT,
            token_endpoint_auth_method="client_secret_basic" if self._secret else "none",
        )  # fmt: skip

    def _provider(self) -> tuple[Mapping[str, Any], KeySet]:
        """What the provider says of itself, and its keys."""
        with self._guard:
            if self._known is None or time.monotonic() - self._known[0] > _KEPT:
                about = _fetched(f"{self.issuer}/.well-known/openid-configuration")
                if about.get("issuer", "").rstrip("/") != self.issuer or not all(
                    isinstance(about.get(name), str) for name in _NEEDED
                ):
                    raise Unavailable("The OpenID provider does not describe itself rightly.")
                for name in _NEEDED[1:]:
                    _check_address(about[name])
                keys = KeySet.import_key_set(_fetched(about["jwks_uri"]))  # type: ignore[arg-type]
                self._known = (time.monotonic(), about, keys)
            return self._known[1], self._known[2]


def _fetched(url: str) -> dict[str, Any]:
    try:
        answer = requests.get(url, timeout=_TIMEOUT, allow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise Unavailable("The OpenID provider cannot be reached.") from error
    if not isinstance(found, dict):
        raise Unavailable("The OpenID provider does not describe itself rightly.")
    return found


def _values(claims: Mapping[str, Any], claim: str) -> Iterable[Any]:
    """The values of a claim; ``realm_access.roles`` goes into an object."""
    value: Any = claims
    for step in claim.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value if isinstance(value, list) else [value]


def _check_address(url: str) -> None:
    """Secrets travel over TLS, or stay on this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = host == "localhost"
    if parts.scheme != "https" and not (parts.scheme == "http" and here):
        raise HubError("The addresses of an OpenID provider begin with https.")


def _derived(cookie: str, use: str) -> str:
    digest = hmac.new(cookie.encode(), use.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
