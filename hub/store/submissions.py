"""The journal of what was handed in and how far it came.

States::

    received -> validating -> refused                  findings say why
                           -> publishing -> published  there is a release
                                         -> unchanged  it holds nothing new
    any of the first three -> failed                   ``error`` says why

``received``, ``validating`` and ``publishing`` are unfinished: whoever starts next takes them up
again, in order of arrival. All others are final.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from hub.errors import NotFound
from hub.model.dataset import Action
from hub.store import tables
from hub.store.catalogue import Catalogue

__all__ = ["FINAL", "PENDING", "State", "Submission", "Submissions"]


class State(StrEnum):
    """How far a submission came."""

    RECEIVED = "received"
    VALIDATING = "validating"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    FAILED = "failed"


#: States that will still change.
PENDING = (State.RECEIVED, State.VALIDATING, State.PUBLISHING)
#: States that will not.
FINAL = tuple(s for s in State if s not in PENDING)


@dataclass(frozen=True, slots=True)
class Submission:
    """One thing handed in. ``format`` or ``connector`` says how it is read.

    ``progress`` is ``{"stage": ..., "observations": n}``; ``counts`` is, once known,
    ``{"observations", "inserted", "updated", "deleted"}``. ``report`` is the name of the report in
    the home folder.
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

    @property
    def finished(self) -> bool:
        """Whether the state is final."""
        return self.state in FINAL


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
    ) -> Submission:
        """Enter a submission, or return the unfinished one with the same bytes and target."""
        target = (sha256, format_, connector, action and action.value, provider)
        pending_key = hashlib.sha256(repr(target).encode()).hexdigest()
        try:
            with self._catalogue.write() as connection:
                row = connection.execute(
                    select(tables.submission.c.token).where(
                        tables.submission.c.pending_key == pending_key
                    )
                ).scalar_one_or_none()
                if row is None:
                    row = str(uuid.uuid4())
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

    def pending(self) -> list[Submission]:
        """Unfinished submissions in order of arrival."""
        query = (
            select(tables.submission)
            .where(tables.submission.c.state.in_([s.value for s in PENDING]))
            .order_by(tables.submission.c.id)
        )
        with self._catalogue.read() as connection:
            return [_submission(row) for row in connection.execute(query)]

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

    def start(self, submission: Submission) -> None:
        """Note one more attempt to take the submission through."""
        with self._catalogue.write() as connection:
            self.change(
                connection,
                submission.token,
                state=State.VALIDATING.value,
                started_at=datetime.now(UTC),
                attempts=submission.attempts + 1,
                progress={"stage": "reading", "observations": 0},
            )

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


def _submission(row: Any) -> Submission:
    values = {name: getattr(row, name) for name in Submission.__slots__}
    values["state"] = State(row.state)
    values["action"] = None if row.action is None else Action(row.action)
    return Submission(**values)
