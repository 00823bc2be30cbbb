"""The state of a hub: its structures, what was handed in, who may do what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from hub.operations.finding import Found, fault, note, ok
from hub.store import audit, tables
from hub.store.home import Hub
from hub.store.rights import Role
from hub.store.submissions import State
from hub.store.subscribers import State as Told
from hub.structures.integrity import Shelf

__all__ = ["audit_trail", "people", "structures", "submissions", "subscribers"]

#: How long what can go on may wait before somebody should look.
_STUCK = timedelta(minutes=15)
#: Attempts from which a submission is said to come to grief again and again.
_OFTEN = 3


def structures(hub: Hub) -> Iterator[Found]:
    """Whether all artefacts can be read, and what they refer to is there."""
    held = hub.structures
    shelf = Shelf(held.by_key)
    broken = [
        f"{artefact.id} refers to {link}" for artefact in held for link in shelf.missing(artefact)
    ]
    if broken:
        yield fault(
            "structures",
            f"{len(broken)} references lead nowhere, first: {broken[0]}.",
            "Submit what is missing, or run mighub init for what comes with the hub.",
        )
    else:
        yield ok("structures", f"{len(held):,} artefacts, all references lead somewhere.")


def submissions(hub: Hub) -> Iterator[Found]:
    """Whether the intake gets on."""
    now = datetime.now(UTC)
    pending = hub.submissions.pending(now)
    late = [s for s in pending if now - max(s.received_at, s.due or s.received_at) > _STUCK]
    if late:
        yield fault(
            "submissions",
            f"{len(late)} have been waiting for the intake for long, first {late[0].token} "
            f"({late[0].filename}) since {late[0].received_at:%Y-%m-%d %H:%M} UTC.",
            "Look whether the intake runs (mighub serve), and at what its log says.",
        )
    often = [s for s in pending if s.attempts >= _OFTEN]
    if often:
        yield note(
            "submissions",
            f"{often[0].token} ({often[0].filename}) was begun {often[0].attempts} times.",
            "Look in the log of the intake why it does not end.",
        )
    failed = hub.submissions.find(
        tables.submission.c.state == State.FAILED.value,
        tables.submission.c.received_at > now - timedelta(days=7),
    )
    if failed:
        yield note(
            "submissions",
            f"{len(failed)} of the last 7 days failed, last {failed[-1].token}: {failed[-1].error}",
            "A failure is the hub's and not the data's: look in the log, and hand them in again.",
        )
    if not (late or often or failed):
        yield ok("submissions", f"{hub.submissions.count():,} in all, {len(pending)} under way.")


def people(hub: Hub) -> Iterator[Found]:
    """Whether somebody can administer the hub."""
    keys = [k for k in hub.keys.all() if k.valid() and Role.ADMIN in k.principal.roles]
    if keys:
        yield ok("people", f"{len(keys)} keys of administrators are valid.")
    else:
        yield note(
            "people",
            "No key of an administrator is valid.",
            "Run mighub init, or set HUB_ADMIN_KEY and start the hub.",
        )


def subscribers(hub: Hub) -> Iterator[Found]:
    """Whether subscribers are told."""
    counts = hub.events.counts()
    paused = [s for s in hub.subscribers.all() if s.state is Told.PAUSED]
    if counts["dead"]:
        yield note(
            "subscribers",
            f"{counts['dead']} notifications were given up, and {len(paused)} subscriptions are "
            "paused.",
            "Look at mighub events list --state dead; mighub events resume goes on.",
        )
    else:
        waiting = counts["waiting"]
        yield ok("subscribers", f"{waiting:,} notifications wait, none was given up.")


def audit_trail(hub: Hub) -> Iterator[Found]:
    """Whether no line was changed or taken away."""
    verdict = audit.verify(hub.catalogue)
    if verdict.fault is None:
        yield ok("audit trail", f"{verdict.lines:,} lines follow one another.")
    else:
        yield fault(
            "audit trail",
            verdict.fault,
            "Somebody has changed the database by hand: compare with an export or a backup.",
        )
