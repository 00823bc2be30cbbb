"""Disclosure policies: whose small counts are protected before a release.

================================================  =============================================
``GET PUT DELETE /api/disclosure``                policies of dataflows and agreements
``GET /api/submissions/{token}/disclosure``       what was done to a submission, as counts
================================================  =============================================
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from hub.disclosure import Rule
from hub.intake.disclosure import DisclosurePolicy, all_rules, records, remove_rule, set_rule
from hub.store.rights import Right
from registry.auth import authenticate, principal_of_request
from registry.context import current_hub
from registry.reviews import body_of, policy_asked
from registry.submissions import answer, followed

__all__ = ["blueprint"]

blueprint = Blueprint("disclosure", __name__, url_prefix="/api")


@blueprint.get("/disclosure")
def policies() -> Response:
    """All policies."""
    hub = current_hub()
    authenticate(hub, request, Right.POLICY)
    return answer({"policies": [one.to_dict() for one in all_rules(hub)]})


@blueprint.put("/disclosure/<kind>/<subject>")
def policy_set(kind: str, subject: str) -> Response:
    """Let a policy hold for a dataflow or agreement."""
    hub, who, ref = policy_asked(kind, subject)
    policy = DisclosurePolicy(kind, ref, Rule.parse(body_of({"method": str, "number": int})))
    set_rule(hub, policy, actor=who.id)
    return answer(policy.to_dict())


@blueprint.delete("/disclosure/<kind>/<subject>")
def policy_removed(kind: str, subject: str) -> Response:
    """Let nothing that was set hold any more."""
    hub, who, ref = policy_asked(kind, subject)
    remove_rule(hub, kind, ref, actor=who.id)
    return answer({"policies": [one.to_dict() for one in all_rules(hub)]})


@blueprint.get("/submissions/<token>/disclosure")
def done(token: str) -> Response:
    """What the policies in force did to a submission: how many figures, and under which rule."""
    hub = current_hub()
    found = followed(hub, principal_of_request(hub, request), token)
    return answer({"token": token, "done": records(hub, found.id)})
