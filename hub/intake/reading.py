"""From bytes that were kept to staged, validated rows and a report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hub.errors import DataRefused, HubError, NotFound, RequestSyntaxError
from hub.intake.field import field_context
from hub.intake.receive import hold
from hub.intake.split import Parts, split
from hub.intake.staging import Stage
from hub.intake.unpack import unpack
from hub.messages.api import read_data
from hub.model.dataset import Block, DataMessage
from hub.model.findings import Finding, Report, Severity
from hub.model.schema import StructureRef
from hub.plugins import connector_catalogue
from hub.store.changes import Segment
from hub.store.home import Hub
from hub.store.rows import refuse_computed
from hub.store.submissions import Mode, Submission, progress_at
from hub.validation import validate
from hub.validation.dataset import syntax_finding
from hub.validation.faults import Fault

__all__ = ["Interrupted", "Reading", "read", "set_apart"]

#: Seconds between two notes of progress in the catalogue.
_PROGRESS_S = 0.5


class Interrupted(Exception):
    """The process was asked to end; the submission stays unfinished and is taken up again."""


@dataclass(frozen=True)
class Reading:
    """What reading came to: the report, and whether the message is marked as a test.

    ``segments`` are the rows to publish, which is nothing where the report is not valid, unless
    the message was parted: ``parts`` then holds both parts.
    """

    report: Report
    test: bool = False
    segments: Mapping[StructureRef, list[Segment]] = field(default_factory=dict)
    parts: Parts | None = None

    @property
    def publishable(self) -> bool:
        """Whether nothing that is wrong keeps the segments from being published."""
        return self.report.valid or self.parts is not None


def read(
    hub: Hub,
    submission: Submission,
    stage: Stage,
    stop: Callable[[], bool] | None = None,
    *,
    quiet: bool = False,
) -> Reading:
    """Read, validate and stage the bytes of a submission.

    A message marked as a test is checked and never published. What is wrong with the bytes is in
    the report, never raised. ``quiet`` notes no progress.

    Raises ``Interrupted`` when ``stop()`` becomes true.
    """
    try:
        path = unpack(
            hold(hub, submission.sha256, stage.folder),
            stage.folder / "body",
            hub.settings.max_inflated,
        )
        message = _open(hub, submission, path, stage)
        message.blocks = _watched(hub, submission, message.blocks, stop, quiet)
        context = field_context(hub, submission.provider, submission.embargo)
        errors: list[Fault] = []
        plain: set[StructureRef] = set()
        stage.cells = message.cells
        with stage:
            report = validate(
                message,
                stage.add,
                workspace=stage.folder,
                file=submission.filename,
                field=context,
                errors=errors,
                plain=plain,
            )
        stage.vouch(plain)
    except DataRefused as error:
        return Reading(error.report)
    except HubError as error:
        if error.http_status >= 500:
            raise
        return Reading(_unreadable(submission, error))
    test = message.header is not None and message.header.test
    if report.valid:
        return Reading(report, test, stage.segments)
    # What the reader could not make out cannot be given back as a message either.
    unread = any(f.severity is Severity.ERROR for f in message.findings)
    if submission.mode is Mode.ALL or (unread and message.apart is None):
        return Reading(report, test)
    apart = set_apart(message, stage.folder / "apart")
    parts = split(
        stage.segments, errors, report, message.locate, stage.folder / "parts",
        file=submission.filename, context=context, memory_mb=hub.settings.engine_memory_mb,
        apart=apart, rules=message.apart.rules if message.apart else (),
    )  # fmt: skip
    return Reading(report, test, parts.good if parts else {}, parts)


def set_apart(message: DataMessage, folder: Path) -> Stage | None:
    """What the reader of a message left out of it, staged in ``folder``; ``None``: nothing."""
    if message.apart is None:
        return None
    with Stage(folder, cells=message.cells) as stage:
        for block in message.apart.blocks:
            stage.add(block)
    return stage


def _open(hub: Hub, submission: Submission, path: Path, stage: Stage) -> DataMessage:
    if submission.connector is not None:
        named = stage.folder / "named" / submission.filename
        named.parent.mkdir()
        named.symlink_to(path)  # a connector's findings state the name the sender knows
        return connector_catalogue().read(submission.connector, named, hub.structures)
    if submission.format is None:
        raise HubError("The submission names neither a format nor a connector")
    message = read_data(path, submission.format, hub.structures)
    message.blocks = _of_stored(hub, message.blocks)
    return message


def _of_stored(hub: Hub, blocks: Iterator[Block]) -> Iterator[Block]:
    """The blocks; ``SemanticError`` when one is of a dataflow that this hub computes itself."""
    for block in blocks:
        refuse_computed(hub, block.schema.dataflow)
        yield block


def _watched(
    hub: Hub,
    submission: Submission,
    blocks: Iterator[Block],
    stop: Callable[[], bool] | None,
    quiet: bool,
) -> Iterator[Block]:
    """The blocks, with the action the sender asked for, while progress is noted down."""
    noted = time.monotonic()
    rows = 0
    for block in blocks:
        if stop is not None and stop():
            raise Interrupted
        rows += block.batch.num_rows
        if not quiet and time.monotonic() - noted > _PROGRESS_S:
            hub.submissions.update(submission.token, progress=progress_at("reading", rows))
            noted = time.monotonic()
        if submission.action is not None and block.action is not submission.action:
            block = Block(block.schema, submission.action, block.batch, block.ordinal)  # noqa: PLW2901
        yield block


def _unreadable(submission: Submission, error: HubError) -> Report:
    """The report of a body that could not be opened as a message at all."""
    report = Report()
    if isinstance(error, NotFound):
        finding = Finding(
            "STRUCTURE_UNKNOWN", error.message, file=submission.filename, found=error.message
        )
    else:
        finding = syntax_finding(RequestSyntaxError(error.message), submission.filename)
    report.add(finding)
    return report
