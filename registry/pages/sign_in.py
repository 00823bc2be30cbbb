"""Signing in and out, the account of who is signed in, and choosing a password by a link."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from hub.errors import Forbidden, NotFound, SemanticError, Unauthorized
from hub.store import passwords
from hub.store.home import Hub
from hub.store.keys import ApiKey
from hub.store.people import Person
from registry.auth import (
    drop_session,
    give_session,
    identify,
    principal_of_request,
    require_own_form,
    session_of_request,
)
from registry.context import current_hub
from registry.pages.site import blueprint, say

__all__ = ["enter", "safe_next", "sign_in_form"]


def safe_next(text: str | None) -> str:
    """Where to go after signing in: a path of this hub, else the account page."""
    target = text or ""
    parts = urlsplit(target)
    inside = target.startswith("/") and not target.startswith("//") and "\\" not in target
    if inside and target.isprintable() and not parts.scheme and not parts.netloc:
        return target
    return url_for("pages.account")


def enter(hub: Hub, who: Person | ApiKey, target: str) -> Response:
    """Begin a session with a new id, in place of the present one, and go on."""
    session = session_of_request(hub, request)
    secret = hub.sessions.begin(who, instead=None if session is None else session.secret)
    response = make_response(redirect(target, 303))
    give_session(request, response, secret)
    return response


def sign_in_form(status: int = 200, fault: str = "", wait: int = 0) -> Response:
    """The form, with what was wrong and the seconds to wait."""
    response = make_response(
        render_template(
            "pages/sign_in.html", fault=fault, next=request.values.get("next", ""),
            login=request.form.get("login", ""), oidc=bool(current_hub().settings.oidc_issuer),
        ),
        status,
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


@blueprint.get("/sign-in")
def sign_in() -> Response:
    """The form."""
    return sign_in_form()


@blueprint.post("/sign-in")
def do_sign_in() -> Response:
    """Sign in with a password or a key: to where one came from, or back to the form.

    A wrong password, an unknown account and a disabled one are answered alike.
    """
    hub, t = current_hub(), say()
    require_own_form(hub, request)
    key = request.form.get("key", "").strip()
    login = request.form.get("login", "")
    account, address = (f"key {key}" if key else login), request.remote_addr or ""
    wait = hub.sessions.attempt(account, address)
    if wait:
        hub.sessions.refused(account, address, "too many attempts")
        return sign_in_form(429, t("sign.too_many", minutes=-(-wait // 60)), wait)
    found = (
        _known_key(hub, key) if key else hub.people.check(login, request.form.get("password", ""))
    )
    if found is None:
        hub.sessions.refused(account, address, "key" if key else "password")
        return sign_in_form(401, t("sign.wrong_key" if key else "sign.wrong"))
    hub.sessions.succeeded(account, address)
    return enter(hub, found, safe_next(request.form.get("next")))


def _known_key(hub: Hub, key: str) -> ApiKey | None:
    try:
        return identify(hub, key)
    except Unauthorized:
        return None


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End this session, or with ``everywhere`` all of this person."""
    hub = current_hub()
    session = session_of_request(hub, request)
    response = make_response(redirect(url_for("pages.home"), 303))
    if session is not None:
        principal_of_request(hub, request)  # the form has to be ours
        if request.form.get("everywhere") == "true" and session.person is not None:
            hub.sessions.end_all(session.person)
        else:
            hub.sessions.end(session)
    drop_session(request, response)
    return response


@blueprint.get("/account")
def account() -> Response:
    """Who is signed in, with which grants."""
    return _account_page()


def _account_page(status: int = 200, fault: str = "", done: bool = False) -> Response:
    hub = current_hub()
    principal = principal_of_request(hub, request) if request.method == "GET" else None
    session = session_of_request(hub, request)
    if session is None:
        raise Forbidden("This page is for browsers: a program asks /api/me.")
    return make_response(
        render_template(
            "pages/account.html", who=principal or session.principal, person=session.person,
            fault=fault, done=done, least=passwords.LEAST,
        ),
        status,
    )  # fmt: skip


@blueprint.post("/account")
def change_password() -> Response:
    """Change the password: all sessions of this person end, and a new one begins here."""
    hub, t = current_hub(), say()
    principal_of_request(hub, request)
    session = session_of_request(hub, request)
    if session is None or session.person is None:
        raise Forbidden("Only who signed in with a password can change it.")
    person, address = session.person, request.remote_addr or ""
    fault = _password_fault()
    if fault:
        return _account_page(422, fault)
    wait = hub.sessions.attempt(person.login, address)
    if wait:
        return _account_page(429, t("sign.too_many", minutes=-(-wait // 60)))
    try:
        right = hub.people.change_password(
            person.id, request.form.get("present", ""), request.form.get("password", "")
        )
    except SemanticError:
        return _account_page(422, t("sign.bad_password", least=passwords.LEAST))
    if not right:
        hub.sessions.refused(person.login, address, "password")
        return _account_page(422, t("sign.wrong_present"))
    hub.sessions.succeeded(person.login, address)
    return enter(hub, person, url_for("pages.account"))


def _password_fault() -> str:
    """What is wrong with the two fields of a new password, before it is looked at."""
    if request.form.get("password", "") != request.form.get("again", ""):
        return say()("sign.not_alike")
    return ""


@blueprint.get("/password/<token>")
def choose_password(token: str) -> Response:
    """The form of a one-time link."""
    if current_hub().people.of_link(token) is None:
        raise NotFound(say()("sign.bad_link"))
    return _password_page(token)


@blueprint.post("/password/<token>")
def do_choose_password(token: str) -> Response:
    """Take the password and go to sign in with it."""
    hub, t = current_hub(), say()
    require_own_form(hub, request)
    if hub.people.of_link(token) is None:
        raise NotFound(t("sign.bad_link"))
    fault = _password_fault()
    try:
        if not fault:
            hub.people.choose_password(token, request.form.get("password", ""))
    except SemanticError:
        fault = t("sign.bad_password", least=passwords.LEAST)
    if fault:
        return _password_page(token, 422, fault)
    return make_response(redirect(url_for("pages.sign_in"), 303))


def _password_page(token: str, status: int = 200, fault: str = "") -> Response:
    values: dict[str, Any] = {"token": token, "fault": fault, "least": passwords.LEAST}
    response = make_response(render_template("pages/password.html", **values), status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is a secret
    return response
