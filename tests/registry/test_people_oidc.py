"""Signing in through an OpenID provider: a real small one on loopback, with RS256 and PKCE."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from hub.errors import HubError
from hub.settings import Settings
from hub.store import audit
from hub.store.home import Hub
from hub.store.rights import Grant
from registry.app import create_app
from registry.people_oidc import Provider, mapping

CLIENT, SECRET = "mighub-test", "secret-of-the-hub-at-the-provider"


@dataclass
class Issuer:
    """An OpenID provider. ``twist`` changes the ID token, ``signer`` what it is signed with."""

    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    address: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    twist: dict[str, Any] = field(default_factory=dict)
    signer: Any = None
    algorithm: str = "RS256"
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def about(self) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to: the person always agrees."""
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, asked: dict[str, str], credentials: str) -> dict[str, Any] | None:
        known = self.codes.pop(asked.get("code", ""), None)
        expected = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if known is None or credentials != f"Basic {expected}":
            return None
        digest = hashlib.sha256(asked["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != known["code_challenge"]:
            return None
        now = int(time.time())
        claims = {
            "iss": self.address, "aud": CLIENT, "sub": "subject-1", "iat": now, "exp": now + 300,
            "nonce": known["nonce"], **self.claims, **self.twist,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": "one"}
        signed = jwt.encode(header, claims, self.signer or self.key, algorithms=[self.algorithm])
        return {"access_token": "x", "token_type": "Bearer", "id_token": signed}


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    made = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path == "/.well-known/openid-configuration":
                self.answer(200, made.about())
            elif url.path == "/keys":
                self.answer(200, KeySet([made.key]).as_dict(private=False))
            elif url.path == "/authorize":
                asked = {k: v[0] for k, v in parse_qs(url.query).items()}
                self.send_response(302)
                self.send_header("Location", made.authorize(asked))
                self.end_headers()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked = {k: v[0] for k, v in parse_qs(body).items()}
            token = made.token(asked, self.headers.get("Authorization", ""))
            self.answer(200 if token else 400, token or {"error": "invalid_grant"})

        def answer(self, status: int, content: dict[str, Any]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def hub(tmp_path: Path, issuer: Issuer) -> Iterator[Hub]:
    env = {
        "HUB_HOME": str(tmp_path), "HUB_OIDC_ISSUER": issuer.address, "HUB_OIDC_CLIENT_ID": CLIENT,
        "HUB_OIDC_CLIENT_SECRET": SECRET,
        "HUB_OIDC_GRANTS": "groups=stat-admins > admin; groups=inm > provider:MEX_INM; "
                           "realm.roles=look > reader",
    }  # fmt: skip
    with Hub.init(Settings.load(env)) as made:
        yield made


@pytest.fixture
def client(hub: Hub) -> FlaskClient:
    return create_app(hub).test_client()


def agree(client: FlaskClient, path: str = "/sign-in/oidc") -> str:
    """To the provider and back, as a browser goes; the address to come back to."""
    start = client.get(path)
    assert start.status_code == 303
    back = requests.get(start.headers["Location"], allow_redirects=False, timeout=10)
    url = urlsplit(back.headers["Location"])
    return f"{url.path}?{url.query}"


def test_claims_give_the_grants_of_the_mapping(
    client: FlaskClient, hub: Hub, issuer: Issuer
) -> None:
    issuer.claims = {"name": "Eva", "groups": ["inm", "others"], "realm": {"roles": ["look"]}}
    answer = client.get(agree(client, "/sign-in/oidc?next=/upload"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/upload")
    me = client.get("/api/me").json
    assert (me["name"], me["grants"]) == ("Eva", ["provider:MEX_INM", "reader"])
    (person,) = hub.people.all()
    assert (person.issuer, person.has_password) == (issuer.address, False)

    hub.people.change(person.id, grants=[Grant.parse("reviewer")])
    issuer.claims = {"name": "Eva", "groups": "stat-admins"}
    client.get(agree(client))
    grants = {str(grant) for grant in hub.people.get(person.id).grants}
    assert grants == {"admin", "reviewer"}, "those of the claims change, those made here stay"
    assert len(hub.people.all()) == 1


def test_who_is_in_no_mapping_has_no_role(client: FlaskClient, hub: Hub, issuer: Issuer) -> None:
    issuer.claims = {"name": "X", "groups": ["admin", "stat-admins2"], "email": "root@example.org"}
    hub.people.add("root@example.org", "Root", [Grant.parse("admin")])
    assert client.get(agree(client)).status_code == 303
    assert client.get("/api/me").json["grants"] == []
    assert client.get("/api/people").status_code == 403
    assert client.get("/api/submissions").status_code == 403
    assert "no role yet" in client.get("/account").text
    assert len(hub.people.all()) == 2, "an account is never joined by its address"


def test_a_disabled_person_stays_out(client: FlaskClient, hub: Hub, issuer: Issuer) -> None:
    client.get(agree(client))
    (person,) = hub.people.all()
    hub.people.change(person.id, disabled=True)
    client.delete_cookie("mighub")
    assert client.get(agree(client)).status_code == 401
    assert client.get("/api/me").status_code == 401


@pytest.mark.parametrize(
    "twist",
    [
        {"iss": "http://127.0.0.1:1"}, {"aud": "another-client"}, {"aud": [CLIENT, "another"]},
        {"azp": "another"}, {"nonce": "x"}, {"nonce": None}, {"exp": 1}, {"exp": None},
        {"sub": None}, {"sub": ""}, {"sub": 7}, {"iat": None},
        {"iat": int(time.time()) + 9999, "nbf": int(time.time()) + 9999},
    ],
)  # fmt: skip
def test_a_token_that_is_not_right_in_everything_is_refused(
    client: FlaskClient, hub: Hub, issuer: Issuer, twist: dict[str, Any]
) -> None:
    issuer.twist = twist
    assert client.get(agree(client)).status_code == 401
    assert client.get("/api/me").status_code == 401
    assert hub.people.all() == []


def test_a_signature_of_somebody_else_is_refused(client: FlaskClient, issuer: Issuer) -> None:
    issuer.signer = RSAKey.generate_key(2048, {"kid": "one"})
    assert client.get(agree(client)).status_code == 401
    # The public key as a shared secret: the old confusion of algorithms.
    issuer.signer, issuer.algorithm = OctKey.import_key(SECRET), "HS256"
    assert client.get(agree(client)).status_code == 401


def test_the_answer_is_good_once_and_in_the_browser_that_asked(
    client: FlaskClient, hub: Hub
) -> None:
    back = agree(client)
    other = client.application.test_client()
    assert other.get(back).status_code == 401, "another browser"
    agree(other)
    assert other.get(back).status_code == 401, "another browser that asked too"
    back = agree(client)
    assert client.get(back.replace("state=", "state=x")).status_code == 401
    back = agree(client)
    assert client.get(back).status_code == 303
    client.delete_cookie("mighub")
    assert client.get(back).status_code == 401, "once"
    assert client.get("/sign-in/oidc/back?error=access_denied").status_code == 401
    trail = [e for e in _actions(hub) if e == "session.refused"]
    assert len(trail) == 5


def _actions(hub: Hub) -> list[str]:
    return [entry.action for entry in audit.entries(hub.catalogue)]


def test_a_provider_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    env = {"HUB_HOME": str(tmp_path), "HUB_OIDC_ISSUER": "http://127.0.0.1:9",
           "HUB_OIDC_CLIENT_ID": "x"}  # fmt: skip
    with Hub.init(Settings.load(env)) as hub:
        assert create_app(hub).test_client().get("/sign-in/oidc").status_code == 503
    with Hub.init(Settings.load({"HUB_HOME": str(tmp_path)})) as hub:
        client = create_app(hub).test_client()
        assert client.get("/sign-in/oidc").status_code == 404
        assert "/sign-in/oidc" not in client.get("/sign-in").text


@pytest.mark.parametrize(
    "env",
    [
        {"HUB_OIDC_ISSUER": "http://idp.example.org", "HUB_OIDC_CLIENT_ID": "x"},
        {"HUB_OIDC_ISSUER": "https://idp.example.org"},
        {"HUB_OIDC_ISSUER": "https://idp.example.org", "HUB_OIDC_CLIENT_ID": "x",
         "HUB_OIDC_GRANTS": "groups=a > boss"},
        {"HUB_OIDC_ISSUER": "https://idp.example.org", "HUB_OIDC_CLIENT_ID": "x",
         "HUB_OIDC_GRANTS": "groups > admin"},
    ],
)  # fmt: skip
def test_settings_that_are_not_safe_are_refused(tmp_path: Path, env: dict[str, str]) -> None:
    settings = Settings.load({"HUB_HOME": str(tmp_path), **env})
    with pytest.raises(HubError):
        Provider(settings)


def test_the_mapping_is_read_as_written() -> None:
    assert mapping("a=b=c > provider:X;groups=https://x/y > admin ; ") == [
        ("a", "b=c", Grant.parse("provider:X")), ("groups", "https://x/y", Grant.parse("admin")),
    ]  # fmt: skip
