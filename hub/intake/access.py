"""Who may do something with a submission."""

from __future__ import annotations

from collections.abc import Iterable

from hub.errors import Forbidden, NotFound, RequestSyntaxError
from hub.intake import reports
from hub.model.schema import StructureRef
from hub.store.home import Hub
from hub.store.rights import Principal, Right, Subject, may, scopes
from hub.store.submissions import Submission
from hub.structures.kinds import key_of

__all__ = ["allowed", "allows", "provider_of", "without_agreement"]


def allows(hub: Hub, who: Principal, right: Right, submission: Submission) -> bool:
    """Whether ``who`` may do this with a submission.

    A grant of an agreement reaches a submission once its dataflow is known, which is when it has
    been read, and only where it is of one dataflow.
    """
    known = Subject(submission.submitted_by, _provider(submission.provider))
    if may(who, right, known):
        return True
    if submission.submitted_by == who.id or not _agreement_scopes(who, right):
        return False
    found = Subject(known.owner, known.providers, _agreements(hub, submission))
    return may(who, right, found)


def allowed(
    hub: Hub, who: Principal, right: Right, submissions: Iterable[Submission]
) -> list[Submission]:
    """Those submissions with which ``who`` may do this, in the same order."""
    return [one for one in submissions if allows(hub, who, right, one)]


def provider_of(who: Principal, named: str | None) -> str | None:
    """The data provider that ``who`` hands in for: the one named, else the only one held.

    Raises ``Forbidden`` when ``who`` may not hand in for it, ``RequestSyntaxError`` when there are
    several and none is named.
    """
    held = scopes(who, Right.SUBMIT)
    if named is None and held is not None:
        if len(held) > 1:
            raise RequestSyntaxError(f"Name the provider: one of {', '.join(sorted(held))}.")
        named = next(iter(held), None)
    if not may(who, Right.SUBMIT, Subject(who.id, _provider(named))):
        known = ", ".join(sorted(held or ())) or "nobody"
        raise Forbidden(f"This sender hands in for {known} only.")
    return named


def without_agreement(
    hub: Hub, submission: Submission, dataflows: Iterable[StructureRef]
) -> list[StructureRef]:
    """The dataflows for which the provider of a submission has no provision agreement.

    None where no provider is named: then the sender answers for it as the hub's administrator.
    """
    if submission.provider is None:
        return []
    agreements = hub.structures.agreements
    return [ref for ref in dataflows if not agreements(provider=submission.provider, dataflow=ref)]


def _provider(name: str | None) -> frozenset[str]:
    return frozenset() if name is None else frozenset({name})


def _agreement_scopes(who: Principal, right: Right) -> bool:
    return any("(" in scope for scope in scopes(who, right) or ())


def _agreements(hub: Hub, submission: Submission) -> frozenset[str]:
    """The agreements a submission falls under, none as long as that is not certain."""
    if submission.provider is None or submission.report is None:
        return frozenset()
    try:
        dataflow = reports.load(hub, submission.token)["dataflow"]
    except NotFound:
        return frozenset()
    if dataflow is None or ", " in dataflow:  # a message of several dataflows is under none alone
        return frozenset()
    found = hub.structures.agreements(
        provider=submission.provider, dataflow=StructureRef.parse(dataflow)
    )
    return frozenset(str(key_of(one).ref) for one in found)
