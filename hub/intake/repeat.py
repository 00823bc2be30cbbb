"""The same bytes again: while nothing else changed, the result is known without reading them.

What a result depends on beside the bytes and how they are read: what is published, the structures,
the rules, and the program itself. A digest of these stands beside each result.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version

from sqlalchemy import Connection, func, select

from hub.intake.disclosure import all_rules
from hub.intake.field import RULES
from hub.store import tables
from hub.store.home import Hub
from hub.store.submissions import Mode, State, Submission

__all__ = ["basis", "earlier"]


def basis(hub: Hub, connection: Connection) -> str:
    """Digest of what a result depends on, as the transaction sees it."""
    last = connection.execute(select(func.max(tables.release.c.id))).scalar()
    digest = hashlib.sha256(
        f"{version('mighub')} {last} {hub.artefacts.version(connection)}".encode()
    )
    digest.update(repr([policy.to_dict() for policy in all_rules(hub)]).encode())
    for path in sorted((hub.settings.home / RULES).glob("*.yaml")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def earlier(hub: Hub, submission: Submission) -> Submission | None:
    """A finished submission of the same bytes, read the same way, whose result still holds."""
    if submission.mode is not Mode.ALL:
        return None  # what was given back belongs to the submission it was given back to
    t = tables.submission.c
    with hub.catalogue.read() as connection:
        now = basis(hub, connection)
    found = hub.submissions.find(
        t.sha256 == submission.sha256,
        t.format.is_not_distinct_from(submission.format),
        t.connector.is_not_distinct_from(submission.connector),
        t.action.is_not_distinct_from(submission.action and submission.action.value),
        t.provider.is_not_distinct_from(submission.provider),
        t.mode == submission.mode.value,
        t.undoes.is_(None),
        t.state.in_([State.PUBLISHED.value, State.UNCHANGED.value]),
        t.report.is_not(None),
        t.basis == now,
    )
    return found[-1] if found else None
