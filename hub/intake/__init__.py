"""Intake: from bytes handed in to a release that readers see, or a report that says why not.

``submit`` keeps the bytes and answers with a token; a worker (or ``process``) takes them through;
``status``, ``report`` and ``diff`` tell what became of them.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from hub.intake import reports
from hub.intake.differences import DiffRow, diff
from hub.intake.protocol import process, run_pending
from hub.intake.receive import receive
from hub.intake.undo import undo
from hub.model.dataset import Action
from hub.store.home import Hub
from hub.store.submissions import Mode, State, Submission

__all__ = [
    "DiffRow",
    "Mode",
    "State",
    "Submission",
    "diff",
    "process",
    "report",
    "run_pending",
    "status",
    "submit",
    "undo",
]


def submit(
    hub: Hub,
    source: Path | BinaryIO,
    filename: str,
    *,
    format: str | None = None,
    connector: str | None = None,
    action: Action | None = None,
    provider: str | None = None,
    submitted_by: str | None = None,
    mode: Mode = Mode.ALL,
    embargo: datetime | None = None,
) -> str:
    """Hand bytes in; returns the token of the submission.

    The same bytes for the same target are one submission while it is unfinished. See
    :func:`hub.intake.receive.receive` for the parameters and errors.
    """
    return receive(
        hub, source, filename, format_=format, connector=connector, action=action,
        provider=provider, submitted_by=submitted_by, mode=mode, embargo=embargo,
    ).token  # fmt: skip


def status(hub: Hub, token: str) -> Submission:
    """How far a submission came; ``NotFound`` when there is none with this token."""
    return hub.submissions.get(token)


def report(hub: Hub, token: str) -> dict[str, Any]:
    """The JSON report of a submission; ``NotFound`` when there is none (yet)."""
    return reports.load(hub, token)
