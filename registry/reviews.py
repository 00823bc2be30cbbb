"""What stands between valid data and its release, and the way back.

================================================  =============================================
``GET /api/submissions/{token}/preview``          what publishing it would change, page by page
``POST /api/submissions/{token}/approve``         let it go on (a second person)
``POST /api/submissions/{token}/reject``          end it, with a comment (a second person)
``GET /api/submissions/{token}/accepted``         the part of the message that was published
``GET /api/submissions/{token}/rejected``         the part that is given back, to be corrected
``GET /api/submissions/{token}/rules``            that part as a table, with the rules it broke
``DELETE /api/submissions/{token}``               undo its release; end it while it waits
``GET PUT DELETE /api/policies``                  review and embargo of dataflows and agreements
================================================  =============================================
"""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Response, request, send_file

from hub.errors import Forbidden, RequestSyntaxError
from hub.intake.access import allows
from hub.intake.policies import Policy, all_policies, remove_policy, set_policy
from hub.intake.returned import PARTS, part
from hub.intake.reviews import approve, reject, withdraw
from hub.intake.undo import UndoConflict, undo
from hub.intake.waiting import preview_of
from hub.model.schema import StructureRef
from hub.store.home import Hub
from hub.store.rights import Principal, Right, Subject
from hub.store.submissions import Submission
from registry.auth import authenticate, principal_of_request, require
from registry.context import current_hub
from registry.orders import instant_of
from registry.submissions import answer, followed, number_of, state_of

__all__ = ["blueprint", "body_of", "policy_asked"]

blueprint = Blueprint("reviews", __name__, url_prefix="/api")

_PAGE = 10_000
#: Largest body of a decision or policy, in bytes.
_LARGEST = 64 * 1024


@blueprint.get("/submissions/<token>/preview")
def preview(token: str) -> Response:
    """What publishing a submission that waits would change; ``offset`` and ``limit`` page."""
    hub = current_hub()
    followed(hub, principal_of_request(hub, request), token)
    offset, limit = number_of("offset", 0, None), number_of("limit", 100, _PAGE)
    return answer(preview_of(hub, token, offset=offset, limit=limit))


@blueprint.post("/submissions/<token>/approve")
def approved(token: str) -> Response:
    """Let a submission go on."""
    hub, who, found = _asked(token, Right.REVIEW)
    done = approve(hub, found.token, actor=who.id, comment=_comment())
    return answer(state_of(hub, done))


@blueprint.post("/submissions/<token>/reject")
def rejected(token: str) -> Response:
    """End a submission, with a comment that tells its sender why."""
    hub, who, found = _asked(token, Right.REVIEW)
    done = reject(hub, found.token, actor=who.id, comment=_comment())
    return answer(state_of(hub, done))


@blueprint.delete("/submissions/<token>")
def undone(token: str) -> Response:
    """Undo the release of a submission; one that still waits is ended instead.

    201 and the submission that undid it; 200 and the submission itself when it was ended.
    """
    hub = current_hub()
    who = principal_of_request(hub, request)
    found = followed(hub, who, token)
    if found.waiting:
        if found.submitted_by != who.id:
            _require(hub, who, Right.UNDO, found)
        return answer(state_of(hub, withdraw(hub, token, actor=who.id)))
    _require(hub, who, Right.UNDO, found)
    try:
        done = undo(hub, token, actor=who.id)
    except UndoConflict as error:
        content = {
            "errors": [
                {
                    "code": error.sdmx_code,
                    "title": error.title,
                    "detail": error.message,
                    "status": error.http_status,
                }
            ],
            "conflicts": [one.to_dict() for one in error.found],
        }
        return answer(content, error.http_status)
    return answer(state_of(hub, done), 201)


@blueprint.get(f"/submissions/<token>/<any({', '.join(PARTS)}):name>")
def parts(token: str, name: str) -> Response:
    """A part of a message that was published in part."""
    hub = current_hub()
    found = followed(hub, principal_of_request(hub, request), token)
    path, format_ = part(hub, found.token, name)
    response = send_file(
        path,
        mimetype="text/csv" if format_ is None else format_.media_type,
        as_attachment=True,
        download_name=f"{name}.{'csv' if format_ is None else format_.extension}",
        etag=False,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


# Policies


@blueprint.get("/policies")
def policies() -> Response:
    """All policies."""
    hub = current_hub()
    authenticate(hub, request, Right.POLICY)
    return answer({"policies": [one.to_dict() for one in all_policies(hub)]})


@blueprint.put("/policies/<kind>/<subject>")
def policy_set(kind: str, subject: str) -> Response:
    """Let a policy hold for a dataflow or agreement."""
    hub, who, ref = policy_asked(kind, subject)
    given = body_of({"review": bool, "embargo_until": str, "embargo_delay": str})
    policy = Policy(
        kind,
        ref,
        given.get("review", False),
        instant_of("embargo_until", given.get("embargo_until")),
        given.get("embargo_delay"),
    )
    set_policy(hub, policy, actor=who.id)
    return answer(policy.to_dict())


@blueprint.delete("/policies/<kind>/<subject>")
def policy_removed(kind: str, subject: str) -> Response:
    """Let nothing hold any more."""
    hub, who, ref = policy_asked(kind, subject)
    remove_policy(hub, kind, ref, actor=who.id)
    return answer({"policies": [one.to_dict() for one in all_policies(hub)]})


def policy_asked(kind: str, subject: str) -> tuple[Hub, Principal, StructureRef]:
    """The hub, who asks and what a policy is about, when they may set one for it."""
    hub = current_hub()
    who = authenticate(hub, request, Right.POLICY)
    try:
        ref = StructureRef.parse(subject)
    except ValueError as error:
        raise RequestSyntaxError(f"{error}.") from None
    return hub, require(who, Right.POLICY, Subject(agency=ref.agency)), ref


def _asked(token: str, right: Right) -> tuple[Hub, Principal, Submission]:
    """The submission, when whoever asks may do this with it."""
    hub = current_hub()
    who = principal_of_request(hub, request)
    found = followed(hub, who, token)
    _require(hub, who, right, found)
    return hub, who, found


def _require(hub: Hub, who: Principal, right: Right, found: Submission) -> None:
    if allows(hub, who, right, found):
        return
    if found.submitted_by == who.id and right is Right.REVIEW:
        raise Forbidden("Who sent a submission does not decide on it: another person must.")
    raise Forbidden("You may follow this submission, and not do this with it.")


def _comment() -> str:
    return str(body_of({"comment": str}).get("comment", ""))


def body_of(known: dict[str, type]) -> dict[str, Any]:
    """The JSON object of the request, with known members only; nothing is an empty one."""
    request.max_content_length = _LARGEST
    text = request.get_data()
    if not text:
        return {}
    try:
        given = orjson.loads(text)
    except ValueError:
        raise RequestSyntaxError("The body is not JSON.") from None
    if not isinstance(given, dict) or given.keys() - known:
        raise RequestSyntaxError(f"The body is an object with {', '.join(known)} only.")
    for name, value in given.items():
        if value is not None and not isinstance(value, known[name]):
            raise RequestSyntaxError(f"{name} is not of the type {known[name].__name__}.")
    return {name: value for name, value in given.items() if value is not None}
