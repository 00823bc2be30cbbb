"""Taking submissions through: the publication protocol, one submission after the other.

``received`` -> read, validate and stage -> the gate (review, embargo) -> commit -> release. Every
step may be interrupted at any moment; an unfinished submission is taken up again from its bytes,
in order of arrival. What waits at the gate has left nothing in the observation store.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from sqlalchemy.exc import OperationalError

from hub import telemetry
from hub.errors import HubError, SemanticError, Unavailable
from hub.intake import reports, returned, waiting
from hub.intake.access import without_agreement
from hub.intake.disclose import Disclosed, disclose
from hub.intake.disclosure import record
from hub.intake.editions import edition_of
from hub.intake.mirror import beside_other_end
from hub.intake.policies import gate
from hub.intake.publish import (
    Compute,
    Outcome,
    apply,
    conclude,
    segment_changes,
    take_back,
    tidy,
)
from hub.intake.reading import Interrupted, read
from hub.intake.repeat import earlier
from hub.intake.reversal import UndoConflict, undo_changes
from hub.intake.reviews import decisions
from hub.intake.split import Parts
from hub.intake.staging import Stage
from hub.logs import bound, logger
from hub.model.findings import Finding, Report, Severity
from hub.model.schema import StructureRef
from hub.store import provenance
from hub.store.away import StoreAway
from hub.store.home import Hub
from hub.store.submissions import Mode, State, Submission, progress_at

__all__ = ["MAX_ATTEMPTS", "Clock", "process", "process_now", "run_pending", "utc_now"]

#: Tells the time, aware.
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


#: A submission that takes the process down again and again is given up after so many attempts.
MAX_ATTEMPTS = 25

_log = logging.getLogger(__name__)
_done = logger(__name__)


def process(
    hub: Hub, token: str, stop: Callable[[], bool] | None = None, *, now: Clock = utc_now
) -> Submission:
    """Take the submission ``token`` through, and before it all that came earlier.

    Waits while another process publishes. Returns the submission, whose state is final, or waits
    for a person or a time, unless ``stop()`` became true. Raises ``NotFound`` when there is no
    such submission.
    """
    wanted = hub.submissions.get(token)
    if not wanted.finished:
        run_pending(hub, stop, last=wanted.id, now=now)
    return hub.submissions.get(token)


def process_now(hub: Hub, submission: Submission) -> Submission:
    """Take one submission through at once; the caller holds the writer lock."""
    _observed(hub, submission, None, utc_now)
    return hub.submissions.get(submission.token)


def run_pending(
    hub: Hub,
    stop: Callable[[], bool] | None = None,
    *,
    last: int | None = None,
    now: Clock = utc_now,
) -> int:
    """Take all unfinished submissions through, in order of arrival.

    ``stop`` is asked between blocks of data; when it becomes true the work ends where it can be
    resumed. ``last`` leaves submissions that arrived after the one with this id. ``now`` tells the
    time that embargoes are measured by. Returns the number of submissions that were taken as far
    as they go. What is neither the message's fault nor the hub's (a full disk, a database that is
    away) is raised, and the submission stays unfinished.
    """
    done = 0
    while not (stop is not None and stop()):
        # Looked up without the lock first: an idle worker disturbs nobody.
        if not _next(hub, last, now):
            break
        with hub.writer_lock(stop=stop) as held:
            submission = _next(hub, last, now) if held else None
            if submission is None:
                continue
            try:
                _observed(hub, submission, stop, now)
            except Interrupted:
                break
        done += 1
    return done


def _next(hub: Hub, last: int | None, now: Clock) -> Submission | None:
    pending = hub.submissions.pending(now())
    return next((s for s in pending if last is None or s.id <= last), None)


def _observed(
    hub: Hub, submission: Submission, stop: Callable[[], bool] | None, now: Clock
) -> None:
    """Take it through, and say in the log and the metrics how it went."""
    since = time.perf_counter()
    with bound(submission=submission.token, request=submission.request):
        _take_through(hub, submission, stop, now)
        now_is = hub.submissions.get(submission.token)
        state, counts = now_is.state.value, now_is.counts or {}
        seconds = time.perf_counter() - since
        telemetry.INTAKE_SECONDS.labels(state).observe(seconds)
        telemetry.OBSERVATIONS_READ.labels(state).inc(counts.get("observations", 0))
        _done.info("submission", state=state, ms=round(seconds * 1000), **counts)


def _take_through(
    hub: Hub, submission: Submission, stop: Callable[[], bool] | None, now: Clock
) -> None:
    stage = Stage(hub.folder("staging") / submission.token)
    if submission.attempts >= MAX_ATTEMPTS:
        text = f"The intake was interrupted {MAX_ATTEMPTS} times at this submission"
        _give_up(hub, submission, stage, HubError(text))
        return
    try:
        if hub.submissions.start(submission):
            if submission.undoes is None:
                _steps(hub, submission, stage, stop, now)
            else:
                _undo(hub, submission, submission.undoes, stage)
    except Interrupted:
        # Being asked to end is no failed attempt.
        hub.submissions.update(submission.token, attempts=submission.attempts)
        raise
    except StoreAway:
        # However long it is away, the message is not given up for it.
        hub.submissions.update(submission.token, attempts=submission.attempts)
        raise
    except (Unavailable, OSError, OperationalError):
        raise  # not the message's fault: it stays unfinished and is tried again
    except Exception as error:
        _log.exception("submission %s failed", submission.token)
        _give_up(hub, submission, stage, error)
    stage.remove()
    if hub.submissions.get(submission.token).finished:
        waiting.discard(hub, submission.token)


def _steps(
    hub: Hub,
    submission: Submission,
    stage: Stage,
    stop: Callable[[], bool] | None,
    now: Clock,
) -> None:
    if (known := earlier(hub, submission)) is not None and submission.cleared_at is None:
        _repeat(hub, submission, known)
        return
    reading = read(hub, submission, stage, stop)
    report = reading.report
    if submission.mode is Mode.VALID and not report.valid:
        report.add(_parted(reading.parts))
    beside_other_end(hub, submission, reading.segments, stage.folder, report)
    reports.save(hub, submission.token, report)
    if not reading.publishable or _is_foreign(hub, submission, report, reading.segments):
        _refuse(hub, submission, stage, report)
        return
    if reading.parts is not None:
        returned.save(hub, submission, reading.parts)
    if reading.test:
        report.add(_note("MESSAGE_TEST", "The message is marked as a test: nothing is published."))
        reports.save(hub, submission.token, report)
        conclude(hub, submission, Outcome(), report.observations)
        return
    edition = edition_of(hub, submission, reading)
    provenance.note_reading(hub, submission)
    try:
        safe = disclose(hub, submission, reading.segments, stage.folder, report, edition)
        changes = segment_changes(safe.segments, edition)
        if not (
            _is_safe(hub, submission, stage, report, safe)
            and _may_pass(hub, submission, report, changes, stage, now)
        ):
            return
        record(hub, submission.id, submission.token, safe.done)
        outcome = apply(hub, submission, changes, stage.folder)
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


def _is_safe(
    hub: Hub, submission: Submission, stage: Stage, report: Report, safe: Disclosed
) -> bool:
    """Whether all small counts are protected; else the submission is refused."""
    if any(f.rule == "DISCLOSURE_UNPROTECTED" for f in report):
        _refuse(hub, submission, stage, report)
        return False
    if safe.done:
        reports.save(hub, submission.token, report)
    return True


def _is_foreign(
    hub: Hub, submission: Submission, report: Report, dataflows: Iterable[StructureRef]
) -> bool:
    """Whether the provider has no agreement for some of the data; the report then says so."""
    foreign = without_agreement(hub, submission, dataflows)
    for dataflow in foreign:
        text = (
            f"{submission.provider} has no provision agreement for {dataflow}. Ask the agency that "
            "maintains it for one, or name the provider whose data these are."
        )
        report.add(Finding("SENDER_AGREEMENT", text, file=submission.filename))
    return bool(foreign)


def _may_pass(
    hub: Hub,
    submission: Submission,
    report: Report,
    changes: Mapping[StructureRef, Compute],
    stage: Stage,
    now: Clock,
) -> bool:
    """Whether nothing but the data stands before the release; else the submission waits.

    Once passed it stays passed: a crash after the first commit never sends it back to wait.
    """
    progress = progress_at("publishing", report.observations)
    if submission.cleared_at is None:
        asked = gate(hub, submission, changes)
        approved = any(d.decision == State.APPROVED.value for d in decisions(hub, submission))
        state = None
        if asked.review and not approved:
            state = State.AWAITING_REVIEW
        elif asked.due is not None and asked.due > now():
            state = State.EMBARGOED
        counts = waiting.save(hub, submission, changes, stage.folder) if state else {}
        if state is not None and any(counts.values()):  # nothing new needs no leave
            hub.submissions.update(
                submission.token, state=state.value, due=asked.due, attempts=0,
                counts={"observations": report.observations, **counts},
                progress=progress_at("waiting", report.observations),
            )  # fmt: skip
            return False
        hub.submissions.update(
            submission.token, state=State.PUBLISHING.value, due=asked.due,
            cleared_at=datetime.now(UTC), progress=progress,
        )  # fmt: skip
    else:
        hub.submissions.update(submission.token, state=State.PUBLISHING.value, progress=progress)
    return True


def _undo(hub: Hub, submission: Submission, undone: str, stage: Stage) -> None:
    """Put a release back. What stands in the way was looked for when it was asked for; where
    something came in between (a crash, another release), the undo is refused.
    """
    changes = undo_changes(hub, undone)
    report = Report(", ".join(map(str, changes)))
    hub.submissions.update(
        submission.token, state=State.PUBLISHING.value, progress=progress_at("publishing", 0)
    )
    try:
        outcome = apply(hub, submission, changes, stage.folder)
    except UndoConflict as error:
        report.add(Finding("UNDO_CONFLICT", error.message))
        take_back(hub, list(changes))
        _refuse(hub, submission, stage, report)
        return
    report.observations = sum(outcome.counts.values())
    reports.save(hub, submission.token, report)
    conclude(hub, submission, outcome, report.observations)
    _tidy(hub, outcome)


def _repeat(hub: Hub, submission: Submission, known: Submission) -> None:
    """The same bytes were taken in before and nothing changed since: the result is theirs."""
    observations = (known.counts or {}).get("observations", 0)
    with hub.catalogue.write() as connection:
        hub.submissions.finish(
            connection, submission.token, State.UNCHANGED, report=known.report, basis=known.basis,
            counts={"observations": observations, "inserted": 0, "updated": 0, "deleted": 0},
            progress=progress_at("done", observations),
        )  # fmt: skip


def _parted(parts: Parts | None) -> Finding:
    """What became of a faulty message whose valid part was to be published."""
    if parts is None:
        return _note(
            "MESSAGE_NOT_SPLIT",
            "The message could not be parted into what is valid and what is not: a fault is about "
            "the message as a whole, a part of it cannot be read, or nothing is valid. All of it "
            "is refused.",
        )
    return _note(
        "MESSAGE_SPLIT",
        f"{parts.accepted} rows are valid and go on. {parts.rejected} rows are given back "
        "as a message: correct them and send them again.",
    )


def _tidy(hub: Hub, outcome: Outcome) -> None:
    try:
        tidy(hub, outcome)
    except Exception:  # the release stands, whatever becomes of its files' arrangement
        _log.exception("files could not be rearranged")


def _refuse(hub: Hub, submission: Submission, stage: Stage, report: Report) -> None:
    take_back(hub, list(stage.segments))
    returned.discard(hub, submission.token)
    reports.save(hub, submission.token, report)
    with hub.catalogue.write() as connection:
        hub.submissions.finish(
            connection, submission.token, State.REFUSED,
            counts={"observations": report.observations, "inserted": 0, "updated": 0, "deleted": 0},
            progress=progress_at("done", report.observations),
        )  # fmt: skip


def _give_up(hub: Hub, submission: Submission, stage: Stage, error: Exception) -> None:
    """Note a failure that is the hub's, not the data's. What it says is shown to the sender."""
    what = (
        error.message if isinstance(error, HubError) else f"Internal error: {type(error).__name__}"
    )
    with hub.catalogue.write() as connection:
        hub.submissions.finish(connection, submission.token, State.FAILED, error=what)
    take_back(hub, list(stage.segments))


def _note(rule: str, message: str, severity: Severity = Severity.NOTE) -> Finding:
    return Finding(rule, message, severity)
