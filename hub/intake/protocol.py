"""Taking submissions through: the publication protocol, one submission after the other.

``received`` -> read, validate and stage -> commit -> release. Every step may be interrupted at
any moment; an unfinished submission is taken up again from its bytes, in order of arrival.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy.exc import OperationalError

from hub.errors import HubError, SemanticError, Unavailable
from hub.intake import reports
from hub.intake.publish import Outcome, apply, conclude, tidy, undo
from hub.intake.reading import Interrupted, read
from hub.intake.staging import Stage
from hub.model.findings import Finding, Report, Severity
from hub.store.home import Hub
from hub.store.submissions import State, Submission

__all__ = ["MAX_ATTEMPTS", "process", "run_pending"]

#: A submission that takes the process down again and again is given up after so many attempts.
MAX_ATTEMPTS = 25

_log = logging.getLogger(__name__)


def process(hub: Hub, token: str, stop: Callable[[], bool] | None = None) -> Submission:
    """Take the submission ``token`` through, and before it all that came earlier.

    Waits while another process publishes. Returns the submission, whose state is final unless
    ``stop()`` became true. Raises ``NotFound`` when there is no such submission.
    """
    wanted = hub.submissions.get(token)
    if not wanted.finished:
        run_pending(hub, stop, last=wanted.id)
    return hub.submissions.get(token)


def run_pending(
    hub: Hub, stop: Callable[[], bool] | None = None, *, last: int | None = None
) -> int:
    """Take all unfinished submissions through, in order of arrival.

    ``stop`` is asked between blocks of data; when it becomes true the work ends where it can be
    resumed. ``last`` leaves submissions that arrived after the one with this id. Returns the
    number of submissions that reached a final state. What is neither the message's fault nor the
    hub's (a full disk, a database that is away) is raised, and the submission stays unfinished.
    """
    done = 0
    while not (stop is not None and stop()):
        # Looked up without the lock first: an idle worker disturbs nobody.
        if not _next(hub, last):
            break
        with hub.writer_lock(stop=stop) as held:
            submission = _next(hub, last) if held else None
            if submission is None:
                continue
            try:
                _take_through(hub, submission, stop)
            except Interrupted:
                break
        done += 1
    return done


def _next(hub: Hub, last: int | None) -> Submission | None:
    pending = hub.submissions.pending()
    return next((s for s in pending if last is None or s.id <= last), None)


def _take_through(hub: Hub, submission: Submission, stop: Callable[[], bool] | None) -> None:
    stage = Stage(hub.folder("staging") / submission.token)
    if submission.attempts >= MAX_ATTEMPTS:
        text = f"The intake was interrupted {MAX_ATTEMPTS} times at this submission"
        _give_up(hub, submission, stage, HubError(text))
        return
    try:
        hub.submissions.start(submission)
        _steps(hub, submission, stage, stop)
    except Interrupted:
        # Being asked to end is no failed attempt.
        hub.submissions.update(submission.token, attempts=submission.attempts)
        raise
    except (Unavailable, OSError, OperationalError):
        raise  # not the message's fault: it stays unfinished and is tried again
    except Exception as error:
        _log.exception("submission %s failed", submission.token)
        _give_up(hub, submission, stage, error)
    stage.remove()


def _steps(hub: Hub, submission: Submission, stage: Stage, stop: Callable[[], bool] | None) -> None:
    report, test = read(hub, submission, stage, stop)
    _publishing(hub, submission, report)
    if not report.valid:
        _refuse(hub, submission, stage, report)
        return
    if test:
        report.add(_note("MESSAGE_TEST", "The message is marked as a test: nothing is published."))
        _publishing(hub, submission, report)
        conclude(hub, submission, Outcome(), report.observations)
        return
    try:
        outcome = apply(hub, submission, stage.segments, stage.folder)
    except SemanticError as error:
        report.add(Finding("MESSAGE_INCONSISTENT", error.message, file=submission.filename))
        _refuse(hub, submission, stage, report)
        return
    for dataflow, count in outcome.empty_series.items():
        report.add(
            _note(
                "SERIES_EMPTY",
                f"{count} series of {dataflow} have attributes and no observation: their "
                "attributes are kept once they have one, so send them again with the data.",
                Severity.WARNING,
            )
        )
    if outcome.empty_series:
        reports.save(hub, submission.token, report)
    conclude(hub, submission, outcome, report.observations)
    _tidy(hub, outcome)


def _tidy(hub: Hub, outcome: Outcome) -> None:
    try:
        tidy(hub, outcome)
    except Exception:  # the release stands, whatever becomes of its files' arrangement
        _log.exception("files could not be rearranged")


def _publishing(hub: Hub, submission: Submission, report: Report) -> None:
    """The report is there and the data is about to be published."""
    name = reports.save(hub, submission.token, report)
    hub.submissions.update(
        submission.token,
        state=State.PUBLISHING.value if report.valid else State.VALIDATING.value,
        report=name,
        progress={"stage": "publishing", "observations": report.observations},
    )


def _refuse(hub: Hub, submission: Submission, stage: Stage, report: Report) -> None:
    undo(hub, list(stage.segments))
    name = reports.save(hub, submission.token, report)
    with hub.catalogue.write() as connection:
        hub.submissions.finish(
            connection, submission.token, State.REFUSED, report=name,
            counts={"observations": report.observations, "inserted": 0, "updated": 0, "deleted": 0},
            progress={"stage": "done", "observations": report.observations},
        )  # fmt: skip


def _give_up(hub: Hub, submission: Submission, stage: Stage, error: Exception) -> None:
    """Note a failure that is the hub's, not the data's. What it says is shown to the sender."""
    what = (
        error.message if isinstance(error, HubError) else f"Internal error: {type(error).__name__}"
    )
    with hub.catalogue.write() as connection:
        hub.submissions.finish(connection, submission.token, State.FAILED, error=what)
    undo(hub, list(stage.segments))


def _note(rule: str, message: str, severity: Severity = Severity.NOTE) -> Finding:
    return Finding(rule, message, severity)
