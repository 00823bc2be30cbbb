"""The journal of what was handed in and how far it came.

States::

    received -> validating -> refused                        findings say why
                           -> awaiting_review -> rejected     a person said no
                                              -> approved     ... or yes
                           -> embargoed                       not before ``due``
                           -> publishing -> published         there is a release
                                         -> unchanged         it holds nothing new
    published -> undone                                       another release took it back
    what is unfinished -> failed                              ``error`` says why

Approved and embargoed submissions are validated again before they are published, against what is
published by then. ``received``, ``validating``, ``approved``, ``publishing``, and ``embargoed``
once it is due, are taken up by whoever starts next, in order of arrival; ``awaiting_review`` waits
for a person. All others are final (``published`` until it is undone).
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from hub.errors import NotFound
from hub.logs import current_request
from hub.model.dataset import Action
from hub.store import tables
from hub.store.catalogue import Catalogue

__all__ = [
    "FINAL",
    "PENDING",
    "STAGES",
    "WAITING",
    "Mode",
    "State",
    "Submission",
    "Submissions",
    "progress_at",
]


class State(StrEnum):
    """How far a submission came."""

    RECEIVED = "received"
    VALIDATING = "validating"
    AWAITING_REVIEW = "awaiting_review"
    APPROVED = "approved"
    EMBARGOED = "embargoed"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    UNDONE = "undone"
    REJECTED = "rejected"
    REFUSED = "refused"
    FAILED = "failed"


class Mode(StrEnum):
    """What a fault means for the rest: ``ALL`` or nothing, or what is ``VALID`` is published."""

    ALL = "all"
    VALID = "valid"


#: States that a worker takes on.
PENDING = (State.RECEIVED, State.VALIDATING, State.APPROVED, State.PUBLISHING)
#: States that end with a decision or a time.
WAITING = (State.AWAITING_REVIEW, State.EMBARGOED)
#: States in which nothing is left to be done.
FINAL = tuple(s for s in State if s not in PENDING and s not in WAITING)


#: Steps of the work on a submission, in order.
STAGES = ("waiting", "reading", "publishing", "done")


def progress_at(stage: str, observations: int) -> dict[str, Any]:
    """How far the work is; ``percent`` is the share of the steps that are behind it."""
    percent = round(100 * STAGES.index(stage) / (len(STAGES) - 1))
    return {"stage": stage, "observations": observations, "percent": percent}


@dataclass(frozen=True, slots=True)
class Submission:
    """One thing handed in. ``format`` or ``connector`` says how it is read.

    ``progress`` is ``{"stage": ..., "observations": n, "percent": n}``; ``counts`` is, once known,
    ``{"observations", "inserted", "updated", "deleted"}``. ``report`` is the key of the report's
    file. ``mode``, ``embargo``, ``due``, ``cleared_at``, ``undoes`` and ``request`` are
    those of ``hub.store.tables.submission``.
    """

    id: int
    token: str
    state: State
    filename: str
    sha256: str
    size: int
    format: str | None
    connector: str | None
    action: Action | None
    provider: str | None
    submitted_by: str | None
    received_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    attempts: int
    progress: Mapping[str, Any]
    counts: Mapping[str, int] | None
    report: str | None
    error: str | None
    mode: Mode = Mode.ALL
    embargo: datetime | None = None
    due: datetime | None = None
    cleared_at: datetime | None = None
    undoes: str | None = None
    basis: str | None = None
    request: str | None = None

    @property
    def finished(self) -> bool:
        """Whether the state is final."""
        return self.state in FINAL

    @property
    def waiting(self) -> bool:
        """Whether a person or a time is waited for."""
        return self.state in WAITING


class Submissions:
    """Reads and writes the journal."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def add(
        self,
        *,
        filename: str,
        sha256: str,
        size: int,
        format_: str | None,
        connector: str | None,
        action: Action | None = None,
        provider: str | None = None,
        submitted_by: str | None = None,
        mode: Mode = Mode.ALL,
        embargo: datetime | None = None,
        undoes: str | None = None,
        token: str | None = None,
    ) -> Submission:
        """Enter a submission, or return the unfinished one with the same bytes and target.

        With ``token`` it gets this name, and a submission that has it already is returned,
        whatever became of it.
        """
        target: tuple[object, ...] = (
            sha256, format_, connector, action and action.value, provider,
            mode.value, embargo and embargo.astimezone(UTC).isoformat(), undoes,
        )  # fmt: skip
        pending_key = hashlib.sha256(repr(target).encode()).hexdigest()
        known = select(tables.submission.c.token)
        by_name = known.where(tables.submission.c.token == token)
        unfinished = known.where(tables.submission.c.pending_key == pending_key)
        try:
            with self._catalogue.write() as connection:
                row = (
                    connection.execute(by_name).scalar_one_or_none()
                    or connection.execute(unfinished).scalar_one_or_none()
                )
                if row is None:
                    row = token or str(uuid.uuid4())
                    connection.execute(
                        insert(tables.submission).values(
                            token=row,
                            pending_key=pending_key,
                            received_at=datetime.now(UTC),
                            filename=filename,
                            sha256=sha256,
                            size=size,
                            format=format_,
                            connector=connector,
                            action=action and action.value,
                            provider=provider,
                            submitted_by=submitted_by,
                            mode=mode.value,
                            embargo=embargo,
                            undoes=undoes,
                            request=current_request(),
                            state=State.RECEIVED.value,
                            attempts=0,
                            progress={},
                        )
                    )
        except IntegrityError:
            # PostgreSQL: another process entered the same bytes since we looked; it is there now.
            return self.add(
                filename=filename, sha256=sha256, size=size, format_=format_,
                connector=connector, action=action, provider=provider, submitted_by=submitted_by,
                mode=mode, embargo=embargo, undoes=undoes, token=token,
            )  # fmt: skip
        return self.get(row)

    def get(self, token: str) -> Submission:
        """The submission called ``token``; ``NotFound`` when there is none."""
        query = select(tables.submission).where(tables.submission.c.token == token)
        with self._catalogue.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound("There is no submission with this token")
        return _submission(row)

    def pending(self, now: datetime | None = None) -> list[Submission]:
        """Submissions that a worker takes on at ``now``, in order of arrival."""
        t = tables.submission.c
        due = and_(t.state == State.EMBARGOED.value, t.due <= (now or datetime.now(UTC)))
        return self.find(or_(t.state.in_([s.value for s in PENDING]), due))

    def find(self, *conditions: ColumnElement[bool]) -> list[Submission]:
        """Submissions that meet all conditions, in order of arrival."""
        query = select(tables.submission).where(*conditions).order_by(tables.submission.c.id)
        with self._catalogue.read() as connection:
            return [_submission(row) for row in connection.execute(query)]

    def ahead_of(self, submission: Submission) -> int:
        """How many submissions a worker takes on before this one."""
        return sum(s.id < submission.id for s in self.pending())

    def latest(self, limit: int = 50, offset: int = 0) -> list[Submission]:
        """Submissions, newest first."""
        query = select(tables.submission).order_by(tables.submission.c.id.desc())
        with self._catalogue.read() as connection:
            rows = connection.execute(query.limit(limit).offset(offset)).all()
        return [_submission(row) for row in rows]

    def was_taken(self, sha256: str, connector: str | None) -> bool:
        """Whether these bytes, read this way, are already in what is published."""
        query = select(func.count()).where(
            tables.submission.c.sha256 == sha256,
            tables.submission.c.connector.is_not_distinct_from(connector),
            tables.submission.c.state.in_([State.PUBLISHED.value, State.UNCHANGED.value]),
        )
        with self._catalogue.read() as connection:
            return int(connection.execute(query).scalar_one()) > 0

    def count(self, state: State | None = None) -> int:
        """Number of submissions, of one state or of all."""
        query = select(func.count()).select_from(tables.submission)
        if state is not None:
            query = query.where(tables.submission.c.state == state.value)
        with self._catalogue.read() as connection:
            return int(connection.execute(query).scalar_one())

    # -- writing: only the intake, under the writer lock ------------------------------------

    def start(self, submission: Submission) -> bool:
        """Note one more attempt to take the submission through.

        Returns false, and notes nothing, when it was ended meanwhile.
        """
        with self._catalogue.write() as connection:
            if self.state(connection, submission.token) in FINAL:
                return False
            self.change(
                connection,
                submission.token,
                state=State.VALIDATING.value,
                started_at=datetime.now(UTC),
                attempts=submission.attempts + 1,
                progress=progress_at("reading", 0),
            )
        return True

    def state(self, connection: Connection, token: str) -> State:
        """The state of a submission within the caller's transaction."""
        query = select(tables.submission.c.state).where(tables.submission.c.token == token)
        return State(connection.execute(query).scalar_one())

    def change(self, connection: Connection, token: str, **values: Any) -> None:
        """Change columns within the caller's transaction."""
        connection.execute(
            update(tables.submission).where(tables.submission.c.token == token).values(**values)
        )

    def update(self, token: str, **values: Any) -> None:
        """Change columns in a transaction of its own."""
        with self._catalogue.write() as connection:
            self.change(connection, token, **values)

    def finish(self, connection: Connection, token: str, state: State, **values: Any) -> None:
        """Give the submission a final state within the caller's transaction."""
        self.change(
            connection,
            token,
            state=state.value,
            finished_at=datetime.now(UTC),
            pending_key=None,
            **values,
        )

    def undone(self, connection: Connection, undo: Submission) -> None:
        """Note within the caller's transaction that ``undo`` took a release back.

        Where that release was itself an undo, what it had taken back is published again, and so on.
        """
        token, state = undo.undoes, State.UNDONE
        while token is not None:
            self.change(connection, token, state=state.value)
            query = select(tables.submission.c.undoes).where(tables.submission.c.token == token)
            token = connection.execute(query).scalar_one()
            state = State.PUBLISHED if state is State.UNDONE else State.UNDONE


def _submission(row: Any) -> Submission:
    values = {name: getattr(row, name) for name in Submission.__slots__}
    values["state"] = State(row.state)
    values["mode"] = Mode(row.mode)
    values["action"] = None if row.action is None else Action(row.action)
    return Submission(**values)
