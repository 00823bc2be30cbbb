"""What the page of a submission shows of its gate: preview, decisions, and who may do what."""

from __future__ import annotations

from typing import Any

from hub.errors import NotFound
from hub.intake.access import allows
from hub.intake.returned import summary
from hub.intake.reviews import decisions
from hub.intake.waiting import preview_of
from hub.store.home import Hub
from hub.store.rights import Principal, Right
from hub.store.submissions import State, Submission

__all__ = ["gate_of"]

#: Changes that a page shows; the API has them all.
MOST_CHANGES = 50


def gate_of(hub: Hub, who: Principal, found: Submission) -> dict[str, Any]:
    """Values of the template, for ``who`` looks at the page."""
    review = found.state is State.AWAITING_REVIEW
    mine = found.submitted_by == who.id
    return {
        "ahead": 0 if found.finished or found.waiting else hub.submissions.ahead_of(found),
        "decided": decisions(hub, found),
        "parts": summary(hub, found.token),
        "preview": _preview(hub, found),
        "offers": {
            "review": review and allows(hub, who, Right.REVIEW, found),
            "withdraw": found.waiting and (mine or allows(hub, who, Right.UNDO, found)),
            "undo": found.state is State.PUBLISHED and allows(hub, who, Right.UNDO, found),
        },
    }


def _preview(hub: Hub, found: Submission) -> dict[str, Any] | None:
    try:
        return preview_of(hub, found.token, limit=MOST_CHANGES)
    except NotFound:
        return None
