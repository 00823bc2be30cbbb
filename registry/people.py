"""``/api/people``, ``/api/keys``, ``/api/audit``, ``/api/me``: who may do what, and who did.

===================================  ==========================================================
``GET /api/me``                      who is asking, with which grants
``GET POST /api/people``             everybody; a new account and its one-time link
``GET PATCH /api/people/{id}``       an account; change its name, grants, whether it is disabled
``POST /api/people/{id}/reset``      a new one-time link to choose a password
``GET POST /api/keys``               all keys; a new key, which is shown once
``DELETE /api/keys/{id}``            revoke a key
``GET /api/audit``                   the audit trail, oldest first, or ``order=newest``
===================================  ==========================================================

All but the first are for administrators.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, request, url_for

from hub.errors import Conflict, NotFound, RequestSyntaxError
from hub.store import audit
from hub.store.home import Hub
from hub.store.keys import ApiKey, new_key
from hub.store.rights import Principal, Role
from registry.auth import Right, authenticate, principal_of_request
from registry.context import current_hub
from registry.people_json import body, expiry, grants, json_response, key_dict, person_dict

__all__ = ["blueprint", "check_last_admin"]

blueprint = Blueprint("people", __name__, url_prefix="/api")

_PAGE = 1000
_WHOLE = re.compile(r"[0-9]{1,15}", re.ASCII)


def _admin() -> tuple[Hub, Principal]:
    hub = current_hub()
    return hub, authenticate(hub, request, Right.ADMINISTER)


@blueprint.get("/me")
def me() -> Response:
    """Who is asking."""
    who = principal_of_request(current_hub(), request)
    return json_response(
        {"id": who.id, "name": who.name, "grants": [str(grant) for grant in who.grants]}
    )


# People


@blueprint.get("/people")
def listing() -> Response:
    """Everybody."""
    hub, _ = _admin()
    return json_response({"people": [person_dict(person) for person in hub.people.all()]})


@blueprint.post("/people")
def add() -> Response:
    """A new account: 201 and the link with which its owner chooses a password."""
    hub, who = _admin()
    given = body({"login": str, "name": str}, {"grants": list})
    person, token = hub.people.add(
        given["login"], given["name"], grants(given.get("grants", ())), actor=who.id
    )
    response = json_response({**person_dict(person), "link": _link(token)}, 201)
    response.headers["Location"] = url_for("people.one", id_=person.id)
    return response


@blueprint.get("/people/<id_>")
def one(id_: str) -> Response:
    """An account."""
    hub, _ = _admin()
    return json_response(person_dict(hub.people.get(_number(id_))))


@blueprint.patch("/people/<id_>")
def change(id_: str) -> Response:
    """Change an account; what is not given stays."""
    hub, who = _admin()
    given = body({}, {"name": str, "grants": list, "disabled": bool})
    number = _number(id_)
    wanted = None if "grants" not in given else grants(given["grants"])
    stays = given.get("disabled") is not True and (
        wanted is None or any(grant.role is Role.ADMIN for grant in wanted)
    )
    if not stays:
        check_last_admin(hub, person=number)
    person = hub.people.change(
        number, name=given.get("name"), grants=wanted, disabled=given.get("disabled"), actor=who.id
    )
    return json_response(person_dict(person))


@blueprint.post("/people/<id_>/reset")
def reset(id_: str) -> Response:
    """A new one-time link; the present password is good until it is used."""
    hub, who = _admin()
    return json_response({"link": _link(hub.people.reset(_number(id_), actor=who.id))})


def _number(text: str) -> int:
    if _WHOLE.fullmatch(text) is None:
        raise NotFound("There is no such account.")
    return int(text)


def _link(token: str) -> str:
    return url_for("pages.choose_password", token=token, _external=True)


def check_last_admin(hub: Hub, *, person: int | None = None, key: str | None = None) -> None:
    """Raise ``Conflict`` when nobody would be left to administer without this person or key."""
    left = [
        one for one in hub.people.all()
        if one.id != person and one.disabled_at is None and Role.ADMIN in one.principal.roles
        and (one.has_password or one.issuer)
    ]  # fmt: skip
    keys = [
        one for one in hub.keys.all()
        if one.id != key and one.valid() and Role.ADMIN in one.principal.roles
    ]  # fmt: skip
    if not left and not keys:
        raise Conflict("Nobody would be left to administer this hub.")


# Keys


@blueprint.get("/keys")
def keys() -> Response:
    """All keys, without the keys themselves."""
    hub, _ = _admin()
    return json_response({"keys": [key_dict(key) for key in hub.keys.all()]})


@blueprint.post("/keys")
def make_key() -> Response:
    """A new key: 201, and the only time that it is shown."""
    hub, who = _admin()
    given = body({"label": str, "grants": list}, {"expires_at": str})
    key, made = add_key(hub, given["label"], given["grants"], given.get("expires_at"), who.id)
    return json_response({**key_dict(made), "key": key}, 201)


def add_key(
    hub: Hub, label: str, held: Sequence[Any], expires: str | None, actor: str
) -> tuple[str, ApiKey]:
    """A new key and what is known of it; ``RequestSyntaxError`` for what it cannot be."""
    label = " ".join(label.split())
    if not label or len(label) > 200 or not label.isprintable():
        raise RequestSyntaxError("A key needs a label of up to 200 characters.")
    if not held:
        raise RequestSyntaxError("A key needs at least one grant.")
    first, *others = grants(held)
    key = new_key()
    made = hub.keys.add(
        key, label, first.role, first.scope, others=others, expires_at=expiry(expires), actor=actor
    )
    return key, made


@blueprint.delete("/keys/<id_>")
def revoke(id_: str) -> Response:
    """Revoke a key: 204."""
    hub, who = _admin()
    check_last_admin(hub, key=id_)
    hub.keys.revoke(id_, actor=who.id)
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


# The audit trail


@blueprint.get("/audit")
def trail() -> Response:
    """A page of the audit trail: lines with an id greater than ``after``."""
    hub, _ = _admin()
    unknown = set(request.args) - {"after", "limit", "order", "action", "actor"}
    if unknown:
        raise RequestSyntaxError(f"Unknown parameter {', '.join(sorted(unknown))}.")
    order = request.args.get("order", "oldest")
    if order not in ("oldest", "newest"):
        raise RequestSyntaxError("order is oldest or newest.")
    limit = _parameter("limit", 100)
    if limit > _PAGE:
        raise RequestSyntaxError(f"limit must be at most {_PAGE}.")
    found = audit.entries(
        hub.catalogue, after=_parameter("after", 0), limit=limit, newest_first=order == "newest",
        action=request.args.get("action"), actor=request.args.get("actor"),
    )  # fmt: skip
    return json_response({"entries": [entry.to_dict() for entry in found]})


def _parameter(name: str, default: int) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    if _WHOLE.fullmatch(text) is None:
        raise RequestSyntaxError(f"{name} must be a whole number, not {text!r}.")
    return int(text)
