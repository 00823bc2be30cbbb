"""The second pair of eyes: approving, rejecting and withdrawing what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import insert, select

from hub.errors import Conflict, Forbidden, RequestSyntaxError
from hub.store.home import Hub
from hub.store.submissions import WAITING, State, Submission
from hub.store.tables_intake import review as table

__all__ = ["Decision", "approve", "decisions", "reject", "withdraw"]

#: Longest comment, in characters.
_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided: ``approved``, ``rejected`` or ``withdrawn``."""

    at: datetime
    actor: str
    decision: str
    comment: str


def decisions(hub: Hub, submission: Submission) -> list[Decision]:
    """Decisions on a submission, oldest first."""
    query = select(table).where(table.c.submission == submission.id).order_by(table.c.id)
    with hub.catalogue.read() as connection:
        rows = connection.execute(query).all()
    return [Decision(r.at, r.actor, r.decision, r.comment) for r in rows]


def approve(hub: Hub, token: str, *, actor: str, comment: str = "") -> Submission:
    """Let a submission that awaits review go on: it is validated again and published when due.

    Raises ``Forbidden`` when ``actor`` sent it, ``Conflict`` when it does not await review.
    """
    return _decide(hub, token, State.APPROVED, actor, comment)


def reject(hub: Hub, token: str, *, actor: str, comment: str) -> Submission:
    """End a submission that awaits review; ``comment`` tells its sender why.

    Raises ``RequestSyntaxError`` without a comment, and the errors of :func:`approve`.
    """
    if not comment.strip():
        raise RequestSyntaxError("Say in a comment why: the sender reads it.")
    return _decide(hub, token, State.REJECTED, actor, comment)


def withdraw(hub: Hub, token: str, *, actor: str, comment: str = "") -> Submission:
    """End a submission that waits for a review or a time, at the wish of its sender.

    Raises ``Conflict`` when it does not wait.
    """
    found = hub.submissions.get(token)
    _note(hub, found, WAITING, State.REJECTED, actor, "withdrawn", comment)
    return hub.submissions.get(token)


def _decide(hub: Hub, token: str, state: State, actor: str, comment: str) -> Submission:
    found = hub.submissions.get(token)
    if found.submitted_by == actor:
        raise Forbidden("Who sent a submission does not decide on it: another person must.")
    _note(hub, found, (State.AWAITING_REVIEW,), state, actor, state.value, comment)
    return hub.submissions.get(token)


def _note(
    hub: Hub,
    found: Submission,
    allowed: Sequence[State],
    state: State,
    actor: str,
    decision: str,
    comment: str,
) -> None:
    if len(comment) > _LONGEST:
        raise RequestSyntaxError(f"A comment has at most {_LONGEST} characters.")
    with hub.catalogue.write() as connection:
        # Whoever comes first decides: two people, or a person and a worker.
        now = hub.submissions.state(connection, found.token)
        if now not in allowed:
            raise Conflict(f"Nothing to decide: the state of this submission is {now.value}.")
        connection.execute(
            insert(table).values(
                submission=found.id, at=datetime.now(UTC), actor=actor, decision=decision,
                comment=comment,
            )
        )  # fmt: skip
        if state is State.REJECTED:
            hub.submissions.finish(connection, found.token, state)
        else:
            hub.submissions.change(connection, found.token, state=state.value)
    hub.audit(actor, decision, found.token, {"comment": comment} if comment else None)
