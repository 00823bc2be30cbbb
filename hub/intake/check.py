"""Checking bytes as the intake would, without keeping or publishing anything."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from hub.errors import DataRefused, HubError
from hub.intake.disclose import disclose
from hub.intake.field import field_context
from hub.intake.mirror import beside_other_end
from hub.intake.reading import _open, _unreadable
from hub.intake.receive import _copied, _how, _plain_name, claimed, no_register, refuse_register
from hub.intake.staging import Stage
from hub.intake.unpack import unpack
from hub.model.findings import Report
from hub.store.home import Hub
from hub.store.submissions import State, Submission
from hub.validation import validate

__all__ = ["check"]


def check(
    hub: Hub,
    source: Path | BinaryIO,
    filename: str,
    *,
    format_: str | None = None,
    connector: str | None = None,
) -> Report:
    """Read and validate ``source``; returns the report that a submission of it would get.

    Parameters and errors are those of :func:`hub.intake.receive.receive`. What is wrong with the
    data is in the report, never raised.
    """
    refuse_register(connector)
    limit = hub.settings.max_upload
    with tempfile.TemporaryDirectory(dir=hub.folder("tmp")) as folder:
        scratch = Path(folder)
        with _copied(source, scratch, limit) as (path, sha256, size):
            no_register(hub, path)
            if claim := claimed(hub, path, format_, connector):
                connector = claim.connector
            chosen = _how(hub, path, format_, connector)
            order = _order(_plain_name(filename), sha256, size, chosen, connector)
            return _report(hub, order, path, Stage(scratch / "stage"))


def _report(hub: Hub, order: Submission, path: Path, stage: Stage) -> Report:
    stage.folder.mkdir(exist_ok=True)
    try:
        body = unpack(path, stage.folder / "body", hub.settings.max_inflated)
        message = _open(hub, order, body, stage)
        with stage:
            report = validate(
                message,
                stage.add,
                workspace=stage.folder,
                file=order.filename,
                field=field_context(hub, order.provider),
            )
        if report.valid:  # what disclosure control would withhold, and the other end reports
            beside_other_end(hub, order, stage.segments, stage.folder, report)
            disclose(hub, order, stage.segments, stage.folder, report)
    except DataRefused as error:
        return error.report
    except HubError as error:
        if error.http_status >= 500:
            raise
        return _unreadable(order, error)
    return report


def _order(
    filename: str, sha256: str, size: int, format_: str | None, connector: str | None
) -> Submission:
    """A submission as reading wants it; it is in no journal."""
    return Submission(
        id=0, token="", state=State.RECEIVED, filename=filename, sha256=sha256, size=size,
        format=format_, connector=connector, action=None, provider=None, submitted_by=None,
        received_at=datetime.now(UTC), started_at=None, finished_at=None, attempts=0, progress={},
        counts=None, report=None, error=None,
    )  # fmt: skip
