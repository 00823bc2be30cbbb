"""Deciding on a submission from its page: approve, turn down, take back, undo."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from hub.errors import Conflict, Forbidden, RequestSyntaxError
from hub.intake.access import allows
from hub.intake.reviews import approve, reject, withdraw
from hub.intake.undo import UndoConflict, undo
from hub.store.home import Hub
from hub.store.rights import Principal, Right
from hub.store.submissions import Submission
from registry.auth import principal_of_request
from registry.context import current_hub
from registry.pages.site import blueprint, say
from registry.pages.upload import submission_page
from registry.submissions import followed

__all__ = ["decide"]

_RIGHTS = {"approve": Right.REVIEW, "reject": Right.REVIEW, "withdraw": Right.UNDO,
           "undo": Right.UNDO}  # fmt: skip


@blueprint.post("/submissions/<token>")
def decide(token: str) -> Response | tuple[str, int]:
    """Do what the form asks for and show the submission again, or what stands in the way."""
    hub, t = current_hub(), say()
    who = principal_of_request(hub, request)
    found = followed(hub, who, token)
    what, comment = request.form.get("what", ""), request.form.get("comment", "")
    if what not in _RIGHTS:
        raise RequestSyntaxError(f"what is one of {', '.join(_RIGHTS)}, not {what!r}.")
    own_waiting = what == "withdraw" and found.submitted_by == who.id
    if not own_waiting and not allows(hub, who, _RIGHTS[what], found):
        raise Forbidden("You may follow this submission, and not do this with it.")
    if what == "reject" and not comment.strip():
        return submission_page(who, found, t("submission.needs_comment")), 400
    try:
        shown = _do(hub, who, found, what, comment)
    except UndoConflict as error:
        example = ".".join(error.found[0].examples[0].values())
        count = t.number(sum(one.count for one in error.found))
        text = t("submission.undo_conflict", n=count, key=example)
        return submission_page(who, hub.submissions.get(token), text), 409
    except Conflict as error:
        return submission_page(who, hub.submissions.get(token), error.message), 409
    return redirect(url_for("pages.submission", token=shown.token), 303)


def _do(hub: Hub, who: Principal, found: Submission, what: str, comment: str) -> Submission:
    if what == "approve":
        return approve(hub, found.token, actor=who.id, comment=comment)
    if what == "reject":
        return reject(hub, found.token, actor=who.id, comment=comment)
    if what == "withdraw":
        return withdraw(hub, found.token, actor=who.id, comment=comment)
    return undo(hub, found.token, actor=who.id)
