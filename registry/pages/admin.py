"""Pages of administrators: people, API keys, the audit trail."""

from __future__ import annotations

from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from hub.errors import HubError, RequestSyntaxError
from hub.store import audit
from hub.store.home import Hub
from hub.store.people import LINK_LASTS
from hub.store.rights import Grant, Principal, Role
from registry.auth import Right, authenticate
from registry.context import current_hub
from registry.pages.site import blueprint
from registry.people import add_key, check_last_admin

__all__ = ["audit_page", "keys_page", "people_page"]

_LINES = 100


def _admin() -> tuple[Hub, Principal]:
    hub = current_hub()
    return hub, authenticate(hub, request, Right.ADMINISTER)


def _page(template: str, status: int = 200, **values: Any) -> Response:
    return make_response(
        render_template(f"pages/{template}.html", roles=list(Role), **values), status
    )


def _grants() -> list[Grant]:
    """The grants of the form: one a line, ``role`` or ``role:scope``."""
    return [Grant.parse(line) for line in request.form.get("grants", "").split() if line]


# People


@blueprint.get("/admin/people")
def people_page() -> Response:
    """Everybody, and the form to add somebody."""
    hub, _ = _admin()
    return _people(hub)


def _people(hub: Hub, status: int = 200, **values: Any) -> Response:
    return _page("admin_people", status, people=hub.people.all(),
                 hours=int(LINK_LASTS.total_seconds() // 3600), **values)  # fmt: skip


@blueprint.post("/admin/people")
def add_person() -> Response:
    """Add somebody; the page shows the one-time link, this once."""
    hub, who = _admin()
    form = request.form
    try:
        person, token = hub.people.add(
            form.get("login", ""), form.get("name", ""), _grants(), actor=who.id
        )
    except HubError as error:
        if error.http_status >= 500:
            raise
        return _people(hub, error.http_status, fault=error.message, given=form)
    return _people(hub, link=_link(token), of=person)


@blueprint.post("/admin/people/<int:id_>")
def change_person(id_: int) -> Response:
    """What the button says: save grants, disable, enable, or make a new link."""
    hub, who = _admin()
    todo = request.form.get("do", "")
    try:
        if todo == "reset":
            return _people(hub, link=_link(hub.people.reset(id_, actor=who.id)),
                           of=hub.people.get(id_))  # fmt: skip
        if todo == "grants":
            held = _grants()
            if all(grant.role is not Role.ADMIN for grant in held):
                check_last_admin(hub, person=id_)
            hub.people.change(id_, grants=held, actor=who.id)
        elif todo in ("disable", "enable"):
            if todo == "disable":
                check_last_admin(hub, person=id_)
            hub.people.change(id_, disabled=todo == "disable", actor=who.id)
        else:
            raise RequestSyntaxError("The form does not say what to do.")
    except HubError as error:
        if error.http_status >= 500:
            raise
        return _people(hub, error.http_status, fault=error.message)
    return make_response(redirect(url_for("pages.people_page"), 303))


def _link(token: str) -> str:
    return url_for("pages.choose_password", token=token, _external=True)


# Keys


@blueprint.get("/admin/keys")
def keys_page() -> Response:
    """All keys, and the form to make one."""
    hub, _ = _admin()
    return _page("admin_keys", keys=hub.keys.all())


@blueprint.post("/admin/keys")
def make_key() -> Response:
    """Make a key; the page shows it, this once."""
    hub, who = _admin()
    form = request.form
    try:
        key, made = add_key(
            hub, form.get("label", ""), form.get("grants", "").split(), form.get("expires"), who.id
        )
    except HubError as error:
        if error.http_status >= 500:
            raise
        return _page("admin_keys", error.http_status, keys=hub.keys.all(), fault=error.message,
                     given=form)  # fmt: skip
    return _page("admin_keys", keys=hub.keys.all(), key=key, made=made)


@blueprint.post("/admin/keys/<id_>")
def revoke_key(id_: str) -> Response:
    """Revoke a key."""
    hub, who = _admin()
    try:
        check_last_admin(hub, key=id_)
        hub.keys.revoke(id_, actor=who.id)
    except HubError as error:
        if error.http_status >= 500:
            raise
        return _page("admin_keys", error.http_status, keys=hub.keys.all(), fault=error.message)
    return make_response(redirect(url_for("pages.keys_page"), 303))


# The audit trail


@blueprint.get("/admin/audit")
def audit_page() -> Response:
    """The newest lines first; ``before`` is the id to go on from."""
    hub, _ = _admin()
    text = request.args.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
    lines = audit.entries(
        hub.catalogue, before=before, limit=_LINES, newest_first=True,
        action=request.args.get("action") or None,
    )  # fmt: skip
    people = {person.principal.id: person.name for person in hub.people.all()}
    known = {key.id: key.label for key in hub.keys.all()} | people
    more = lines[-1].id if len(lines) == _LINES else None
    return _page("admin_audit", lines=lines, known=known, more=more,
                 action=request.args.get("action", ""))  # fmt: skip
