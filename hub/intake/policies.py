"""What stands between valid data and its release: review and embargo, per dataflow or agreement.

A policy of a dataflow holds for all that is sent for it, one of a provision agreement for what its
provider sends. Where several hold, each is obeyed: one that wants a review is enough, and the
latest time counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from hub.errors import NotFound, RequestSyntaxError
from hub.model.schema import StructureRef
from hub.store.home import Hub
from hub.store.submissions import Submission
from hub.store.tables_intake import publication_policy as table
from hub.structures.kinds import key_of

__all__ = ["Gate", "Policy", "all_policies", "gate", "remove_policy", "set_policy"]

KINDS = ("dataflow", "agreement")

_DELAY = re.compile(r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?)?")


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for one dataflow or agreement.

    ``embargo_until`` is an aware time; ``embargo_delay`` an ISO 8601 duration of days, hours and
    minutes (``P7D``, ``PT12H``) counted from when a submission was received.
    """

    kind: str
    subject: StructureRef
    review: bool = False
    embargo_until: datetime | None = None
    embargo_delay: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The policy as JSON states it."""
        until = self.embargo_until
        return {
            "kind": self.kind,
            "subject": str(self.subject),
            "review": self.review,
            "embargo_until": until and until.isoformat().replace("+00:00", "Z"),
            "embargo_delay": self.embargo_delay,
        }


@dataclass(frozen=True, slots=True)
class Gate:
    """What a submission has to pass: a review, and a time (aware, ``None``: at once)."""

    review: bool
    due: datetime | None


def set_policy(hub: Hub, policy: Policy, *, actor: str) -> None:
    """Let ``policy`` hold from now on, in place of an earlier one for the same subject.

    Raises ``NotFound`` when there is no such dataflow or agreement, ``RequestSyntaxError`` for a
    kind or a delay that cannot be.
    """
    if policy.kind not in KINDS:
        raise RequestSyntaxError(f"kind is one of {', '.join(KINDS)}, not {policy.kind!r}.")
    if policy.embargo_delay is not None:
        _duration(policy.embargo_delay)
    if policy.embargo_until is not None and policy.embargo_until.tzinfo is None:
        raise RequestSyntaxError("embargo_until needs a time zone, for example 2026-12-01T09:00Z.")
    ref = policy.subject
    find = hub.structures.dataflow if policy.kind == "dataflow" else hub.structures.agreement
    find(ref.agency, ref.id, ref.version)
    with hub.catalogue.write() as connection:
        connection.execute(
            delete(table).where(table.c.kind == policy.kind, table.c.subject == str(ref))
        )
        connection.execute(
            insert(table).values(
                kind=policy.kind, subject=str(ref), review=policy.review,
                embargo_until=policy.embargo_until, embargo_delay=policy.embargo_delay,
                changed_at=datetime.now(UTC), changed_by=actor,
            )
        )  # fmt: skip
    hub.audit(actor, "policy", str(ref), policy.to_dict())


def remove_policy(hub: Hub, kind: str, subject: StructureRef, *, actor: str) -> None:
    """Let nothing hold for the subject any more; ``NotFound`` when nothing did."""
    with hub.catalogue.write() as connection:
        done = connection.execute(
            delete(table).where(table.c.kind == kind, table.c.subject == str(subject))
        )
        if done.rowcount == 0:
            raise NotFound("There is no policy for this.")
    hub.audit(actor, "policy-removed", str(subject), {"kind": kind})


def all_policies(hub: Hub) -> list[Policy]:
    """All policies, by kind and subject."""
    query = select(table).order_by(table.c.kind, table.c.subject)
    with hub.catalogue.read() as connection:
        rows = connection.execute(query).all()
    return [
        Policy(r.kind, StructureRef.parse(r.subject), r.review, r.embargo_until, r.embargo_delay)
        for r in rows
    ]


def gate(hub: Hub, submission: Submission, dataflows: Iterable[StructureRef]) -> Gate:
    """What a submission with data of some dataflows has to pass.

    An embargo that the sender asked for is obeyed beside those of the policies.
    """
    subjects = {("dataflow", ref) for ref in dataflows}
    if submission.provider is not None:
        subjects |= {
            ("agreement", key_of(agreement).ref)
            for _, ref in tuple(subjects)
            for agreement in hub.structures.agreements(provider=submission.provider, dataflow=ref)
        }
    found = [p for p in all_policies(hub) if (p.kind, p.subject) in subjects]
    times = [submission.embargo, *(p.embargo_until for p in found)]
    times += [submission.received_at + _duration(p.embargo_delay) for p in found if p.embargo_delay]
    return Gate(any(p.review for p in found), max((t for t in times if t), default=None))


def _duration(text: str) -> timedelta:
    match = _DELAY.fullmatch(text)
    if match is None or not any(match.groups()):
        raise RequestSyntaxError(
            f"embargo_delay is a duration of days, hours and minutes such as P7D or PT12H, "
            f"not {text!r}."
        )
    days, hours, minutes = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)
